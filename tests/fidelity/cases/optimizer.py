"""Optimizers: weights and states after five steps on fixed gradients, learning rates, weight decays, saved states."""

import warnings

from fidelity.support import data, tolerance

STEPS = 5
NAMES = ("a_weight", "a_bias", "a_gamma", "b_weight")
SHAPES = ((4, 3), (4,), (3,), (2, 3, 2, 2))


def _names(mx):
    """Of all optimizers, but for those that a module outside has put there for itself."""
    return sorted(name for name in mx.optimizer.Optimizer.opt_registry if not name.startswith("_"))


def _plain(state):
    """A state with arrays as NumPy arrays."""
    if isinstance(state, (tuple, list)):
        return tuple(_plain(each) for each in state)
    return state.asnumpy() if hasattr(state, "asnumpy") else state


def _run(mx, optimizer, shapes=SHAPES, names=NAMES, dtype="float32", steps=STEPS, scale=1.0, together=False):
    weights = [mx.nd.array(data(s, seed=i), dtype=dtype) for i, s in enumerate(shapes)]
    updater = mx.optimizer.get_updater(optimizer)
    for step in range(steps):
        grads = [mx.nd.array(data(s, seed=100 * step + i + 10) * scale, dtype=dtype) for i, s in enumerate(shapes)]
        if together:
            updater(list(range(len(shapes))), grads, weights)
        else:
            for i in range(len(shapes)):
                updater(i, grads[i], weights[i])
    states = [_plain(updater.states[i]) for i in range(len(shapes))]
    return {"weights": weights, "states": states, "num_update": optimizer.num_update}


def _create(mx, name, names=NAMES, **arguments):
    return mx.optimizer.create(name, param_idx2name=dict(enumerate(names)), **arguments)


USUAL = {"learning_rate": 0.05, "wd": 0.03, "rescale_grad": 0.7, "clip_gradient": 0.4}
VARIANTS = {
    "sgd": {"momentum": 0.9},
    "ccsgd": {"momentum": 0.9},
    "nag": {"momentum": 0.9},
    "signum": {"wd_lh": 0.1, "momentum": 0.8},
    "ftml": {"beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3},
    "lars": {"momentum": 0.9, "eta": 0.1, "eps": 1e-3},
    "lamb": {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "lower_bound": 0.5, "upper_bound": 1.0},
    "adam": {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3},
    "adagrad": {"eps": 1e-2},
    "adadelta": {"rho": 0.8, "epsilon": 1e-3},
    "rmsprop": {"gamma1": 0.8, "epsilon": 1e-3, "clip_weights": 0.9},
    "rmsprop_centered": {"gamma1": 0.8, "gamma2": 0.7, "epsilon": 1e-3, "centered": True, "clip_weights": 0.9},
    "ftrl": {"lamda1": 0.1, "beta": 0.5},
    "adamax": {"beta1": 0.8, "beta2": 0.9},
    "nadam": {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "schedule_decay": 0.1},
    "dcasgd": {"lamda": 0.5},
    "sgld": {},
    "test": {},
}
NO_CLIP = ("test",)


def _name(variant):
    return variant.split("_")[0]


def _cases(variant, arguments):
    name = _name(variant)
    extra = {"centered": True} if variant.endswith("centered") else {}

    def defaults(mx):
        return _run(mx, _create(mx, name, **extra))

    def usual(mx):
        return _run(mx, _create(mx, name, **dict(USUAL, **arguments)))

    def together(mx):
        return _run(mx, _create(mx, name, **dict(USUAL, **arguments)), together=True)

    def scheduled(mx):
        schedule = mx.lr_scheduler.FactorScheduler(2, 0.5, base_lr=0.1)
        return _run(mx, _create(mx, name, lr_scheduler=schedule, wd=0.01, **arguments))

    @tolerance(rtol=5e-3, atol=2e-3)  # rounding to float16 falls elsewhere within a step
    def mixed_precision(mx):
        return _run(mx, _create(mx, name, multi_precision=True, **dict(USUAL, **arguments)), dtype="float16")

    def double(mx):
        return _run(mx, _create(mx, name, **dict(USUAL, **arguments)), dtype="float64")

    made = {
        "defaults": defaults,
        "usual": usual,
        "together": together,
        "scheduled": scheduled,
        "mixed_precision": mixed_precision,
    }
    if name not in ("adagrad", "adadelta", "rmsprop", "ftrl"):  # MXNet cannot: their states are float32
        made["double"] = double
    for label, case in made.items():
        globals()[f"{variant}_{label}"] = case


for _variant, _arguments in VARIANTS.items():
    _cases(_variant, _arguments)


def sgd_without_momentum(mx):
    return _run(mx, _create(mx, "sgd", **USUAL))


def nag_without_momentum(mx):
    return _run(mx, _create(mx, "nag", **USUAL))


def signum_without_momentum(mx):
    return _run(mx, _create(mx, "signum", momentum=0.0, **USUAL))


def signum_decay_without_momentum(mx):
    return _run(mx, _create(mx, "signum", momentum=0.0, wd_lh=0.1))["weights"][0].asnumpy()


@tolerance(rtol=5e-3, atol=4e-3)  # MXNet rounds to float16 after every operation of a step
def half_without_copies(mx):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that float16 loses small steps
        return {name: _run(mx, _create(mx, name, learning_rate=0.05)) for name in ("sgd", "nag", "adam", "adamax")}


def lamb_without_correction(mx):
    return _run(mx, _create(mx, "lamb", bias_correction=False, **USUAL))


def lars_without_momentum_correction(mx):
    schedule = mx.lr_scheduler.FactorScheduler(2, 0.5, base_lr=0.1)
    return _run(mx, _create(mx, "lars", lr_scheduler=schedule, momentum=0.9, eta=0.1, momentum_correction=False))


def lars_many_parameters_together(mx):
    schedule = mx.lr_scheduler.FactorScheduler(2, 0.5, base_lr=0.1)
    names = tuple("p%d_weight" % i for i in range(10))
    optimizer = _create(mx, "lars", names, lr_scheduler=schedule, momentum=0.9, eta=0.1)
    return _run(mx, optimizer, shapes=((2, 2),) * 10, names=names, together=True)


def lars_zero_norms(mx):
    optimizer = _create(mx, "lars", learning_rate=0.1, eta=0.1, wd=0.5)
    weight, zero = mx.nd.array([3.0, 4.0]), mx.nd.zeros((2,))
    updater = mx.optimizer.get_updater(optimizer)
    updater(0, zero, weight)
    still = mx.nd.zeros((2,))
    updater(3, mx.nd.array([0.6, 0.8]), still)
    return weight, still


def lars_exempt_names(mx):
    return mx.optimizer.LARS(param_idx2name={0: "a_weight", 1: "a_bias", 2: "a_gamma", 3: "b", 4: "c_beta"}).wd_mult


def group_adagrad(mx):
    optimizer = mx.optimizer.create("groupadagrad", learning_rate=0.1, eps=0.01, rescale_grad=0.7, clip_gradient=0.4)
    return _run(mx, optimizer, shapes=((4, 3), (2, 5)))


def group_adagrad_defaults(mx):
    return _run(mx, mx.optimizer.contrib.GroupAdaGrad(), shapes=((4, 3), (2, 5)))


def group_adagrad_weight_decay(mx):
    optimizer = mx.optimizer.create("groupadagrad", learning_rate=0.1, wd=0.1)
    return _run(mx, optimizer, shapes=((4, 3),))


def group_adagrad_vector(mx):
    return mx.optimizer.create("groupadagrad").create_state(0, mx.nd.ones((3,)))


def _lbsgd(mx, **arguments):
    arguments = dict({"learning_rate": 0.05, "warmup_epochs": 1, "updates_per_epoch": 4}, **arguments)
    return _run(mx, _create(mx, "lbsgd", **arguments), steps=7)


def lbsgd_one_batch(mx):
    return _lbsgd(mx, momentum=0.9, wd=0.1, rescale_grad=2.0)


def lbsgd_averages_batches(mx):
    return _lbsgd(mx, batch_scale=3, momentum=0.9, wd=0.1, clip_gradient=0.3)


def lbsgd_strategies(mx):
    return {s: _lbsgd(mx, batch_scale=2, warmup_strategy=s)["weights"] for s in ("linear", "power2", "sqrt", "lars")}


def lbsgd_lars(mx):
    return _lbsgd(mx, warmup_strategy="lars", wd=0.1, momentum=0.9, rescale_grad=2.0)


def lbsgd_resumed(mx):
    return _lbsgd(mx, batch_scale=2, begin_epoch=2, updates_per_epoch=4, warmup_epochs=6)


@tolerance(rtol=5e-3, atol=2e-3)
def lbsgd_mixed_precision(mx):
    optimizer = _create(mx, "lbsgd", multi_precision=True, momentum=0.9, batch_scale=2)
    return _run(mx, optimizer, dtype="float16")


# ---------------------------------------------------------------- learning rates, weight decays, counts


def weight_decay_by_name(mx):
    names = {0: "foo", 1: "weight", 2: "gamma", 3: "x_weight", 4: "x_gamma", 5: "xbias", 6: "a_bias_", 7: "a_mean"}
    return mx.optimizer.SGD(param_idx2name=names, wd=0.5)._get_wds(list(range(9)))


def multipliers(mx):
    optimizer = _create(mx, "sgd", learning_rate=2.0, wd=0.5)
    optimizer.set_lr_mult({0: 0.5, "a_bias": 0.1, 7: 9.0})
    optimizer.set_wd_mult({"a_bias": 3.0, 0: 0.1, "a_gamma": 2.0})
    everything = list(range(4)) + [7, "other"]
    return optimizer._get_lrs(everything), optimizer._get_wds(everything), optimizer.lr_mult, optimizer.wd_mult


def multipliers_set_twice(mx):
    optimizer = _create(mx, "sgd")
    optimizer.set_lr_mult({0: 0.5})
    optimizer.set_lr_mult({1: 0.5})
    optimizer.set_wd_mult({0: 0.5})
    optimizer.set_wd_mult({})
    return optimizer.lr_mult, optimizer.wd_mult


def multipliers_while_training(mx):
    optimizer = _create(mx, "adam", learning_rate=0.1, wd=0.1)
    optimizer.set_lr_mult({"a_weight": 0.5, "b_weight": 0.0})
    return _run(mx, optimizer, together=True)


def multipliers_of_parameters(mx):
    class Parameter:
        lr_mult, wd_mult = 0.5, 0.25

    optimizer = mx.optimizer.SGD(
        param_dict={0: Parameter}, wd=0.5, learning_rate=2.0, param_idx2name={0: "a_bias", 1: "b_bias"}
    )
    optimizer.set_lr_mult({0: 7.0, 1: 9.0})
    return optimizer._get_lrs([0, 1]), optimizer._get_wds([0, 1])


def counts(mx):
    optimizer = mx.optimizer.SGD(begin_num_update=10)
    optimizer._update_count(0)
    optimizer._update_count([0, 1])
    first = (optimizer.num_update, dict(optimizer._index_update_count))
    optimizer._set_current_context(1)
    optimizer._update_count(0)
    return first, optimizer.num_update, optimizer._index_update_count, optimizer._all_index_update_counts


def learning_rates(mx):
    schedule = mx.lr_scheduler.FactorScheduler
    plain = mx.optimizer.SGD()
    plain.set_learning_rate(3.0)
    scheduled = mx.optimizer.SGD(lr_scheduler=schedule(3, base_lr=0.5))
    both = mx.optimizer.SGD(learning_rate=2.0, lr_scheduler=schedule(3, base_lr=0.5))
    poly = mx.optimizer.SGD(learning_rate=2.0, lr_scheduler=mx.lr_scheduler.PolyScheduler(10, 0.5))
    return [(o.lr, o.learning_rate) for o in (mx.optimizer.SGD(), plain, scheduled, both, poly)]


def learning_rate_of_a_scheduler_cannot_be_set(mx):
    mx.optimizer.SGD(lr_scheduler=mx.lr_scheduler.FactorScheduler(3)).set_learning_rate(3)


def defaults_of_all(mx):
    names = ("wd", "rescale_grad", "clip_gradient", "lr", "multi_precision", "aggregate_num", "num_update")
    more = (
        "momentum",
        "lazy_update",
        "beta1",
        "beta2",
        "epsilon",
        "gamma1",
        "gamma2",
        "centered",
        "clip_weights",
        "rho",
        "float_stable_eps",
        "lamda1",
        "beta",
        "schedule_decay",
        "lamda",
        "wd_lh",
        "eta",
        "eps",
        "momentum_correction",
        "lower_bound",
        "upper_bound",
        "bias_correction",
        "warmup_strategy",
        "batch_scale",
    )
    made = {}
    for name in _names(mx):
        optimizer = mx.optimizer.create(name)
        made[name] = {key: getattr(optimizer, key, "none") for key in names + more}
    return made


def _state_of_each_dtype(mx, optimizer):
    made = {}
    for mixed in (False, True):
        optimizer.multi_precision = mixed
        for dtype in ("float32", "float16"):
            state = optimizer.create_state_multi_precision(0, mx.nd.ones((2, 3), dtype=dtype))
            made["%s %s" % (mixed, dtype)] = _plain(state)
    return made


def states_of_all(mx):
    made = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that float16 loses small steps
        for name in _names(mx):
            for arguments in ({}, {"momentum": 0.9}, {"centered": True}):
                try:
                    optimizer = mx.optimizer.create(name, **arguments)
                except TypeError:
                    continue
                made["%s %s" % (name, "".join(arguments))] = _state_of_each_dtype(mx, optimizer)
    return made


# ---------------------------------------------------------------- registry and errors


def registry(mx):
    return _names(mx)


def create_by_name(mx):
    made = [mx.optimizer.create(n) for n in ("sgd", "SGD", "Adam", "rmsProp")]
    return [type(o).__name__ for o in made], type(mx.optimizer.Optimizer.create_optimizer("nag")).__name__


def create_unknown(mx):
    mx.optimizer.create("nope")


def create_unknown_argument(mx):
    mx.optimizer.create("sgd", nope=3)


def create_from_an_optimizer(mx):
    mx.optimizer.create(mx.optimizer.SGD())


def names_in_a_list(mx):
    mx.optimizer.SGD(param_idx2name=["a"])


def register_own(mx):
    class HalfSgd(mx.optimizer.Optimizer):
        def create_state(self, index, weight):
            return mx.nd.zeros(weight.shape)

        def update(self, index, weight, grad, state):
            self._update_count(index)
            state[:] += grad
            weight[:] -= self._get_lr(index) * 0.5 * grad + self._get_wd(index) * weight

    mx.optimizer.Optimizer.register(HalfSgd)
    try:
        return _run(mx, mx.optimizer.create("halfsgd", learning_rate=0.1, wd=0.01), together=True)
    finally:
        del mx.optimizer.Optimizer.opt_registry["halfsgd"]


def own_update_over_others(mx):
    def signed(name):
        class Signed(getattr(mx.optimizer, name)):
            def update(self, index, weight, grad, state):
                super().update(index, weight, grad.sign(), state)

        return Signed

    arguments = {"SGD": {"momentum": 0.9}, "NAG": {"momentum": 0.9}, "LAMB": {}, "Adam": {}, "RMSProp": {}}
    made = {}
    for name, extra in arguments.items():
        made[name] = [_run(mx, signed(name)(learning_rate=0.1, **extra), together=t)["weights"] for t in (False, True)]
    return made


def own_mixed_precision(mx):
    class Plain(mx.optimizer.Optimizer):
        def create_state(self, index, weight):
            return mx.nd.zeros(weight.shape, dtype=weight.dtype)

        def update(self, index, weight, grad, state):
            self._update_count(index)
            state[:] += grad
            weight[:] -= self._get_lr(index) * state

    return _run(mx, Plain(learning_rate=0.1, multi_precision=True), dtype="float16")


def base_class_has_no_rule(mx):
    mx.optimizer.Optimizer().update(0, mx.nd.zeros((3,)), mx.nd.zeros((3,)), None)


def wrong_shape(mx):
    weight = mx.nd.ones((2, 3))
    mx.optimizer.get_updater(mx.optimizer.SGD())(0, mx.nd.ones((3, 2)), weight)
    weight.asnumpy()


def wrong_dtype(mx):
    weight = mx.nd.ones((2, 3))
    mx.optimizer.get_updater(mx.optimizer.Adam())(0, mx.nd.ones((2, 3), dtype="float64"), weight)
    weight.asnumpy()


def gradient_is_no_array(mx):
    mx.optimizer.SGD().update(0, mx.nd.ones((2,)), data((2,)), None)


def momentum_state_missing(mx):
    mx.optimizer.SGD(momentum=0.9).update(0, mx.nd.ones((2,)), mx.nd.ones((2,)), None)


# ---------------------------------------------------------------- the updater


def lists_of_parameters(mx):
    optimizer = mx.optimizer.SGD(learning_rate=0.1, momentum=0.9)
    weights = [mx.nd.ones((2,)), mx.nd.ones((3,))]
    states = [optimizer.create_state_multi_precision(i, w) for i, w in enumerate(weights)]
    optimizer.update_multi_precision([0, 1], weights, [w * 2 for w in weights], states)
    return weights, states, optimizer.num_update


def saved_states(mx):
    first = mx.optimizer.get_updater(_create(mx, "sgd", momentum=0.9))
    first(0, mx.nd.array([1.0, 2.0]), mx.nd.ones((2,)))
    first("b", mx.nd.array([[3.0]]), mx.nd.ones((1, 1)))
    second = mx.optimizer.get_updater(mx.optimizer.SGD(momentum=0.5))
    second.set_states(first.get_states())
    third = mx.optimizer.get_updater(mx.optimizer.SGD(momentum=0.5))
    third.set_states(first.get_states(dump_optimizer=True))
    weight = mx.nd.ones((2,))
    third(0, mx.nd.array([1.0, 2.0]), weight)
    return second.states, second.optimizer.momentum, third.states, third.optimizer.momentum, weight


def saved_states_damaged(mx):
    mx.optimizer.get_updater(mx.optimizer.SGD()).set_states(b"xx")
