"""Settings for the whole suite, made before torch is imported."""

import os

# Two workers share the machine; without this each would start a thread for every core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest  # noqa: E402  (after the environment is set)


@pytest.fixture(autouse=True)
def _names_for_doctests(request):
    """Give the examples in docstrings `mx`, `nd` and `np` without an import line in each."""
    if "doctest_namespace" in request.fixturenames or type(request.node).__name__ == "DoctestItem":
        import mxnet as mx

        namespace = request.getfixturevalue("doctest_namespace")
        namespace.update(mx=mx, nd=mx.nd, np=mx.np)
