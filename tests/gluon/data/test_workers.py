"""Batches from worker processes and threads: random numbers, errors, deaths, and what is left when they end."""

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet.gluon.data import ArrayDataset, DataLoader, Dataset, SimpleDataset, workers

PROCESSES = {"num_workers": 2}
THREADS = {"num_workers": 2, "thread_pool": True}
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def add_noise(x):
    return x.astype("float32") + mx.nd.random.uniform(shape=x.shape) + float(np.random.rand())


def test_workers_draw_random_numbers_of_their_own_that_follow_the_seed():
    def run():
        dataset = ArrayDataset(mx.nd.zeros((8, 3, 1))).transform(add_noise)
        mx.random.seed(5)
        return np.concatenate([b.asnumpy().reshape(-1) for b in DataLoader(dataset, 2, num_workers=2)])

    first, second = run(), run()
    assert len(np.unique(first)) == len(first)
    np.testing.assert_array_equal(first, second)


def test_workers_leave_torchs_own_generator_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    list(DataLoader(SimpleDataset([1, 2, 3]), 2, num_workers=1))
    assert torch.equal(torch.get_rng_state(), before)


class Slow(Dataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        time.sleep(1)


@pytest.mark.parametrize("threads", [False, True])
def test_slow_workers_time_out(threads):
    with pytest.raises(multiprocessing.TimeoutError, match="no batch came from the .* in 0.2 seconds"):
        list(DataLoader(Slow(), 1, num_workers=1, thread_pool=threads, timeout=0.2))


class Unpicklable(Exception):
    def __init__(self, first, second):
        super().__init__(f"{first} {second}")


class Failing(Dataset):
    def __init__(self, error):
        self.error = error

    def __len__(self):
        return 4

    def __getitem__(self, index):
        if index == 2:
            raise self.error
        return index


@pytest.mark.parametrize("arguments", [{}, {"num_workers": 2}, {"num_workers": 2, "thread_pool": True}])
def test_errors_of_samples_arrive(arguments):
    batches = iter(DataLoader(Failing(LookupError("sample 2 is gone")), 2, **arguments))
    assert next(batches).asnumpy().tolist() == [0, 1]
    with pytest.raises(LookupError, match="^'?sample 2 is gone'?$") as caught:
        next(batches)
    if "num_workers" in arguments and "thread_pool" not in arguments:
        assert "__getitem__" in str(caught.value.__cause__)


def test_errors_that_cannot_be_sent_arrive_as_text():
    with pytest.raises(mx.MXNetError, match="Unpicklable in a worker: one two"):
        list(DataLoader(Failing(Unpicklable("one", "two")), 2, num_workers=1))


def test_batches_that_cannot_be_sent_are_an_error():
    loader = DataLoader(SimpleDataset([1, 2]), 2, num_workers=1, batchify_fn=lambda samples: lambda: samples)
    with pytest.raises(Exception, match="(?i)pickle|local object"):
        next(iter(loader))


def test_workers_send_nested_batches():
    def batchify(samples):
        return {"x": (mx.nd.array(samples), [mx.nd.ones(2)]), "n": len(samples)}

    (batch,) = DataLoader(SimpleDataset([1, 2]), 2, num_workers=1, batchify_fn=batchify)
    assert batch["x"][0].asnumpy().tolist() == [1, 2] and batch["n"] == 2
    assert isinstance(batch["x"], tuple) and batch["x"][1][0].context == mx.cpu()


def test_iteration_may_stop_early_and_start_again():
    for arguments in ({"num_workers": 2}, {"num_workers": 2, "thread_pool": True}):
        loader = DataLoader(SimpleDataset(list(range(20))), 2, **arguments)
        for _ in range(2):
            assert next(iter(loader)).asnumpy().tolist() == [0, 1]
        assert sum(len(batch) for batch in loader) == 20


# --- what arrives ---------------------------------------------------------------------------------------------------


DTYPES = ["float32", "float64", "float16", "bfloat16", "uint8", "int8", "int32", "int64", "bool"]


def of_every_kind(samples):
    arrays = [mx.nd.array([0, 1, 2]).astype(dtype) for dtype in DTYPES]
    return [
        *arrays,
        mx.nd.empty((0, 3)),
        mx.nd.ones((4, 6)).T,
        mx.np.array(3.5),
        np.arange(6.0).reshape(2, 3).T,
        "text" * 100_000,
        torch.ones(2),
    ]


@pytest.mark.parametrize(("method", "count"), [("fork", 2), ("spawn", 1)])  # which imports everything in each worker
def test_batches_arrive_as_they_were_made(method, count, monkeypatch):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system cannot {method}")
    monkeypatch.setattr(workers, "_start_method", lambda: method)
    expected = of_every_kind(None)
    for batch in DataLoader(SimpleDataset([1, 2, 3]), 1, num_workers=count, batchify_fn=of_every_kind):
        for ours, theirs in zip(batch, expected, strict=True):
            assert type(ours) is type(theirs)
            if isinstance(ours, mx.nd.NDArray):
                assert ours.as_torch().dtype is theirs.as_torch().dtype and ours.context == mx.cpu()
                np.testing.assert_array_equal(ours.asnumpy(), theirs.asnumpy(), strict=True)
                ours += 1  # into memory of its own
            else:
                np.testing.assert_array_equal(ours, theirs)


def test_batches_may_be_larger_and_smaller_than_those_before():
    sizes = [3, 70_000, 0, 5, 300_000]
    made = DataLoader(
        SimpleDataset(sizes), 1, num_workers=1, batchify_fn=lambda samples: mx.nd.full((samples[0], 2), 1)
    )
    assert [batch.shape[0] for batch in made] == sizes


@LINUX
def test_kept_batches_need_no_open_files_and_no_shared_memory():
    shared = set(os.listdir("/dev/shm"))
    loader = iter(DataLoader(Waiting(0), 1, num_workers=2))
    kept = [next(loader)]
    before = len(os.listdir("/proc/self/fd"))
    kept += [next(loader) for _ in range(50)]
    assert len(os.listdir("/proc/self/fd")) == before
    assert set(os.listdir("/dev/shm")) <= shared
    assert all(batch.shape == (1, 4) for batch in kept)


# --- how it ends ----------------------------------------------------------------------------------------------------


class Waiting(Dataset):
    """Arrays that take a while."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __len__(self):
        return 1000

    def __getitem__(self, index):
        time.sleep(self.seconds)
        return mx.nd.ones((4,))


class Deadly(Dataset):
    """Its fourth sample ends the process."""

    def __init__(self, end):
        self.end = end

    def __len__(self):
        return 10

    def __getitem__(self, index):
        if index == 3:
            self.end()
        return mx.nd.ones((2,))


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def left():
    os._exit(3)


def exited():
    sys.exit(4)


@LINUX
@pytest.mark.parametrize(
    ("end", "why"),
    [(killed, "was killed by SIGKILL, .* memory"), (left, "ended with exit code 3"), (exited, "ended with .* 4")],
)
def test_a_worker_that_dies_is_one_error(end, why):
    received = 0
    with pytest.raises(mx.MXNetError, match=f"^DataLoader: worker process 1 {why}.*num_workers=0 may show") as caught:
        for _ in DataLoader(Deadly(end), 1, num_workers=2):
            received += 1
    assert received == 3 and "\n" not in str(caught.value)
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("arguments", [PROCESSES, THREADS])
@pytest.mark.parametrize("how", ["used up", "dropped", "closed", "failed", "sampler failed"])
def test_nothing_is_left_when_an_iteration_ends(how, arguments):
    def indices():
        yield from range(13)
        raise LookupError("no more")

    files = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    dataset = Failing(ValueError("sample 2")) if how == "failed" else Waiting(0.001)
    sampler = {"used up": range(9), "failed": range(4), "sampler failed": indices()}.get(how, range(1000))
    batches = iter(DataLoader(dataset, 2, sampler=sampler, **arguments))
    next(batches)
    if how == "used up":
        assert len(list(batches)) == 4
    elif how in ("failed", "sampler failed"):
        with pytest.raises(LookupError if how == "sampler failed" else ValueError):
            list(batches)
    elif how == "closed":
        batches.close()
    del batches
    gc.collect()
    assert not multiprocessing.active_children()
    deadline = time.monotonic() + 5
    while any(thread.name.startswith("DataLoader") for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    if files:
        assert len(os.listdir("/proc/self/fd")) == files


def test_two_loaders_at_once():
    first, second = (iter(DataLoader(Waiting(0), 2, num_workers=2)) for _ in range(2))
    assert next(first).shape == next(second).shape == (2, 4)
    started = time.monotonic()
    first.close()  # the second's workers hold the first's pipes too
    assert time.monotonic() - started < workers.SECONDS_TO_END
    assert next(second).shape == (2, 4)
    second.close()


def test_nothing_starts_before_the_first_batch_is_asked_for():
    batches = iter(DataLoader(Waiting(0), 2, num_workers=2))
    assert not multiprocessing.active_children()
    del batches


INTERRUPTED = """
import multiprocessing, os, time
import mxnet as mx

class Waiting(mx.gluon.data.Dataset):
    def __len__(self):
        return 100000

    def __getitem__(self, index):
        time.sleep(0.01)
        return mx.nd.ones((4,))

first, second = (iter(mx.gluon.data.DataLoader(Waiting(), 2, num_workers=1)) for _ in range(2))
next(first), next(second)
print(os.getpid(), *[process.pid for process in multiprocessing.active_children()], flush=True)
for batch in second:
    pass
"""


def running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0] != "Z"
    except OSError:
        return False


@LINUX
@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_the_program(number):
    command = [sys.executable, "-c", INTERRUPTED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        own, *pids = [int(pid) for pid in program.stdout.readline().split()]
        # a terminal interrupts the program and its workers alike
        (os.killpg if number == signal.SIGINT else os.kill)(own, number)
        try:
            errors = program.communicate(timeout=60)[1]
        finally:
            if program.poll() is None:
                os.killpg(own, signal.SIGKILL)
    assert len(pids) == 2 and program.returncode == -number
    deadline = time.monotonic() + 10
    while any(map(running, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert errors.count("Traceback") == (number == signal.SIGINT)
