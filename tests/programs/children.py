"""Many programs in child processes: a server forks children that run some dozens each, and a death is a failure."""

from __future__ import annotations

import faulthandler
import itertools
import json
import os
import select
import signal
import sys
import time

import torch

__all__ = ["Pool", "run_one"]

#: programs that one child runs
_BATCH = 40
#: seconds that a program may take
PATIENCE = 60.0


def _work(seeds, pipe, wanted):
    """Run programs, and tell the parent which one begins and how it ended."""
    from .generate import program
    from .judge import judge

    with os.fdopen(pipe, "w", buffering=1) as stream:
        for seed in seeds:
            stream.write(json.dumps({"begins": seed}) + "\n")
            try:
                failure = judge(wanted(seed) if wanted else program(seed))
            except Exception as error:  # noqa: BLE001 - told to the parent
                failure = {"seed": seed, "kind": "harness", "what": f"{type(error).__name__}: {error}"}
            stream.write(json.dumps({"ends": seed, "failure": failure}) + "\n")


class _Child:
    """A forked process that runs programs."""

    def __init__(self, seeds, wanted=None):
        self.waiting = list(seeds)
        self.current, self.since = None, time.monotonic()
        self._rest = b""
        own, its = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if not self.pid:
            status = 70
            try:
                os.close(own)
                faulthandler.disable()
                nothing = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nothing, 2)
                _work(seeds, its, wanted)
                status = 0
            finally:
                os._exit(status)
        os.close(its)
        self.pipe = own

    def read(self):
        """Outcomes that have come, as (seed, failure); None at the end."""
        data = os.read(self.pipe, 1 << 16)
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        outcomes = []
        for line in lines:
            told = json.loads(line)
            if "begins" in told:
                self.current, self.since = told["begins"], time.monotonic()
            else:
                self.waiting.remove(told["ends"])
                outcomes.append((told["ends"], told["failure"]))
                self.current = None
        return outcomes

    def end(self):
        """Take leave of it; how it died, or None."""
        os.close(self.pipe)
        _, status = os.waitpid(self.pid, 0)
        if os.WIFSIGNALED(status):
            return signal.Signals(os.WTERMSIG(status)).name
        return None if os.WEXITSTATUS(status) == 0 else f"exit {os.WEXITSTATUS(status)}"


def prepare():
    """Import everything and compute once with one thread, so that children find it done and no thread is there yet."""
    from .generate import program
    from .judge import judge

    torch.set_num_threads(1)
    import mxnet

    mxnet.init.Zero(), mxnet.kv.create("local")
    # what torch imports when it is first asked for a shape, or for an argument's check, takes seconds
    torch.empty((2, 3), device="meta").add(1.0).sum()
    torch.autograd.backward(torch.ones(1, requires_grad=True) * 1)
    net = mxnet.gluon.nn.Conv2D(2, 3)
    net.initialize()
    net.hybridize()
    x = mxnet.nd.ones((2, 2, 5, 5))
    with mxnet.autograd.record():
        y = net(x)
    y.backward()
    return program, judge


class Pool:
    """Runs seeds in children, a few at a time."""

    def __init__(self, jobs=1, patience=PATIENCE, wanted=None):
        self.jobs, self.patience, self.wanted = jobs, patience, wanted
        prepare()

    def run(self, seeds, deadline=None):
        """Yield (seed, failure or None) as programs end; seeds may go on for ever where there is a deadline."""
        seeds = iter(seeds)
        children = []
        exhausted = False
        while True:
            while len(children) < self.jobs and not exhausted:
                batch = list(itertools.islice(seeds, _BATCH))
                if not batch:
                    exhausted = True
                    break
                children.append(_Child(batch, self.wanted))
            if not children:
                return
            ready, _, _ = select.select([child.pipe for child in children], [], [], 0.5)
            over = deadline is not None and time.monotonic() > deadline
            exhausted = exhausted or over
            for child in list(children):
                outcomes = child.read() if child.pipe in ready else []
                hangs = child.current is not None and time.monotonic() - child.since > self.patience
                if outcomes:
                    yield from outcomes
                if outcomes is not None and not hangs and not over:
                    continue
                if outcomes is not None:
                    os.kill(child.pid, signal.SIGKILL)
                    while child.read() is not None:
                        pass
                death = child.end()
                children.remove(child)
                if over:
                    continue
                if death is not None and child.current is not None:
                    seed = child.current
                    how = "hangs" if hangs else death
                    yield seed, {"seed": seed, "kind": "dies" if not hangs else "hangs", "what": how}
                    child.waiting.remove(seed)
                if child.waiting:
                    children.append(_Child(child.waiting, self.wanted))


def run_one(program, patience=PATIENCE):
    """A program's failure, or None, from a child of its own."""
    for _, failure in Pool(1, patience, lambda seed: program).run([program.seed]):
        return failure
    return {"seed": program.seed, "kind": "dies", "what": "without a word"}
