"""The fully connected layer: flattening, bias, dtypes, gradients, errors."""

from fidelity.support import data, grads, tolerance
from fidelity.tensor_support import outcomes


def _dense(mx, shape, inputs, units=4, dtype="float32", **attributes):
    arrays = [data(shape, 1, dtype=dtype), data((units, inputs), 2, dtype=dtype), data((units,), 3, dtype=dtype)]
    if attributes.get("no_bias"):
        arrays.pop()
    return grads(mx, lambda *a: mx.nd.FullyConnected(*a, num_hidden=units, **attributes), *arrays)


def shapes(mx):
    cases = (((3, 5), 5), ((3, 2, 5), 10), ((2, 3, 2, 2), 12), ((1, 1), 1))
    return [_dense(mx, shape, inputs, no_bias=bias) for shape, inputs in cases for bias in (False, True)]


def without_flattening(mx):
    cases = ((3, 5), (3, 2, 5), (2, 3, 2, 5))
    return [_dense(mx, shape, 5, flatten=False, no_bias=bias) for shape in cases for bias in (False, True)]


def one_unit(mx):
    return [_dense(mx, (3, 5), 5, units=1), _dense(mx, (3, 2, 5), 5, units=1, flatten=False)]


@tolerance(1e-12, 1e-12)
def double_precision(mx):
    return [_dense(mx, (3, 5), 5, dtype="float64"), _dense(mx, (3, 2, 5), 5, dtype="float64", flatten=False)]


def no_samples(mx):
    mx.npx.set_np()
    out = mx.npx.fully_connected(mx.np.ones((0, 5)), mx.np.ones((4, 5)), mx.np.ones((4,)), num_hidden=4)
    return out.shape


def attributes_as_texts(mx):
    x, w = mx.nd.array(data((3, 5), 1)), mx.nd.array(data((4, 5), 2))
    return mx.nd.FullyConnected(x, w, num_hidden="4", no_bias="True", flatten="False")


def in_numpy_arrays(mx):
    mx.npx.set_np()
    x, w, b = mx.np.array(data((3, 2, 5), 1)), mx.np.array(data((4, 5), 2)), mx.np.array(data((4,), 3))
    return mx.npx.fully_connected(x, w, b, num_hidden=4, flatten=False)


def wrong_arguments(mx):
    x, w, b = mx.nd.ones((3, 5)), mx.nd.ones((4, 5)), mx.nd.ones((4,))
    call = mx.nd.FullyConnected
    return outcomes(
        lambda: call(x, w, b),
        lambda: call(x, w, num_hidden=4),
        lambda: call(x, w, b, num_hidden=3),
        lambda: call(x, mx.nd.ones((4, 6)), b, num_hidden=4),
        lambda: call(x, w, mx.nd.ones((3,)), num_hidden=4),
        lambda: call(mx.nd.ones((3, 5, 2)), w, b, num_hidden=4),
        lambda: call(mx.nd.ones((3, 5, 2)), w, b, num_hidden=4, flatten=False),
        lambda: call(x, w, b, num_hidden=4, units=4),
        lambda: call(x, w, b, num_hidden="four"),
        lambda: call(x.astype("float64"), w, b, num_hidden=4),
        lambda: call(x, w, b.astype("float64"), num_hidden=4),
        lambda: call(*(each.astype("int32") for each in (x, w, b)), num_hidden=4),
        lambda: call(x, w, b.reshape((1, 4)), num_hidden=4),
        lambda: call(x, w, num_hidden=3, no_bias=True),
        lambda: call(x[0], w, b, num_hidden=4),
    )
