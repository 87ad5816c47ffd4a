"""Indexing and assignment of NDArray, and which results share memory."""

import numpy as np


def _x(mx):
    return mx.nd.arange(24).reshape((2, 3, 4))


def integers(mx):
    x, v = _x(mx), mx.nd.arange(5)
    return v[0], v[-1], x[0], x[-1, 0], x[0, 1, 2], x[1, -1], v[np.int64(2)]


def slices(mx):
    x, v = _x(mx), mx.nd.arange(5)
    return v[1:3], v[::2], v[::-1], v[3:100], v[-2:], x[:, 1], x[..., 0], x[0:2:1, 0:1], x[:, ::-1, 1:3], x[1:, 1:, ::3]


def negative_steps(mx):
    x = _x(mx)
    return x[::-1], x[:, ::-2, ::-1], x[::-1, 1], x[..., ::-3]


def new_axes(mx):
    x, v = _x(mx), mx.nd.arange(5)
    return v[None], v[:, None], x[None, 0, ..., None], x[..., None].shape


def empty_tuple_and_empty_slice(mx):
    return _x(mx)[()], mx.nd.arange(5)[2:2].shape


def lists_and_arrays(mx):
    x, v = _x(mx), mx.nd.arange(5)
    return v[[0, 2]], v[mx.nd.array([3, 0])], v[np.array([1, 1])], v[[-1]], x[[0, 1], [1, 2]], x[[0, 1], [1, 2], [3, 0]]


def advanced_with_basic(mx):
    x = _x(mx)
    return x[:, [0, 2], 1], x[[0, 1], :, [1, 2]], x[0, :, [0, 1]], x[:, [[0, 1], [2, 0]]], x[1, [0, 2]], x[[1], 1:, 2]


def boolean_arrays_count_as_integers(mx):
    v = mx.nd.arange(5)
    return v[v > 2], v[np.array([True, False, True])], v[[True, False]]


def integer_out_of_range(mx):
    return _x(mx)[5]


def second_integer_out_of_range(mx):
    return _x(mx)[0, 3]


def too_many_indices(mx):
    return mx.nd.arange(5)[0, 0]


def list_out_of_range(mx):
    return mx.nd.arange(5)[[0, 9]]


def float_index(mx):
    return mx.nd.arange(5)[1.0]


def text_index(mx):
    return mx.nd.arange(5)["a"]


def zero_step(mx):
    return mx.nd.arange(5)[::0]


def _set(mx, key, value):
    x = _x(mx)
    x[key] = value
    return x


def assign_numbers(mx):
    return (
        _set(mx, 0, 1),
        _set(mx, (0, 1), 2.5),
        _set(mx, (0, 1, 2), 7),
        _set(mx, slice(None), 3),
        _set(mx, (Ellipsis, 0), -1),
    )


def assign_arrays(mx):
    nd = mx.nd
    return (
        _set(mx, [0], nd.ones((3, 4))),
        _set(mx, (0, 1), np.arange(4)),
        _set(mx, (0, 1), nd.arange(4, dtype="int32")),
        _set(mx, (0, 0), nd.ones((1, 1, 4))),
        _set(mx, (0, 0), (1, 2, 3, 4)),
        _set(mx, (0, 0), [1, 2, 3, 4]),
        _set(mx, (slice(None), 1), nd.arange(8).reshape((2, 4))),
    )


def assign_negative_step(mx):
    return _set(mx, (0, 0, slice(None, None, -1)), mx.nd.arange(4)), _set(mx, slice(None, None, -1), _x(mx))


def assign_advanced(mx):
    return (
        _set(mx, ([0, 1], [1, 2]), 9),
        _set(mx, (slice(None), [0, 2]), mx.nd.arange(16).reshape((2, 2, 4))),
        _set(mx, ([0, 1], [1, 2], [0, 3]), mx.nd.array([5, 6])),
        _set(mx, mx.nd.array([1]), 4),
    )


def assign_one_element_array(mx):
    return _set(mx, (0, 0, 0), mx.nd.array([8])), _set(mx, (0, 0, 0), mx.nd.array([8]).sum())


def assign_wrong_shape(mx):
    return _set(mx, 0, mx.nd.ones((5,)))


def assign_text(mx):
    return _set(mx, 0, "a")


def contiguous_slices_share_memory(mx):
    x = mx.nd.zeros((3, 4))
    x[0][:] = 1
    x[1:2][:] = 2
    x[2, 1:3][:] = 3
    return x


def other_slices_are_copies(mx):
    x = mx.nd.zeros((3, 4))
    x[:, 0][:] = 1
    x[:, 1:3][:] = 2
    x[::2][:] = 3
    x[[0]][:] = 4
    return x


def reshape_shares_memory(mx):
    x = mx.nd.zeros((3, 4))
    x.reshape((4, 3))[0] = 1
    x.reshape((-1,))[11] = 2
    return x


def operators_copy(mx):
    x = mx.nd.zeros((2, 3))
    for y in (
        x.T, x.flatten(), x.squeeze(), x.expand_dims(0), x.swapaxes(0, 1), x.slice_axis(0, 0, 1),
        x.broadcast_to((2, 3)),
        x.copy(), x.split(2, axis=0)[0], x.flip(0), x.clip(-1, 1), mx.nd.cast(x, "float32"), mx.nd.identity(x),
        mx.nd.reshape(x, (3, 2)), mx.nd.BlockGrad(x), mx.nd.Dropout(x), mx.nd.add_n(x), mx.nd.concat(x, dim=0),
    ):  # fmt: skip
        y[:] = 7
    return x


def same_array_views(mx):
    x = mx.nd.zeros((2, 3))
    x.detach()[0] = 1
    x.astype("float32", copy=False)[1] = 2
    return x, x.as_in_context(mx.cpu()) is x


def inplace_on_views(mx):
    x = mx.nd.zeros((2, 3))
    first = x[0]
    first += 1
    x[1] += 2
    x[:, 1] *= 5
    return x


def learned_by_slices(mx):
    x = mx.nd.array([[1, 2, 3], [4, 5, 6]])
    x.attach_grad()
    with mx.autograd.record():
        y = x[0] * 2 + x[:, 1:2].sum() + x[::-1][0] * x[[1, 0]][1] + x[0, 2]
    y.backward()
    return y, x.grad


def iteration(mx):
    return [row for row in _x(mx)], [v for v in mx.nd.arange(3)]


def bounds_of_arrays(mx):
    return mx.nd.ones((2, 3))[1, mx.nd.array([1], dtype="int32") :]


def bounds_of_fractions(mx):
    return mx.nd.ones((2, 3))[0.5:]
