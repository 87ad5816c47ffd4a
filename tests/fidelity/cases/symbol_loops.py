"""Loops and choices over arrays and symbols: what they compute, their gradients, and the graphs that come of them."""

import numpy as np

from fidelity.support import data, grads
from fidelity.tensor_support import outcomes


def _afresh(mx):
    """Have the names of graphs start over, as those of nodes do for every case."""
    mx.AttrScope._subgraph_names.clear()


def _grouped(mx, *results):
    flat = []
    for each in results:
        flat += _grouped_list(each)
    return mx.sym.Group(flat)


def _grouped_list(item):
    return [each for one in item for each in _grouped_list(one)] if isinstance(item, (list, tuple)) else [item]


def _variables(mx, names):
    return [mx.sym.Variable(name) for name in names.split()]


def _told(symbol):
    return symbol.tojson(), symbol.list_arguments(), symbol.list_outputs(), symbol.list_auxiliary_states()


def _bound(mx, symbol, seed=1, train=True, grad_req="write", **shapes):
    """The outputs of a graph and the gradients of all its arguments."""
    arguments, gradients = {}, {}
    for number, (name, value) in enumerate(sorted(shapes.items())):
        value = data(value, seed + number) if isinstance(value, tuple) else np.array(value, "float32")
        arguments[name], gradients[name] = mx.nd.array(value), mx.nd.ones(value.shape)
    executor = symbol.bind(mx.cpu(), arguments, gradients, grad_req)
    outputs = executor.forward(is_train=train)
    if train:
        heads = [mx.nd.array(data(each.shape, 50 + number)) for number, each in enumerate(outputs)]
        executor.backward(heads)
    return outputs, gradients


# --- arrays -----------------------------------------------------------------------------------------------------------


def arrays_gone_through(mx):
    foreach = mx.nd.contrib.foreach
    x, s = mx.nd.array(data((3, 2), 1)), mx.nd.array([1, 2])
    return [
        foreach(lambda d, s: (d + s, d * s), x, s),
        foreach(lambda d, s: ([d + s[0], d], [s[0] + 1]), x, [s]),
        foreach(lambda d, s: (d[0] + d[1], s), [x, x * 2], []),
        foreach(lambda d, s: ([], s + d), x, s),
        foreach(lambda d, s: ([[d[0], d[1]], d[0]], s), [x, x * 2], [[s, s], s]),
        foreach(lambda d, s: (d, s), x, (s,))[0],
        foreach(lambda d, s: (d, s), [x, mx.nd.ones((4, 2))], s),
    ]


def arrays_gone_through_gradients(mx):
    w = mx.nd.array(data((2,), 5))
    w.attach_grad()

    def call(x, s):
        outputs, state = mx.nd.contrib.foreach(lambda d, s: (mx.nd.sin(d * w) + s, d * s), x, s)
        return outputs, state

    return grads(mx, call, data((3, 2), 1), data((2,), 2)), w.grad


def arrays_gone_through_errors(mx):
    foreach = mx.nd.contrib.foreach
    x, s = mx.nd.ones((3, 2)), mx.nd.ones(2)
    return outcomes(
        lambda: foreach(lambda d, s: (d, s), x, 5),
        lambda: foreach(lambda d, s: (d, s), 5, s),
        lambda: foreach(lambda d, s: (5, s), x, s),
        lambda: foreach(lambda d, s: (d, s), [], s),
        lambda: foreach(lambda d, s: (d, s), mx.nd.array(5.0), s),
        lambda: foreach(lambda d, s: (d, s), [x, mx.nd.ones((2, 2))], s),
    )


def loop_over_arrays(mx):
    loop, one = mx.nd.contrib.while_loop, mx.nd.array([1])
    results = [
        loop(lambda i, s: i <= 5, lambda i, s: ([i + s], [i + 1, s + i]), [one, one * 0], max_iterations=10),
        loop(lambda i, s: i <= 5, lambda i, s: (i + s, (i + 1, s + i)), (one, one * 0), max_iterations=5),
        loop(lambda i: i <= 5, lambda i: (i, i + 1), one, max_iterations=7),
        loop(lambda i: i <= 5, lambda i: (None, i + 1), one, max_iterations=10),
        loop(lambda i: i <= 5, lambda i: ([], i + 1), one, max_iterations=3),
        loop(lambda i: i <= 5, lambda i: (i, i + 1), one * 7, max_iterations=3),
        loop(lambda i: i <= 5, lambda i: (i, i + 1), one, max_iterations=0),
        loop(lambda i: i <= 5, lambda i: (i, i + 1), one, max_iterations=-1),
        loop(lambda i: i <= 5, lambda i: (i, i + 1), one, max_iterations=2.7),
        loop(lambda i: 1, lambda i: (i, i + 1), one, max_iterations=3),
    ]
    # beyond the last step MXNet leaves what happened to be in memory
    for place, steps in ((0, 5), (2, 5)):
        outputs = results[place][0]
        outputs = outputs[0] if isinstance(outputs, list) else outputs
        results.append(outputs.shape)
        results[place] = (outputs[:steps], results[place][1])
    return results


def loop_over_arrays_gradients(mx):
    def call(i, a):
        outputs, variables = mx.nd.contrib.while_loop(
            lambda i, a: i < 4, lambda i, a: (a * i, [i + 1, a * i]), [i, a], max_iterations=3
        )
        return [outputs, *variables]

    return grads(mx, call, np.array([1], "float32"), np.array([2], "float32"))


def loop_over_arrays_errors(mx):
    loop, one = mx.nd.contrib.while_loop, mx.nd.array([1])
    return outcomes(
        lambda: loop(lambda i: i < 5, lambda i: (i, i + 1), one),
        lambda: loop(lambda i: i < 5, lambda i: (i, i + 1), one, max_iterations="a"),
        lambda: loop(lambda i: mx.nd.ones(2), lambda i: (i, i + 1), one, max_iterations=3),
        lambda: loop(lambda i: i < 5, lambda i: (i, [i + 1, i]), one, max_iterations=3),
        lambda: loop(lambda i: i < 5, lambda i: i, one, max_iterations=3),
        lambda: loop(lambda i: i < 5, lambda i: (i, i), [], max_iterations=3),
        lambda: loop(lambda i: i < 5, lambda i: (i, i), 3, max_iterations=3),
        lambda: loop(lambda i: i < 5, lambda i: ([], []), one, max_iterations=3),
        lambda: loop(lambda i: i.sum() < 30, lambda i: (mx.nd.concat(i, i, dim=0),) * 2, one, max_iterations=3),
    )


def choice_of_arrays(mx):
    cond, s = mx.nd.contrib.cond, mx.nd.ones(2)
    return [
        cond(mx.nd.array([1]), lambda: s + 1, lambda: s - 1),
        cond(mx.nd.array([0]), lambda: s + 1, lambda: [s - 1, s]),
        cond(mx.nd.array([[0.4]]), lambda: s + 1, lambda: s - 1),
        cond(True, lambda: s + 1, lambda: s - 1),
        cond(np.array([0]), lambda: s + 1, lambda: s - 1),
        cond(mx.nd.array([0]), lambda: 5, lambda: 7),
        outcomes(lambda: cond(mx.nd.array([0, 1]), lambda: s, lambda: s)),
        grads(
            mx, lambda p, a, b: cond(p.sum() > 0, lambda: a * b, lambda: a + b), *map(data, [1, (2,), (2,)], [1, 2, 3])
        ),
    ]


# --- symbols ----------------------------------------------------------------------------------------------------------


def gone_through(mx):
    _afresh(mx)
    x, s, w = _variables(mx, "x s w")
    symbol = _grouped(mx, *mx.sym.contrib.foreach(lambda d, s: (mx.sym.broadcast_mul(d, w) + s, d * s), x, s))
    shapes = {"x": (3, 2), "s": (2,), "w": (2,)}
    return [
        _told(symbol), symbol.infer_shape(**shapes), symbol.infer_shape(x=(3, 2), w=(2,)), _bound(mx, symbol, **shapes),
        _bound(mx, symbol, grad_req="add", **shapes), _bound(mx, symbol, train=False, **shapes),
    ]  # fmt: skip


def gone_through_lists(mx):
    _afresh(mx)
    x, s, w = _variables(mx, "x s w")
    outputs, states = mx.sym.contrib.foreach(
        lambda d, s: ((d[0] * 2, d[1] * 3), (s[0] + 1,)), (x, w), (s,), name="mine"
    )
    nested = mx.sym.contrib.foreach(lambda d, s: ([[d[0] * 2], d[1] * 3], s + 1), [x, w], s)
    symbol = _grouped(mx, outputs, states)
    return [
        type(outputs).__name__, type(states).__name__, _told(symbol), _told(_grouped(mx, *nested)),
        [type(each).__name__ for each in nested], _bound(mx, symbol, x=(3, 2), s=(1,), w=(3, 4)),
    ]  # fmt: skip


def gone_through_inputs_returned(mx):
    _afresh(mx)
    x, s, w, t = _variables(mx, "x s w t")
    foreach, y = mx.sym.contrib.foreach, x * 2 + w
    symbols = [
        foreach(lambda d, s: (d, s), x, s),
        foreach(lambda d, s: ([d[1], d[0]], [s[1], s[0]]), [x, w], [s, t]),
        foreach(lambda d, s: (y, s + d), x, s),
        foreach(lambda d, s: (w, s + d), x, s),
        foreach(lambda d, s: (d + s, d + s), x, s),
        foreach(lambda d, s: (lambda sum: (sum, sum))(d + s), x, s),
        foreach(lambda d, s: (lambda twice: ([twice, twice], s + 1))(d * 2), x, s),
        foreach(lambda d, s: (lambda sum: (d * 3, [sum, sum]))(d * 2 + s[0] + s[1]), x, [s, t]),
        foreach(lambda d, s: (lambda parts: (parts[0], parts[1]))(mx.sym.split(d + s, num_outputs=2)), x, s),
    ]
    return [_told(_grouped(mx, *each)) for each in symbols]


def gone_through_what_is_outside(mx):
    _afresh(mx)
    x, s, w, t = _variables(mx, "x s w t")
    foreach, y = mx.sym.contrib.foreach, x * 2 + w
    parts = mx.sym.split(w, num_outputs=2, name="parts")
    symbols = [
        foreach(lambda d, s: ([d[0] + s[0] + y.sum(), mx.sym.exp(y + 1)], [s[1] * 2, s[0] + 1]), [x], [s, t], name="l"),
        foreach(lambda d, s: (d + x.sum(), s + d), x, s),
        foreach(lambda d, s: (d * parts[0] + parts[1], s + parts[1]), x, s),
        foreach(lambda d, s: (d[0] * 2 + d[1], s + 1), [parts[1], parts[0]], s),
        foreach(lambda d, s: (d * 2, s + d), x * 3, s + 1),
        foreach(lambda d, s: (d * 2, s), foreach(lambda d, s: (d * 2, s + 1), x, s)[0], s),
    ]
    shapes = {"x": (3, 2), "s": (2,), "w": (3, 2), "t": (2,)}
    symbols = [_grouped(mx, *each) for each in symbols]
    run = [
        _bound(mx, each, **{name: shape for name, shape in shapes.items() if name in each.list_arguments()})
        for each in (symbols[0], symbols[1], symbols[4], symbols[5])
    ]
    return [_told(each) for each in symbols], run


def gone_through_within_another(mx):
    _afresh(mx)
    x, s, w, t = _variables(mx, "x s w t")
    foreach, y = mx.sym.contrib.foreach, w + 1
    inside = foreach(lambda d, s: foreach(lambda e, t: (e * 2 + w, t + e * y), d, s), x, s)
    using = foreach(lambda d, s: (foreach(lambda e, u: (e * 2 + s, u + s * y), d, t)[0], s + 1), x, s)
    shapes = {"x": (3, 2, 2), "s": (2,), "w": (2,), "t": (2,)}
    symbols = [_grouped(mx, *each) for each in (inside, using)]
    # MXNet cannot differentiate a loop within another
    run = []
    for each in symbols:
        given = {name: shapes[name] for name in each.list_arguments()}
        run.append(_bound(mx, each, train=False, grad_req="null", **given))
    return [_told(each) for each in symbols], run


def gone_through_with_parameters(mx):
    _afresh(mx)
    x, s = _variables(mx, "x s")
    symbol = _grouped(
        mx,
        *mx.sym.contrib.foreach(
            lambda d, s: (mx.sym.FullyConnected(d.reshape((1, -1)), num_hidden=2, name="fc"), s + d), x, s
        ),
    )
    norm = mx.sym.contrib.foreach(lambda d, s: (mx.sym.BatchNorm(d, name="bn", fix_gamma=False), s + 1), x, s)
    return [
        _told(symbol), symbol.infer_shape(x=(3, 2)), symbol.infer_shape_partial(x=(3, 4)),
        symbol.infer_type(x="float64"), _told(_grouped(mx, *norm)),
        _grouped(mx, *norm).infer_shape(x=(2, 3, 4), s=(1,)),
        _bound(mx, symbol, x=(3, 2), s=(2,), fc_weight=(2, 2), fc_bias=(2,)),
    ]  # fmt: skip


def gone_through_symbols_errors(mx):
    foreach = mx.sym.contrib.foreach
    x, s = _variables(mx, "x s")
    return outcomes(
        lambda: foreach(lambda d, s: (d, s), 5, s),
        lambda: foreach(lambda d, s: (d, s), x, 5),
        lambda: foreach(lambda d, s: (5, s), x, s),
        lambda: foreach(lambda d, s: (d * 2, [s, s]), x, s),
        lambda: foreach(lambda d, s: (mx.sym.zeros((2,)), s + 1), x, s),
        lambda: foreach(lambda d, s: (d * 2, mx.sym.ones((2,))), x, s),
        lambda: foreach(lambda d, s: (d * 2, [s[0] + 1, s[1] * 2]), x, [s, s]),
        lambda: foreach(lambda d, s: (d * 2, s + 1), mx.sym.split(x, num_outputs=2), s),
    )


def loop(mx):
    _afresh(mx)
    i, a, w = _variables(mx, "i a w")
    while_loop, y = mx.sym.contrib.while_loop, w + 1
    symbols = [
        while_loop(lambda i, a: i < 5, lambda i, a: ([i + w, a], [i + 1, a + i * w]), [i, a], max_iterations=5),
        while_loop(
            lambda i: mx.sym.broadcast_lesser(i, y), lambda i: (i * 2 * y, i + 1), i, max_iterations=3, name="l"
        ),
        while_loop(lambda i: i < 5, lambda i: ([], i + 1), i, max_iterations=3),
        while_loop(lambda i: i < 5, lambda i: (None, i + 1), i, max_iterations=3),
        while_loop(lambda i, a: i < 5, lambda i, a: (a, [a, i]), [i, a], max_iterations=3),
        while_loop(lambda i: (i + w + y).sum() < 5, lambda i: (i * w * y, i + y), i, max_iterations=3),
        while_loop(lambda j: (j + i).sum() < 5, lambda j: (j * i, j + 1), i, max_iterations=3),
        while_loop(lambda i: i, lambda i: (i + w, i + 1), i, max_iterations=3),
        while_loop(lambda i: w, lambda i: (i + w, i + 1), i, max_iterations=3),
        while_loop(lambda i, a: i < 5, lambda i, a: (lambda p: (w, [p, p]))(i * a), [i, a], max_iterations=3),
    ]
    grouped = [_grouped(mx, *each) for each in symbols]
    run = [
        _bound(mx, grouped[0], i=[1], a=[1], w=[1.5])[1], _bound(mx, grouped[0], i=[-9], a=[1], w=[1.5]),
        _bound(mx, grouped[2], i=[-9]),
    ]  # fmt: skip
    return [_told(each) for each in grouped], run, [[type(part).__name__ for part in each] for each in symbols]


def loop_errors(mx):
    while_loop = mx.sym.contrib.while_loop
    i, a = _variables(mx, "i a")
    return outcomes(
        lambda: while_loop(lambda i: i < 5, lambda i: (i, i + 1), i),
        lambda: while_loop(lambda i: i < 5, lambda i: (i, [i, i]), i, max_iterations=3),
        lambda: while_loop(lambda i: 5, lambda i: (i, i), i, max_iterations=3),
        lambda: while_loop(lambda i: i < 5, lambda i: (i, i), [], max_iterations=3),
        lambda: while_loop(lambda i: i < 5, lambda i: (i, i), 5, max_iterations=3),
        lambda: while_loop(lambda i: i < 5, lambda i: (5, i), i, max_iterations=3),
        lambda: while_loop(lambda i: i < 5, lambda i: (i, i), i, max_iterations="q"),
        lambda: while_loop(lambda i, a: i < 5, lambda i, a: (i * 2, [i + 1, mx.sym.ones((1,))]), [i, a], 3),
        lambda: while_loop(lambda i, j: i < 5, lambda i, j: (i * 2, [j + 1, i * 2]), [i, i], 3),
    )


def choice(mx):
    _afresh(mx)
    p, x, w = _variables(mx, "p x w")
    cond, y = mx.sym.contrib.cond, w + 1
    parts = mx.sym.split(w, num_outputs=2, name="parts")
    symbols = [
        cond(p < 3, lambda: x * w, lambda: x + w + y),
        cond(p, lambda: [x * w, x], lambda: [x + w, w], name="mine"),
        cond(y.sum() < 3, lambda: y * 2, lambda: x * 2),
        cond(y.sum() < 3, lambda: cond(x < 1, lambda: w * x, lambda: y * w), lambda: x * 2),
        cond(w, lambda: mx.sym.ones((2,)), lambda: x * 2),
        cond(parts[1] < 3, lambda: parts[0] + parts[1], lambda: parts[1]),
        cond(x < 3, lambda: (x, w), lambda: (w, x)),
        cond(x < 3, lambda: y, lambda: [w]),
        cond(x < 3, lambda: [x * 2, x * 2], lambda: (lambda three: [three, three])(x * 3)),
        cond(p, lambda: mx.sym.Variable("v") * 2, lambda: mx.sym.FullyConnected(x, num_hidden=2, name="fc")),
        cond(x < 3, lambda: [[x], w], lambda: [[w], x]),
    ]
    grouped = [_grouped(mx, each) for each in symbols]
    two = mx.sym.contrib.cond(p < 3, lambda: [x * w, x], lambda: [x + w, w])
    run = [_bound(mx, _grouped(mx, two), p=[value], x=(2,), w=(2,)) for value in (1, 8)]
    return [_told(each) for each in grouped], run, [type(each).__name__ for each in symbols]


def choice_errors(mx):
    cond = mx.sym.contrib.cond
    p, x = _variables(mx, "p x")
    return outcomes(
        lambda: cond(p, lambda: [x], lambda: [x, x]),
        lambda: cond(5, lambda: [x], lambda: [x]),
        lambda: cond(p, lambda: 5, lambda: x),
        lambda: cond(p, list, list),
        lambda: cond(lambda: p, lambda: x, lambda: x),
        lambda: cond(p, lambda: x * 2, lambda: x).eval(p=mx.nd.ones(2), x=mx.nd.ones(2))[0].asnumpy(),
    )


# --- blocks -----------------------------------------------------------------------------------------------------------


def _block(mx, function):
    class Block(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__(prefix="b_")
            with self.name_scope():
                self.cell = mx.gluon.nn.Dense(2, flatten=False, in_units=2)

        def hybrid_forward(self, F, *arrays):
            return function(F, self.cell, *arrays)

    block = Block()
    block.initialize(mx.init.Xavier())
    for parameter in block.collect_params().values():
        parameter.set_data(mx.nd.array(data(parameter.shape, 9)))
    return block


def _in_both_modes(mx, function, *arrays, modes=(False, True)):
    results = []
    for active in modes:
        block = _block(mx, function)
        block.hybridize(active)
        inputs = [mx.nd.array(each) for each in arrays]
        for each in inputs:
            each.attach_grad()
        with mx.autograd.record():
            out = block(*inputs)
            flat = _grouped_list(out)
            loss = sum((each * each).sum() for each in flat[1:]) + (flat[0] ** 2).sum()
        loss.backward()
        parameters = [each.grad() for each in block.collect_params().values()]
        results.append([flat, [each.grad for each in inputs], parameters])
    return results


def in_blocks_gone_through(mx):
    def function(F, cell, x, s):
        return F.contrib.foreach(lambda d, s: (F.tanh(cell(d) + s), F.tanh(cell(d) + s)), x, s)

    return _in_both_modes(mx, function, data((3, 4, 2), 1), data((4, 2), 2))


def in_blocks_choice(mx):
    def function(F, cell, p, x):
        return F.contrib.cond(p < 2, lambda: cell(x), lambda: F.relu(cell(x)) * 2)

    return [_in_both_modes(mx, function, np.array([value], "float32"), data((4, 2), 1)) for value in (1, 3)]


def in_blocks_loop(mx):
    def function(F, cell, i, x):
        return F.contrib.while_loop(
            lambda i, x: i < 3, lambda i, x: (cell(x), [i + 1, F.tanh(cell(x))]), [i, x], max_iterations=3
        )[1][1]

    # hybridized, MXNet cannot differentiate it
    return _in_both_modes(mx, function, np.array([0], "float32"), data((4, 2), 1), modes=(False,))


def exported_and_imported(mx):
    import os
    import tempfile

    block = _block(mx, lambda F, cell, x, s: F.contrib.foreach(lambda d, s: (cell(d) + s, s * 2), x, s))
    block.hybridize()
    arrays = [mx.nd.array(data((3, 4, 2), 1)), mx.nd.array(data((4, 2), 2))]
    expected = _grouped_list(block(*arrays))
    with tempfile.TemporaryDirectory() as folder:
        block.export(os.path.join(folder, "net"))
        again = mx.gluon.SymbolBlock.imports(
            os.path.join(folder, "net-symbol.json"), ["data0", "data1"], os.path.join(folder, "net-0000.params")
        )
        return expected, _grouped_list(again(*arrays))
