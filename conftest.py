"""Settings for the tests and for the examples in docstrings, made before torch is imported."""

import os

# Several workers share the machine; without this each would start a thread for every core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest

collect_ignore = ["tests/fidelity/record.py"]  # a script for the other interpreter


@pytest.fixture(autouse=True, scope="session")
def _names_for_examples(doctest_namespace):
    """Give the examples in docstrings `mx`, `nd` and `np` without an import line in each."""
    import mxnet as mx

    doctest_namespace.update({"mx": mx, "nd": getattr(mx, "nd", None), "np": getattr(mx, "np", None)})
