"""dgl on its MXNet backend: messages over a graph, and layers that are trained."""

from __future__ import annotations

from typing import Any

import dgl
import dgl.function as fn

from mxnet import autograd, gluon, nd


def messages() -> Any:
    graph = dgl.graph((nd.array([0, 1, 2, 3], dtype="int64"), nd.array([1, 2, 3, 0], dtype="int64")))
    graph.ndata["h"] = nd.ones((4, 2))
    graph.update_all(fn.copy_u("h", "m"), fn.sum("m", "s"))
    return graph.ndata["s"].shape


def convolution() -> Any:
    from dgl.nn.mxnet import GraphConv

    graph = dgl.add_self_loop(dgl.graph((nd.array([0, 1, 2], dtype="int64"), nd.array([1, 2, 0], dtype="int64"))))
    layer = GraphConv(3, 2)
    layer.initialize()
    trainer = gluon.Trainer(layer.collect_params(), "adam", {"learning_rate": 0.01})
    with autograd.record():
        loss = (layer(graph, nd.ones((3, 3))) ** 2).sum()
    loss.backward()
    trainer.step(1)
    return float(loss.asscalar())


PATHS = [messages, convolution]
