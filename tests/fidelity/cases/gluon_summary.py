"""The table that Block.summary prints."""

from __future__ import annotations

import contextlib
import io


def _summary(block, *inputs):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        block.summary(*inputs)
    return out.getvalue()


def summary_of_a_network(mx):
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(nn.Conv2D(6, 5, padding=2), nn.AvgPool2D(2, 2), nn.BatchNorm(), nn.Dense(10), nn.Dropout(0.5), nn.Dense(3))
    net.initialize()
    return _summary(net, mx.nd.ones((2, 1, 8, 8)))


def summary_before_and_after_the_first_batch(mx):
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(nn.Conv2D(6, 5, padding=2, activation="sigmoid"), nn.Dense(10, activation="relu"), nn.Dense(3))
    net.initialize()
    x = mx.nd.ones((2, 1, 8, 8))
    return _summary(net, x), _summary(net, x), len(net[0]._forward_hooks)


def summary_of_shared_layers(mx):
    nn = mx.gluon.nn

    class Example(mx.gluon.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.a = nn.Dense(3, in_units=3)
                self.b = nn.Dense(3, in_units=3, params=self.a.params)
                self.alias = self.a
                self.constant = self.params.get_constant("k", mx.nd.ones((2, 2)))
                self.w = self.params.get("w", shape=(2, 3))
                self.rest = nn.HybridSequential()
                self.rest.add(nn.Dense(2, flatten=False), nn.Embedding(10, 4))

        def forward(self, x, y=None):
            out = self.b(self.a(self.alias(x)))
            return (out, self.rest(out)) if y is None else [out, [out, out]]

    net = Example()
    net.initialize()
    x = mx.nd.ones((2, 3))
    return _summary(net, x), _summary(net, x, x)


def summary_of_nested_outputs(mx):
    class Example(mx.gluon.Block):
        def __init__(self, function):
            super().__init__()
            self.function = function

        def forward(self, *args):
            return self.function(*args)

    x = mx.nd.ones((2, 3))
    outputs = [
        lambda x: (x,), lambda x: [x], lambda x: ((x, x), x), lambda x: [[x]], lambda x: (x, None), lambda x: 3,
        lambda x: (3, x), lambda x: ((x,),), lambda x: (x, [None, 3]), lambda x: None, lambda x: x.sum(),
    ]  # fmt: skip
    texts = [_summary(Example(function), x) for function in outputs]
    texts.append(_summary(Example(lambda a: a[0]), [x, x]))
    texts.append(_summary(Example(lambda a, b, c: a[0]), [x, x], x, None))
    return texts


def summary_of_long_names(mx):
    class ALayerWhoseNameDoesNotFitIntoTheTable(mx.gluon.nn.Dense):
        pass

    net = ALayerWhoseNameDoesNotFitIntoTheTable(30000)
    net.initialize()
    net.collect_params().setattr("grad_req", "null")
    return _summary(net, mx.nd.ones((2, 1000)))


def summary_of_nested_containers(mx):
    nn = mx.gluon.nn

    class Deep(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inside = nn.HybridSequential()
            self.inside.add(nn.Dense(2), nn.HybridSequential())
            self.inside[1].add(nn.Dense(2))

        def hybrid_forward(self, F, x):
            return self.inside(x)

    net = Deep()
    net.initialize()
    branches = mx.gluon.contrib.nn.HybridConcurrent()
    branches.add(nn.Dense(2), nn.Dense(3))
    branches.initialize()
    return _summary(net, mx.nd.ones((2, 3))), _summary(branches, mx.nd.ones((2, 3)))


def summary_of_a_hybridized_network(mx):
    net = mx.gluon.nn.Dense(4, activation="relu")
    net.initialize()
    net.hybridize()
    net.summary(mx.nd.ones((2, 3)))


def summary_uninitialized(mx):
    mx.gluon.nn.Dense(3).summary(mx.nd.ones((2, 3)))
