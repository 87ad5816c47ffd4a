"""Normalization by batch, layer, group, instance, length and neighbouring channels: values, gradients, statistics."""

import numpy as np

from fidelity.support import data, grads, tolerance
from fidelity.tensor_support import outcomes

SHAPE = (4, 3, 5, 2)


def _batch_norm(mx, shape=SHAPE, train=True, dtype="float32", record=True, **attributes):
    """The result, all gradients, and gamma and the running statistics after the backward."""
    channels = (shape[attributes.get("axis", 1)],)
    x, g, b = data(shape, 1, dtype=dtype), data(channels, 2, 0.5, 2), data(channels, 3)
    inputs = [mx.nd.array(each, dtype=each.dtype) for each in (x, g, b)]
    mean, var = mx.nd.array(data(channels, 4)), mx.nd.array(data(channels, 5, 0.5, 2))
    for each in inputs:
        each.attach_grad()
    with mx.autograd.record(train_mode=train):
        out = mx.nd.BatchNorm(*inputs, mean, var, **attributes)
    first = out[0] if isinstance(out, list) else out
    head = ((np.arange(x.size) % 7 - 3) * 0.25 + 0.125).reshape(shape).astype(dtype)
    mx.autograd.backward([first], [mx.nd.array(head, dtype=dtype)], train_mode=train)
    return [out, [each.grad for each in inputs], inputs[1], mean, var]


@tolerance(1e-4, 1e-5, "statistics of the batch, added in another order")
def batch(mx):
    return [_batch_norm(mx, fix_gamma=False), _batch_norm(mx, fix_gamma=True), _batch_norm(mx)]


@tolerance(1e-4, 1e-5, "statistics of the batch, added in another order")
def batch_in_prediction_mode(mx):
    return [_batch_norm(mx, train=False, fix_gamma=fixed) for fixed in (False, True)]


@tolerance(1e-4, 1e-5, "statistics of the batch, added in another order")
def batch_shapes(mx):
    return [_batch_norm(mx, shape, fix_gamma=False) for shape in ((6, 3), (4, 3, 5), (2, 3, 4, 2, 3), (1, 2, 3, 3))]


def batch_of_one_value_a_channel(mx):
    shapes = [(1, 3), (1, 3, 1), (1, 3, 1, 1), (1, 3, 1, 1, 1), (1, 16, 1, 1)]
    return [_batch_norm(mx, shape, fix_gamma=fixed) for shape in shapes for fixed in (False, True)]


@tolerance(1e-4, 1e-5, "statistics of the batch, added in another order")
def batch_axes(mx):
    return [_batch_norm(mx, axis=axis, fix_gamma=False) for axis in (0, 2, 3, -1, -2)]


@tolerance(1e-4, 1e-5, "statistics of the batch, added in another order")
def batch_momentum_and_epsilon(mx):
    return [_batch_norm(mx, momentum=m, eps=e, fix_gamma=False) for m, e in ((0.5, 1e-5), (0.99, 0.1), (0.0, 1e-3))]


def batch_by_global_statistics(mx):
    return [_batch_norm(mx, use_global_stats=True, fix_gamma=fixed) for fixed in (False, True)]


@tolerance(1e-4, 1e-5, "statistics of the batch, added in another order")
def batch_statistics_as_outputs(mx):
    return [
        _batch_norm(mx, output_mean_var=True, fix_gamma=False),
        _batch_norm(mx, output_mean_var=True, fix_gamma=False, train=False),
        _batch_norm(mx, output_mean_var=True, fix_gamma=False, use_global_stats=True),
    ]


def batch_without_recording(mx):
    x, one = mx.nd.array(data(SHAPE, 1)), data((3,), 2, 0.5, 2)
    arrays = [mx.nd.array(each) for each in (one, one, one, one)]
    out = mx.nd.BatchNorm(x, *arrays)
    return [out, arrays]


@tolerance(1e-3, 1e-3, "half precision")
def batch_of_half_precision(mx):
    return _batch_norm(mx, dtype="float16", fix_gamma=False)[0]


@tolerance(1e-4, 1e-5, "statistics of the batch, added in another order")
def batch_called_twice(mx):
    x = mx.nd.array(data(SHAPE, 1))
    gamma, beta, mean, var = mx.nd.ones(3), mx.nd.zeros(3), mx.nd.zeros(3), mx.nd.ones(3)
    gamma.attach_grad()
    for _ in range(3):
        with mx.autograd.record():
            out = mx.nd.BatchNorm(x, gamma, beta, mean, var, fix_gamma=False)
        out.backward()
    return [out, mean, var]


@tolerance(1e-4, 1e-5, "statistics of the batch, added in another order")
def batch_first_version(mx):
    def call(*arrays):
        return mx.nd.BatchNorm_v1(*arrays, mx.nd.zeros(3), mx.nd.ones(3), fix_gamma=False)

    return grads(mx, call, data(SHAPE, 1), data((3,), 2, 0.5, 2), data((3,), 3))


@tolerance(1e-4, 1e-5, "statistics of the batch, added in another order")
def batch_synchronized(mx):
    found = []
    for train in (True, False):
        mean, var = mx.nd.array(data((3,), 4)), mx.nd.array(data((3,), 5, 0.5, 2))

        def call(*arrays, mean=mean, var=var):
            return mx.nd.contrib.SyncBatchNorm(*arrays, mean, var, fix_gamma=False, key="batch_synchronized", ndev=1)

        found.append([grads(mx, call, data(SHAPE, 1), data((3,), 2, 0.5, 2), data((3,), 3), train=train), mean, var])
    return found


@tolerance(1e-5, 1e-6, "a scale computed in another order")
def batch_synchronized_for_several_devices(mx):
    """Without training no part of a batch is asked for."""
    found = []
    for use_global_stats in (True, False):
        mean, var = mx.nd.array(data((3,), 4)), mx.nd.array(data((3,), 5, 0.5, 2))
        call = mx.nd.contrib.SyncBatchNorm
        arrays = [mx.nd.array(data(SHAPE, 1)), mx.nd.array(data((3,), 2, 0.5, 2)), mx.nd.array(data((3,), 3))]
        found.append(
            call(*arrays, mean, var, fix_gamma=False, key="several", ndev=4, use_global_stats=use_global_stats)
        )
    layer = mx.gluon.contrib.nn.SyncBatchNorm(num_devices=2)
    layer.initialize()
    return found, layer(arrays[0])


@tolerance(1e-4, 1e-5, "statistics of the batch, added in another order")
def batch_in_numpy_arrays(mx):
    mx.npx.set_np()
    channels = [mx.np.array(data((3,), seed, 0.5, 2)) for seed in (2, 3, 4, 5)]
    return mx.npx.batch_norm(mx.np.array(data(SHAPE, 1)), *channels, fix_gamma=False)


def batch_of_channels_that_do_not_fit(mx):
    x, c = mx.nd.ones((2, 3, 4)), mx.nd.ones(3)
    return mx.nd.BatchNorm(x, c, c, c, mx.nd.ones(4)).shape


def batch_wrong_arguments(mx):
    x, c = mx.nd.ones((2, 3, 4)), mx.nd.ones(3)
    return outcomes(
        lambda: mx.nd.BatchNorm(x, c, c, c, c, axis=3),
        lambda: mx.nd.BatchNorm(x, c, c, c, c, axis=-4),
        lambda: mx.nd.BatchNorm(x, c, c, c, c, epsilon=1),
        lambda: mx.nd.BatchNorm(x, c, c, c, c, momentum="much"),
    )


@tolerance(1e-4, 1e-5, "statistics added in another order")
def layer(mx):
    found = []
    for axis in (-1, 0, 1, 2, -2):
        size = (SHAPE[axis],)
        arrays = data(SHAPE, 1), data(size, 2, 0.5, 2), data(size, 3)
        found.append(grads(mx, lambda *a, axis=axis: mx.nd.LayerNorm(*a, axis=axis, eps=1e-3), *arrays))
    return found


@tolerance(1e-4, 1e-5, "statistics added in another order")
def layer_shapes(mx):
    return [
        grads(mx, lambda *a: mx.nd.LayerNorm(*a), data(shape, 1, -5, 5), data(shape[-1:], 2), data(shape[-1:], 3))
        for shape in ((7,), (3, 8), (2, 3, 33), (1, 5))
    ]


@tolerance(1e-4, 1e-5, "statistics added in another order")
def layer_statistics_as_outputs(mx):
    arrays = [mx.nd.array(a) for a in (data(SHAPE, 1), data((2,), 2), data((2,), 3))]
    other = [mx.nd.array(a) for a in (data(SHAPE, 1), data((5,), 2), data((5,), 3))]
    return [mx.nd.LayerNorm(*arrays, output_mean_var=True), mx.nd.LayerNorm(*other, axis=2, output_mean_var=True)]


@tolerance(1e-7, 1e-7, "MXNet keeps eps in single precision")
def layer_of_double_precision(mx):
    arrays = data(SHAPE, 1, dtype="float64"), data((2,), 2, dtype="float64"), data((2,), 3, dtype="float64")
    return grads(mx, lambda *a: mx.nd.LayerNorm(*a), *arrays)


@tolerance(2e-3, 2e-3, "half precision")
def layer_of_half_precision(mx):
    arrays = data((3, 8), 1, dtype="float16"), data((8,), 2, dtype="float16"), data((8,), 3, dtype="float16")
    return mx.nd.LayerNorm(*[mx.nd.array(a, dtype="float16") for a in arrays])


@tolerance(1e-4, 1e-5, "statistics added in another order")
def layer_in_numpy_arrays(mx):
    mx.npx.set_np()
    return mx.npx.layer_norm(*[mx.np.array(a) for a in (data(SHAPE, 1), data((2,), 2), data((2,), 3))])


@tolerance(1e-4, 1e-5, "statistics added in another order")
def group(mx):
    found = []
    for groups in (1, 2, 4):
        arrays = data((3, 4, 5, 2), 1), data((groups,), 2, 0.5, 2), data((groups,), 3)
        found.append(grads(mx, lambda *a, g=groups: mx.nd.GroupNorm(*a, num_groups=g, eps=1e-3), *arrays))
    return found


@tolerance(1e-4, 1e-5, "statistics added in another order")
def group_statistics_as_outputs(mx):
    arrays = [mx.nd.array(a) for a in (data((3, 4, 5), 1), data((2,), 2), data((2,), 3))]
    return mx.nd.GroupNorm(*arrays, num_groups=2, output_mean_var=True)


@tolerance(1e-4, 1e-5, "statistics added in another order")
def instance(mx):
    return [
        grads(mx, lambda *a: mx.nd.InstanceNorm(*a, eps=1e-2), data(shape, 1), data((3,), 2, 0.5, 2), data((3,), 3))
        for shape in ((2, 3, 5), SHAPE, (2, 3, 2, 3, 4))
    ]


def length(mx):
    found = []
    for mode in ("instance", "channel", "spatial"):
        for shape in ((2, 3, 5), SHAPE):
            found.append(grads(mx, lambda x, m=mode: mx.nd.L2Normalization(x, mode=m, eps=1e-3), data(shape, 1)))
    found.append(grads(mx, lambda x: mx.nd.L2Normalization(x), data((3, 4), 1)))
    return found


def length_of_zeros(mx):
    return [mx.nd.L2Normalization(mx.nd.zeros((2, 3))), mx.nd.L2Normalization(mx.nd.zeros((2, 3)), eps=0.25)]


@tolerance(1e-5, 1e-6)
def neighbouring_channels(mx):
    found = []
    for size in (1, 3, 5):
        for options in ({}, {"alpha": 0.5, "beta": 0.5, "knorm": 1.0}):
            found.append(grads(mx, lambda x, o=options, n=size: mx.nd.LRN(x, nsize=n, **o), data((2, 6, 3, 2), 1)))
    return found


def wrong_arguments(mx):
    x = mx.nd.ones((2, 4, 5))
    return outcomes(
        lambda: mx.nd.LayerNorm(x, mx.nd.ones(4), mx.nd.ones(5)),
        lambda: mx.nd.LayerNorm(x, mx.nd.ones(5), mx.nd.ones(5), axis=3),
        lambda: mx.nd.GroupNorm(x, mx.nd.ones(3), mx.nd.ones(3), num_groups=3),
        lambda: mx.nd.GroupNorm(x, mx.nd.ones(4), mx.nd.ones(4), num_groups=2),
        lambda: mx.nd.InstanceNorm(x, mx.nd.ones(5), mx.nd.ones(5)),
        lambda: mx.nd.InstanceNorm(x, mx.nd.ones(4), mx.nd.ones(4), eps="small"),
        lambda: mx.nd.L2Normalization(x, mode="all"),
        lambda: mx.nd.L2Normalization(x[0], mode="channel"),
        lambda: mx.nd.LRN(x, nsize=3),
        lambda: mx.nd.LRN(mx.nd.ones((2, 4, 5, 5))),
        lambda: mx.nd.LRN(mx.nd.ones((2, 4, 5, 5)), nsize=2),
        lambda: mx.nd.Dropout(x, p=2),
        lambda: mx.nd.Dropout(x, p=-0.5),
        lambda: mx.nd.Dropout(x, mode="never"),
    )


def dropout_in_prediction_mode(mx):
    return [grads(mx, lambda x: mx.nd.Dropout(x, p=0.5), data(SHAPE, 1), train=False), mx.nd.Dropout(mx.nd.ones(3))]


def dropout_of_nothing(mx):
    return grads(mx, lambda x: mx.nd.Dropout(x, p=0), data(SHAPE, 1))


def dropout_that_keeps_axes_together(mx):
    found = []
    for axes in ((0,), (1,), (0, 2), (2, 3)):
        mx.random.seed(3)
        with mx.autograd.train_mode():
            out = mx.nd.Dropout(mx.nd.ones((4, 6, 5, 3)), p=0.5, axes=axes)
        found.append((out.max(axis=axes) == out.min(axis=axes)).min())
    return found


def dropout_always(mx):
    out = mx.nd.Dropout(mx.nd.ones((50, 40)), p=0.25, mode="always")
    return [(out == 0).sum() > 0, out.max()]
