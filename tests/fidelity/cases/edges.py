"""What comes out at the edges: ties, bounds, infinities, nan, numbers beyond a dtype, axes that are not there."""

import numpy as np

from fidelity.support import data, grads, tolerance

INF, NAN = float("inf"), float("nan")
EDGES = [NAN, 0, -0.0, 1, -1, INF, -INF, 0.5, 2]


def _array(mx, values, dtype="float32"):
    return mx.nd.array(np.array(values, "float64"), dtype=dtype)


def _smooth_l1():
    for name, attributes in {
        "default": {}, "of_1": {"scalar": 1}, "of_2": {"scalar": 2}, "of_0": {"scalar": 0}, "huge": {"scalar": 1e20},
    }.items():  # fmt: skip

        def case(mx, attributes=attributes):
            return grads(mx, lambda x: mx.nd.smooth_l1(x, **attributes), np.array(EDGES, "float32"))

        globals()[f"smooth_l1_{name}"] = case
    for dtype in ("int8", "uint8", "int32", "int64"):

        def case(mx, dtype=dtype):
            x = _array(mx, [3, 1, 0, 100], dtype)
            return mx.nd.smooth_l1(x, scalar=1), mx.nd.smooth_l1(x, scalar=0.5), mx.nd.smooth_l1(x, scalar=2)

        globals()[f"smooth_l1_{dtype}"] = case


_smooth_l1()


def _histograms():
    for dtype in ("int8", "uint8", "int32", "int64", "float64", "float32"):

        def case(mx, dtype=dtype):
            x = _array(mx, [1, 2, 3, 4], dtype)
            return mx.nd.histogram(x, bins=2, range=(1, 4)), mx.nd.histogram(x, bins=_array(mx, [0, 2, 4], dtype))

        globals()[f"histogram_{dtype}"] = case


_histograms()


def pick_of_a_vector(mx):
    x, place = mx.nd.array([1, 2, 3]), mx.nd.array([1])
    return [mx.nd.pick(x, place, axis=axis, keepdims=kept) for axis in (0, -1) for kept in (False, True)]


def _pooling():
    for kind in ("lp", "sum"):
        for kernel, pad in (((2, 2), (2, 2)), ((1, 1), (2, 1)), ((2, 2), (2, 0))):

            def case(mx, kind=kind, kernel=kernel, pad=pad):
                x = mx.nd.arange(1, 5).reshape((1, 1, 2, 2))
                return [
                    mx.nd.Pooling(x, kernel=kernel, pad=pad, pool_type=kind, p_value=2, pooling_convention=convention)
                    for convention in ("valid", "full")
                ]

            globals()[f"pooling_{kind}_{kernel[0]}_within_a_border_of_{pad[0]}_{pad[1]}"] = case


_pooling()


def pooling_lp_beside_the_data_gradient(mx):
    x = np.arange(1, 5, dtype="float32").reshape(1, 1, 2, 2)
    return grads(mx, lambda x: mx.nd.Pooling(x, kernel=(1, 1), pad=(1, 1), pool_type="lp", p_value=2), x)


def pooling_avg_of_a_volume_thinner_than_the_window(mx):
    return mx.nd.Pooling(mx.nd.ones((1, 1, 2, 1, 1)), kernel=(1, 1, 2), pad=(0, 0, 1), pool_type="avg")


def _numbers():
    operations = {
        "plus": lambda mx, a, s: a + s,
        "times": lambda mx, a, s: a * s,
        "over": lambda mx, a, s: a / s,
        "from": lambda mx, a, s: s - a,
        "power": lambda mx, a, s: a**s,
        "larger": lambda mx, a, s: mx.nd.maximum(a, s),
        "smaller": lambda mx, a, s: mx.nd.minimum(a, s),
        "greater": lambda mx, a, s: a > s,
    }
    for name, operation in operations.items():

        def half(mx, operation=operation):
            x = _array(mx, [0.1, 1, 3, 97, 1000, -5, 0.3333], "float16")
            return [operation(mx, x, s) for s in (2**31, -(2**40), 1e5, 65520, 0.1, 2.7, 1 / 3, -7.77, INF, NAN)]

        globals()[f"float16_{name}_a_number"] = half
        if name == "over":  # by what wraps to 0 MXNet dies
            continue
        for dtype in ("int8", "uint8", "int32", "int64"):

            def whole(mx, operation=operation, dtype=dtype):
                x = _array(mx, [1, 2, 100], dtype)
                return [operation(mx, x, s) for s in (300, 2**31, -(2**31) - 1, 2**40, 1e10, -1, 2.7)]

            globals()[f"{dtype}_{name}_a_number"] = whole


_numbers()


def float32_beside_a_number_beyond_it(mx):
    x = mx.nd.array([1, 2])
    return mx.nd.maximum(x, 1e300), mx.nd.minimum(x, -1e300), x + 1e300


def unsigned_over_255(mx):
    x = _array(mx, [1, 2, 100, 255], "uint8")
    return x / 255, x / -1, x / _array(mx, [255] * 4, "uint8"), x % 255, x % _array(mx, [255] * 4, "uint8")


def smallest_integer_modulo_minus_1(mx):
    found = []
    for dtype in ("int8", "int32", "int64"):
        x = mx.nd.array(np.array([np.iinfo(dtype).min, 5, -7], dtype), dtype=dtype)
        found += [x % -1, x % mx.nd.array([-1, -1, -1], dtype=dtype)]
    return found


def _moments():
    for dtype in ("int8", "uint8", "int32", "int64"):

        def case(mx, dtype=dtype):
            x = _array(mx, [[1, 2], [3, 5]], dtype)
            return mx.nd.moments(x, axes=0), mx.nd.moments(x, axes=(0, 1), keepdims=True)

        globals()[f"moments_{dtype}"] = case

        def case(mx, dtype=dtype):
            found = []
            for values in ([0, 0, 0, 0, 0, 0, 0, 3], [1, 2], [1, 3, 3, 3], [0, 100], [100, 100, 3]):
                x = mx.np.array(values, dtype=dtype)
                found += [mx.np.std(x), mx.np.var(x), mx.np.var(x, ddof=1), mx.np.var(x, dtype="float32")]
            return found

        globals()[f"np_spread_{dtype}"] = case


_moments()


def _powers():
    for dtype in ("float32", "float64"):
        for power in (0.5, -0.5, 1.5, 0, 2, -1, 1 / 3):

            def case(mx, dtype=dtype, power=power):
                return grads(mx, lambda x: x**power, np.array([-INF, INF, 0, -1, NAN, 4], dtype))

            globals()[f"power_of_{power:.2f}_{dtype}".replace(".", "_").replace("-", "minus_")] = case


_powers()


def _bounds():
    sides = [1, 2, NAN, 1, 0.5], [1, 1, 1, NAN, 2]
    pairs = {
        "maximum": lambda mx, x, y: mx.nd.maximum(x, y),
        "minimum": lambda mx, x, y: mx.nd.minimum(x, y),
        "np_maximum": lambda mx, x, y: mx.np.maximum(x.as_np_ndarray(), y.as_np_ndarray()).as_nd_ndarray(),
    }
    for name, operation in pairs.items():

        def case(mx, operation=operation):
            return grads(mx, lambda x, y: operation(mx, x, y), *(np.array(side, "float32") for side in sides))

        globals()[f"{name}_at_ties_and_nan"] = case
    numbers = {
        "maximum_with_a_number": lambda mx, x: mx.nd.maximum(x, 1),
        "minimum_with_a_number": lambda mx, x: mx.nd.minimum(x, 1),
        "clip": lambda mx, x: mx.nd.clip(x, 0, 1),
        "clip_between_crossed_bounds": lambda mx, x: mx.nd.clip(x, 1, 0) + 0 * x,
        "np_clip": lambda mx, x: mx.np.clip(x.as_np_ndarray(), 0, 1).as_nd_ndarray(),
        "np_maximum_with_a_number": lambda mx, x: mx.np.maximum(x.as_np_ndarray(), 1).as_nd_ndarray(),
    }
    for name, operation in numbers.items():

        def case(mx, operation=operation):
            return grads(mx, lambda x: operation(mx, x), np.array([0, 1, 0.5, 2, -1, NAN], "float32"))

        globals()[f"{name}_at_ties_and_nan"] = case


_bounds()


def _without_axes():
    calls = {
        "transpose": lambda mx, x: [mx.np.transpose(x), x.T],
        "squeeze": lambda mx, x: [mx.np.squeeze(x), mx.np.squeeze(x, 0)],
        "softmax": lambda mx, x: [mx.npx.softmax(x), mx.npx.log_softmax(x)],
        "flip": lambda mx, x: mx.np.flip(x, 0),
        "swapaxes": lambda mx, x: mx.np.swapaxes(x, 0, 0),
    }
    for name, call in calls.items():

        def case(mx, call=call):
            with mx.util.np_shape(True):
                return call(mx, mx.np.array(3.0))

        globals()[f"np_without_axes_{name}"] = case


_without_axes()


def _error(mx, call):
    """What a call gives, or the class of its error, which MXNet may raise as late as the elements are looked at."""
    try:
        found = call()
        for array in found["grads"] + [found["out"]] if isinstance(found, dict) else []:
            array.asnumpy()
        return found
    except Exception as error:  # noqa: BLE001 - the error is the outcome
        kind = next(c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins" or c.__name__ == "MXNetError")
    try:
        mx.nd.waitall()
    except mx.MXNetError:
        return kind
    return kind


def gradients_at_infinities_and_poles(mx):
    x = np.array([np.inf, -np.inf, 0.0, -1.0, -2.0, -1.5, 1.0], "float32")
    functions = {
        "softsign": mx.nd.softsign,
        "Activation": lambda x: mx.nd.Activation(x, act_type="softsign"),
        "gamma": mx.nd.gamma,
        "gammaln": mx.nd.gammaln,
    }
    return {name: grads(mx, function, x) for name, function in functions.items()}


def gradient_of_relu_where_it_is_no_number(mx):
    return grads(mx, mx.nd.relu, np.array([np.nan, 1.0], "float32"))


def inverse_root_of_zeros(mx):
    return grads(mx, mx.nd.rsqrt, np.array([0.0, -0.0, 4.0, np.inf], "float32"))


def numbers_beyond_a_dtype(mx):
    """Of floats they are infinite, and integers beyond 64 bits are numbers like others."""
    found = {}
    for number in (1e40, -1e40, 3.5e38, 65519.0, 65520.0, 1e5, 10**20, -(10**20), 10**40):
        for dtype in ("float16", "float32", "float64", "int32"):
            if dtype == "int32" and isinstance(number, float):
                continue
            x = mx.nd.array([1, 2], dtype=dtype)
            y = x.copy()
            y[0] = number
            key = f"{number:.4g} {dtype}"
            found[key] = [y, x + number, number - x, x * number, x > number, mx.nd.maximum(x, number)]
            if dtype in ("float32", "float64"):
                found[key] += [number / x, number % x, x / number, x.as_np_ndarray() + number]
            if dtype == "float32":
                found[key] += [mx.nd.full((2,), float(number))]
    return found


def integers_beyond_doubles(mx):
    huge, found = 10**400, {}
    for dtype in ("float32", "int32"):
        x = mx.nd.array([1, 2], dtype=dtype)
        calls = {
            "add": lambda x=x: x + huge, "subtract": lambda x=x: -huge - x, "compare": lambda x=x: x > huge,
            "power": lambda x=x: x**huge, "maximum": lambda x=x: mx.nd.maximum(x, huge),
            "np": lambda x=x: x.as_np_ndarray() * huge, "np compare": lambda x=x: x.as_np_ndarray() > huge,
        }  # fmt: skip
        found[dtype] = {name: _error(mx, call) for name, call in calls.items()}
    return found


def ranges_without_an_end(mx):
    found = {}
    for start, stop in ((0, np.inf), (0, np.nan), (-np.inf, 0), (0, 1e30)):
        for name, make in (
            ("nd", lambda a, b: mx.nd.arange(a, b)),
            ("sym", lambda a, b: mx.sym.arange(a, b).eval()),
            ("np", lambda a, b: mx.np.arange(a, b)),
        ):
            found[f"{name} {start} {stop}"] = _error(mx, lambda make=make, a=start, b=stop: make(a, b))
    return found


def shapes_that_are_not_known_when_numbers_are_drawn(mx):
    found, x = {}, mx.sym.var("x")
    names = ("uniform", "normal", "gamma", "exponential", "poisson", "negative_binomial")
    for shape in ((0, 3), (), 0):
        for name in names:
            found[f"{name} {shape}"] = _error(mx, lambda n=name, s=shape: getattr(mx.nd.random, n)(shape=s).shape)
        found[f"randint {shape}"] = _error(mx, lambda s=shape: mx.nd.random.randint(0, 2, shape=s).shape)
        found[f"operator {shape}"] = _error(mx, lambda s=shape: mx.nd.random_uniform(shape=s).shape)
    with mx.util.np_shape(True):
        found["inside"] = [getattr(mx.nd.random, name)(shape=(0, 3)).shape for name in names]
        found["inside a graph"] = [
            mx.sym.random.uniform(shape=(0, 3)).eval()[0].shape,
            mx.sym.zeros((0, 3)).eval()[0].shape,
        ]
    graphs = {
        "zeros": mx.sym.zeros((0, 3)), "ones": mx.sym.ones((2, 0)), "full": mx.sym.full((0,), 2),
        "none": mx.sym.zeros(()),
        "drawn": mx.sym.random.uniform(shape=(0, 3)), "summed": mx.sym.sum(mx.sym.zeros((0, 3))),
    }  # fmt: skip
    found["graphs"] = {name: _error(mx, lambda graph=graph: graph.eval()) for name, graph in graphs.items()}
    told = [mx.sym.zeros((0, 3)) + x, mx.sym.random.uniform(shape=(0, 3)) * 0 + x]
    found["told by the graph"] = [graph.eval(x=mx.nd.ones((2, 3)))[0] for graph in told]
    return found


def lengths_of_zero_without_numpy_semantics(mx):
    found = {}
    for shape in ((0, 3), (0,), (2, 0), 0, ()):
        found[f"zeros {shape}"] = _error(mx, lambda shape=shape: mx.nd.zeros(shape).shape)
        found[f"ones {shape}"] = _error(mx, lambda shape=shape: mx.nd.ones(shape).shape)
    with mx.util.np_shape(True):
        found["inside"] = mx.nd.zeros((0, 3)).shape
    return found


def arrays_that_do_not_join(mx):
    x = mx.nd.ones((2, 3))
    return {
        **{axis: _error(mx, lambda axis=axis: mx.nd.concatenate([x, x], axis=axis)) for axis in (0, 1, 2, -3, 5)},
        "lengths": _error(mx, lambda: mx.nd.concatenate([x, mx.nd.ones((3, 3))], axis=1)),
        "dtypes": _error(mx, lambda: mx.nd.concatenate([x, x.astype("int32")])),
        "none": _error(mx, lambda: mx.nd.concatenate([])),
    }


def slopes_of_prelu(mx):
    found = {}
    for shape, slopes in [
        ((2, 3), (2,)), ((2, 3), (3,)), ((3, 3), (3,)), ((2, 3, 2), (2,)), ((2, 2, 3), (2,)), ((4, 2, 3), (4,)),
        ((2, 3), (2, 1)), ((2, 3), (1, 3)), ((2, 3, 4), (2, 3)), ((2, 3, 4), (1, 3)), ((2, 3, 4, 2), (2, 3)),
        ((4, 2, 3), (3,)), ((4, 2, 3), (2, 3)), ((2, 3), (4,)), ((2, 3), (3, 2)), ((5,), (5,)), ((2, 3, 2), (1,)),
    ]:  # fmt: skip
        gamma = np.arange(1, 1 + np.prod(slopes), dtype="float32").reshape(slopes) / 8
        prelu = lambda x, gamma: mx.nd.LeakyReLU(x, gamma, act_type="prelu")  # noqa: E731
        found[f"{shape} {slopes}"] = _error(mx, lambda: grads(mx, prelu, data(shape), gamma))  # noqa: B023
    return found


def pooling_with_more_pad_than_kernel(mx):
    found = {}
    for axes in (2, 3):
        for kind, convention in (("avg", "full"), ("sum", "valid"), ("sum", "full")):
            for pad, kernel in ((3, 2), (4, 3)):
                if (kind, kernel) == ("avg", 2):
                    continue  # MXNet refuses some of these calls and computes others
                attributes = {
                    "kernel": (kernel,) * axes, "pad": (pad,) * axes, "stride": (2,) * axes, "pool_type": kind,
                    "pooling_convention": convention,
                }  # fmt: skip
                x = mx.nd.array(data((1, 1, *(4,) * axes)))
                found[f"{axes} {kind} {convention} {pad} {kernel}"] = mx.nd.Pooling(x, **attributes)
    return found


@tolerance(rtol=1e-4, atol=1e-6, reason="sums of exponentials in another order")
def ctc_behind_the_lengths_of_the_data(mx):
    labels = mx.nd.array([[1, 2], [2, 0]])
    found = {}
    for blank in ("first", "last"):
        x = mx.nd.array(data((5, 2, 4)))
        x.attach_grad()
        with mx.autograd.record():
            loss = mx.nd.CTCLoss(x, labels, mx.nd.array([3, 4]), use_data_lengths=True, blank_label=blank)
        loss.backward()
        found[blank] = loss, x.grad
    return found
