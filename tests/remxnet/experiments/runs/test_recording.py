import errno
import os
import subprocess
from dataclasses import replace

import pytest

from remxnet import cli
from remxnet.errors import InputError
from remxnet.experiments import Watcher, open_run, resume, train
from remxnet.experiments.runs import durable
from remxnet.experiments.runs.durable import durably
from remxnet.experiments.runs.recording import RecordedRun


def contents(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


class FullDisk:
    """A disk that is full from a certain file on: forcing it out fails, as it does where space is promised late."""

    def __init__(self, monkeypatch, after):
        self.left = after
        self.fsync = os.fsync
        monkeypatch.setattr(durable.os, "fsync", self)

    def __call__(self, descriptor):
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.fsync(descriptor)


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("before")
    FullDisk(monkeypatch, after=0)
    with pytest.raises(OSError, match="No space left"), durably(tmp_path / "file", "w") as stream:
        stream.write("after")
    assert contents(tmp_path) == {"file": b"before"}


@pytest.mark.parametrize("after", range(0, 12, 2))
def test_a_full_disk_is_one_line_exit_2_and_the_run_can_be_resumed(settings, monkeypatch, capsys, after):
    with monkeypatch.context() as patched:
        FullDisk(patched, after)
        code = cli.main(
            ["train", "mlp", "--data", "sample", "--epochs", "2", "--batch-size", "1000", "--output", settings.output]
        )
    error = capsys.readouterr().err
    assert code == 2
    assert len(error.splitlines()) == 1
    assert "No space left on device" in error
    run = open_run(settings.output) if after else None
    if run is None:
        assert "cannot write a run to" in error
    else:
        assert "what was saved before is untouched" in error
        assert not list(run.directory.glob("*.tmp"))
        assert len(resume(run.directory).results) == 2


def test_a_disk_that_is_really_full(tmp_path, capsys):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1400k", "tmpfs", str(tmp_path)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk takes root")
    try:
        directory = tmp_path / "run"
        arguments = ["train", "mlp", "--data", "sample", "--epochs", "2", "--batch-size", "1000"]
        assert cli.main([*arguments, "--output", str(directory)]) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"remxnet train: cannot write to {directory}: No space left on device; what was saved")
        assert len(error.splitlines()) == 1
        assert not list(directory.glob("*.tmp"))
        kept = contents(directory)
        assert cli.main(["train", "--resume", str(directory)]) == 2
        assert "No space left on device" in capsys.readouterr().err
        assert contents(directory)["config.json"] == kept["config.json"]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_overwriting_fails_before_anything_is_removed(settings, monkeypatch):
    run = train(settings)
    before = contents(run.directory)
    FullDisk(monkeypatch, after=0)
    with pytest.raises(InputError, match="cannot write a run to"):
        RecordedRun.create(run.directory, {}, overwrite=True)
    assert contents(run.directory) == before


def test_overwriting_leaves_what_is_none_of_the_runs(settings):
    run = train(settings)
    (run.directory / "notes.md").write_text("mine")
    RecordedRun.create(run.directory, {}, overwrite=True).close()
    assert sorted(path.name for path in run.directory.iterdir()) == ["config.json", "lock", "notes.md"]


def test_a_checkpoint_comes_after_so_many_batches_or_seconds(settings, monkeypatch):
    saved = []
    monkeypatch.setattr(RecordedRun, "save", lambda self, state: saved.append(state["progress"]["done"]))
    train(replace(settings, checkpoint_every="2"))
    assert saved == [2, 4, 6, 0]
    saved.clear()
    train(replace(settings, checkpoint_every="0.000001s", overwrite=True))
    assert saved == [1, 2, 3, 4, 5, 6, 0]
    saved.clear()
    train(replace(settings, checkpoint_every="1000s", overwrite=True))
    assert saved == [0]


def test_the_checkpoint_is_written_before_what_can_be_made_of_it(settings, monkeypatch):
    written = []
    replaced = os.replace
    monkeypatch.setattr(
        os, "replace", lambda source, target: (written.append(os.path.basename(target)), replaced(source, target))
    )
    train(settings)
    assert written == ["config.json", "checkpoint", "last.params", "best.params", "metrics.jsonl", "curves.png"]


def test_the_log_is_plain_text_and_says_what_happened(settings):
    run = train(settings, Watcher())
    lines = (run.directory / "log.txt").read_text().splitlines()
    assert "mlp, 203530 parameters, on sample, 6000 training and 1000 test images, cpu" in lines[0]
    assert "seed=0" in lines[1]
    assert "torch" in lines[2]
    assert "epoch 1  loss" in lines[3]
    assert "finished; best test accuracy" in lines[4]
    assert "\x1b" not in "".join(lines)
    assert "\r" not in "".join(lines)
