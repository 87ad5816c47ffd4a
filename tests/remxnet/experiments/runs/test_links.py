"""Nothing is written through a link out of the directory of a run or a comparison."""

import os
import shutil
from dataclasses import replace

import pytest

from remxnet import cli
from remxnet.errors import InputError
from remxnet.experiments import open_run, resume, train
from remxnet.experiments.compare import compare

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links take rights elsewhere")

REPLACED = ["config.json", "metrics.jsonl", "last.params", "best.params", "checkpoint", "curves.png"]


@pytest.fixture
def run(settings):
    """A run of one epoch that can go on for another."""
    return train(replace(settings, tensorboard=True)).directory


def moved_out(path, outside):
    """Put a link where a file or a folder was."""
    shutil.move(path, outside / path.name)
    path.symlink_to(outside / path.name)


def contents(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_resumed_run_replaces_links_by_files_of_its_own(run, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in REPLACED:
        moved_out(run / name, outside)
    before = contents(outside)
    assert len(resume(run, epochs=2).results) == 2
    assert contents(outside) == before and len(before) == len(REPLACED)
    assert not [name for name in REPLACED if (run / name).is_symlink()]
    assert len(open_run(run).results) == 2


def test_a_folder_of_metrics_that_is_a_link_is_replaced(run, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    moved_out(run / "tensorboard", outside)
    before = contents(outside)
    resume(run, epochs=2)
    assert contents(outside) == before and len(before) == 1
    assert not (run / "tensorboard").is_symlink() and len(list((run / "tensorboard").iterdir())) == 1


@pytest.mark.parametrize("name", ["log.txt", "lock"])
def test_what_grows_and_what_locks_may_not_be_a_link(run, tmp_path, name, capsys):
    outside = tmp_path / "outside"
    outside.write_text("of somebody else")
    (run / name).unlink(missing_ok=True)
    (run / name).symlink_to(outside)
    assert cli.main(["train", "--resume", str(run), "--epochs", "2"]) == 2
    error = capsys.readouterr().err
    assert error == f"remxnet train: {run / name} is a link; a run writes to files of its own: remove it\n"
    assert outside.read_text() == "of somebody else"
    (run / name).unlink()
    assert len(resume(run, epochs=2).results) == 2


@pytest.mark.parametrize("name", [*REPLACED, "log.txt", "nan-batch.npz", "nan-weights.params"])
def test_a_new_run_asks_before_it_replaces_a_link_that_leads_nowhere(settings, tmp_path, name):
    directory = tmp_path / "run"
    directory.mkdir()
    (directory / name).symlink_to(tmp_path / "outside")
    with pytest.raises(InputError, match=f"holds a run already \\({name}\\)"):
        train(settings)
    train(replace(settings, overwrite=True))
    assert not (tmp_path / "outside").exists()


def test_the_batch_that_diverged_is_not_written_through_links(settings, tmp_path, monkeypatch):
    from remxnet.experiments.runs.recording import RecordedRun
    from remxnet.experiments.training import Diverged
    from remxnet.experiments.training.learner import Learner

    create, forward = RecordedRun.create.__func__, Learner.forward

    def with_links(cls, directory, config, overwrite=False):
        made = create(cls, directory, config, overwrite)
        for name in ("nan-batch.npz", "nan-weights.params"):
            (directory / name).symlink_to(tmp_path / name)
        return made

    def diverged(self, inputs, labels):
        scores, losses = forward(self, inputs, labels)
        return scores, losses * float("nan")

    monkeypatch.setattr(RecordedRun, "create", classmethod(with_links))
    monkeypatch.setattr(Learner, "forward", diverged)
    with pytest.raises(Diverged):
        train(settings)
    for name in ("nan-batch.npz", "nan-weights.params"):
        assert not (tmp_path / name).exists() and (tmp_path / "run" / name).stat().st_size > 1000


def test_a_report_replaces_a_link_in_the_run_and_follows_one_that_was_named(run, tmp_path):
    from remxnet.report import write_report

    for place in ("outside.html", "named.html"):
        (tmp_path / place).write_text("<!doctype html>")
    (run / "report.html").symlink_to(tmp_path / "outside.html")
    (tmp_path / "link.html").symlink_to(tmp_path / "named.html")
    write_report([run])
    write_report([run], tmp_path / "link.html")
    assert (tmp_path / "outside.html").read_text() == "<!doctype html>"
    assert not (run / "report.html").is_symlink() and "<svg" in (run / "report.html").read_text()
    assert (tmp_path / "link.html").is_symlink() and "<svg" in (tmp_path / "named.html").read_text()


def test_a_comparison_touches_no_run_that_is_linked_into_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    compare(["mlp"], 20_000, epochs=1, seeds=1, data="sample", batch_size=1000, output="one")
    shutil.move("one/mlp-seed-0", "other")
    os.symlink(tmp_path / "other", "one/mlp-seed-0")
    for name in ("compare.json", "table.txt", "table.md", "compare.png"):
        shutil.move(f"one/{name}", name)
        os.symlink(tmp_path / name, f"one/{name}")
    before = contents(tmp_path)
    command = ["compare", "mlp", "--budget", "20000", "--epochs", "1", "--seeds", "1", "--data", "sample"]
    for arguments in ([*command, "--output", "one", "--overwrite"], ["compare", "--resume", "one"]):
        assert cli.main(arguments) == 2
        assert "one/mlp-seed-0 is a link; the runs of a comparison are directories of" in capsys.readouterr().err
        assert contents(tmp_path) == before
    os.unlink("one/mlp-seed-0")
    assert cli.main([*command, "--batch-size", "1000", "--output", "one", "--overwrite"]) == 0
    after = contents(tmp_path)
    assert all(after[path] == content for path, content in before.items() if tmp_path / "one" not in path.parents)
    assert not [path for path in (tmp_path / "one").iterdir() if path.is_symlink()]
