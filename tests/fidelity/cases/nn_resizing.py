"""Means over a given number of fields, and bilinear interpolation to another size."""

from fidelity.support import data, grads, tolerance
from fidelity.tensor_support import array, outcomes


def _pooled(mx, **attributes):
    return grads(mx, lambda x: mx.nd.contrib.AdaptiveAvgPooling2D(x, **attributes), data((2, 2, 3, 4), 1))


def pooling(mx):
    return [_pooled(mx), *(_pooled(mx, output_size=size) for size in (2, (2,), (2, 3), (5, 3), (3, 4), 1))]


def pooling_dtypes(mx):
    x = data((1, 1, 3, 4), 1)
    return [mx.nd.contrib.AdaptiveAvgPooling2D(array(mx, x, kind), output_size=2) for kind in ("float64", "float16")]


def pooling_wrong_arguments(mx):
    x = mx.nd.ones((1, 1, 3, 4))
    return outcomes(
        lambda: mx.nd.contrib.AdaptiveAvgPooling2D(x[0], output_size=2),
        lambda: mx.nd.contrib.AdaptiveAvgPooling2D(x.astype("int32"), output_size=2),
        lambda: mx.nd.contrib.AdaptiveAvgPooling2D(x, output_size="two"),
    )


def _resized(mx, **attributes):
    return grads(mx, lambda x: mx.nd.contrib.BilinearResize2D(x, **attributes), data((2, 2, 3, 4), 1))


SIZES = ((5, 6), (2, 2), (2, 9), (1, 1), (3, 4), (1, 5))


def resize(mx):
    return [_resized(mx, height=height, width=width) for height, width in SIZES] + [_resized(mx)]


def resize_by_edges(mx):
    return [_resized(mx, height=height, width=width, align_corners=False) for height, width in SIZES]


def resize_by_scale(mx):
    return [
        _resized(mx, scale_height=2.0, scale_width=1.5),
        _resized(mx, scale_height=0.5, scale_width=0.7),
        _resized(mx, height=5, width=6, scale_height=2.0, scale_width=1.5),
        _resized(mx, scale_height=2.0, scale_width=1.5, align_corners=False),
    ]


def resize_like(mx):
    like = mx.nd.zeros((1, 2, 5, 7))
    return [
        grads(mx, lambda x: mx.nd.contrib.BilinearResize2D(x, like, mode="like"), data((1, 1, 3, 4), 1)),
        mx.nd.contrib.BilinearResize2D(mx.nd.array(data((1, 1, 3, 4), 1)), like=like, mode="like"),
    ]


def resize_modes(mx):
    found = []
    for mode in ("to_even_down", "to_even_up", "to_odd_down", "to_odd_up"):
        found += [mx.nd.contrib.BilinearResize2D(mx.nd.array(data((1, 1, 3, 4), 1)), mode=mode)]
    for scale in (2.0, 1.5, 0.6):
        found += [_resized(mx, mode="odd_scale", scale_height=scale, scale_width=scale)]
    return found


@tolerance(1e-3, 1e-3)  # float16: rounded at each step there, once here
def resize_dtypes(mx):
    x = data((1, 1, 3, 4), 1)
    return [mx.nd.contrib.BilinearResize2D(array(mx, x, kind), height=5, width=6) for kind in ("float64", "float16")]


def resize_wrong_arguments(mx):
    x = mx.nd.ones((1, 1, 3, 4))
    resize_ = mx.nd.contrib.BilinearResize2D
    return outcomes(
        lambda: resize_(x, mode="like"),
        lambda: resize_(x, x, height=2, width=2),
        lambda: resize_(x, scale_height=2.0),
        lambda: resize_(x, mode="odd_scale"),
        lambda: resize_(x, height=0, width=3),
        lambda: resize_(x, height=-1, width=3),
        lambda: resize_(x, mode="twice"),
        lambda: resize_(x[0], height=2, width=2),
        lambda: resize_(x.astype("int32"), height=2, width=2),
    )
