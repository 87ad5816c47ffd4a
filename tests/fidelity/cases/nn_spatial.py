"""Grids, sampling at positions, spatial transformers, and the correlation of two images."""

import numpy as np

from fidelity.support import data, grads, tolerance
from fidelity.tensor_support import array, outcomes

MATRICES = np.array([[1, 0, 0, 0, 1, 0], [0.5, 0.1, -0.2, 0.3, 1.2, 0.4]], "float32")
# borders, corners, and a bit outside
EDGES = np.array([[[[-1, 1, -1], [1, 0, 1.0001]], [[-1, -1, 1], [1, 0, 1]]]], "float32")


def affine_grid(mx):
    def call(x):
        return mx.nd.GridGenerator(x, transform_type="affine", target_shape=(2, 3))

    return [grads(mx, call, MATRICES), grads(mx, call, data((3, 6), 1))]


def affine_grid_of_one_element(mx):
    x = mx.nd.array(MATRICES)
    return [mx.nd.GridGenerator(x, transform_type="affine", target_shape=size) for size in ((1, 1), (1, 3), (3, 1))]


def warp_grid(mx):
    def call(x):
        return mx.nd.GridGenerator(x, transform_type="warp")

    ignored = mx.nd.GridGenerator(mx.nd.array(data((1, 2, 2, 3), 3)), transform_type="warp", target_shape=(4, 4))
    return [grads(mx, call, data((2, 2, 4, 3), 3)), ignored]


def grid_wrong_arguments(mx):
    x = mx.nd.array(MATRICES)
    return outcomes(
        lambda: mx.nd.GridGenerator(x, transform_type="affine"),
        lambda: mx.nd.GridGenerator(x, transform_type="affine", target_shape=(3,)),
        lambda: mx.nd.GridGenerator(x, transform_type="bent", target_shape=(2, 3)),
        lambda: mx.nd.GridGenerator(x, target_shape=(2, 3)),
        lambda: mx.nd.GridGenerator(x.reshape((2, 2, 3)), transform_type="affine", target_shape=(2, 3)),
        lambda: mx.nd.GridGenerator(x[0], transform_type="affine", target_shape=(2, 3)),
        lambda: mx.nd.GridGenerator(x[:, :5], transform_type="affine", target_shape=(2, 3)),
        lambda: mx.nd.GridGenerator(array(mx, MATRICES, "int32"), transform_type="affine", target_shape=(2, 3)),
        lambda: mx.nd.GridGenerator(mx.nd.ones((1, 3, 2, 2)), transform_type="warp"),
        lambda: mx.nd.GridGenerator(x, transform_type="warp"),
    )


def sampler(mx):
    grid = data((2, 2, 4, 3), 5, -1.3, 1.3)
    return grads(mx, lambda x, at: mx.nd.BilinearSampler(x, at), data((2, 3, 5, 4), 1), grid)


def sampler_at_the_borders(mx):
    return grads(mx, lambda x, at: mx.nd.BilinearSampler(x, at), data((1, 2, 3, 4), 1), EDGES)


def sampler_far_outside(mx):
    grid = data((1, 2, 2, 2), 5) * 1000
    return grads(mx, lambda x, at: mx.nd.BilinearSampler(x, at), data((1, 2, 3, 4), 1), grid)


@tolerance(2e-3, 2e-3)  # float16: rounded at each step there, once here
def sampler_dtypes(mx):
    grid = data((1, 2, 2, 2), 5, -1.3, 1.3, "float64")
    x = data((1, 2, 3, 4), 1, dtype="float64")
    return [mx.nd.BilinearSampler(array(mx, x, kind), array(mx, grid, kind)) for kind in ("float64", "float16")]


def sampler_wrong_arguments(mx):
    x, grid = mx.nd.ones((1, 2, 3, 4)), mx.nd.zeros((1, 2, 2, 2))
    return outcomes(
        lambda: mx.nd.BilinearSampler(x.astype("float64"), grid),
        lambda: mx.nd.BilinearSampler(x, mx.nd.zeros((2, 2, 2, 2))),
        lambda: mx.nd.BilinearSampler(x, mx.nd.zeros((1, 3, 2, 2))),
        lambda: mx.nd.BilinearSampler(x[0], grid),
        lambda: mx.nd.BilinearSampler(x.astype("int32"), grid.astype("int32")),
    )


def _transformed(mx, x, loc, **attributes):
    return mx.nd.SpatialTransformer(x, loc, transform_type="affine", sampler_type="bilinear", **attributes)


def transformer(mx):
    loc = np.array([[1, 0, 0, 0, 1, 0], [0.5, 0.1, -0.2, 0.3, 0.7, 0.4]], "float32")
    return [
        grads(mx, lambda x, at: _transformed(mx, x, at, target_shape=(2, 3)), data((2, 1, 3, 4)), loc),
        grads(mx, lambda x, at: _transformed(mx, x, at, target_shape=(5, 4)), data((2, 2, 3, 4)), data((2, 6), 2)),
        _transformed(mx, array(mx, data((2, 1, 3, 4)), "float64"), array(mx, loc, "float64"), target_shape=(2, 3)),
    ]


def transformer_wrong_arguments(mx):
    x, loc = mx.nd.ones((2, 1, 3, 4)), mx.nd.array(MATRICES)
    return outcomes(
        lambda: _transformed(mx, x, loc),
        lambda: _transformed(mx, x, loc, target_shape=(0, 3)),
        lambda: _transformed(mx, x, loc[:, :5], target_shape=(2, 3)),
        lambda: _transformed(mx, x, loc.reshape((2, 2, 3)), target_shape=(2, 3)),
        lambda: _transformed(mx, x, loc[:1], target_shape=(2, 3)),
        lambda: mx.nd.SpatialTransformer(x, loc, target_shape=(2, 3), transform_type="affine", sampler_type="cubic"),
        lambda: mx.nd.SpatialTransformer(x, loc, target_shape=(2, 3), sampler_type="bilinear"),
    )


def _correlated(mx, shape, **attributes):
    return grads(mx, lambda a, b: mx.nd.Correlation(a, b, **attributes), data(shape, 1), data(shape, 2))


def correlation(mx):
    return [
        _correlated(mx, (1, 3, 5, 6)),
        _correlated(mx, (2, 2, 3, 4), pad_size=1),
        _correlated(mx, (1, 3, 5, 6), max_displacement=0),
    ]


def correlation_of_patches(mx):
    return [
        _correlated(mx, (1, 2, 5, 6), kernel_size=3, max_displacement=1, pad_size=2),
        _correlated(mx, (1, 2, 5, 6), kernel_size=3, max_displacement=1, pad_size=2, stride1=2),
    ]


def correlation_strides(mx):
    return [
        _correlated(mx, (1, 2, 5, 6), max_displacement=2, stride2=2, pad_size=2),
        _correlated(mx, (1, 2, 5, 6), max_displacement=2, stride1=2, pad_size=2),
        _correlated(mx, (1, 2, 5, 6), max_displacement=1, stride2=2, pad_size=1),
    ]


def correlation_by_difference(mx):
    return [
        _correlated(mx, (1, 3, 4, 5), is_multiply=False),
        _correlated(
            mx, (1, 2, 5, 6), is_multiply=False, kernel_size=3, stride1=2, stride2=2, max_displacement=2, pad_size=2
        ),
    ]


def correlation_by_difference_of_equal_images(mx):
    image = data((1, 2, 2, 3), 1)
    return grads(mx, lambda a, b: mx.nd.Correlation(a, b, max_displacement=0, is_multiply=False), image, image)


@tolerance(2e-3, 3e-4)  # float16: rounded at each step there, once here
def correlation_dtypes(mx):
    a, b = data((1, 3, 5, 6), 1), data((1, 3, 5, 6), 2)
    return [mx.nd.Correlation(array(mx, a, kind), array(mx, b, kind), pad_size=1) for kind in ("float64", "float16")]


def correlation_wrong_arguments(mx):
    a = mx.nd.ones((1, 3, 5, 6))
    return outcomes(
        lambda: mx.nd.Correlation(a, a, kernel_size=2),
        lambda: mx.nd.Correlation(a, a, max_displacement=5),
        lambda: mx.nd.Correlation(a[0], a[0]),
        lambda: mx.nd.Correlation(a, a.astype("float64")),
    )
