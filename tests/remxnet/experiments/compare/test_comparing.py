import json
import os
import signal
import subprocess
import sys
import time

import pytest

from remxnet import cli
from remxnet.errors import InputError
from remxnet.experiments.compare import CompareWatcher, compare, open_comparison, resume_comparison
from remxnet.experiments.runs import load_net, open_run
from remxnet.experiments.runs.recording import lock_of
from remxnet.experiments.training.learner import Learner

TINY = """
from remxnet.experiments.families import FREE, WIDTH, Dense, Dropout, Family, GlobalPool, Pool

tiny = Family("tiny", "small images", (Pool(4), Dense(WIDTH), Dropout(0.3), Dense(FREE)))
"""


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.py").write_text(TINY)
    return tmp_path


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    directory = tmp_path_factory.mktemp("comparison") / "first"
    return compare(["mlp", "conv"], 10_000, epochs=2, seeds=2, data="sample", output=directory)


def accuracies(comparison):
    return {each.label: each.accuracies("last") for each in comparison.contestants}


def test_every_family_and_seed_has_a_run_of_its_own(finished):
    for each in finished.contestants:
        assert abs(each.layers.parameters - 10_000) <= 50
        for seed in (0, 1):
            run = open_run(finished.directory / f"{each.label}-seed-{seed}")
            assert run.finished
            assert (run.settings.model, run.settings.seed, run.settings.optimizer) == (each.model, seed, "adam")
            assert run.results[-1].test_accuracy == each.accuracies("last")[seed]
            assert run.best.test_accuracy == each.accuracies("best")[seed]
            learned = sum(parameter.data().size for parameter in load_net(run).collect_params().values())
            assert learned == each.layers.parameters
    seeds = accuracies(finished)["mlp"]
    assert seeds[0] != seeds[1]
    assert min(seeds) > 0.4


def test_the_directory_has_table_data_and_picture(finished):
    directory = finished.directory
    mlp = finished["mlp"]
    mean, half = sum(mlp.accuracies("last")) / 2, abs(mlp.accuracies("last")[0] - mlp.accuracies("last")[1]) / 2
    text = (directory / "table.txt").read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith("mlp  ")]
    assert f"{100 * mean:.2f} ± {100 * half * 2**0.5:.2f}" in row
    assert f"{mlp.layers.parameters:,}" in row and f"{mlp.layers.multiply_adds:,}" in row
    assert mlp.model in text and "Conv2D 5×5, stride 2, relu" in text
    data = json.loads((directory / "compare.json").read_text(encoding="utf-8"))
    assert data["networks"][0]["last_accuracy"]["values"] == mlp.accuracies("last")
    assert data["networks"][0]["layers"][0]["parameters"] == 785 * finished["mlp"].layers[0].output_shape[0]
    assert data["missing_runs"] == 0
    assert f"| mlp | {mlp.layers.parameters:,} |" in (directory / "table.md").read_text(encoding="utf-8")
    pytest.importorskip("matplotlib")
    assert (directory / "compare.png").read_bytes().startswith(b"\x89PNG")


def test_a_notebook_shows_a_table_and_the_findings(finished):
    shown = finished._repr_html_()
    assert shown.count("<tr>") == 3
    assert shown.count("<li>") == len(finished.findings())
    assert "±" in shown and "<script" not in shown


def test_the_picture_has_means_bands_and_seeds(finished):
    pytest.importorskip("matplotlib")
    curves, last = finished.figure().axes
    for each, line, band in zip(finished.contestants, curves.lines, curves.collections, strict=True):
        values = [[100 * result.test_accuracy for result in run.results] for run in each.runs.values()]
        assert line.get_label() == each.label
        assert list(line.get_ydata()) == pytest.approx([sum(pair) / 2 for pair in zip(*values)])
        heights = band.get_paths()[0].vertices[:, 1]
        assert (heights.min(), heights.max()) == pytest.approx((min(map(min, values)), max(map(max, values))))
    assert len({line.get_color() for line in curves.lines}) == len({line.get_linestyle() for line in curves.lines}) == 2
    assert list(last.lines[0].get_xdata()) == pytest.approx(
        [100 * value for value in finished["mlp"].accuracies("last")]
    )


def test_a_finished_comparison_opens_and_resumes_as_it_is(finished):
    before = {path: path.read_bytes() for path in finished.directory.glob("*/*") if path.is_file()}
    opened = open_comparison(finished.directory)
    assert str(opened) == str(finished)
    assert opened.as_json() == finished.as_json()
    assert accuracies(resume_comparison(finished.directory)) == accuracies(finished)
    assert {path: path.read_bytes() for path in finished.directory.glob("*/*") if path.is_file()} == before


def test_all_families_see_the_same_batches_in_the_same_order(workspace, monkeypatch):
    seen = []
    forward = Learner.forward

    class Listener(CompareWatcher):
        def run_starts(self, number, total, label, seed, resumed):
            seen.append((label, seed, []))

    def noted(learner, inputs, labels):
        seen[-1][2].append((inputs.asnumpy().sum(axis=(1, 2, 3)).tobytes(), labels.asnumpy().tobytes()))
        return forward(learner, inputs, labels)

    monkeypatch.setattr(Learner, "forward", noted)
    compare(["mlp", "my.py:tiny"], 3000, epochs=2, seeds=[3, 8], data="sample", output="run", watcher=Listener())
    assert [(label, seed) for label, seed, _ in seen] == [("mlp", 3), ("tiny", 3), ("mlp", 8), ("tiny", 8)]
    batches = [of_run for _, _, of_run in seen]
    assert len(batches[0]) == 2 * 24
    assert batches[0] == batches[1]
    assert batches[2] == batches[3]
    assert batches[0] != batches[2]
    assert batches[0][:24] != batches[0][24:]


def test_the_command_compares_families_of_ones_own(workspace, capsys):
    command = ["compare", "mlp", "my.py:tiny", "--budget", "3000", "--epochs", "1", "--seeds", "1", "--data", "sample"]
    assert cli.main([*command, "--output", "out"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("2 families with 3,000 parameters on sample, 6000 training and 1000 test images; 2 runs")
    assert "run 2 of 2: tiny, seed 0" in out
    assert "MaxPool2D 4×4" in out
    assert "with the one seed there is" in out
    assert "From one seed nothing can be said about spread" in out
    assert out.splitlines()[-1].startswith("figure   out") or "matplotlib is missing" in out.splitlines()[-1]
    assert "\x1b" not in out
    assert cli.main([*command, "--output", "out"]) == 2
    assert (
        "out holds a comparison already; name another --output, or add --overwrite, or go on" in capsys.readouterr().err
    )
    assert cli.main([*command, "--output", "out", "--overwrite", "--lr", "0.01"]) == 0
    assert open_run("out/tiny-seed-0").settings.learning_rate == 0.01


def test_the_defaults_are_the_homeworks(monkeypatch):
    import inspect

    from remxnet.experiments import compare as module

    asked = {}

    def noted(**given):
        asked.update(given)
        raise InputError("noted")

    monkeypatch.setattr(module, "compare", noted)
    assert cli.main(["compare"]) == 2
    assert set(asked) == {"watcher"}
    defaults = {name: parameter.default for name, parameter in inspect.signature(compare).parameters.items()}
    assert defaults["families"] == ("mlp", "conv", "conv-pool")
    wanted = (100_000, 100, 1e-3, 3, "fashion-mnist")
    assert tuple(defaults[name] for name in ("budget", "epochs", "learning_rate", "seeds", "data")) == wanted


@pytest.mark.usefixtures("warm", "drawn")
def test_ctrl_c_keeps_what_is_finished(workspace, monkeypatch, capsys):
    from remxnet.experiments.compare.console import CompareConsole

    def interrupt(self, number, total, label, seed, resumed):
        if number == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(CompareConsole, "run_starts", interrupt)
    command = ["compare", "mlp", "my.py:tiny", "--budget", "3000", "--epochs", "1", "--seeds", "2", "--data", "sample"]
    assert cli.main([*command, "--output", "out"]) == 130
    assert "finished runs are kept, remxnet compare --resume out goes on" in capsys.readouterr().out
    half = open_comparison("out")
    assert half.missing == 3
    assert half.findings()[0] == "3 runs are not finished: this is what the others say so far."
    monkeypatch.undo()
    monkeypatch.chdir(workspace)
    assert cli.main(["compare", "--resume", "out"]) == 0
    assert "1 of 4 runs finished before" in capsys.readouterr().out
    assert open_comparison("out").missing == 0


@pytest.mark.usefixtures("drawn")
def test_a_run_that_diverges_does_not_stop_the_others(workspace, monkeypatch, capsys):
    forward = Learner.forward

    def diverging(learner, inputs, labels):
        scores, losses = forward(learner, inputs, labels)
        return scores, losses / 0 if hot else losses

    hot = True
    monkeypatch.setattr(Learner, "forward", diverging)

    class Cooled(CompareWatcher):
        def run_diverges(self, comparison, label, seed, reason):
            nonlocal hot
            hot = False
            assert (label, seed) == ("mlp", 0)
            assert "the loss is inf" in reason

    compare(["mlp", "my.py:tiny"], 3000, epochs=1, seeds=1, data="sample", output="out", watcher=Cooled())
    assert json.loads((workspace / "out" / "compare.json").read_text())["networks"][0]["diverged"].keys() == {"0"}
    assert "mlp diverged with seed 0: its loss became no number" in (workspace / "out" / "table.txt").read_text()
    opened = open_comparison("out")
    assert (opened["tiny"].runs.keys(), opened["mlp"].runs) == ({0}, {})
    hot = True
    assert cli.main(["compare", "--resume", "out"]) == 1
    heard = capsys.readouterr()
    assert "  mlp, seed 0: the loss is inf in epoch 1" in heard.out
    assert heard.err == "remxnet compare: the loss of 1 of the runs became no number; see above\n"


@pytest.mark.usefixtures("warm")
def test_a_killed_comparison_goes_on_and_ends_as_if_it_had_not_been(workspace):
    arguments = ["mlp", "my.py:tiny", "--budget", "3000", "--epochs", "6", "--seeds", "1", "--data", "sample"]
    code = "import os, sys; print(os.getpid(), flush=True); from remxnet.cli import main; main(sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "compare", *arguments, "--output", "killed"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    second = workspace / "killed" / "tiny-seed-0" / "metrics.jsonl"
    its = int(process.stdout.readline())
    try:
        deadline = time.monotonic() + 120
        while not second.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        os.kill(its, signal.SIGKILL)
        process.communicate()
    half = open_comparison("killed")
    assert half.missing == 1
    kept = {path: path.stat().st_mtime_ns for path in (workspace / "killed" / "mlp-seed-0").glob("*.params")}
    resumed = resume_comparison("killed")
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    whole = compare(["mlp", "my.py:tiny"], 3000, epochs=6, seeds=1, data="sample", output="whole")
    assert accuracies(resumed) == accuracies(whole)
    for name in ("last.params", "best.params"):
        assert (second.parent / name).read_bytes() == (workspace / "whole" / "tiny-seed-0" / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["lenet"], "no family is called 'lenet'; there are mlp, conv, conv-pool, and FILE.py:FAMILY"),
        (["mlp:12"], "'mlp:12' names a family and a size; expected the family alone"),
        (["mlp", "mlp"], "two families are called 'mlp'; a comparison needs different names"),
        (["my.py:narrow"], "my.py has no family called 'narrow'; its families are tiny"),
        (["my.py:Dense"], "my.py: Dense is of type type; expected a remxnet.experiments.families.Family"),
        (["raises.py:wide"], "raises.py, line 3: RuntimeError: not today"),
        (["counts.py:wrong"], "family 'wrong' counts"),
        (["method.py:odd"], "method.py, line 6: ZeroDivisionError: division by zero"),
        (["nowhere.py:wide"], "nowhere.py: No such file or directory"),
        (
            ["mlp", "--budget", "100"],
            "no mlp has 100 parameters on images of 1×28×28 with 10 classes; the smallest has",
        ),
        (["mlp", "--budget", "2000000000"], "budget 2000000000: expected a whole number of parameters from 1 to"),
        (["steps.py:steps", "--budget", "2000"], "the nearest budgets are 1,600 and 2,395"),
        (["mlp", "--optimizer", "newton"], "no optimizer is called 'newton'"),
        (["mlp", "--data", "imagenet"], "imagenet"),
        (["mlp", "--seeds", "5000"], "seeds is 5000; expected from 1 to 1000 of them"),
        (["--resume", "nowhere"], "nowhere holds no comparison: there is no compare.json"),
        (["mlp", "--resume", "nowhere", "--lr", "1"], "goes on as the comparison was started; leave FAMILY, --lr out"),
        (["mlp", "--output", "full", "--overwrite"], "full holds something else already"),
        (["mlp", "--output", "my.py/run"], "cannot write a comparison to my.py/run: "),
    ],
)
def test_what_cannot_be_compared_is_one_line_and_exit_2(arguments, complaint, workspace, capsys):
    (workspace / "raises.py").write_text("def wide():\n    if True:\n        raise RuntimeError('not today')\nwide()\n")
    (workspace / "steps.py").write_text(
        "from remxnet.experiments.families import *\nsteps = Family('steps', '', (Dense(WIDTH),))\n"
    )
    layer = (
        "from dataclasses import dataclass\nfrom remxnet.experiments.families import *\n@dataclass(frozen=True)\n"
        "class Mine(BatchNorm):\n    def parameters(self, shape):\n        return {}\n"
        "odd = Family('odd', '', (Dense(WIDTH), Mine()))\nwrong = Family('wrong', '', (Dense(WIDTH), Mine()))\n"
    )
    (workspace / "counts.py").write_text(layer.format("shape[0]"))
    (workspace / "method.py").write_text(layer.format("1 / 0"))
    (workspace / "full").mkdir()
    (workspace / "full" / "thesis.txt").write_text("mine")
    before = sorted(path for path in workspace.rglob("*") if path.name not in ("lock", "__pycache__"))
    sample = [] if "--data" in arguments or "--resume" in arguments else ["--data", "sample"]
    assert cli.main(["compare", *arguments, *sample]) == 2
    error = capsys.readouterr().err
    assert error.startswith("remxnet compare: ")
    assert complaint in error
    assert len(error.splitlines()) == 1
    assert sorted(path for path in workspace.rglob("*") if path.name not in ("lock", "__pycache__")) == before


@pytest.fixture
def begun(workspace):
    class Stop(CompareWatcher):
        def run_starts(self, number, total, label, seed, resumed):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(["my.py:tiny"], 3000, epochs=1, seeds=1, data="sample", output="begun", watcher=Stop())
    return workspace / "begun"


def test_a_family_that_changed_is_not_resumed(begun, capsys):
    (begun.parent / "my.py").write_text(TINY.replace("0.3", "0.5"))
    assert cli.main(["compare", "--resume", "begun"]) == 2
    assert "begun was made with another family 'tiny' than there is now" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda text: text[:100], "compare.json is damaged: "),
        (lambda text: "[]", "was written by another version of remxnet: its format is none"),
        (lambda text: text.replace('"format": 1', '"format": 7'), "its format is 7, this version reads 1"),
        (lambda text: text.replace('"seeds"', '"seats"'), "compare.json is damaged: 'seeds' is missing"),
        (lambda text: text.replace('"epochs": 1', '"epochs": "x"'), "compare.json is damaged: epochs is 'x'"),
        (lambda text: text.replace("my.py:tiny", "lenet"), "no family is called 'lenet'"),
        (lambda text: text.replace('"train": 6000', '"train": 60000'), "begun was made with other data"),
    ],
)
def test_a_damaged_comparison_is_one_line_and_exit_2(begun, change, complaint, capsys):
    path = begun / "compare.json"
    path.write_text(changed := change(path.read_text()))
    assert cli.main(["compare", "--resume", "begun"]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert len(error.splitlines()) == 1
    assert path.read_text() == changed


def test_two_processes_do_not_share_a_directory(begun, capsys):
    lock = lock_of(begun)
    try:
        assert cli.main(["compare", "--resume", "begun"]) == 2
    finally:
        lock.release()
    assert "begun is in use" in capsys.readouterr().err


def test_a_run_that_is_another_is_not_taken_over(begun, capsys):
    assert cli.main(["train", "mlp:2x3", "--data", "sample", "--epochs", "1", "--output", "begun/tiny-seed-0"]) == 0
    assert cli.main(["compare", "--resume", "begun"]) == 2
    assert "holds a run with another" in capsys.readouterr().err


def test_seeds_are_a_number_or_a_list_of_different_ones():
    for seeds in (0, [], [1, 1], [-1], "12", 1.5, True):
        with pytest.raises(InputError, match="seeds is"):
            compare(["mlp"], 3000, seeds=seeds, data="sample")
