"""A program that trains on demand, in a process of its own for each demand, which its test kills.

Each line of the standard input is a JSON list: a run's directory and settings. The program forks, prints the child's
process number, waits for its end and prints its exit status. The child starts the run, or resumes it if it is there,
and writes a byte to the file descriptor named on the command line for everything it hears of it.
"""

import json
import os
import sys
import traceback
from pathlib import Path

import torch

import mxnet as mx
from remxnet.experiments import MODELS, Settings, Watcher, resume, train
from remxnet.experiments.models import Model


class Reporter(Watcher):
    """A byte for everything that happens."""

    def __init__(self, descriptor):
        self.descriptor = descriptor

    def started(self, run, images, parameters):
        os.write(self.descriptor, b"s")

    def batch(self, epoch, done, total):
        os.write(self.descriptor, b"b")

    def epoch(self, result):
        os.write(self.descriptor, b"e")


def serve(descriptor):
    from conftest import small_net  # the one of this folder's parent, when this is run as a program

    MODELS["small"] = Model("small", "for this test", small_net, learning_rate=0.1, momentum=0.9)
    torch.set_num_threads(1)
    warm_up(small_net(10))
    for line in sys.stdin:
        directory, settings = json.loads(line)
        child = os.fork()
        if not child:
            work(Path(directory), settings, descriptor)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def warm_up(net):
    """Import what is imported when it is first needed, once for all children; no threads are started."""
    import matplotlib.figure  # noqa: F401

    net.initialize()
    net.hybridize()
    net(mx.nd.zeros((1, 1, 28, 28)))


def work(directory, settings, descriptor):
    """The child."""
    code = 1
    try:
        if (directory / "config.json").exists():
            resume(directory, Reporter(descriptor))
        else:
            train(Settings("small", "sample", output=str(directory), **settings), Reporter(descriptor))
        code = 0
    finally:
        if code:
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
