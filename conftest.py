"""Settings for the tests and for the examples in docstrings, made before torch is imported."""

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

import numpy
import pytest

# before pytest collects doctests: it would execute the operators' modules a second time, and others without what
# answers for missing names
import mxnet
import mxnet.contrib
import mxnet.io
import mxnet.model
import mxnet.module
import mxnet.notebook
import mxnet.symbol.numpy_extension
import mxnet.test_utils

collect_ignore = ["tests/fidelity/record.py"]  # a script for the other interpreter


@pytest.fixture(autouse=True)
def _draws_of_its_own(request):
    """Seed all generators with the test's name: what a test draws does not depend on what ran before it."""
    seed = zlib.crc32(request.node.nodeid.encode())
    mxnet.random.seed(seed & 0x7FFFFFFF)
    numpy.random.seed(seed)
    random.seed(seed)


@pytest.fixture(autouse=True)
def _names_for_examples(request):
    """Give the examples in docstrings `mx`, `nd` and `np` (MXNet's) without an import line in each."""
    if isinstance(request.node, pytest.DoctestItem):
        import mxnet as mx

        request.getfixturevalue("doctest_namespace").update(mx=mx, nd=mx.nd, np=mx.np)


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
