"""Methods of NDArray with parameters that are not their operator's: in place, broadcast_to, slice_assign."""

from fidelity.support import data


def _written_through(x, y):
    """A view's shape, and the array after the view was written to."""
    y[:] = 7
    return y, x


def squeeze_in_place(mx):
    x = mx.nd.array(data((2, 1, 3, 1)))
    return _written_through(x, x.squeeze(inplace=True))


def squeeze_in_place_axes(mx):
    x = mx.nd.array(data((2, 1, 3, 1)))
    return [x.squeeze(axis=a, inplace=True) for a in (1, -1, (1,), (1, 3), (-3, 3))]


def squeeze_in_place_to_a_number(mx):
    return mx.nd.ones((1, 1)).squeeze(inplace=True), mx.nd.ones((1, 1)).squeeze()


def squeeze_in_place_of_a_longer_axis(mx):
    return mx.nd.zeros((2, 1, 3)).squeeze(axis=0, inplace=True)


def squeeze_in_place_axis_out_of_range(mx):
    return mx.nd.zeros((2, 1, 3)).squeeze(axis=5, inplace=True)


def expand_dims_in_place(mx):
    x = mx.nd.array(data((2, 3)))
    return _written_through(x, x.expand_dims(1, inplace=True))


def expand_dims_in_place_axes(mx):
    x = mx.nd.array(data((2, 3)))
    return [x.expand_dims(a, inplace=True) for a in (0, 2, -1, -3)]


def expand_dims_in_place_axis_out_of_range(mx):
    return mx.nd.zeros((2, 3)).expand_dims(5, inplace=True)


def flatten_in_place(mx):
    x = mx.nd.array(data((2, 3, 4)))
    return _written_through(x, x.flatten(inplace=True))


def flatten_in_place_of_one_axis(mx):
    return mx.nd.zeros(2).flatten(inplace=True)


def broadcast_like(mx):
    x = mx.nd.array(data((2, 1)))
    return x.broadcast_like(mx.nd.ones((2, 3))), x.broadcast_like(other=mx.nd.ones((2, 3)))


def broadcast_to(mx):
    x = mx.nd.array(data((2, 1)))
    return x.broadcast_to((2, 3)), x.broadcast_to(shape=(2, 4)), mx.nd.ones(3).broadcast_to((2, 3))


def broadcast_to_keeps_no_axis(mx):
    return mx.nd.zeros((2, 1)).broadcast_to((0, 3))


def broadcast_to_another_length(mx):
    return mx.nd.zeros((2, 1)).broadcast_to((3, 3))


def broadcast_to_axes_behind(mx):
    return mx.nd.zeros((2, 1)).broadcast_to((2, 1, 4))


def slice_assign(mx):
    x = mx.nd.zeros((3, 4))
    y = x.slice_assign(mx.nd.ones((1, 4)), (0, None), (1, None), (None, None))
    z = x.slice_assign(mx.nd.ones((2, 2)), (0, 0), (3, 4), (2, 2))
    return x, y, z, x.slice_assign(mx.nd.ones((1, 4)), (1, None), (2, None), ())


def slice_assign_scalar(mx):
    x = mx.nd.zeros((3, 4))
    return x, x.slice_assign_scalar(2.5, (0, 1), (2, 3), (1, 1))


def slice_assign_without_step(mx):
    return mx.nd.zeros((2, 3)).slice_assign(mx.nd.ones((1, 3)), (0, None), (1, None))
