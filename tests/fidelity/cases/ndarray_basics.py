"""Creation, dtypes, arithmetic with numbers, printing, copies and conversions of NDArray."""

import copy
import pickle

import numpy as np


def creation(mx):
    nd = mx.nd
    return (
        nd.array([1, 2]), nd.array(np.arange(3)), nd.array(np.arange(3.0)), nd.array([1, 2], dtype="int32"),
        nd.array(nd.ones(3, dtype="int32")), nd.array([True, False]), nd.array([True, False], dtype=bool), nd.array([]),
        nd.array([[1, 2], [3, 4]], dtype="float16"), nd.array(np.array([1, 2], "uint8"), dtype="uint8"),
    )  # fmt: skip


def filled(mx):
    nd = mx.nd
    return (
        nd.zeros(3), nd.zeros((2, 3), dtype="int64"), nd.ones([2, 3]), nd.full((2,), 3),
        nd.full((2,), 3, dtype="int32"), nd.zeros((2,), dtype=None),
        nd.empty((2, 3)).shape, nd.eye(3), nd.eye(3, 2, 1), nd.eye(2, 4, -1, dtype="int32"),
    )  # fmt: skip


def counted(mx):
    nd = mx.nd
    return (
        nd.arange(5), nd.arange(2, 10, 2), nd.arange(3, repeat=2), nd.arange(5, dtype="int32"), nd.arange(1, 0, -0.25),
        nd.arange(0.5, 2), nd.linspace(0, 1, 5), nd.linspace(0, 1, 5, endpoint=False), nd.linspace(3, -1, 4),
    )  # fmt: skip


def ragged_source(mx):
    return mx.nd.array([[1, 2], [3]])


def text_source(mx):
    return mx.nd.array("abc")


def negative_length(mx):
    return mx.nd.zeros((-1, 2))


def text_shape(mx):
    return mx.nd.zeros("a")


def unknown_dtype(mx):
    return mx.nd.zeros(2, dtype="foo")


def complex_dtype(mx):
    return mx.nd.zeros(2, dtype="complex64")


def numbers_with_floats(mx):
    x = mx.nd.array([-5, -1, 0, 2, 7])
    return x + 1, 1 + x, x - 2, 2 - x, x * 3, x / 4, 4 / (x + 10), x % 3, x % -3, 7 % (x + 10), x**2, 2**x, -x, abs(x)


def numbers_with_integers(mx):
    i = mx.nd.array([1, 2, 3], dtype="int32")
    return i + 1.5, i / 2, i * 2.7, 7 / i, i**2.5, i % 2.5, 10 % i, 2 - i, -i, i > 1


def numbers_with_small_integers(mx):
    u = mx.nd.array([1, 200], dtype="uint8")
    return u - 2, u * 2, u + 300, mx.nd.array([100, -100], dtype="int8") + 100


def numbers_with_halves_and_doubles(mx):
    return mx.nd.array([1, 2], dtype="float16") + 1, mx.nd.array([1, 2], dtype="float64") / 3


def numpy_scalars(mx):
    x = mx.nd.arange(3)
    return x + np.float32(1), np.float32(2) * x, np.float64(2) * x, x ** np.int64(2)


def comparisons(mx):
    x, y = mx.nd.array([1, 2, 3]), mx.nd.array([3, 2, 1])
    return x == y, x != y, x > y, x >= y, x < y, x <= y, x > 2, 2 >= x, x.reshape((3, 1)) > y


def mixed_dtypes(mx):
    return (mx.nd.ones(3) + mx.nd.ones(3, dtype="int32")).asnumpy()


def shapes_that_do_not_broadcast(mx):
    return (mx.nd.ones((2, 3)) + mx.nd.ones((4, 5))).asnumpy()


def add_numpy_array(mx):
    return mx.nd.ones(3) + np.ones(3)


def add_list(mx):
    return mx.nd.ones(2) + [1, 2]


def compare_with_none(mx):
    return mx.nd.ones(2) == None  # noqa: E711


def contexts_of_the_host_mix(mx):
    both = mx.nd.ones(2, ctx=mx.cpu(0)) + mx.nd.ones(2, ctx=mx.cpu(1))
    return both, str(both.context), str(mx.nd.ones(2, ctx=mx.cpu(1)).context)


def inplace(mx):
    x = mx.nd.ones((2, 3))
    x += 1
    x *= mx.nd.array([[2], [3]])
    x -= mx.nd.ones((2, 3))
    x /= 2
    i = mx.nd.ones(2, dtype="int32")
    i += 1.7
    return x, i


def inplace_growing(mx):
    x = mx.nd.ones((2, 1))
    x += mx.nd.ones((2, 3))
    return x.asnumpy()


def inplace_mixed(mx):
    x = mx.nd.ones(2)
    x += mx.nd.ones(2, dtype="int32")
    return x.asnumpy()


def printed(mx):
    nd = mx.nd
    return [
        str(nd.array([[1.5, 2], [3, 4]])), repr(nd.array([1])), repr(nd.ones((2,), dtype="int32", ctx=mx.cpu(1))),
        repr(nd.arange(2000)), repr(nd.array([1e-8, 1, 1e8])), repr(nd.array([])), repr(nd.array([[[1.25]]])),
        repr(nd.array([float("nan"), float("inf")])), str(nd.array([True, False], dtype=bool)),
    ]  # fmt: skip


def truth(mx):
    return bool(mx.nd.array([0])), bool(mx.nd.array([2])), 3 in mx.nd.arange(5), len(mx.nd.zeros((4, 2)))


def truth_of_many(mx):
    return bool(mx.nd.array([1, 2]))


def scalar(mx):
    return (
        mx.nd.array([2.5]).asscalar(),
        mx.nd.array([2], dtype="int32").asscalar(),
        mx.nd.ones((2, 2)).sum().asscalar(),
    )


def scalar_of_many(mx):
    return mx.nd.ones(3).asscalar()


def properties(mx):
    x = mx.nd.ones((2, 3), dtype="float16")
    return x.shape, x.size, x.ndim, x.stype, str(x.context), np.dtype(x.dtype).name, x.T.shape, x.grad is None


def dtypes(mx):
    x = mx.nd.array([-1.7, 0, 1.7])
    return (
        x.astype("int32"),
        x.astype("float64"),
        x.astype("int8"),
        x.astype(bool),
        x.astype("float16"),
        x.astype(np.int64),
    )


def copies(mx):
    x = mx.nd.arange(3)
    y = mx.nd.zeros(3)
    x.copyto(y)
    z = mx.nd.zeros(3, dtype="int32")
    x.copyto(z)
    return x.copy(), y, z, str(x.copyto(mx.cpu(1)).context), copy.deepcopy(x), pickle.loads(pickle.dumps(x))


def copy_to_other_shape(mx):
    return mx.nd.arange(3).copyto(mx.nd.zeros(4))


def module_functions(mx):
    nd = mx.nd
    v = nd.arange(4)
    return (
        nd.add(v, 1), nd.add(2, 3), nd.subtract(5, v), nd.multiply(v, v), nd.divide(v, 2), nd.true_divide(v, 2),
        nd.modulo(v, 3), nd.power(2, v), nd.maximum(v, 2), nd.maximum(3, 2), nd.minimum(v, v * 0 + 1), nd.equal(v, 1),
        nd.not_equal(1, v), nd.greater(v, 1), nd.greater(2, v), nd.lesser_equal(v, 2), nd.logical_and(v, 1),
        nd.logical_or(v, v), nd.logical_xor(v, 1),
    )  # fmt: skip


def joined_and_moved(mx):
    nd = mx.nd
    v = nd.arange(6).reshape((2, 3))
    return (
        nd.concatenate([v, v]), nd.concatenate([v, v], axis=1), nd.moveaxis(nd.zeros((2, 3, 4)), 0, 2).shape,
        nd.moveaxis(nd.zeros((2, 3, 4)), (0, 1), (-1, 0)).shape,
        nd.split_v2(v, 3, axis=1), nd.split_v2(v, (1,), axis=0),
        nd.onehot_encode(nd.array([0, 2]), nd.zeros((2, 3))), nd.histogram(nd.arange(5), bins=2),
        nd.histogram(nd.arange(5), bins=4, range=(0, 8)),
    )  # fmt: skip


def reshapes(mx):
    x = mx.nd.arange(24).reshape((2, 3, 4))
    return [
        x.reshape(-1, 4).shape, x.reshape((0, -1)).shape, x.reshape(shape=(-3, 0)).shape, x.reshape((-2,)).shape,
        x.reshape((-4, 1, 2, -2)).shape, x.reshape((0, -4, -1, 3, 0)).shape, x.reshape((-1, 0), reverse=True).shape,
        x.reshape((6, 4)).shape, x.reshape(24).shape,
    ]  # fmt: skip


def reshape_that_does_not_fit(mx):
    return mx.nd.arange(24).reshape((5, 5))


def attribute_of_wrong_type(mx):
    return mx.nd.one_hot(mx.nd.arange(3), depth="a")


def attribute_not_integral(mx):
    return mx.nd.one_hot(mx.nd.arange(3), depth=2.5)


def attribute_unknown(mx):
    return mx.nd.one_hot(mx.nd.arange(3), depth=3, foo=1)


def attribute_missing(mx):
    return mx.nd.Convolution(mx.nd.ones((1, 1, 3, 3)))


def attribute_not_a_choice(mx):
    return mx.nd.Activation(mx.nd.ones(3), act_type="foo")


def attributes_as_text(mx):
    x = mx.nd.ones((2, 3, 4))
    return (
        x.sum(axis="1"),
        mx.nd.sum(x, axis="(0, 2)", keepdims="True"),
        mx.nd.sum(x, axis=[0, 1]),
        mx.nd.sum(x, axis=None),
    )


def input_is_numpy(mx):
    return mx.nd.relu(np.ones(3))


def input_missing(mx):
    return mx.nd.relu()


def out_argument(mx):
    out = mx.nd.zeros(3)
    same = mx.nd.relu(mx.nd.array([-1, 0, 2]), out=out)
    return out, same is out


def out_of_wrong_shape(mx):
    return mx.nd.relu(mx.nd.ones(3), out=mx.nd.zeros(4)).asnumpy()


def out_of_wrong_dtype(mx):
    return mx.nd.relu(mx.nd.ones(3), out=mx.nd.zeros(3, dtype="int32")).asnumpy()


def numpy_copy_is_independent(mx):
    x = mx.nd.zeros(3)
    before = x.asnumpy()
    x[:] = 1
    after = x.asnumpy()
    after[:] = 5
    return before, x
