"""The update operators: new weights, states after the call, attributes, and what surrounds them."""

from fidelity.support import data, tolerance

SHAPE = (3, 4)
SCALES = ({}, {"wd": 0.1, "rescale_grad": 0.5, "clip_gradient": 0.2}, {"wd": 0.1, "clip_gradient": 0.0})
SINGLE = {
    # operator: (number of states, attribute sets)
    "sgd_update": (0, [{}]),
    "sgd_mom_update": (1, [{"momentum": 0.9}, {"momentum": 0.9, "lazy_update": False}]),
    "nag_mom_update": (1, [{}, {"momentum": 0.9}]),
    "adam_update": (2, [{}, {"beta1": 0.5, "beta2": 0.8, "epsilon": 0.1}]),
    "rmsprop_update": (1, [{}, {"gamma1": 0.5, "epsilon": 0.1, "clip_weights": 0.3}, {"clip_weights": 0.0}]),
    "ftrl_update": (2, [{}, {"lamda1": 0.5, "beta": 0.1}]),
    "signsgd_update": (0, [{}]),
    "signum_update": (1, [{}, {"momentum": 0.9, "wd_lh": 0.2}]),
}


def _arrays(mx, count, dtype="float32", seed=0, positive_states=True):
    """A weight, a gradient and states, of which the second and later are squares."""
    low = 0.1 if positive_states else -1
    signed = [mx.nd.array(data(SHAPE, seed=seed + i), dtype=dtype) for i in range(2)]
    return signed + [mx.nd.array(data(SHAPE, seed=seed + 2 + i, low=low), dtype=dtype) for i in range(count)]


def _all(mx, name, count, variants, dtype="float32"):
    made = []
    for attributes in variants:
        for scales in SCALES:
            arrays = _arrays(mx, count, dtype)
            arguments = dict(dict(lr=0.1, **attributes), **scales)
            # into the weight, as optimizers do: some operators read it again for the states
            getattr(mx.nd, name)(*arrays, out=arrays[0], **arguments)
            made.append(arrays)
    return made


def _single(name, count, variants):
    def case(mx):
        return _all(mx, name, count, variants)

    def double(mx):
        return _all(mx, name, count, variants[-1:], "float64")

    globals()[name] = case
    globals()[name + "_double"] = double


for _name, (_count, _variants) in SINGLE.items():
    _single(_name, _count, _variants)


def rmspropalex_update(mx):
    made = []
    for attributes in ({}, {"gamma1": 0.5, "gamma2": 0.3, "epsilon": 0.1, "clip_weights": 0.3}):
        for scales in SCALES:
            weight, grad, n, g, delta = _arrays(mx, 3)
            g *= 0.1
            out = mx.nd.rmspropalex_update(weight, grad, n, g, delta, lr=0.1, **dict(attributes, **scales))
            made.append((out, weight, n, g, delta))
    return made


def ftml_update(mx):
    made = []
    for attributes in ({"t": 1}, {"t": 7, "beta1": 0.5, "beta2": 0.8, "epsilon": 0.1, "wd": 0.1, "clip_grad": 0.2}):
        arrays = _arrays(mx, 3)
        made.append((mx.nd.ftml_update(*arrays, lr=0.1, rescale_grad=0.5, **attributes), arrays))
    return made


def _lamb_variants():
    return (
        {"t": 1, "wd": 0.0},
        {"t": 7, "wd": 0.1, "beta1": 0.5, "beta2": 0.8, "epsilon": 0.1, "clip_gradient": 0.2, "rescale_grad": 0.5},
        {"t": 7, "wd": 0.1, "bias_correction": False},
    )


def lamb_update_phase1(mx):
    made = []
    for attributes in _lamb_variants():
        arrays = _arrays(mx, 2)
        made.append((mx.nd.lamb_update_phase1(*arrays, **attributes), arrays))
    return made


def lamb_update_phase2(mx):
    weight, g = _arrays(mx, 0)
    made = []
    for r1, r2 in ((2.0, 4.0), (0.0, 4.0), (2.0, 0.0)):
        for bounds in ({}, {"lower_bound": 3.0}, {"upper_bound": 1.0}, {"lower_bound": 0.5, "upper_bound": 1.5}):
            norms = mx.nd.array([r1]), mx.nd.array([r2])
            made.append(mx.nd.lamb_update_phase2(weight, g, *norms, lr=0.1, **bounds))
    return made


@tolerance(rtol=2e-3, atol=1e-3)
def mixed_precision_operators(mx):
    made = {}
    for name, states in (("sgd_update", 0), ("sgd_mom_update", 1), ("nag_mom_update", 1)):
        attributes = {"momentum": 0.9} if states else {}
        weight, grad = _arrays(mx, 0, "float16")
        extra = _arrays(mx, states)[2:] + [weight.astype("float32") * 1.001]
        function = getattr(mx.nd, "mp_" + name)
        out = function(weight, grad, *extra, lr=0.1, wd=0.1, rescale_grad=0.5, clip_gradient=0.2, **attributes)
        made[name] = (out, weight, extra)
    return made


@tolerance(rtol=2e-3, atol=1e-3)
def mixed_precision_lamb(mx):
    weight, grad = _arrays(mx, 0, "float16")
    mean, var = _arrays(mx, 2)[2:]
    copy = weight.astype("float32") * 1.001
    direction = mx.nd.mp_lamb_update_phase1(weight, grad, mean, var, copy, t=3, wd=0.1)
    norms = mx.nd.array([2.0]), mx.nd.array([4.0])
    mx.nd.mp_lamb_update_phase2(weight, direction, *norms, copy, lr=0.1, out=weight)
    return direction, mean, var, copy, weight


def out_is_the_weight(mx):
    weight, grad, mom = _arrays(mx, 1)
    returned = mx.nd.sgd_mom_update(weight, grad, mom, lr=0.1, momentum=0.9, out=weight)
    return returned is weight, weight, mom


def adamw(mx):
    made = []
    for attributes in ({}, {"beta1": 0.5, "beta2": 0.8, "epsilon": 0.1, "wd": 0.1, "clip_gradient": 0.2}):
        for scale in (1.0, 0.5, 0.0, float("inf"), float("nan")):
            weight, grad, mean, var = _arrays(mx, 2)
            rescale = mx.nd.array([scale])
            mx.nd._internal._adamw_update(weight, grad, mean, var, rescale, lr=0.1, eta=0.7, out=weight, **attributes)
            made.append((weight, mean, var))  # not the gradient, which MXNet rescales in place
    return made


@tolerance(rtol=2e-3, atol=1e-3)
def adamw_mixed_precision(mx):
    weight, grad = _arrays(mx, 0, "float16")
    mean, var = _arrays(mx, 2)[2:]
    copy = weight.astype("float32") * 1.001
    rescale = mx.nd.array([0.5])
    mx.nd._internal._mp_adamw_update(weight, grad, mean, var, copy, rescale, lr=0.1, eta=0.7, wd=0.1, out=weight)
    return weight, mean, var, copy


# ---------------------------------------------------------------- many parameters in one call


def _many(mx, states, dtype="float32", mixed=False):
    """The arrays of two parameters, one after the other."""
    arrays = []
    for i in range(2):
        weight, grad = _arrays(mx, 0, dtype, seed=10 * i)
        arrays += [weight, grad] + _arrays(mx, states, seed=10 * i)[2:]
        if mixed:
            arrays.append(weight.astype("float32"))
    return arrays


def _weights(arrays):
    """The weights among the arrays of two parameters."""
    return [arrays[0], arrays[len(arrays) // 2]]


def multi_sgd(mx):
    attributes = {"lrs": (0.1, 0.2), "wds": (0.0, 0.3), "num_weights": 2}
    made = []
    for scales in ({}, {"rescale_grad": 0.5, "clip_gradient": 0.2}):
        plain, momentum = _many(mx, 0), _many(mx, 1)
        mx.nd.multi_sgd_update(*plain, out=_weights(plain), **dict(attributes, **scales))
        mx.nd.multi_sgd_mom_update(*momentum, out=_weights(momentum), **dict(attributes, momentum=0.9, **scales))
        made.append((plain, momentum))
    return made


@tolerance(rtol=2e-3, atol=1e-3)
def multi_sgd_mixed_precision(mx):
    attributes = {"lrs": (0.1, 0.2), "wds": (0.0, 0.3), "num_weights": 2, "rescale_grad": 0.5, "clip_gradient": 0.2}
    plain, momentum = _many(mx, 0, "float16", True), _many(mx, 1, "float16", True)
    mx.nd.multi_mp_sgd_update(*plain, out=_weights(plain), **attributes)
    mx.nd.multi_mp_sgd_mom_update(*momentum, momentum=0.9, out=_weights(momentum), **attributes)
    return plain, momentum


@tolerance(rtol=2e-3, atol=1e-3)
def preloaded_multi_sgd(mx):
    rates = [mx.nd.array([0.1, 0.2]), mx.nd.array([0.0, 0.3])]
    attributes = {"num_weights": 2, "rescale_grad": 0.5, "clip_gradient": 0.2}
    made = []
    for name, states, mixed in (("", 0, False), ("mom_", 1, False), ("", 0, True), ("mom_", 1, True)):
        function = getattr(mx.nd, "preloaded_multi_%ssgd_%supdate" % ("mp_" if mixed else "", name))
        arrays = _many(mx, states, "float16" if mixed else "float32", mixed)
        momentum = {"momentum": 0.9} if states else {}
        function(*arrays, *rates, out=_weights(arrays), **dict(attributes, **momentum))
        made.append(arrays)
    return made


def multi_sgd_one_parameter(mx):
    weight, grad = _arrays(mx, 0)
    mx.nd.multi_sgd_update(weight, grad, lrs=0.1, wds=0.0, out=weight)
    return weight


def multi_sgd_count_is_wrong(mx):
    return mx.nd.multi_sgd_update(*_many(mx, 0), lrs=(0.1, 0.2), wds=(0, 0), num_weights=3)[0].asnumpy()


def multi_adamw(mx):
    arrays, rescale = _many(mx, 2), mx.nd.array([0.5])
    mx.nd._internal._multi_adamw_update(
        *arrays,
        rescale,
        lrs=(0.1, 0.2),
        wds=(0.0, 0.3),
        etas=(1.0, 0.5),
        num_weights=2,
        clip_gradient=0.2,
        out=_weights(arrays),
    )
    return arrays


@tolerance(rtol=2e-3, atol=1e-3)
def multi_adamw_mixed_precision(mx):
    arrays, rescale = _many(mx, 2, "float16", True), mx.nd.array([0.5])
    mx.nd._internal._multi_mp_adamw_update(
        *arrays, rescale, lrs=(0.1, 0.2), wds=(0.0, 0.3), etas=(1.0, 0.5), num_weights=2, out=_weights(arrays)
    )
    return arrays


def multi_lamb(mx):
    made = []
    for attributes in ({}, {"lower_bound": 0.5, "upper_bound": 1.0, "clip_gradient": 0.2, "bias_correction": False}):
        arrays = _many(mx, 2)
        mx.nd._internal._multi_lamb_update(
            *arrays,
            learning_rates=(0.1, 0.2),
            wds=(0.0, 0.3),
            step_count=(1, 4),
            num_tensors=2,
            rescale_grad=0.5,
            out=_weights(arrays),
            **attributes,
        )
        made.append(arrays)
    return made


@tolerance(rtol=2e-3, atol=1e-3)
def multi_lamb_mixed_precision(mx):
    arrays = _many(mx, 2, "float16", True)
    mx.nd._internal._multi_mp_lamb_update(
        *arrays, learning_rates=(0.1, 0.2), wds=(0.0, 0.3), step_count=(1, 4), num_tensors=2, out=_weights(arrays)
    )
    return arrays


def _by_kind(arrays, width):
    """The arrays of two parameters as a list of each kind."""
    return [[arrays[i], arrays[width + i]] for i in range(width)]


def contrib_adamw(mx):
    made = []
    for scale in (0.5, mx.nd.array([0.5]), float("inf")):
        weight, grad, mean, var = _arrays(mx, 2)
        mx.nd.contrib.adamw_update(weight, grad, mean, var, scale, 0.1, 0.7, wd=0.1, clip_gradient=0.2, out=weight)
        made.append((weight, mean, var))
    return made


@tolerance(rtol=2e-3, atol=1e-3)
def contrib_adamw_mixed_precision(mx):
    weight, grad = _arrays(mx, 0, "float16")
    mean, var = _arrays(mx, 2)[2:]
    copy = weight.astype("float32") * 1.001
    mx.nd.contrib.mp_adamw_update(weight, grad, mean, var, copy, 0.5, lr=0.1, eta=0.7, wd=0.1, out=weight)
    return weight, mean, var, copy


@tolerance(rtol=2e-3, atol=1e-3)
def contrib_multi_adamw(mx):
    rates = {"lrs": (0.1, 0.2), "wds": (0.0, 0.3), "etas": (1.0, 0.5), "beta1": 0.8}
    plain, mixed = _many(mx, 2), _many(mx, 2, "float16", True)
    mx.nd.contrib.multi_adamw_update(*_by_kind(plain, 4), 0.5, out=_weights(plain), size=2, **rates)
    mx.nd.contrib.multi_mp_adamw_update(*_by_kind(mixed, 5), 0.5, out=_weights(mixed), size=2, **rates)
    return plain, mixed


@tolerance(rtol=2e-3, atol=1e-3)
def contrib_multi_lamb(mx):
    rates = {"lrs": (0.1, 0.2), "wds": (0.0, 0.3), "step_count": (1, 4), "num_tensors": 2, "beta1": 0.8}
    plain, mixed = _many(mx, 2), _many(mx, 2, "float16", True)
    mx.nd.contrib.multi_lamb_update(*_by_kind(plain, 4), out=_weights(plain), **rates)
    mx.nd.contrib.multi_mp_lamb_update(*_by_kind(mixed, 5), out=_weights(mixed), **rates)
    return plain, mixed


def sums_of_squares(mx):
    arrays = [mx.nd.array(data(s, seed=i)) for i, s in enumerate(((3,), (2, 4), (1, 2, 3)))]
    return mx.nd.multi_sum_sq(*arrays, num_arrays=3)


@tolerance(rtol=1e-3)  # MXNet rounds the squares to float16, we do not
def sums_of_squares_in_half(mx):
    return mx.nd.multi_sum_sq(mx.nd.array(data((3,)), dtype="float16"), num_arrays=1)


def sums_of_squares_without_count(mx):
    return mx.nd.multi_sum_sq(mx.nd.ones((2,))).asnumpy()


def finiteness(mx):
    good, bad, worse = mx.nd.array([1.0, 2.0]), mx.nd.array([1.0, float("inf")]), mx.nd.array([float("nan")])
    return (
        [mx.nd.all_finite(a) for a in (good, bad, worse, good.astype("float16"))],
        mx.nd.multi_all_finite(good, good * 2, num_arrays=2),
        mx.nd.multi_all_finite(good, worse, num_arrays=2),
    )


def arrays_reset(mx):
    arrays = [mx.nd.ones((2,)), mx.nd.ones((2, 3), dtype="float16")]
    returned = mx.nd.reset_arrays(*arrays, num_arrays=2)
    return returned, arrays


# ---------------------------------------------------------------- errors


def learning_rate_missing(mx):
    mx.nd.sgd_update(mx.nd.ones((2,)), mx.nd.ones((2,)))


def shapes_differ(mx):
    mx.nd.sgd_update(mx.nd.ones((2, 3)), mx.nd.ones((3, 2)), lr=0.1).asnumpy()


def dtypes_differ(mx):
    arrays = [mx.nd.ones((2,), dtype=d) for d in ("float32", "float64", "float32", "float32")]
    mx.nd.adam_update(*arrays, lr=1).asnumpy()


def attribute_unknown(mx):
    mx.nd.sgd_update(mx.nd.ones((2,)), mx.nd.ones((2,)), lr=0.1, momentum=0.9)
