"""Drawings of graphs where graphviz is missing."""

import sys

import pytest

import mxnet as mx


def test_a_drawing_without_graphviz(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(ImportError, match="the package graphviz is missing; install it with: pip install graphviz"):
        mx.viz.plot_network(mx.sym.Variable("x"))
