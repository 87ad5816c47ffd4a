"""Pooling: kinds, axes, conventions, borders, layouts, dtypes, errors."""

import numpy as np

from fidelity.support import data, grads
from fidelity.tensor_support import case, outcome, outcomes

SHAPES = {1: (2, 3, 11), 2: (2, 3, 9, 8), 3: (1, 2, 6, 7, 5)}
WINDOWS = (
    {"kernel": (2, 2, 2)},
    {"kernel": (3, 2, 3), "stride": (2, 2, 2)},
    {"kernel": (3, 3, 2), "stride": (2, 3, 2), "pad": (1, 1, 1)},
    {"kernel": (2, 3, 3), "stride": (3, 2, 2), "pad": (1, 2, 1)},
    {"kernel": (3, 3, 3), "stride": (1, 2, 3), "pad": (2, 1, 2)},
)


def _pool(mx, shape, dtype="float32", positive=False, **attributes):
    return grads(mx, lambda x: mx.nd.Pooling(x, **attributes), data(shape, 1, 0.1 if positive else -1, dtype=dtype))


def _make(kind, convention):
    def conventions(mx):
        found = []
        for axes, shape in SHAPES.items():
            for window in WINDOWS:
                options = {name: value[:axes] for name, value in window.items()}
                options.update(pool_type=kind, pooling_convention=convention)
                if kind == "lp":
                    options["p_value"] = 2
                found.append(_attempt(mx, shape, **options))
        return found

    key = f"{kind}_{convention}"
    globals()[key] = case(key, conventions)


def _attempt(mx, shape, **options):
    """The result with gradients, or the error's name: MXNet's kernels take not every window."""
    try:
        found = _pool(mx, shape, **options)
        mx.nd.waitall()
    except mx.base.MXNetError:
        return "MXNetError"
    return found


for _kind in ("max", "sum", "lp"):
    for _convention in ("valid", "full"):
        _make(_kind, _convention)
_make("avg", "valid")


def avg_full(mx):
    found = []
    for axes, shape in SHAPES.items():
        for window in WINDOWS:
            options = {name: value[:axes] for name, value in window.items()}
            found.append(
                mx.nd.Pooling(mx.nd.array(data(shape, 1)), pool_type="avg", pooling_convention="full", **options)
            )
    return found


def avg_full_gradients_without_pad(mx):
    found = []
    for axes, shape in SHAPES.items():
        for window in WINDOWS[:2]:
            options = {name: value[:axes] for name, value in window.items()}
            found.append(_pool(mx, shape, pool_type="avg", pooling_convention="full", **options))
    return found


def avg_full_gradients_beyond_the_pad(mx):
    return _pool(mx, (1, 1, 1, 8), kernel=(1, 3), stride=(1, 2), pad=(0, 1), pool_type="avg", pooling_convention="full")


def same_convention(mx):
    return [
        mx.nd.Pooling(mx.nd.array(data(SHAPES[n], 1)), kernel=(3,) * n, stride=(2,) * n, pooling_convention="same")
        for n in (1, 2, 3)
    ]


def average_without_the_border(mx):
    found = []
    for axes, shape in SHAPES.items():
        for window in WINDOWS[2:]:
            for convention in ("valid", "full") if axes == 1 else ("valid",):
                options = {name: value[:axes] for name, value in window.items()}
                options.update(pool_type="avg", pooling_convention=convention, count_include_pad=False)
                found.append(_attempt(mx, shape, **options))
    return found


def average_with_the_border(mx):
    options = {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1), "pool_type": "avg"}
    x = mx.nd.array(data(SHAPES[2], 1))
    return [mx.nd.Pooling(x, count_include_pad=True, pooling_convention=c, **options) for c in ("valid", "full")]


def norms(mx):
    options = {"kernel": (3, 2), "stride": (2, 2), "pool_type": "lp"}
    return [_pool(mx, SHAPES[2], positive=True, p_value=p, **options) for p in (1, 2, 3)]


def norms_of_either_sign(mx):
    x = mx.nd.array(data(SHAPES[2], 1))
    return [mx.nd.Pooling(x, kernel=(3, 2), pool_type="lp", p_value=p) for p in (1, 2, 3)]


def norms_of_zeros(mx):
    x = np.array([[[[0, 0, 1], [0, 0, 2], [3, -2, 2]]]], "float32")
    return [grads(mx, lambda a, p=p: mx.nd.Pooling(a, kernel=(2, 2), pool_type="lp", p_value=p), x) for p in (1, 2, 3)]


def over_everything(mx):
    found = []
    for shape in SHAPES.values():
        for kind in ("max", "avg", "sum"):
            found.append(_pool(mx, shape, pool_type=kind, global_pool=True))
            found.append(_pool(mx, shape, pool_type=kind, global_pool=True, kernel=(2,) * (len(shape) - 2)))
        found.append(_pool(mx, shape, positive=True, pool_type="lp", p_value=2, global_pool=True))
    return found


def over_everything_with_pad(mx):
    return [
        _pool(mx, SHAPES[2], pool_type=kind, global_pool=True, kernel=(2, 2), pad=(1, 1), stride=(2, 2))
        for kind in ("max", "avg")
    ]


def equal_maxima(mx):
    return grads(
        mx, lambda x: mx.nd.Pooling(x, kernel=(2, 2), stride=(1, 1)), data((1, 2, 5, 5), 3, 0, 3, "int32").astype("f")
    )


def equal_maxima_over_everything(mx):
    return grads(mx, lambda x: mx.nd.Pooling(x, global_pool=True), data((2, 2, 3, 3), 3, 0, 2, "int32").astype("f"))


def channels_last(mx):
    layouts = {1: ("NCW", "NWC"), 2: ("NCHW", "NHWC"), 3: ("NCDHW", "NDHWC")}
    found = []
    for axes, names in layouts.items():
        for name in names:
            for kind in ("max", "avg"):
                options = {"kernel": (2,) * axes, "stride": (2,) * axes, "pool_type": kind, "layout": name}
                found.append(_attempt(mx, SHAPES[axes], **options))
    return found


def channels_last_over_everything(mx):
    return [_pool(mx, SHAPES[2], global_pool=True, pool_type=kind, layout="NHWC") for kind in ("max", "avg")]


def dtypes(mx):
    found = []
    for dtype in ("float16", "float32", "float64", "int32", "uint8", "int8"):
        for kind in ("max", "avg", "sum"):
            x = mx.nd.array(data((1, 2, 4, 4), 1, 0, 9, "int32"), dtype=dtype)
            found.append(outcome(lambda x=x, kind=kind: mx.nd.Pooling(x, kernel=(2, 2), pool_type=kind)))
    return found


def double_precision(mx):
    return [_pool(mx, SHAPES[2], "float64", kernel=(3, 3), pad=(1, 1), pool_type=kind) for kind in ("max", "avg")]


def not_a_number(mx):
    x = mx.nd.array([[[[1, float("nan"), 3, float("-inf")]] * 2]])
    return [mx.nd.Pooling(x, kernel=(2, 2), pool_type=kind) for kind in ("max", "avg", "sum")]


def window_beyond_a_full_stride(mx):
    options = {"kernel": (1, 1), "stride": (3, 3), "pooling_convention": "full"}
    return [_pool(mx, SHAPES[2], pool_type=kind, **options) for kind in ("max", "avg", "sum")]


def in_numpy_arrays(mx):
    mx.npx.set_np()
    return mx.npx.pooling(mx.np.array(data(SHAPES[2], 1)), kernel=(2, 2), stride=(2, 2), pool_type="avg")


def first_version(mx):
    x = mx.nd.array(data(SHAPES[2], 1))
    found = []
    for kind in ("max", "avg", "sum"):
        for convention in ("valid", "full"):
            options = {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1), "pooling_convention": convention}
            found.append(mx.nd.Pooling_v1(x, pool_type=kind, **options))
    return found


def windows_that_lie_on_the_border_alone(mx):
    """As MXNet's own code computes them, in float64; oneDNN, which serves float32 at times, refuses them."""
    found = []
    for shape, kernel, pad, stride in (
        ((1, 1, 5, 5), (2, 2), (2, 2), (1, 1)),
        ((1, 2, 5, 5), (2, 3), (3, 0), (2, 2)),
        ((1, 1, 3, 3, 3), (2, 2, 2), (3, 0, 2), (2, 2, 1)),
    ):
        for kind in ("max", "avg", "sum"):
            for convention in ("valid", "full"):
                options = {"kernel": kernel, "pad": pad, "stride": stride, "pooling_convention": convention}
                x = np.arange(1, 1 + np.prod(shape), dtype="float64").reshape(shape)
                found.append(
                    grads(mx, lambda x, kind=kind, o=options: mx.nd.Pooling(x, pool_type=kind, **o), x)
                    if len(shape) == 4
                    else mx.nd.Pooling(mx.nd.array(x, dtype="float64"), pool_type=kind, **options)
                )
    return found


def wrong_arguments(mx):
    x = mx.nd.ones((2, 3, 5, 6))
    call = mx.nd.Pooling
    return outcomes(
        lambda: call(x),
        lambda: call(x, kernel=(2,)),
        lambda: call(x, kernel=(2, 2, 2)),
        lambda: call(x, kernel=(6, 6)),
        lambda: call(x, kernel=(2, 2), stride=(1,)),
        lambda: call(x, kernel=(2, 2), pad=(1,)),
        lambda: call(x, kernel=(2, 2), stride=(0, 1)),
        lambda: call(x, kernel=(0, 2)),
        lambda: call(x, kernel=(2, 2), pool_type="median"),
        lambda: call(x, kernel=(2, 2), pooling_convention="half"),
        lambda: call(x, kernel=(2, 2), pool_type="lp"),
        lambda: call(x, kernel=(2, 2), pool_type="lp", p_value=4),
        lambda: call(x, kernel=(2, 2), layout="NCW"),
        lambda: call(x, kernel=(2, 2), pad=(1, 1), pooling_convention="same"),
        lambda: call(mx.nd.ones((2, 3)), kernel=(2, 2)),
    )
