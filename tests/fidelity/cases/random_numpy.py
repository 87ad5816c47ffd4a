"""The numbers of np.random and npx.random: sizes, dtypes, parameters that are arrays, gradients."""

import zlib

import numpy as np

from fidelity.support import grads, tolerance

SIZES = [1, 2, 3, 64, 65, 624, 1000, 70000]
FEW = [1, 2, 3, 64, 1001]


def _ends(array):
    """Return the first and the last numbers of an array, and all of a short one."""
    flat = np.ascontiguousarray(array.asnumpy()).reshape(-1)
    return flat if len(flat) < 12 else np.concatenate([flat[:6], flat[-6:]])


def _bits(array):
    return zlib.crc32(np.ascontiguousarray(array.asnumpy()).tobytes())


def _moments(array):
    wide = array.asnumpy().astype("float64")
    return [float(wide.mean()), float((wide**2).mean())]


def _by_size(mx, draw, summary=_moments, sizes=SIZES, seed=7):
    """Return the ends and a summary of draws of several sizes, one after the other from one seed."""
    mx.npx.set_np()
    mx.random.seed(seed)
    drawn = [draw(mx.np.random, n) for n in sizes]
    return {"ends": np.concatenate([_ends(d) for d in drawn]), "whole": [summary(d) for d in drawn]}


def _arrays(mx):
    mx.npx.set_np()
    mx.random.seed(3)
    return mx.np.random, mx.np.array([0.5, 2.0, 3.0]), mx.np.array([[1.0], [2.0]])


# --- every bit ---


@tolerance(0, 0)
def uniform_by_size(mx):
    return _by_size(mx, lambda r, n: r.uniform(-0.3, 2.7, size=n), _bits)


@tolerance(0, 0)
def uniform_dtypes(mx):
    return {
        d: _by_size(mx, lambda r, n, d=d: r.uniform(-3.3, 10.7, size=n, dtype=d), _bits, FEW)
        for d in ("float16", "float32", "float64")
    }


@tolerance(0, 0)
def rand_and_uniform_in_turn(mx):
    mx.npx.set_np()
    mx.random.seed(1)
    r = mx.np.random
    return r.rand(2, 3), r.uniform(), r.uniform(size=()), r.rand(), r.uniform(size=(2, 0)), r.uniform(2, 1, size=3)


@tolerance(0, 0)
def uniform_arrays(mx):
    r, a, b = _arrays(mx)
    return r.uniform(a, 4), r.uniform(0, b), r.uniform(a, b), r.uniform(a, b, size=(5, 2, 3)), r.uniform(a, a + 1)


@tolerance(0, 0)
def randint_by_size(mx):
    return _by_size(mx, lambda r, n: r.randint(5, 1000, size=n), _bits)


@tolerance(0, 0)
def randint_arguments(mx):
    mx.npx.set_np()
    mx.random.seed(1)
    r = mx.np.random
    return r.randint(10), r.randint(3, size=(2, 2)), r.randint(-5, 5, size=4, dtype="int32"), r.randint(2**40, size=3)


@tolerance(0, 0)
def shuffle_in_place(mx):
    mx.npx.set_np()
    mx.random.seed(1)
    found = []
    for shape in ((10,), (6, 2), (4, 3, 2), (1,)):
        x = mx.np.arange(int(np.prod(shape))).reshape(shape)
        assert mx.np.random.shuffle(x) is None
        found.append(x)
    return found


@tolerance(0, 0)
def choice_by_size(mx):
    return _by_size(mx, lambda r, n: r.choice(1000, n), _bits)


@tolerance(0, 0)
def choice_without_replacement_by_size(mx):
    few = _by_size(mx, lambda r, n: r.choice(3 * n + 1, n, replace=False), _bits, FEW)
    most = _by_size(mx, lambda r, n: r.choice(n + 2, n, replace=False), _bits, FEW)
    return few, most, _by_size(mx, lambda r, n: r.choice(2 * n, n, replace=False), _bits, FEW)


@tolerance(0, 0)
def choice_arguments(mx):
    mx.npx.set_np()
    mx.random.seed(1)
    r, p = mx.np.random, mx.np.array([0.1, 0.2, 0.7])
    rows = mx.np.arange(6).reshape((3, 2))
    found = [r.choice(5), r.choice(5, (2, 2)), r.choice(mx.np.array([5.0, 6.0, 7.0]), 4), r.choice(rows, 4)]
    found += [r.choice(3, 40, p=p), r.choice(3, 2, replace=False, p=p)]
    return [*found, r.choice(mx.np.arange(10), (2, 2), replace=False), r.uniform()]


@tolerance(0, 0)
def choice_with_probabilities_by_size(mx):
    mx.npx.set_np()
    p = mx.np.array(np.random.RandomState(0).dirichlet(np.ones(2000)).astype("float32"))
    drawn = _by_size(mx, lambda r, n: r.choice(2000, n, p=p), _bits, FEW)
    return drawn, _by_size(mx, lambda r, n: r.choice(2000, n, replace=False, p=p), _bits, FEW)


@tolerance(0, 0)
def multinomial_arguments(mx):
    mx.npx.set_np()
    mx.random.seed(1)
    r, p = mx.np.random, mx.np.array([0.1, 0.2, 0.3, 0.4])
    found = [r.multinomial(20, [0.1, 0.2, 0.7]), r.multinomial(1, (0.5, 0.5), size=3), r.multinomial(7, p)]
    found += [r.multinomial(7, p, size=(2, 3)), r.multinomial(9, mx.np.array([0.2, 0.3])), r.multinomial(0, p)]
    return [*found, r.multinomial(50, [0.2, 0.2], size=2), r.uniform()]


@tolerance(0, 0)
def bernoulli_arguments(mx):
    mx.npx.set_np()
    mx.random.seed(1)
    b, p = mx.npx.random.bernoulli, mx.np.array([0.1, 0.9])
    found = [b(0.3), b(0.3, size=40), b(logit=0.3, size=(2, 5)), b(p), b(p, size=(10, 2)), b(logit=p)]
    return found + [b(0.5, size=9, dtype=d) for d in ("bool", "float16", "float64", "int32", "uint8")]


@tolerance(0, 0)
def uniform_blocks(mx):
    _, a, b = _arrays(mx)
    u = mx.npx.random.uniform_n
    return u(), u(0, 1, batch_shape=(2, 3)), u(a, b, batch_shape=4), u(a, 5, batch_shape=(2, 1))


# --- numbers with a rounding ---


def normal_by_size(mx):
    return _by_size(mx, lambda r, n: r.normal(0.3, 2.7, size=n))


@tolerance(1e-3, 1e-5)
def normal_dtypes(mx):
    return {d: _by_size(mx, lambda r, n, d=d: r.normal(3, 0.5, size=n, dtype=d)) for d in ("float16", "float64")}


def normal_arrays(mx):
    r, a, b = _arrays(mx)
    blocks = mx.npx.random.normal_n
    found = [r.normal(a, 4), r.normal(0, b), r.normal(a, b), r.normal(a, b, size=(5, 2, 3)), r.randn(2, 3), r.normal()]
    return [*found, r.normal(1, 0, size=3), blocks(a, b, batch_shape=(2,)), blocks(), r.uniform()]


def gamma_by_size(mx):
    return {str(k): _by_size(mx, lambda r, n, k=k: r.gamma(k, 2, size=n)) for k in (0.1, 0.7, 1, 3.3)}


def gamma_arguments(mx):
    r, a, b = _arrays(mx)
    found = [r.gamma(2.0), r.gamma(a), r.gamma(a, b), r.gamma(2, b, size=(4, 2, 3)), r.gamma(a, size=(2, 3))]
    return [*found, r.gamma(2, size=3, dtype="float64"), r.gamma(2, size=3, dtype="float16"), r.uniform()]


def beta_and_chisquare(mx):
    r, a, b = _arrays(mx)
    found = [r.beta(2.0, 3.0), r.beta(0.5, 0.5, size=(2, 50)), r.beta(a, 2), r.beta(a, b, size=(2, 3))]
    found += [r.chisquare(3.0), r.chisquare(a), r.chisquare(2.0, size=(3, 3))]
    return [*found, r.chisquare(a, size=(2, 3), dtype="float64"), r.uniform()]


def beta_float64(mx):
    r, _, _ = _arrays(mx)
    return r.beta(1, 2, size=3, dtype="float64"), r.beta(0.3, 2, size=30, dtype="float64"), r.uniform()


def lognormal_arguments(mx):
    r, a, b = _arrays(mx)
    return r.lognormal(), r.lognormal(1, 0.5, size=30), r.lognormal(a, b), r.lognormal(0, b, size=(2, 3)), r.uniform()


def _of_place_and_width(name):
    def case(mx):
        r, a, b = _arrays(mx)
        draw = getattr(r, name)
        found = [draw(), draw(1.5, 3.3, size=30), draw(a, b), draw(0, b, size=(2, 3)), draw(1, 0, size=2)]
        return [*found, _by_size(mx, lambda r, n: getattr(r, name)(0.5, 2, size=n)), r.uniform()]

    return case


def _of_one(name):
    def case(mx):
        r, a, b = _arrays(mx)
        draw = getattr(r, name)
        found = [draw(2.5), draw(3.3, size=30), draw(a), draw(b, size=(2, 3))]
        return [*found, _by_size(mx, lambda r, n: getattr(r, name)(1.7, size=n)), r.uniform()]

    return case


for _name in ("gumbel", "logistic"):
    globals()[f"{_name}_arguments"] = _of_place_and_width(_name)
for _name in ("exponential", "rayleigh", "pareto", "weibull", "power"):
    globals()[f"{_name}_arguments"] = _of_one(_name)


# --- gradients ---

A, B = np.array([0.5, 2.0, 3.0], "float32"), np.array([[1.0], [2.0]], "float32")


def _gradients_of_two(name):
    def case(mx):
        mx.npx.set_np()
        mx.random.seed(3)
        draw = getattr(mx.np.random, name)
        wide = grads(mx, lambda a, b: draw(a, b, size=(2, 2, 3)), A, B)
        return grads(mx, draw, A, B), wide, grads(mx, lambda b: draw(1.0, b), B), grads(mx, lambda a: draw(a, 2.0), A)

    return case


def _gradients_of_one(name):
    def case(mx):
        mx.npx.set_np()
        mx.random.seed(3)
        draw = getattr(mx.np.random, name)
        return grads(mx, draw, A), grads(mx, lambda a: draw(a, size=(4, 3)), A)

    return case


for _name in ("normal", "gumbel", "logistic", "lognormal", "uniform", "gamma"):
    globals()[f"gradients_of_{_name}"] = _gradients_of_two(_name)
for _name in ("exponential", "rayleigh", "pareto", "weibull", "power"):
    globals()[f"gradients_of_{_name}"] = _gradients_of_one(_name)


def gradient_of_choice(mx):
    mx.npx.set_np()
    mx.random.seed(3)
    return grads(mx, lambda a: mx.np.random.choice(a, 6), A)


# --- errors ---


def _raises(name, *arguments, **keywords):
    def case(mx):
        mx.npx.set_np()
        arrays = [mx.np.array(a) if isinstance(a, np.ndarray) else a for a in arguments]
        return getattr(mx.np.random, name)(*arrays, **keywords).asnumpy()

    return case


_ERRORS = {
    "normal_negative_scale": ("normal", (0, -1), {"size": 3}),
    "normal_negative_scales": ("normal", (A, -A), {}),
    "uniform_sizes": ("uniform", (A, 4), {"size": (2, 2)}),
    "uniform_shapes": ("uniform", (A, A[:2]), {}),
    "uniform_dtype": ("uniform", (), {"size": 2, "dtype": "int32"}),
    "uniform_list": ("uniform", ([0, 1], 2), {}),
    "uniform_negative_size": ("uniform", (), {"size": (-1, 2)}),
    "uniform_text": ("uniform", ("a", 2), {}),
    "randint_empty": ("randint", (5, 3), {}),
    "randint_negative": ("randint", (-5,), {}),
    "randint_dtype": ("randint", (5,), {"dtype": "int8"}),
    "randint_floats": ("randint", (0.0, 3.0), {}),
    "choice_list": ("choice", ([1, 2, 3], 2), {}),
    "choice_float": ("choice", (5.5, 2), {}),
    "choice_probabilities_in_a_list": ("choice", (3, 2), {"p": [0.1, 0.2, 0.7]}),
    "multinomial_sum": ("multinomial", (5, [0.2, 0.9]), {}),
    "multinomial_sum_of_array": ("multinomial", (5, np.array([0.2, 0.9], "float32")), {}),
    "multinomial_axes": ("multinomial", (1, np.array([[0.2, 0.8]], "float32")), {}),
    "shuffle_list": ("shuffle", ([1, 2],), {}),
    "rand_tuple": ("rand", ((2, 3),), {}),
    "rand_keyword": ("rand", (2,), {"foo": 1}),
    "exponential_negative": ("exponential", (-2.0,), {"size": 3}),
    "rayleigh_negative": ("rayleigh", (-2.0,), {"size": 3}),
    "pareto_zero": ("pareto", (0.0,), {"size": 3}),
    "weibull_zero": ("weibull", (0.0,), {"size": 3}),
    "power_zero": ("power", (0.0,), {"size": 3}),
    "gumbel_negative": ("gumbel", (0, -2.0), {"size": 3}),
    "logistic_negative": ("logistic", (0, -2.0), {"size": 3}),
    "lognormal_negative": ("lognormal", (0, -2.0), {"size": 3}),
    "multivariate_normal_shapes": ("multivariate_normal", (np.zeros(3, "float32"), np.eye(2, dtype="float32")), {}),
    "multivariate_normal_lists": ("multivariate_normal", ([0, 0], [[1, 0], [0, 1]]), {}),
}
for _name, (_function, _arguments, _keywords) in _ERRORS.items():
    globals()[f"error_{_name}"] = _raises(_function, *_arguments, **_keywords)


def error_multinomial_numpy_array(mx):
    mx.npx.set_np()
    return mx.np.random.multinomial(5, np.array([0.2, 0.8]))


def error_bernoulli_of_both(mx):
    mx.npx.set_np()
    return mx.npx.random.bernoulli(0.5, 0.5)


def error_bernoulli_of_nothing(mx):
    mx.npx.set_np()
    return mx.npx.random.bernoulli()


def error_bernoulli_beyond_one(mx):
    mx.npx.set_np()
    return mx.npx.random.bernoulli(1.5, size=3).asnumpy()


def error_out_of_another_shape(mx):
    mx.npx.set_np()
    return mx.np.random.uniform(size=(3,), out=mx.np.zeros((2, 2)))


def out_takes_the_numbers(mx):
    mx.npx.set_np()
    mx.random.seed(3)
    out = mx.np.zeros((2, 3))
    same = mx.np.random.uniform(size=(2, 3), out=out) is out
    return same, out.copy(), mx.np.random.normal(2, size=(2, 3), out=out), out


def contexts(mx):
    mx.npx.set_np()
    mx.random.seed(3)
    r = mx.np.random
    found = [r.uniform(size=2, ctx=mx.cpu(1)), r.choice(9, 2, ctx=mx.cpu(1)), r.randint(9, size=2, ctx=mx.cpu(2))]
    return [str(f.context) for f in found], found


def multivariate_normal_of_a_seed(mx):
    """MXNet draws these from a stream that no seed reaches."""
    mx.npx.set_np()
    mx.random.seed(3)
    return mx.np.random.multivariate_normal(mx.np.zeros(2), mx.np.eye(2), size=3)


def multivariate_normal_shapes(mx):
    mx.npx.set_np()
    draw = mx.np.random.multivariate_normal
    mean, cov = mx.np.zeros((3, 2)), mx.np.eye(2)
    return [
        d.shape for d in (draw(mean, cov), draw(mean, cov, size=4), draw(mean, cov, size=(4, 3)), draw(mean[0], cov))
    ]
