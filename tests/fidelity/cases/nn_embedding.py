"""Looking up by index: embedding, pick and one-hot rows, with indices of every dtype and out of range."""

import numpy as np

from fidelity.support import data, grads
from fidelity.tensor_support import array, outcome, outcomes

INDICES = ("float32", "float64", "int32", "int64", "uint8", "int8")


def _embed(mx, indices, dtype="float32", **attributes):
    """The rows, and the table's gradient; repeated indices add up."""
    table = mx.nd.array(data((5, 3), 2, dtype=dtype), dtype=dtype)
    table.attach_grad()
    with mx.autograd.record():
        out = mx.nd.Embedding(indices, table, input_dim=5, output_dim=3, dtype=dtype, **attributes)
        (out * (mx.nd.arange(out.size, dtype=dtype).reshape(out.shape) + 1)).sum().backward()
    return [out, table.grad]


def rows(mx):
    return [_embed(mx, array(mx, each)) for each in ([0, 4, 2], [[1, 1], [1, 3]], [[[4]]])]


def rows_by_dtype_of_indices(mx):
    return [_embed(mx, array(mx, [[0, 4], [2, 2]], dtype)) for dtype in INDICES]


def rows_out_of_range(mx):
    return [_embed(mx, array(mx, each))[0] for each in ([5, 9, -1], [-7, 100, 2])]


def rows_of_fractions(mx):
    return _embed(mx, array(mx, [0.2, 1.9, 3.5]))


def rows_of_double_precision(mx):
    return _embed(mx, array(mx, [1, 0, 1]), "float64")


def rows_of_half_precision(mx):
    table = array(mx, data((5, 3), 2), "float16")
    return mx.nd.Embedding(array(mx, [1, 0, 4]), table, input_dim=5, output_dim=3, dtype="float16")


def rows_wrong_arguments(mx):
    x, w = array(mx, [1, 2]), mx.nd.ones((5, 3))
    return outcomes(
        lambda: mx.nd.Embedding(x, w),
        lambda: mx.nd.Embedding(x, w, input_dim=5),
        lambda: mx.nd.Embedding(x, w, input_dim=4, output_dim=3),
        lambda: mx.nd.Embedding(x, w, input_dim=5, output_dim=2),
        lambda: mx.nd.Embedding(x, input_dim=5, output_dim=3, dim=2),
    )


def picked(mx):
    x = data((2, 3, 4), 1)
    found = []
    for axis, index in ((-1, [[0, 3, 1], [2, 2, 0]]), (1, [[0, 2, 1, 1], [2, 2, 0, 1]]), (0, [[0, 1, 1, 0]] * 3)):
        for keep in (False, True):
            call = {"axis": axis, "keepdims": keep}
            found.append(grads(mx, lambda a, i, o=call: mx.nd.pick(a, i, **o), x, np.array(index, "int32")))
    return found


def picked_with_the_axis_kept_in_the_index(mx):
    x = mx.nd.array(data((2, 3), 1))
    return [mx.nd.pick(x, array(mx, [[0], [2]])), mx.nd.pick(x, array(mx, [[0], [2]]), keepdims=True)]


def picked_by_dtype_of_indices(mx):
    x = mx.nd.array(data((2, 3), 1))
    return [outcome(lambda d=d: mx.nd.pick(x, array(mx, [0, 2], d))) for d in INDICES]


def picked_by_dtype_of_data(mx):
    return [mx.nd.pick(array(mx, [[1, 2], [3, 4]], d), array(mx, [0, 1])) for d in INDICES]


def picked_out_of_range(mx):
    x = mx.nd.array(data((4, 3), 1))
    index = array(mx, [-1, 3, 5, -4])
    return [mx.nd.pick(x, index, mode=mode) for mode in ("clip", "wrap")]


def picked_by_fractions(mx):
    return mx.nd.pick(mx.nd.array(data((3, 3), 1)), array(mx, [0.9, 1.5, 2.2]))


def picked_over_all(mx):
    return outcome(lambda: mx.nd.pick(mx.nd.array(data((2, 3), 1)), array(mx, [4]), axis=None))


def picked_wrong_arguments(mx):
    x = mx.nd.array(data((2, 3), 1))
    return outcomes(
        lambda: mx.nd.pick(x, array(mx, [0, 1, 2])),
        lambda: mx.nd.pick(x, array(mx, [0, 1]), axis=2),
        lambda: mx.nd.pick(x, array(mx, [0, 1]), mode="raise"),
        lambda: mx.nd.pick(x, array(mx, [[0, 1]])),
    )


def picked_as_method(mx):
    x = mx.nd.array(data((2, 3), 1))
    return [x.pick(array(mx, [0, 2])), mx.nd.choose_element_0index(x, array(mx, [0, 2]))]


def one_hot(mx):
    return [mx.nd.one_hot(array(mx, each), 4) for each in ([0, 3, 1], [[1, 2], [0, 0]], [[[3]]])]


def one_hot_values(mx):
    x = array(mx, [0, 2])
    return [mx.nd.one_hot(x, 3, on_value=5, off_value=-1), mx.nd.one_hot(x, depth=3, on_value=0.25, off_value=0.5)]


def one_hot_dtypes(mx):
    return [
        [mx.nd.one_hot(array(mx, [0, 2], d), 3, dtype=d, on_value=2) for d in INDICES],
        mx.nd.one_hot(array(mx, [1]), 3, dtype="float16"),
    ]


def one_hot_out_of_range(mx):
    return mx.nd.one_hot(array(mx, [-1, 3, 7, 1]), 3)


def one_hot_of_fractions(mx):
    return mx.nd.one_hot(array(mx, [0.9, 1.5]), 3)


def one_hot_gradients(mx):
    return grads(mx, lambda x: mx.nd.one_hot(x, 3), np.array([0, 2], "float32"))


def one_hot_wrong_arguments(mx):
    x = array(mx, [0, 1])
    return outcomes(
        lambda: mx.nd.one_hot(x),
        lambda: mx.nd.one_hot(x, 0),
        lambda: mx.nd.one_hot(x, -2),
        lambda: mx.nd.one_hot(x, 3, dtype="text"),
    )


def in_numpy_arrays(mx):
    mx.npx.set_np()
    i, x = mx.np.array([1, 0], dtype="int32"), mx.np.array(data((2, 3), 1))
    return [
        mx.npx.embedding(i, x, input_dim=2, output_dim=3),
        mx.npx.pick(x, i),
        mx.npx.one_hot(i, 3),
    ]
