"""The numbers that seeds give: every size at which the split over streams changes, and draws one after the other.

Large draws are recorded as their ends, their sum and, where every bit must agree, the CRC of their bytes.
"""

import zlib

import numpy as np

from fidelity.support import grads, tolerance

SIZES = [1, 2, 3, 63, 64, 65, 127, 128, 129, 1000, 65535, 65536, 65537, 70000, 200000]
SEEDS = [0, 7, 42, 123456789, 2**31 + 5, -1]


def _ends(array):
    """Return the first and the last numbers of an array, and all of a short one."""
    flat = np.ascontiguousarray(array.asnumpy()).reshape(-1)
    return flat if len(flat) < 12 else np.concatenate([flat[:6], flat[-6:]])


def _bits(array):
    """Return what changes with a single bit of an array: the CRC of its bytes."""
    return zlib.crc32(np.ascontiguousarray(array.asnumpy()).tobytes())


def _moments(array):
    """Return the mean and the mean square of an array."""
    wide = array.asnumpy().astype("float64")
    return [float(wide.mean()), float((wide**2).mean())]


def _by_size(mx, draw, summary, sizes=SIZES, seed=7):
    """Return the ends and a summary of draws of several sizes, one after the other from one seed."""
    mx.random.seed(seed)
    drawn = [draw(n) for n in sizes]
    return {"ends": np.concatenate([_ends(d) for d in drawn]), "whole": [summary(d) for d in drawn]}


# --- uniform numbers and integers: every bit ---


@tolerance(0, 0)
def uniform_by_size(mx):
    return _by_size(mx, lambda n: mx.nd.random.uniform(shape=n), _bits)


@tolerance(0, 0)
def uniform_between_bounds(mx):
    return _by_size(mx, lambda n: mx.nd.random.uniform(-0.07, 0.13, shape=n), _bits)


@tolerance(0, 0)
def uniform_float64(mx):
    return _by_size(mx, lambda n: mx.nd.random.uniform(-3.3, 10.7, shape=n, dtype="float64"), _bits)


@tolerance(0, 0)
def uniform_float16(mx):
    return _by_size(mx, lambda n: mx.nd.random.uniform(-3.3, 10.7, shape=n, dtype="float16"), _bits)


@tolerance(0, 0)
def uniform_by_seed(mx):
    return {str(s): _by_size(mx, lambda n: mx.nd.random.uniform(shape=n), _bits, [3, 65, 1000], s) for s in SEEDS}


@tolerance(0, 0)
def randint_by_size(mx):
    return _by_size(mx, lambda n: mx.nd.random.randint(-7, 1000003, shape=n), _bits)


@tolerance(0, 0)
def randint_int64(mx):
    return _by_size(mx, lambda n: mx.nd.random.randint(-(2**50), 2**61, shape=n, dtype="int64"), _bits)


@tolerance(0, 0)
def randint_ranges(mx):
    draw = mx.nd.random.randint
    return {
        "all of int32": _by_size(mx, lambda n: draw(-(2**31), 2**31 - 1, shape=n), _bits, [50]),
        "more than int32": _by_size(mx, lambda n: draw(0, 2**33, shape=n, dtype="int32"), _bits, [50]),
        "one": _by_size(mx, lambda n: draw(4, 5, shape=n), _bits, [50]),
        "most of int64": _by_size(mx, lambda n: draw(-(2**62), 2**62, shape=n, dtype="int64"), _bits, [50]),
    }


@tolerance(0, 0)
def shuffle_by_size(mx):
    return _by_size(mx, lambda n: mx.nd.random.shuffle(mx.nd.arange(n)), _bits)


@tolerance(0, 0)
def shuffle_rows(mx):
    mx.random.seed(3)
    rows = mx.nd.arange(24).reshape((4, 3, 2))
    return mx.nd.random.shuffle(rows), mx.nd.shuffle(rows), mx.random.shuffle(mx.nd.arange(5, dtype="int32"))


@tolerance(0, 0)
def shuffle_rows_by_size(mx):
    return _by_size(mx, lambda n: mx.nd.random.shuffle(mx.nd.arange(2 * n).reshape((n, 2))), _bits)


@tolerance(0, 0)
def multinomial_by_size(mx):
    few = mx.nd.array([0.1, 0.2, 0.3, 0.4])
    return _by_size(mx, lambda n: mx.nd.random.multinomial(few, shape=n), _bits)


@tolerance(0, 0)
def multinomial_rows(mx):
    mx.random.seed(11)
    rows = mx.nd.array(np.random.RandomState(0).dirichlet(np.ones(7), 300))
    many = mx.nd.array(np.random.RandomState(1).dirichlet(np.ones(50), 3))
    draw = mx.nd.random.multinomial
    found = [draw(rows), draw(rows, shape=5), draw(many, shape=(40, 2))]
    return [_ends(d) for d in found], [_bits(d) for d in found]


@tolerance(0, 0)
def places_after_draws(mx):
    """The numbers after a draw tell where each stream is."""
    mx.random.seed(5)
    mx.nd.random.uniform(shape=130)
    mx.nd.random.normal(shape=130)
    mx.nd.random.randint(0, 9, shape=130)
    return mx.nd.random.uniform(shape=192)


@tolerance(0, 0)
def contexts_share_streams(mx):
    mx.random.seed(5)
    found = [mx.nd.random.uniform(shape=2, ctx=mx.cpu(i)).asnumpy() for i in (0, 1, 3, 0)]
    mx.random.seed(9, ctx=mx.cpu(1))
    return found, mx.nd.random.uniform(shape=2), mx.nd.random.uniform(shape=2, ctx=mx.cpu(1)).context.device_id


@tolerance(0, 0)
def kinds_of_streams_are_apart(mx):
    mx.random.seed(5)
    first = mx.nd.random.uniform(shape=2)
    order = mx.nd.random.shuffle(mx.nd.arange(10))
    return first, order, mx.nd.random.uniform(shape=2), mx.nd.random.shuffle(mx.nd.arange(10))


@tolerance(1e-6, 0, "the factor of what is kept")
def dropout_masks(mx):
    shapes = [((200,), (), 0.3), ((5, 40, 30), (), 0.5), ((5, 40, 30), (1,), 0.5), ((5, 40, 30), (0, 2), 0.2)]
    shapes += [((70000,), (), 0.1), ((5, 40), (), 0.9), ((5, 40), (), 0.0)]
    mx.random.seed(5)
    found = [mx.nd.Dropout(mx.nd.ones(s), p=p, axes=axes, mode="always") for s, axes, p in shapes]
    found += [mx.nd.Dropout(mx.nd.ones(300, dtype=d), mode="always") for d in ("float16", "float64")]
    return [_bits(f != 0) for f in found], [f.max() for f in found], mx.nd.random.uniform(shape=192)


def dropout_in_training(mx):
    mx.random.seed(5)
    return grads(mx, lambda x: mx.nd.Dropout(x, p=0.4), np.ones((4, 50), "float32"))


# --- numbers with a rounding ---


def normal_by_size(mx):
    return _by_size(mx, lambda n: mx.nd.random.normal(shape=n), _moments)


def normal_loc_scale(mx):
    return _by_size(mx, lambda n: mx.nd.random.normal(-100.3, 7.7, shape=n), _moments)


@tolerance(1e-13, 1e-13)
def normal_float64(mx):
    return _by_size(mx, lambda n: mx.nd.random.normal(3, 0.5, shape=n, dtype="float64"), _moments)


@tolerance(1e-3, 1e-5)
def normal_float16(mx):
    return _by_size(mx, lambda n: mx.nd.random.normal(3, 0.5, shape=n, dtype="float16"), _moments)


def normal_by_seed(mx):
    return {str(s): _by_size(mx, lambda n: mx.nd.random.normal(shape=n), _moments, [3, 65, 1000], s) for s in SEEDS}


def exponential_by_size(mx):
    return _by_size(mx, lambda n: mx.nd.random.exponential(3.3, shape=n), _moments)


def exponential_dtypes(mx):
    return {
        dtype: _by_size(mx, lambda n, d=dtype: mx.nd.random.exponential(3.3, shape=n, dtype=d), _moments, [3, 200])
        for dtype in ("float16", "float32", "float64")
    }


SMALLER = [1, 2, 64, 65, 1000, 66000]


def gamma_by_size(mx):
    return _by_size(mx, lambda n: mx.nd.random.gamma(3, 2, shape=n), _moments, SMALLER)


def gamma_below_one(mx):
    return _by_size(mx, lambda n: mx.nd.random.gamma(0.3, 2, shape=n), _moments, SMALLER)


def gamma_dtypes(mx):
    return {
        dtype: _by_size(mx, lambda n, d=dtype: mx.nd.random.gamma(0.7, 2, shape=n, dtype=d), _moments, [3, 200])
        for dtype in ("float16", "float32", "float64")
    }


def poisson_by_size(mx):
    return _by_size(mx, lambda n: mx.nd.random.poisson(2.3, shape=n), _moments, SMALLER)


def poisson_means(mx):
    means = [0, 0.1, 1, 5, 11.9, 12, 30.3, 300, 10000]
    return {
        str(lam): _by_size(mx, lambda n, lam=lam: mx.nd.random.poisson(lam, shape=n), _moments, [100], 5)
        for lam in means
    }


def poisson_dtypes(mx):
    return {
        dtype: _by_size(mx, lambda n, d=dtype: mx.nd.random.poisson(4, shape=n, dtype=d), _moments, [3, 200])
        for dtype in ("float16", "float32", "float64")
    }


def negative_binomial_by_size(mx):
    return _by_size(mx, lambda n: mx.nd.random.negative_binomial(3, 0.4, shape=n), _moments, SMALLER)


def negative_binomial_parameters(mx):
    pairs = [(1, 0.9), (30, 0.05), (3, 1.0), (0, 0.5)]
    return {
        str(pair): _by_size(mx, lambda n, p=pair: mx.nd.random.negative_binomial(*p, shape=n), _moments, [100], 5)
        for pair in pairs
    }


@tolerance(1e-4, 1e-6, "in the large draw a rounding in float32 decides a number or two")
def generalized_negative_binomial_by_size(mx):
    return _by_size(mx, lambda n: mx.nd.random.generalized_negative_binomial(3, 0.4, shape=n), _moments, SMALLER)


def generalized_negative_binomial_parameters(mx):
    pairs = [(20, 1.5), (2, 3), (3, 0), (0, 1)]
    return {
        str(pair): _by_size(
            mx, lambda n, p=pair: mx.nd.random.generalized_negative_binomial(*p, shape=n), _moments, [100], 5
        )
        for pair in pairs
    }


def all_draws_in_turn(mx):
    """Each draw takes exactly the words MXNet takes, so what follows agrees too."""
    mx.random.seed(2)
    r = mx.nd.random
    found = []
    for n in (5, 200):
        found += [r.uniform(shape=n), r.normal(shape=n), r.gamma(0.5, 1, shape=n), r.poisson(3, shape=n)]
        found += [r.randint(0, 9, shape=n), r.poisson(50, shape=n), r.negative_binomial(2, 0.5, shape=n)]
        found += [r.exponential(shape=n), r.uniform(shape=n)]
    return found


def default_initialization_of_a_kernel(mx):
    """The weight that the notebooks' learned kernel starts from, drawn from the default seed."""
    mx.random.seed(0)
    net = mx.gluon.nn.Conv2D(1, kernel_size=(1, 2))
    net.initialize()
    net(mx.nd.zeros((1, 1, 2, 3)))
    return net.weight.data()
