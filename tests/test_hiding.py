"""Packages that are not to find torch: `REMXNET_HIDE_TORCH`."""

import builtins
import importlib
import sys

import pytest

from mxnet import _hiding

SOURCE = """
try:
    import torch
except ImportError as error:
    found = str(error)
else:
    found = torch.__name__
"""


@pytest.fixture
def packages(tmp_path, monkeypatch):
    for name in ("picky", "open_minded"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("from . import inner\n")
        (tmp_path / name / "inner.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(builtins, "__import__", builtins.__import__)
    yield
    for name in [each for each in sys.modules if each.startswith(("picky", "open_minded"))]:
        del sys.modules[name]


def test_torch_is_hidden_from_the_packages_that_the_environment_names(packages, monkeypatch):
    monkeypatch.setenv("REMXNET_HIDE_TORCH", "picky, another")
    _hiding.install()
    assert importlib.import_module("picky").inner.found == "torch is hidden from picky (REMXNET_HIDE_TORCH)"
    assert importlib.import_module("open_minded").inner.found == "torch"
    import torch  # the program itself finds it

    assert torch.__name__ == "torch"


def test_nothing_is_hidden_where_nothing_is_named(monkeypatch):
    monkeypatch.delenv("REMXNET_HIDE_TORCH", raising=False)
    before = builtins.__import__
    _hiding.install()
    assert builtins.__import__ is before
