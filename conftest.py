"""Settings for the tests and for the examples in docstrings, made before torch is imported."""

import gc
import importlib
import logging
import os
import random
import signal
import sys
import zlib

# A suite that runs in the background of a shell ignores Ctrl-C, and so would every process it starts to interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Several workers share the machine; without this each would start a thread for every core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
# a test that fails shows all frames; what programs see is tested in tests/test_mistakes.py
os.environ.setdefault("REMXNET_TRACEBACK", "full")

import pytest

# The suite starts many processes: what they import is compiled once, also where the environment would have it compiled
# in each.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

collect_ignore = ["tests/fidelity/record.py"]  # a script for the other interpreter

# before pytest collects doctests: it would execute the operators' modules a second time, and others without what
# answers for missing names
MODULES = """mxnet mxnet.contrib mxnet.io mxnet.model mxnet.module mxnet.notebook mxnet.symbol.numpy_extension
    mxnet.test_utils""".split()


def pytest_configure(config):
    """Import the package where tests run, which is not in the process that hands them out to workers."""
    if config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput"):
        return
    for name in MODULES:
        importlib.import_module(name)
    # pytest gives a handler to every logger that does not propagate, six times a test, and torch has fifty of them
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger) and name.partition(".")[0] == "torch":
            logger.propagate = True


@pytest.hookimpl(wrapper=True)
def pytest_collection(session):
    """Have no garbage looked for while hundreds of thousands of objects are made that stay, nor among them later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config, items):
    """Run an example once: an operator's stands in its docstring in every namespace that has it."""
    seen, kept, again = set(), [], []
    for item in items:
        examples = None
        if isinstance(item, pytest.DoctestItem):
            examples = tuple((each.source, each.want, tuple(each.options.items())) for each in item.dtest.examples)
        (again if examples in seen else kept).append(item)
        if examples:
            seen.add(examples)
    if again:
        config.hook.pytest_deselected(items=again)
        items[:] = kept


@pytest.fixture(autouse=True)
def _beginnings_of_its_own(request):
    """What a test draws comes of its name, and how nodes are called begins anew: neither hangs on what ran before."""
    import numpy
    import torch

    import mxnet

    seed = zlib.crc32(request.node.nodeid.encode())
    mxnet.random.seed(seed & 0x7FFFFFFF)
    numpy.random.seed(seed)
    random.seed(seed)
    torch.manual_seed(seed)
    with mxnet.name.NameManager():
        yield


@pytest.fixture(autouse=True, scope="session")
def _names_for_examples(doctest_namespace):
    """Give the examples in docstrings `mx`, `nd` and `np` (MXNet's) without an import line in each."""
    import mxnet as mx

    doctest_namespace.update(mx=mx, nd=mx.nd, np=mx.np)


@pytest.fixture(scope="session")
def _warm():
    from tests.warm import Warm

    server = Warm()
    yield server
    server.stop()


@pytest.fixture
def warm(_warm, monkeypatch):
    """Programs and kernels that the test starts by ``sys.executable`` begin with everything imported."""
    if hasattr(os, "fork"):
        _warm.start()
        monkeypatch.setattr(sys, "executable", _warm.executable)


@pytest.fixture
def fewer_images(monkeypatch):
    """The sample has a sixth of its images, for tests of what training does and not of how well it goes."""
    from mxnet.gluon.data import ArrayDataset
    from remxnet.experiments.training.datasets import DATA_SETS

    whole = DATA_SETS["sample"]
    monkeypatch.setitem(DATA_SETS, "sample", lambda train: ArrayDataset(*(each[::6] for each in whole(train)._data)))
