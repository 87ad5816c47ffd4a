"""How nd.random and mx.random are called: shapes, dtypes, out, arrays as parameters, gradients, errors, seeds."""

import threading

import numpy as np

from fidelity.support import grads, tolerance


def _seeded(mx, seed=5):
    mx.random.seed(seed)
    return mx.nd.random


@tolerance(0, 0)
def shapes(mx):
    r = _seeded(mx)
    found = [r.uniform(), r.uniform(shape=3), r.uniform(shape=(2, 2)), r.uniform(shape=[2, 1]), r.randint(0, 9)]
    return [*found, mx.nd.random_uniform(0, 1, (2,)), mx.nd.uniform(low=1, high=2, shape=2), r.uniform(1, 1, shape=2)]


def names(mx):
    r, out = _seeded(mx), []
    for space in (mx.random, mx.nd.random):
        out += [space.uniform(shape=2), space.normal(shape=2), space.randn(2), space.randint(0, 9, shape=2)]
        out += [space.exponential(shape=2), space.gamma(shape=2), space.poisson(shape=2)]
        out += [space.negative_binomial(2, 0.5, shape=2), space.generalized_negative_binomial(shape=2)]
    nd = mx.nd
    out += [nd.random_normal(loc=1, shape=(2,)), nd.normal(shape=(2,)), nd.random_gamma(alpha=2, shape=(2,))]
    out += [nd.random_exponential(lam=4, shape=(2,)), nd.random_poisson(lam=4, shape=(2,))]
    out += [nd.random_negative_binomial(k=3, p=0.4, shape=(2,)), nd.random_randint(low=0, high=5, shape=(2,))]
    return [*out, nd.random_generalized_negative_binomial(mu=2, alpha=0.3, shape=(2,)), r.uniform(shape=1)]


def dtypes(mx):
    r = _seeded(mx)
    return [r.uniform(shape=2, dtype=d) for d in ("float16", np.float32, np.dtype("float64"), None)]


def randn_arguments(mx):
    r = _seeded(mx)
    arrays = mx.nd.array([1.0, 2.0]), mx.nd.array([0.1, 0.2])
    found = [r.randn(2, 3), r.randn(4), r.randn(2, loc=5, scale=0.1, dtype="float64")]
    return [*found, r.randn(2, loc=arrays[0], scale=arrays[1])]


@tolerance(0, 0)
def out_is_filled(mx):
    r = _seeded(mx)
    out, wide, whole = mx.nd.zeros((2, 2)), mx.nd.zeros((2, 2), dtype="float64"), mx.nd.zeros((2, 2), dtype="int32")
    same = r.uniform(out=out) is out
    return same, out.copy(), r.uniform(shape=(2, 2), out=out), r.uniform(out=wide), r.randint(0, 9, out=whole)


@tolerance(0, 0)
def shuffled_into_itself(mx):
    r = _seeded(mx)
    x = mx.nd.arange(6)
    r.shuffle(x, out=x)
    return x, r.shuffle(mx.nd.array([3]))


# --- arrays as parameters ---

_PARAMETERS = {
    "uniform": ([0, 10, -1.5], [1, 20, -1.0]),
    "normal": ([0, 10, -1.5], [1, 0.1, 3.0]),
    "gamma": ([0.5, 1, 9], [1, 2, 0.5]),
    "exponential": ([0.5, 1, 9],),
    "poisson": ([0.5, 4, 30],),
    "negative_binomial": ([1, 3, 30], [0.5, 0.4, 0.8]),
    "generalized_negative_binomial": ([1, 2, 20], [0.5, 0.0, 2.0]),
}


def _of_arrays(name):
    def case(mx):
        r = _seeded(mx)
        draw = getattr(r, name)
        flat = [mx.nd.array(p) for p in _PARAMETERS[name]]
        square = [mx.nd.array([p[:2], p[1:]]) for p in _PARAMETERS[name]]
        sample = getattr(mx.nd, f"sample_{name}")
        found = [draw(*flat), draw(*flat, shape=4), draw(*square, shape=(2, 30)), draw(*flat, dtype="float64", shape=2)]
        return [*found, draw(*flat, shape=()), sample(*flat, shape=(3,)), draw(*square), r.uniform(shape=3)]

    return case


def _like(name):
    def case(mx):
        r = _seeded(mx)
        draw = getattr(r, f"{name}_like")
        keywords = {"k": 3, "p": 0.4} if name == "negative_binomial" else {}
        arrays = [mx.nd.zeros((2, 50), dtype=d) for d in ("float32", "float64", "float16")]
        return [draw(data=a, **keywords) for a in arrays]

    return case


for _name in _PARAMETERS:
    globals()[f"{_name}_of_arrays"] = _of_arrays(_name)
    globals()[f"{_name}_like_an_array"] = tolerance(1e-3, 1e-5, "float16 among them")(_like(_name))


def like_with_parameters(mx):
    r, like = _seeded(mx), mx.nd.zeros((2, 3))
    found = [
        r.uniform_like(like, 1, 2),
        r.uniform_like(data=like, low=-1, high=0),
        r.normal_like(like, loc=5, scale=0.1),
    ]
    return [*found, r.exponential_like(like, lam=4), r.gamma_like(like, alpha=9, beta=0.5), r.poisson_like(like, lam=4)]


def arrays_of_other_dtypes(mx):
    r = _seeded(mx)
    found = []
    for d in ("float64", "int32"):
        low, high = mx.nd.array([0, 10], dtype=d), mx.nd.array([1, 20], dtype=d)
        found += [r.uniform(low, high, shape=3), r.normal(low, high, shape=3), r.gamma(high, high, shape=3)]
    return found


@tolerance(2e-3, 2e-3, "computed in float16")
def arrays_of_float16(mx):
    r = _seeded(mx)
    low, high = mx.nd.array([0, 10], dtype="float16"), mx.nd.array([1, 20], dtype="float16")
    return r.uniform(low, high, shape=3), r.normal(low, high, shape=3)


def bounds_in_the_wrong_order(mx):
    r, a, b = _seeded(mx), mx.nd.array([3.0]), mx.nd.array([1.0])
    return r.uniform(a, b, shape=2), r.normal(a, -b, shape=2), r.normal(a, 0 * b, shape=2)


# --- multinomial ---


def multinomial_arguments(mx):
    r = _seeded(mx)
    p, rows = mx.nd.array([0.1, 0.2, 0.7]), mx.nd.array([[[0.1, 0.9], [0.9, 0.1]]])
    found = [r.multinomial(p), r.multinomial(p, shape=4), r.multinomial(p, shape=()), r.multinomial(rows, shape=3)]
    found += [r.multinomial(p, get_prob=True), r.multinomial(rows, shape=(2, 2), get_prob=True)]
    found += [r.multinomial(p, dtype=d) for d in ("float32", "uint8", "float64", "float16")]
    wide = mx.nd.array([0.1, 0.2, 0.7], dtype="float64")
    return [*found, r.multinomial(wide, shape=5, get_prob=True), mx.nd.sample_multinomial(p, shape=(2,))]


def multinomial_of_what_is_no_distribution(mx):
    r = _seeded(mx)
    return r.multinomial(mx.nd.array([1, 2, 3.0]), shape=8), r.multinomial(mx.nd.array([-1, 2, 3.0]), shape=8)


def multinomial_beyond_the_last(mx):
    return _seeded(mx).multinomial(mx.nd.array([0.01, 0.02, 0.03]), shape=8)


def gradient_of_log_probabilities(mx):
    r = _seeded(mx)
    row, rows = np.array([0.1, 0.2, 0.7], "float32"), np.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]], "float32")
    one = grads(mx, lambda p: r.multinomial(p, shape=4, get_prob=True)[1], row)
    return one, grads(mx, lambda p: r.multinomial(p, shape=4, get_prob=True)[1], rows)


def gradients_of_parameters(mx):
    r = _seeded(mx)
    a, b = np.array([1.0, 2.0], "float32"), np.array([0.5, 3.0], "float32")
    found = [grads(mx, r.normal, a, b), grads(mx, lambda x: r.exponential(x, shape=2), a)]
    return [*found, grads(mx, lambda x: r.uniform_like(x), a)]


# --- seeds ---


def seeds(mx):
    found = []
    for seed in (np.int64(3), np.int32(3), True, 2**33 + 3, -(2**40) + 3):
        mx.random.seed(seed)
        found.append(mx.nd.random.uniform(shape=2))
    mx.random.seed(3, "all")
    mx.nd.random.uniform(shape=2)
    mx.random.seed(4, mx.cpu(3))
    return found, mx.nd.random.uniform(shape=2)


def other_generators_are_left_alone(mx):
    np.random.seed(2)
    first = np.random.rand()
    mx.random.seed(9)
    mx.nd.random.shuffle(mx.nd.arange(9)).asnumpy()
    return first, np.random.rand()


@tolerance(0, 0)
def threads(mx):
    found = []
    mx.random.seed(5)
    for _ in range(2):
        thread = threading.Thread(target=lambda: found.append(mx.nd.random.uniform(shape=2).asnumpy()))
        thread.start()
        thread.join()
    return found


# --- errors ---


def _seed_of(value):
    return lambda mx: mx.random.seed(value)


for _index, _value in enumerate((3.0, "3", None, np.float32(3))):
    globals()[f"error_seed_{_index}"] = _seed_of(_value)


def _raises(name, *arguments, **keywords):
    def case(mx):
        arrays = [mx.nd.array(a) if isinstance(a, list) else a for a in arguments]
        out = getattr(mx.nd.random, name)(*arrays, **keywords)
        return out.asnumpy()

    return case


_ERRORS = {
    "uniform_order": ("uniform", (2, 1), {"shape": 2}),
    "uniform_int": ("uniform", (), {"dtype": "int32"}),
    "uniform_dtype": ("uniform", (), {"dtype": "foo"}),
    "uniform_text": ("uniform", ("a", 1), {}),
    "uniform_numpy": ("uniform", (np.zeros(2), np.ones(2)), {}),
    "uniform_array_and_number": ("uniform", ([0, 10], 20.0), {}),
    "uniform_array_and_default": ("uniform", ([0, 10],), {}),
    "uniform_number_and_array": ("uniform", (0, [10]), {}),
    "uniform_shapes": ("uniform", ([0, 1], [1, 2, 3]), {}),
    "uniform_negative_shape": ("uniform", (), {"shape": (-1,)}),
    "normal_scale_zero": ("normal", (0, 0), {}),
    "normal_scale_negative": ("normal", (0, -1), {}),
    "randn_of_a_tuple": ("randn", ((2, 3),), {}),
    "randint_order": ("randint", (5, 3), {}),
    "randint_float": ("randint", (0.5, 3.7), {}),
    "randint_dtype": ("randint", (0, 3), {"dtype": "float32"}),
    "randint_uint8": ("randint", (0, 3), {"dtype": "uint8"}),
    "randint_one_bound": ("randint", (3,), {}),
    "randint_arrays": ("randint", ([1], [2]), {}),
    "exponential_negative": ("exponential", (-1,), {}),
    "exponential_zero": ("exponential", (0,), {}),
    "gamma_alpha": ("gamma", (-1, 1), {}),
    "gamma_alpha_zero": ("gamma", (0, 1), {}),
    "gamma_beta": ("gamma", (1, -1), {}),
    "poisson_negative": ("poisson", (-1,), {}),
    "poisson_int": ("poisson", (3,), {"dtype": "int32"}),
    "negative_binomial_k": ("negative_binomial", (-1, 0.5), {}),
    "negative_binomial_fraction": ("negative_binomial", (2.5, 0.5), {}),
    "generalized_negative_binomial_mu": ("generalized_negative_binomial", (-1, 1), {}),
    "generalized_negative_binomial_alpha": ("generalized_negative_binomial", (1, -1), {}),
    "multinomial_dtype": ("multinomial", ([0.1, 0.9],), {"dtype": "int64"}),
    "multinomial_numpy": ("multinomial", (np.array([0.1, 0.9]),), {}),
    "shuffle_numpy": ("shuffle", (np.arange(4),), {}),
    "uniform_gpu_that_is_not_there": ("uniform", (), {"ctx": "gpu(77)"}),
}
for _name, (_function, _arguments, _keywords) in _ERRORS.items():
    globals()[f"error_{_name}"] = _raises(_function, *_arguments, **_keywords)


def error_like_integers(mx):
    return mx.nd.random.uniform_like(mx.nd.zeros((2, 2), dtype="int32")).asnumpy()


def error_multinomial_of_integers(mx):
    return mx.nd.random.multinomial(mx.nd.array([1, 0], dtype="int32")).asnumpy()


def error_out_of_another_shape(mx):
    return mx.nd.random.uniform(shape=(3, 2), out=mx.nd.zeros((2, 2))).asnumpy()


def error_out_of_integers(mx):
    return mx.nd.random.uniform(out=mx.nd.zeros((2, 2), dtype="int32")).asnumpy()


def error_out_of_another_dtype(mx):
    return mx.nd.random.uniform(out=mx.nd.zeros((2, 2), dtype="float64"), dtype="float32").asnumpy()


def error_parameters_of_two_dtypes(mx):
    return mx.nd.random.uniform(mx.nd.array([0], dtype="float64"), mx.nd.array([1])).asnumpy()


def error_operator_without_shape(mx):
    return mx.nd.random_uniform(low=0, high=1).asnumpy()
