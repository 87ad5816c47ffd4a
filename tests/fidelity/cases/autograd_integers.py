"""Gradients of integers: of their dtype at every step, cut and wrapped."""

import numpy as np


def _run(mx, function, *values, dtype="int32", request="write", times=1):
    """Outputs and gradients for a gradient of 3, 5, 7, …; the class of the error."""
    try:
        arrays = [mx.nd.array(each, dtype=dtype) for each in values]
        for each in arrays:
            each.attach_grad(request)
        for _ in range(times):
            with mx.autograd.record():
                out = function(*arrays)
            above = np.arange(out.size).reshape(out.shape) * 2 + 3
            out.backward(mx.nd.array(above, dtype=out.dtype))
        return out, [each.grad for each in arrays], [each.grad.dtype.__name__ for each in arrays]
    except mx.MXNetError:
        return "MXNetError"


def arithmetic_with_a_number(mx):
    x = [1, 2, -9]
    functions = [
        lambda x: x * 2.5, lambda x: x * -2.5, lambda x: x / 2, lambda x: x / 2.5, lambda x: x / -2, lambda x: 7 / x,
        lambda x: x - 1.5, lambda x: 1 - x, lambda x: -x, lambda x: abs(x), lambda x: x**3, lambda x: x % 2,
        lambda x: 2 % x, lambda x: mx.nd.maximum(x, 2), lambda x: x.clip(-2, 1), lambda x: (x + x) * x,
        lambda x: (x > 1) * x,
    ]  # fmt: skip
    positive = [lambda x: 2**x, lambda x: x**0.5, lambda x: x**-1]
    return [_run(mx, each, x) for each in functions] + [_run(mx, each, [1, 2, 4]) for each in positive]


def arithmetic_of_two(mx):
    x, y = [7, 9, 12], [1, 2, 3]
    nd = mx.nd
    functions = [
        lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / y, lambda x, y: y / x,
        lambda x, y: x % y, lambda x, y: y**y, nd.maximum, nd.minimum, nd.add_n, nd.elemwise_div, nd.elemwise_mul,
        lambda x, y: nd.where(x > 8, x, y) * 2, lambda x, y: nd.concat(x, y, dim=0) * 2, nd.stack,
    ]  # fmt: skip
    found = [_run(mx, each, x, y) for each in functions]
    return [*found, _run(mx, nd.broadcast_mul, [[1], [2]], [[3, 4]])]


def functions_of_elements(mx):
    nd = mx.nd
    functions = [
        nd.exp, nd.sqrt, nd.log, nd.square, nd.sin, nd.cos, nd.tanh, nd.erf, nd.reciprocal, nd.rsqrt, nd.relu,
        nd.sign, nd.floor, nd.gamma, nd.cbrt, nd.log2, nd.arctan, nd.expm1, nd.log1p, nd.softsign, nd.BlockGrad,
        lambda x: nd.smooth_l1(x, scalar=1.0),
    ]  # fmt: skip
    return [_run(mx, each, [1, 3, 8]) for each in functions]


def sums_and_places(mx):
    nd = mx.nd
    functions = [
        lambda x: x.sum(), lambda x: x.mean(), lambda x: x.mean(axis=1), lambda x: x.sum(axis=0), lambda x: x.max(),
        lambda x: x.prod(), nd.nansum, lambda x: nd.cumsum(x, axis=1), lambda x: nd.tile(x, (1, 2)),
        lambda x: nd.flip(x, axis=1), lambda x: x.T, lambda x: nd.split(x, 2, axis=0)[1], lambda x: x.expand_dims(0),
        lambda x: nd.gather_nd(x, nd.array([[0, 0], [1, 1]])), lambda x: nd.slice_axis(x, axis=1, begin=0, end=1),
        lambda x: x.reshape((4,)), lambda x: x.reshape(-1), lambda x: nd.Reshape(x, shape=(-1,)), lambda x: x[1],
        lambda x: x[:, 1], lambda x: x[[0, 0]], lambda x: x[::-1], lambda x: x[0:1] * 3, lambda x: x.copy(),
        lambda x: nd.take(x, nd.array([0, 0, 1])), lambda x: nd.topk(x, ret_typ="value", k=1),
    ]  # fmt: skip
    return [_run(mx, each, [[2, 3], [4, 5]]) for each in functions]


def casts(mx):
    functions = [
        lambda x: x.astype("float32") * 0.4, lambda x: x.astype("float32") / 4 + x.astype("float32") / 4,
        lambda x: x.astype("int64") * 3, lambda x: x.astype("int8") * 30, lambda x: x.astype("int32"),
        lambda x: (x.astype("float32") * 0.5) ** 2, lambda x: x.astype("float64") / 3,
        lambda x: x.astype("float32") * -1.7,
    ]  # fmt: skip
    found = [_run(mx, each, [10, 20, 30]) for each in functions]
    floats = [lambda x: x.astype("int32") * 2, lambda x: x.astype("int32").astype("float32") * 2.5]
    return found + [_run(mx, each, [1.5, 5, 3], dtype="float32") for each in floats]


def dtypes_and_requests(mx):
    found = [_run(mx, lambda x: x * x, [1, 2, 3], dtype=each) for each in ("int8", "uint8", "int32", "int64")]
    found += [_run(mx, lambda x: x * x, [200, 100], dtype="uint8"), _run(mx, lambda x: -x, [20, 10], dtype="uint8")]
    found += [_run(mx, lambda x: x * x, [1, 2, 3], request=each, times=2) for each in ("write", "add", "null")]
    return found


def heads(mx):
    x = mx.nd.array([1, 2, 3], dtype="int32")
    x.attach_grad()
    found = []
    with mx.autograd.record():
        y = x * x
    y.backward(retain_graph=True)
    found.append(x.grad.copy())
    y.backward()
    try:
        y.backward()
    except mx.MXNetError:
        found.append("freed")
    with mx.autograd.record():
        y = x * x * x
    found += mx.autograd.grad(y, [x])
    return found


def assigned_while_recorded(mx):
    found = []
    for target in ("variable", "result"):
        x = mx.nd.array([1, 2, 3], dtype="int32")
        x.attach_grad()
        try:
            with mx.autograd.record():
                y = x * 2
                (x if target == "variable" else y)[:] = 5
            found.append("assigned")
        except mx.MXNetError:
            found.append("MXNetError")
    return found


def truncated_backpropagation(mx):
    w, h = mx.nd.array([1, 2], dtype="int32"), mx.nd.array([1, 1], dtype="int32")
    w.attach_grad()
    found = []
    for _ in range(3):
        with mx.autograd.record():
            h = h * w + 1
            loss = (h * 2).sum()
        loss.backward()
        found.append(w.grad.copy())
    return found


def beside_floats(mx):
    w, v = mx.nd.array([1, 2], dtype="int32"), mx.nd.array([1.0, 2.0])
    for each in (w, v):
        each.attach_grad()
        each.grad[:] = 9
    with mx.autograd.record():
        y = (w * 2).astype("float32") * v + mx.nd.pick(mx.nd.stack(v, v), w - 1)
    y.backward()
    return y, w.grad, v.grad


def blocks(mx):
    class Squares(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return x * x + F.sum(x)

    found = []
    for hybridized in (False, True):
        net = Squares()
        if hybridized:
            net.hybridize()
        found.append(_run(mx, net, [1, 2, 3]))
    return found


def weights_of_integers(mx):
    weight = mx.gluon.Parameter("weight", shape=(2,), dtype="int32", init="ones")
    weight.initialize()
    trainer = mx.gluon.Trainer({"weight": weight}, "sgd", {"learning_rate": 1})
    with mx.autograd.record():
        loss = (weight.data() * 3).sum()
    loss.backward()
    found = [weight.grad().copy()]
    try:
        trainer.step(1)
        weight.data().asnumpy()
        mx.nd.waitall()
    except mx.MXNetError:
        found.append("MXNetError")
    return found
