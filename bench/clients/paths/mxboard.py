"""mxboard: numbers, histograms, pictures and a graph for TensorBoard."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import mxboard

import mxnet as mx


def summaries() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        with mxboard.SummaryWriter(logdir=folder) as writer:
            writer.add_scalar("loss", 0.5, 1)
            writer.add_scalar("pair", {"a": 1, "b": 2.0}, 1)
            writer.add_histogram("weights", mx.nd.random.normal(shape=(100,)), 1, bins=10)
            writer.add_image("image", mx.nd.random.uniform(shape=(2, 3, 8, 8)), 1)
            writer.add_text("text", "hello", 1)
            writer.add_pr_curve("curve", mx.nd.array([0, 1, 1]), mx.nd.array([0.2, 0.7, 0.4]), num_thresholds=5)
        return [each.stat().st_size > 100 for each in Path(folder).glob("*")]


def graph() -> Any:
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Dense(2, in_units=3), mx.gluon.nn.Dense(2, in_units=2))
    net.initialize()
    net.hybridize()
    net(mx.nd.ones((1, 3)))
    with tempfile.TemporaryDirectory() as folder, mxboard.SummaryWriter(logdir=folder) as writer:
        writer.add_graph(net)


PATHS = [summaries, graph]
