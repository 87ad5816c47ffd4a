"""Hawkes processes, and small operators that few programs call."""

import numpy as np

from fidelity.support import data
from fidelity.tensor_support import outcomes


def _observed(mx, count=3, kinds=2, points=6, dtype="float32", seed=0):
    draw = np.random.RandomState(seed)
    arrays = [
        data((count, kinds), 1, 0.1, 1),
        data((kinds,), 2, 0, 1),
        data((kinds,), 3, 0, 2),
        data((count, kinds), 4, 0, 1),
        data((count, points), 5, 0, 1),
        draw.randint(0, kinds, (count, points)).astype("int32"),
        np.array([points, 0, points // 2], "float32")[:count],
        data((count,), 6, points, points + 2),
    ]
    return [mx.nd.array(x, dtype="int32" if x.dtype == "int32" else dtype) for x in arrays]


def hawkes(mx):
    found = []
    for given in ({}, {"kinds": 4, "points": 3}, {"dtype": "float64"}, {"points": 1}):
        arrays = _observed(mx, **given)
        learned = arrays[:4]
        for array in learned:
            array.attach_grad()
        with mx.autograd.record():
            likelihood, state = mx.nd.contrib.hawkesll(*arrays)
        mx.autograd.backward([likelihood, state], [mx.nd.array([1, -2, 3], dtype=state.dtype), state * 0 + 1])
        found.append([likelihood, state, [array.grad for array in learned]])
    return found


def hawkes_wrong_arguments(mx):
    call, good = mx.nd.contrib.hawkesll, _observed(mx)

    def wrong(place, change):
        arrays = list(good)
        arrays[place] = change(arrays[place])
        return lambda: call(*arrays)[0]

    return outcomes(
        wrong(0, lambda x: x[0]),
        wrong(1, lambda x: x[:1]),
        wrong(3, lambda x: x[:1]),
        wrong(4, lambda x: x[:, 1:]),
        wrong(5, lambda x: x.astype("float32")),
        wrong(6, lambda x: x[:1]),
        wrong(7, lambda x: x[:1]),
        wrong(0, lambda x: x.astype("float64")),
    )


def hawkes_as_a_graph(mx):
    symbol = mx.sym.contrib.hawkesll(name="process")
    shapes = {
        f"process_{name}": x.shape
        for name, x in zip(
            ("lda", "alpha", "beta", "state", "lags", "marks", "valid_length", "max_time"), _observed(mx)
        )
    }
    return [symbol.list_arguments(), symbol.list_outputs(), list(symbol.infer_shape(**shapes))]


def rates_by_norms(mx):
    lrs, weights, gradients, wds = (
        mx.nd.array(x) for x in ([0.1, 0.2, 0.3, 0.4], [4, 0, 9, 2], [1, 2, 0, 3], [0.1, 0, 0.2, 0.3])
    )
    call = mx.nd.multi_lars
    return [
        call(lrs, weights, gradients, wds, eta=0.1, eps=1e-3),
        call(lrs, weights, gradients, wds, eta=0.5, eps=0, rescale_grad=2.0),
        outcomes(
            lambda: call(lrs, weights[:2], gradients, wds, eta=0.1, eps=0),
            lambda: call(lrs, weights, gradients, wds, eta=0.1),
            lambda: call(*(x.astype("float64") for x in (lrs, weights, gradients, wds)), eta=0.1, eps=0),
        ),
    ]


def elements_of_rows_filled(mx):
    x = mx.nd.array(data((3, 4)))
    call = mx.nd.fill_element_0index
    return [
        call(x, mx.nd.array([5, 6, 7]), mx.nd.array([0, 3, 2])),
        x,
        outcomes(
            lambda: call(x, mx.nd.array([5, 6]), mx.nd.array([0, 3])),
            lambda: call(x[0], mx.nd.array([5, 6, 7, 8]), mx.nd.array([0, 3, 2, 1])),
            lambda: call(x.astype("float64"), mx.nd.array([5, 6, 7]), mx.nd.array([0, 3, 2])),
        ),
    ]


def multiplied_as_a_gradient(mx):
    x = mx.nd.array(data((2, 3)))
    call = mx.nd.contrib.backward_gradientmultiplier
    return [call(x), call(x, scalar=-0.5), call(x.astype("float64"), scalar=2, is_int=False)]


def batch_norm_with_relu(mx):
    found = []
    for given in ({}, {"fix_gamma": False, "eps": 1e-5, "momentum": 0.5}, {"use_global_stats": True}):
        arrays = [mx.nd.array(data((3, 4, 5, 2), 1)), *(mx.nd.array(data((4,), n, 0.2, 1)) for n in (2, 3, 4, 5))]
        for array in arrays[:3]:
            array.attach_grad()
        predicted = mx.nd.contrib.BatchNormWithReLU(*arrays, **given)
        with mx.autograd.record():
            out = mx.nd.contrib.BatchNormWithReLU(*arrays, **given)
        out.backward(mx.nd.array(data(out.shape, 6)))
        found.append([predicted, out, [x.grad for x in arrays[:3]], arrays[3:]])
    return found
