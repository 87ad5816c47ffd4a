"""Blocks called with sparse arrays, eager and hybridized."""

from __future__ import annotations

import numpy as np

X = np.array([[0, 1, 0, 2], [3, 0, 0, 0], [0, 0, 0, 4]], "float32")


def _answers(mx, make, x, stype="csr"):
    """What a block and its first parameter's gradient are, in each of the ways a block runs."""
    found = []
    for options in (None, {}, {"static_alloc": True, "static_shape": True}):
        net = make()
        net.initialize(mx.init.One())
        if options is not None:
            net.hybridize(**options)
        array = mx.nd.array(x)
        if stype is not None:
            array = array.tostype(stype)
        with mx.autograd.record():
            y = net(array)
        found += [y.stype, y.asnumpy()]
        parameters = list(net.collect_params().values())
        if parameters:
            y.backward()
            found.append(parameters[0].grad())
        found.append(net(array).stype)
    return found


def _block(mx, function, **shapes):
    class Block(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                for name, shape in shapes.items():
                    setattr(self, name, self.params.get(name, shape=shape))

        def hybrid_forward(self, F, x, **parameters):
            return function(F, x, **parameters)

    return Block


def products(mx):
    made = _block(mx, lambda F, x, w: F.sparse.dot(x, w), w=(4, 2))
    plain = _block(mx, lambda F, x, w: F.dot(x, w) + 1, w=(4, 2))
    return [_answers(mx, each, X, stype) for each in (made, plain) for stype in ("csr", None)]


def layers(mx):
    nn = mx.gluon.nn

    def network():
        net = nn.HybridSequential()
        net.add(nn.Dense(3, activation="relu"), nn.Dense(2))
        return net

    return [_answers(mx, make, X) for make in (lambda: nn.Dense(2), lambda: nn.Dense(2, in_units=4), network)]


def results_that_are_sparse(mx):
    calls = [
        (lambda F, x: F.sparse.abs(x), "csr"),
        (lambda F, x: F.sparse.abs(x), "row_sparse"),
        (lambda F, x: x * 2, "csr"),
        (lambda F, x: F.sparse.sum(x, axis=1), "csr"),
        (lambda F, x: F.cast_storage(x, stype="csr"), None),
        (lambda F, x: F.cast_storage(x, stype="default") + 1, "csr"),
    ]
    return [_answers(mx, _block(mx, function), X, stype) for function, stype in calls]


def several_outputs(mx):
    made = _block(mx, lambda F, x, w: [F.sparse.dot(x, w), [F.sparse.abs(x), x * 2]], w=(4, 2))
    net = made()
    net.initialize(mx.init.One())
    net.hybridize()
    first, (second, third) = net(mx.nd.array(X).tostype("csr"))
    return [first, second.stype, second.asnumpy(), third.stype, third.asnumpy()]


def graphs_from_symbols(mx):
    x, w = mx.sym.var("x", stype="csr"), mx.sym.var("w")
    net = mx.gluon.SymbolBlock(mx.sym.sparse.dot(x, w), x)
    net.collect_params()["w"].shape = (4, 2)
    net.initialize(mx.init.One())
    return net(mx.nd.array(X).tostype("csr"))
