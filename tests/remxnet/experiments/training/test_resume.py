import json
import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

from remxnet import cli
from remxnet.errors import InputError
from remxnet.experiments import Settings, Watcher, open_run, resume, train
from remxnet.experiments.training.loop import Interrupted

TIMES = ("seconds", "images_per_second")


class Stopper(Watcher):
    """Presses Ctrl-C in a certain batch."""

    def __init__(self, epoch, done):
        self.moment = (epoch, done)

    def batch(self, epoch, done, total):
        if (epoch, done) == self.moment:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def stopped_once(tmp_path_factory):
    directory = tmp_path_factory.mktemp("stopped") / "run"
    settings = Settings("mlp", "sample", 2, 1000, output=str(directory), checkpoint_every="1")
    with pytest.raises(Interrupted):
        train(settings, Stopper(2, 2))
    return directory


@pytest.fixture
def stopped(stopped_once, tmp_path):
    """A run of two epochs that was stopped in the second batch of the second; the first has a checkpoint."""
    return shutil.copytree(stopped_once, tmp_path / "stopped")


@pytest.fixture(scope="module")
def finished_once(tmp_path_factory):
    directory = tmp_path_factory.mktemp("finished") / "run"
    return train(Settings("mlp", "sample", 2, 1000, output=str(directory))).directory


@pytest.fixture
def finished(finished_once, tmp_path):
    """A run of two epochs."""
    directory = shutil.copytree(finished_once, tmp_path / "finished")
    text = (directory / "config.json").read_text()
    (directory / "config.json").write_text(text.replace(str(finished_once), str(directory)))
    return directory


def results(run):
    return [{name: value for name, value in vars(result).items() if name not in TIMES} for result in run.results]


def contents(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.name not in ("log.txt", "lock")}


def test_a_run_goes_on_in_the_middle_of_an_epoch(stopped, finished):
    epochs = []

    class Listener(Watcher):
        def resumed(self, run, epoch, done):
            epochs.append((epoch, done))

        def batch(self, epoch, done, total):
            epochs.append((epoch, done))

    run = resume(stopped, Listener())
    assert epochs == [(2, 1), *((2, done) for done in range(2, 7))]
    whole = open_run(finished)
    assert results(run) == results(whole)
    assert (stopped / "last.params").read_bytes() == (whole.directory / "last.params").read_bytes()
    log = (stopped / "log.txt").read_text()
    assert "interrupted in epoch 2 after batch 2" in log
    assert "resumed in epoch 2 after batch 1" in log


def test_a_finished_run_is_left_as_it_is(finished, capsys):
    run = open_run(finished)
    assert run.finished
    before = contents(run.directory)
    assert cli.main(["train", "--resume", str(run.directory)]) == 0
    assert "the run is finished" in capsys.readouterr().out
    after = contents(run.directory)
    before.pop("curves.png"), after.pop("curves.png")
    assert after == before


def test_more_epochs_end_where_as_many_from_the_start_end(settings, finished):
    train(settings)
    longer = resume(settings.output, epochs=2)
    whole = open_run(finished)
    assert results(longer) == results(whole)
    assert (longer.directory / "last.params").read_bytes() == (whole.directory / "last.params").read_bytes()
    assert open_run(longer.directory).settings.epochs == 2


def test_a_run_that_was_killed_before_its_first_checkpoint_starts_again(finished):
    run = open_run(finished)
    before = results(run)
    for name in ("checkpoint", "last.params", "best.params", "metrics.jsonl"):
        (run.directory / name).unlink()
    assert results(resume(run.directory)) == before


def test_what_a_kill_left_half_written_is_put_in_order(finished):
    directory, run = finished, open_run(finished)
    before = contents(directory)
    whole = (directory / "metrics.jsonl").read_text()
    (directory / "metrics.jsonl").write_text(whole + '{"epoch": 3, "train_lo')
    assert results(open_run(directory)) == results(run)
    (directory / "last.params").unlink()
    (directory / "checkpoint.0123456789ab.tmp").write_text("half")
    (directory / "mine.tmp").write_text("of somebody else")
    with open(directory / "log.txt", "a") as log:
        log.write("2026-01-01 00:00:00  half a li")
    resume(directory)
    after = contents(directory)
    assert after.pop("mine.tmp") == b"of somebody else"
    before.pop("curves.png"), after.pop("curves.png")
    assert after == before
    lines = (directory / "log.txt").read_text().splitlines()
    place = next(place for place, line in enumerate(lines) if line.endswith("half a li"))
    assert "resumed where it was finished" in lines[place + 1]


# --- what cannot be resumed -------------------------------------------------------------------------------------------


def change(directory, name, values):
    config = json.loads((directory / "config.json").read_text())
    config[name] = values
    (directory / "config.json").write_text(json.dumps(config))


DAMAGE = {
    "no run": (lambda run: (run / "config.json").unlink(), "holds no run: there is no config.json"),
    "config cut off": (lambda run: (run / "config.json").write_text('{"format"'), "config.json is damaged"),
    "another version": (
        lambda run: change(run, "format", 2),
        "was written by another version of remxnet: its format is 2, this version reads 1",
    ),
    "no version": (lambda run: change(run, "format", None), "its format is None"),
    "strange settings": (
        lambda run: change(run, "settings", {"epochs": -1}),
        "config.json is damaged: epochs (--epochs) is -1",
    ),
    "cut off": (lambda run: os.truncate(run / "checkpoint", 5000), "checkpoint is damaged: it has"),
    "of another run": (lambda run: change(run, "id", "another"), "checkpoint belongs to another run than"),
    "missing": (lambda run: (run / "checkpoint").unlink(), "cannot be resumed: its checkpoint is missing"),
    "other data": (
        lambda run: change(run, "images", {"train": 60000, "shape": [1, 28, 28], "class_names": ["one"]}),
        "cannot be resumed: sample has changed, train was 60000 and is 6000",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_run_is_one_line_exit_2_and_stays_as_it_is(stopped, damage, capsys):
    spoil, complaint = DAMAGE[damage]
    spoil(stopped)
    before = contents(stopped)
    assert cli.main(["train", "--resume", str(stopped)]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert len(error.splitlines()) == 1
    assert contents(stopped) == before


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--seed", "4"], "started with seed (--seed) 0 and cannot go on with 4"),
        (["--optimizer", "adam"], "started with optimizer (--optimizer) 'sgd' and cannot go on with 'adam'"),
        (["lenet"], "started with model (--model) 'mlp' and cannot go on with 'lenet'"),
        (["--epochs", "1"], "has 2 epochs already and cannot end after fewer"),
        (["--output", "elsewhere"], "--output means nothing with --resume"),
        (["--overwrite"], "--overwrite means nothing with --resume"),
    ],
)
def test_settings_that_disagree_are_one_line_and_exit_2(finished, arguments, complaint, capsys):
    directory = finished
    before = contents(directory)
    assert cli.main(["train", "--resume", str(directory), *arguments]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert len(error.splitlines()) == 1
    assert contents(directory) == before


def test_settings_that_agree_may_be_named(stopped):
    assert cli.main(["train", "mlp", "--resume", str(stopped), "--data", "sample", "--checkpoint-every", "9"]) == 0


def test_weights_of_another_model_are_noticed(stopped, small_model, tmp_path):
    config = json.loads((stopped / "config.json").read_text())
    change(stopped, "settings", {**config["settings"], "model": "small"})
    with pytest.raises(InputError, match=r"checkpoint does not fit the run: the weights are those of another model"):
        resume(stopped)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epoch", 10**30), ("epoch", 0), ("epoch", 3), ("epoch", 2.0), ("epoch", "2"), ("epoch", None), ("done", 10**9),
        ("done", -1), ("done", [1]), ("examples", 10**30), ("hits", "x"), ("hits", float("nan")), ("loss_sum", None),
        ("loss_sum", 10**400), ("seconds", -1.0), ("more", 1),
    ],
)  # fmt: skip
def test_a_checkpoint_of_an_impossible_place_is_one_line(stopped, capsys, name, value):
    from remxnet.experiments.runs.checkpoints import read_checkpoint, write_checkpoint

    tree = read_checkpoint(stopped / "checkpoint")
    tree["progress"][name] = value
    write_checkpoint(stopped / "checkpoint", tree)
    assert cli.main(["train", "--resume", str(stopped)]) == 2
    error = capsys.readouterr().err
    assert "checkpoint does not fit the run: " in error and len(error.splitlines()) == 1


@pytest.mark.parametrize("results", [None, {}, "x", [1], [{}], "twice"])
def test_a_checkpoint_with_other_results_is_one_line(stopped, capsys, results):
    from remxnet.experiments.runs.checkpoints import read_checkpoint, write_checkpoint

    tree = read_checkpoint(stopped / "checkpoint")
    tree["results"] = tree["results"] * 2 if results == "twice" else results
    write_checkpoint(stopped / "checkpoint", tree)
    assert cli.main(["train", "--resume", str(stopped)]) == 2
    error = capsys.readouterr().err
    assert "checkpoint is damaged: " in error and len(error.splitlines()) == 1


def test_a_run_may_be_moved(stopped, tmp_path):
    shutil.move(stopped, tmp_path / "moved")
    run = resume(tmp_path / "moved")
    assert len(run.results) == 2
    assert open_run(tmp_path / "moved").settings.output == str(tmp_path / "moved")


# --- two processes ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("warm")
def test_a_second_process_is_kept_out_and_a_killed_one_does_not_block(stopped, capsys):
    code = (
        "import os, sys, time; from pathlib import Path; from remxnet.experiments.runs.recording import lock_of;"
        "lock = lock_of(Path(sys.argv[1])); print('locked', os.getpid(), flush=True); time.sleep(600)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", code, str(stopped)], stdout=subprocess.PIPE, text=True, env=environment
    ) as other:
        try:
            said, process = other.stdout.readline().split()
            assert said == "locked"
            before = contents(stopped)
            for arguments in (["--resume", str(stopped)], ["mlp", "--data", "sample", "--output", str(stopped)]):
                assert cli.main(["train", *arguments]) == 2
                error = capsys.readouterr().err
                assert error == f"remxnet train: {stopped} is in use: another process is training there\n"
            assert contents(stopped) == before
            assert len(open_run(stopped).results) == 1
        finally:
            os.kill(int(process), signal.SIGKILL)
            assert other.wait() == -signal.SIGKILL
    assert cli.main(["train", "--resume", str(stopped)]) == 0


def test_the_directory_is_free_again_after_an_error(settings):
    run = train(settings)
    with pytest.raises(InputError, match="holds a run already"):
        train(settings)
    with pytest.raises(InputError, match="cannot go on with"):
        resume(run.directory, seed=9)
    resume(run.directory)


def test_weights_and_optimizer_are_back_before_the_first_batch(stopped, monkeypatch):
    from remxnet.experiments.runs.checkpoints import read_checkpoint
    from remxnet.experiments.training.learner import Learner

    saved = read_checkpoint(stopped / "checkpoint")["learner"]
    states = []
    forward = Learner.forward

    def noting(self, inputs, labels):
        states.append(self.get_state())
        return forward(self, inputs, labels)

    monkeypatch.setattr(Learner, "forward", noting)
    resume(stopped)
    for name, weight in saved["weights"].items():
        np.testing.assert_array_equal(states[0]["weights"][name], weight)
