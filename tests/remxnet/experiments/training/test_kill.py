import contextlib
import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from remxnet.experiments.runs.checkpoints import read_checkpoint

KILLS = 20
SETTINGS = {
    "epochs": 6, "batch_size": 400, "seed": 3, "optimizer": "adam", "learning_rate": 0.003, "schedule": "cosine",
    "warmup": 1.0, "augment": True, "checkpoint_every": "2", "weight_decay": 0.0001,
}  # fmt: skip
TIMES = ("seconds", "images_per_second")


class Trainee:
    """The program that trains; see trainee.py."""

    def __init__(self):
        self.events, write = os.pipe()
        os.set_blocking(self.events, False)
        folders = [str(Path(__file__).parents[1]), *filter(None, sys.path)]  # conftest.py is in the first
        self.program = subprocess.Popen(
            [sys.executable, "-W", "error", str(Path(__file__).with_name("trainee.py")), str(write)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[write],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(folders), "OMP_NUM_THREADS": "1"},
        )
        os.close(write)

    def start(self, directory):
        """Start or resume a run; returns the process."""
        self.drain()
        print(json.dumps([str(directory), SETTINGS]), file=self.program.stdin, flush=True)
        return int(self.program.stdout.readline())

    def ended(self):
        """Wait for the end of the process; returns its exit code, negative for a signal."""
        return int(self.program.stdout.readline())

    def has_ended(self):
        return bool(select.select([self.program.stdout], [], [], 0)[0])

    def wait_for(self, count):
        """Until `count` more events were reported, or the process has ended."""
        while count > 0 and not self.has_ended():
            if select.select([self.events], [], [], 0.05)[0]:
                count -= len(os.read(self.events, count))

    def drain(self):
        with contextlib.suppress(BlockingIOError):
            while os.read(self.events, 1 << 16):
                pass

    def close(self):
        self.program.stdin.close()
        self.program.wait(60)
        self.program.stdout.close()
        os.close(self.events)


@pytest.fixture
def trainee():
    program = Trainee()
    yield program
    program.close()


def kill_somewhere(trainee, directory, chance, kind):
    """Train, and kill at a moment of some kind; returns whether it was killed before it had finished."""
    process = trainee.start(directory)
    if kind == "at once":  # while it loads, or makes the directory agree with its checkpoint
        time.sleep(chance.uniform(0, 0.6))
    elif kind == "between":
        trainee.wait_for(chance.randint(1, 20))
        time.sleep(chance.uniform(0, 0.03))
    else:  # while a checkpoint is being written
        trainee.wait_for(1)  # nothing is written before it has begun
        while not trainee.has_ended() and not leftovers(directory):
            pass
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    code = trainee.ended()
    assert code in (0, -signal.SIGKILL)
    return code == -signal.SIGKILL


def leftovers(directory):
    return list(directory.glob("checkpoint.*.tmp"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes that are killed are forked from one")
def test_a_run_killed_20_times_ends_where_an_uninterrupted_one_ends(trainee, tmp_path):
    seed = random.randrange(1 << 32)
    print(f"moments of seed {seed}")
    chance = random.Random(seed)
    trainee.start(tmp_path / "whole")
    assert trainee.ended() == 0
    kinds = ["at once", "between", "between", "in a write"] * (KILLS // 4)
    chance.shuffle(kinds)
    killed, in_writes, runs = 0, 0, [tmp_path / "0"]
    while kinds:
        if kill_somewhere(trainee, runs[-1], chance, kinds[-1]):
            killed += 1
            in_writes += bool(leftovers(runs[-1]))
            kinds.pop()
        else:  # it was finished first
            runs.append(tmp_path / str(len(runs)))
            assert len(runs) <= KILLS, "no checkpoint was ever seen being written"
    for run in runs:
        trainee.start(run)
        assert trainee.ended() == 0
        check_same(run, tmp_path / "whole")
        assert not list(run.glob("*.tmp"))
    assert killed == KILLS
    assert in_writes > 0


def check_same(run, whole):
    """Weights, metrics, optimizer and random numbers are those of the uninterrupted run, bit for bit."""
    for name in ("last.params", "best.params"):
        assert (run / name).read_bytes() == (whole / name).read_bytes(), name
    assert metrics(run) == metrics(whole)
    assert len(metrics(run)) == SETTINGS["epochs"]
    ours, theirs = (read_checkpoint(directory / "checkpoint") for directory in (run, whole))
    for name in ("random", "progress"):
        check_equal(ours[name], theirs[name], name)
    check_equal(ours["learner"]["weights"], theirs["learner"]["weights"], "weights")
    check_equal(*(optimizer(tree["learner"]["optimizer"]) for tree in (ours, theirs)), "optimizer")


def metrics(directory):
    lines = (directory / "metrics.jsonl").read_text().splitlines()
    return [{name: value for name, value in json.loads(line).items() if name not in TIMES} for line in lines]


def optimizer(content):
    """The states and everything that the optimizer and its schedule remember."""
    updater = mx.optimizer.get_updater(mx.optimizer.Adam())
    updater.set_states(content)
    remembered = {name: value for name, value in vars(updater.optimizer).items() if name != "lr_scheduler"}
    states = {str(index): [each.asnumpy() for each in state] for index, state in updater.states.items()}
    assert len(states) == 6
    return [states, remembered, vars(updater.optimizer.lr_scheduler)]


def check_equal(ours, theirs, where):
    assert type(ours) is type(theirs), where
    if isinstance(ours, dict):
        assert ours.keys() == theirs.keys(), where
        for name in ours:
            if name not in TIMES:
                check_equal(ours[name], theirs[name], f"{where}.{name}")
    elif isinstance(ours, list):
        assert len(ours) == len(theirs), where
        for place, (mine, other) in enumerate(zip(ours, theirs)):
            check_equal(mine, other, f"{where}[{place}]")
    elif isinstance(ours, np.ndarray):
        assert ours.dtype == theirs.dtype, where
        assert ours.tobytes() == theirs.tobytes(), where
    else:
        assert ours == theirs, where
