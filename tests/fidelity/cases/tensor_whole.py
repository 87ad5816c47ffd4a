"""What arrays and operators do at their edges: numbers out of range, odd arguments, data of unusual rank."""

import pickle

import numpy as onp

from fidelity.np_support import _answer, _class
from fidelity.support import grads, tolerance


def _answers(mx, expressions, **arrays):
    """What each expression gives (one a line), or the name of the class of error it raises."""
    found = {}
    for line in filter(None, (line.strip() for line in expressions.splitlines())):
        names = {name: mx.nd.array(values, dtype=values.dtype) for name, values in arrays.items()}
        found[line] = _answer(line, {"mx": mx, "nd": mx.nd, "np": mx.np, "npx": mx.npx, "onp": onp, **names})
    return found


def integers_out_of_range_wrap(mx):
    return _answers(
        mx,
        """nd.array([300], dtype='uint8')
        nd.array([300, -1, 256], dtype='uint8')
        nd.array([-1.5, 300.7], dtype='uint8')
        nd.array([200, -200], dtype='int8')
        nd.array(onp.array([300, -1]), dtype='uint8')
        nd.array([2**31, 2**40], dtype='int32')
        nd.array([1e10], dtype='int32')
        nd.array([float('nan')], dtype='int32')
        nd.full((2,), 300, dtype='uint8')
        nd.full((2,), -1, dtype='uint8')
        nd.full((2,), 2**31 + 5, dtype='int32')
        nd.ones((2,), dtype='uint8') * 300
        nd.array([300.]).astype('uint8')
        np.array([300], dtype='uint8')
        np.array([300.7, -1], dtype='uint8')
        np.full((2,), 300, dtype='uint8')
        np.full((2,), 2**31 + 5, dtype='int32')
        np.full_like(np.ones((2,), dtype='int8'), 200)
        np.where(np.array([1, 0]), 300, np.ones((2,), dtype='uint8'))
        np.where(np.array([1, 0]), np.ones((2,), dtype='int8'), 200)
        nd.clip(nd.ones((2,), dtype='uint8'), 0, -1)
        nd.clip(nd.ones((2,), dtype='int8'), 0, 200)""",
    )


def assigned_integers_out_of_range_wrap(mx):
    found = []
    for dtype, value in (("uint8", 300), ("uint8", -1), ("int8", 200), ("int32", 2**31 + 5), ("uint8", [300, 301])):
        whole = mx.nd.zeros((2,), dtype=dtype)
        whole[:] = value
        found.append(whole)
        if not isinstance(value, list):
            for module in (mx.nd, mx.np):
                one = module.zeros((2,), dtype=dtype)
                one[0] = value
                found.append(one)
    return found


def an_array_as_a_dtype(mx):
    return _answers(
        mx,
        """nd.array([1, 2], dtype=i)
        nd.zeros((2,), dtype=i)
        nd.array([1.5]).astype(i)
        nd.array([1, 2], dtype=onp.array([1], dtype='int32'))""",
        i=onp.array([1], "int32"),
    )


def counted_in_integers(mx):
    return _answers(
        mx,
        """nd.arange(0, 5, 1.5, dtype='int32')
        nd.arange(0, 5, 0.5, dtype='int32')
        nd.arange(0.5, 5, 1, dtype='int32')
        nd.arange(5, 0, -1.5, dtype='int32')
        nd.arange(0, 3, 0.7, repeat=2, dtype='int64')
        nd.arange(0, 5, 2.5, dtype='uint8')
        np.arange(0, 5, 1.5, dtype='int32')
        np.arange(0, 5, 0.5, dtype='int32')
        np.arange(0.5, 5, 1, dtype='int32')
        np.arange(0, 3, 0.7, dtype='int64')
        mx.sym.arange(0, 5, 1.5, dtype='int32').eval()
        mx.sym.np.arange(0, 5, 1.5, dtype='int32').eval()""",
    )


def rounded_and_summed(mx):
    numbers = mx.np.array(onp.arange(-300, 301), dtype="int32")
    found = [mx.np.around(numbers, decimals) for decimals in (-1, -2, 1)]
    found += [mx.np.around(mx.np.array([15, 25], dtype=dtype), -1) for dtype in ("uint8", "int8", "int64", "float32")]
    halves = onp.random.RandomState(0).rand(1000) * 10
    found.append(mx.np.cumsum(mx.np.array(halves, dtype="float16")))
    found.append(mx.np.cumsum(mx.np.array(halves.reshape(20, 50), dtype="float16"), axis=1))
    x = mx.np.array(halves[:100], dtype="float16")
    x.attach_grad()
    with mx.autograd.record():
        y = mx.np.cumsum(x)
    y.backward()
    return [*found, x.grad]


@tolerance(rtol=1e-4, reason="equations are solved in another order")
def equations(mx):
    def m(*shape):
        size = int(onp.prod(shape))
        values = onp.arange(size) % 7 + onp.eye(int(size**0.5)).ravel() * 50
        return mx.np.array(values.reshape(shape), dtype="float32")

    linalg, ones = mx.np.linalg, mx.np.ones
    found = [
        linalg.tensorsolve(m(3, 4, 12), ones((3, 4))), linalg.tensorsolve(m(3, 12, 4), ones((3, 4)), axes=(1,)),
        linalg.tensorsolve(m(12, 3, 4), ones((12,)), axes=(1,)),
        linalg.tensorsolve(m(4, 2, 3, 6, 4), ones((6, 4)), axes=(0, 1, 2)),
        linalg.solve(m(12, 12), ones((12,), dtype="float64")),
        linalg.solve(mx.np.array(onp.eye(2)), ones((2, 1))),
    ]  # fmt: skip
    try:
        linalg.tensorsolve(m(12, 3, 4), ones((12,)), axes=(0,)).asnumpy()
    except Exception as error:  # noqa: BLE001 - the error is the outcome
        found.append(_class(error))
    return found


def triangles(mx):
    return _answers(
        mx,
        """nd.linalg.potrf(a, lower=False)
        nd.linalg.potrf(a, lower=True)
        nd.linalg.potrf(a)
        mx.sym.linalg.potrf(mx.sym.var('x'), lower=False).eval(x=a)
        nd.linalg.potrf(nd.array([[4, 2], [9, 3]]), lower=False)
        nd.linalg.potrf(nd.array([[4, 9], [2, 3]]), lower=False)
        nd.linalg.potri(nd.array([[2, 1], [0, 1.5]]), lower=False)
        nd.linalg.potri(nd.array([[2, 0], [1, 1.5]]), lower=True)
        nd.linalg.potrf(a, bogus=1)""",
        a=onp.array([[4, 2], [2, 3]], "float32"),
    )


def arguments_that_mean_nothing(mx):
    return _answers(
        mx,
        """nd.zeros_like(x, dtype='int32')
        nd.ones_like(x, dtype='int32')
        nd.log(x, axis=1)
        mx.sym.zeros_like(mx.sym.var('x'), dtype='int32').eval(x=x)
        mx.sym.ones_like(mx.sym.var('x'), dtype='int32').eval(x=x)
        mx.sym.log(mx.sym.var('x'), axis=1).eval(x=x)
        nd.zeros((2,), name='q')
        nd.ones((2,), __layout__='NC')
        nd.eye(2, name='q')
        nd.random.uniform(shape=(2,), name='q')
        nd.random.normal(shape=(2,), __layout__='NC')
        nd.random.randint(0, 5, shape=(2,), name='q')
        nd.random.exponential(shape=(2,), name='q').shape
        nd.random.gamma(shape=(2,), name='q').shape
        nd.random.uniform(shape=(2,), bogus=3)
        nd.zeros((2,), bogus=1)
        nd.sum(x, bogus=1)
        nd.arange(2, name='q')
        nd.smooth_l1(x)
        nd.slice(x, begin=(1,), end=(3,), step=None)
        nd.slice(x, begin=None, end=(3,))
        mx.sym.slice(mx.sym.var('x'), begin=(1,), end=(3,), step=None).eval(x=x)
        nd.norm(x, out_dtype='float64')""",
        x=onp.array([1, 2, 3, 4], "float32"),
    )


def hypotenuses(mx):
    return _answers(
        mx,
        """nd.broadcast_hypot(a, b)
        np.hypot(a.as_np_ndarray(), b.as_np_ndarray())
        np.hypot(a.as_np_ndarray(), float('nan'))
        mx.sym.hypot(mx.sym.var('x'), mx.sym.var('y')).eval(x=a, y=b)""",
        a=onp.array([onp.inf, onp.nan, 3e30, 3], "float32"), b=onp.array([onp.nan, onp.inf, 4e30, 4], "float32"),
    )  # fmt: skip


@tolerance(rtol=1e-6, reason="elements are added in another order")
def pooling_with_wide_borders(mx):
    # where the library that MXNet was built with takes over (not for reshaped arrays), it refuses such borders
    row = mx.nd.arange(8)
    asked = [
        {"kernel": (2,), "pad": (3,), "pool_type": "max"}, {"kernel": (2,), "pad": (2,), "pool_type": "avg"},
        {"kernel": (2,), "pad": (3,), "pool_type": "avg", "count_include_pad": False},
        {"kernel": (2,), "pad": (3,), "pool_type": "sum"},
        {"kernel": (2,), "pad": (2,), "stride": (2,), "pool_type": "avg", "pooling_convention": "full"},
        {"kernel": (3,), "pad": (5,), "stride": (2,), "pool_type": "lp", "p_value": 2},
    ]  # fmt: skip
    found = [mx.nd.Pooling(row.reshape((1, 1, 8)), **each) for each in asked]
    half = row.astype("float16").reshape((1, 1, 8))
    found.append(mx.nd.Pooling(half, kernel=(2,), pad=(2,), pool_type="max"))
    return [*found, mx.gluon.nn.MaxPool1D(2, padding=3)(row.reshape((1, 1, 8)))]


@tolerance(rtol=1e-6, reason="elements are added in another order")
def pooling_of_less_than_the_kernel(mx):
    z = mx.nd.arange(24)
    asked = [
        {"kernel": (3, 3, 3), "pad": (1, 1, 1)}, {"kernel": (4, 3, 3), "pad": (1, 1, 1)},
        {"kernel": (5, 4, 4), "pad": (2, 2, 2), "pooling_convention": "full"},
        {"kernel": (3, 2, 2), "pad": (1, 0, 0), "stride": (2, 1, 1), "count_include_pad": False},
    ]  # fmt: skip
    return [mx.nd.Pooling(z.reshape((1, 1, 2, 3, 4)), pool_type="avg", **each) for each in asked]


def pooling_of_less_than_the_kernel_without_a_border(mx):
    mx.gluon.nn.AvgPool3D(3)(mx.nd.arange(24).reshape((1, 1, 2, 3, 4)))


def layers_of_data_with_one_axis(mx):
    weight, bias = onp.array([[2], [3]], "float32"), onp.array([1, 1], "float32")
    x = onp.arange(3, dtype="float32")
    found = grads(mx, lambda x, w, b: mx.nd.FullyConnected(x, w, b, num_hidden=2), x, weight, bias)
    symbol = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=2, name="f")
    shapes = symbol.infer_shape(x=(3,))
    layers = []
    for hybrid in (False, True):
        for flatten in (True, False):
            layer = mx.gluon.nn.Dense(2, flatten=flatten)
            layer.initialize(mx.init.One())
            layer.hybridize(hybrid)
            layers.append((layer(mx.nd.array([1, 2, 3])), layer.weight.shape))
    return found, shapes, layers


def slopes_in_the_shape_of_the_data(mx):
    x, slopes = onp.array([[-1, -2], [3, -4]], "float32"), onp.array([[0.1, 0.2], [0.3, 0.4]], "float32")
    return [
        grads(mx, lambda x, g: mx.nd.LeakyReLU(x, g, act_type="prelu"), x, gamma)
        for gamma in (slopes, slopes[0], slopes[:1], slopes[0, :1])
    ]


def slopes_that_do_not_fit(mx):
    mx.nd.LeakyReLU(-mx.nd.ones((2, 3, 2)), mx.nd.ones((2, 3, 2)), act_type="prelu").asnumpy()


@tolerance(rtol=1e-6, reason="statistics are summed in another order")
def one_value_for_each_channel(mx):
    found = []
    for shape in ((1, 3), (1, 3, 1, 1), (1, 1, 1, 1)):
        x = mx.nd.array(onp.arange(onp.prod(shape)).reshape(shape) + 1)
        states = [mx.nd.ones((shape[1],)) * number for number in (2, 0.5, 0, 1)]
        for each in (x, *states[:2]):
            each.attach_grad()
        with mx.autograd.record():
            y = mx.nd.BatchNorm(x, *states, fix_gamma=False)
        y.backward()
        found += [y, *states[2:], x.grad, states[0].grad, states[1].grad]
    return found


@tolerance(rtol=1e-5, reason="statistics are summed in another order")
def third_output_of_sync_batch_norm(mx):
    x, one, zero = mx.nd.arange(6).reshape((2, 3)), mx.nd.ones(3), mx.nd.zeros(3)
    with mx.autograd.record():
        return mx.nd.contrib.SyncBatchNorm(x, one, zero, mx.nd.zeros(3), mx.nd.ones(3), key="k", output_mean_var=True)


@tolerance(rtol=1e-5, reason="sums over the rows are taken in another order")
def layer_norm_over_thousands_of_rows(mx):
    x, head = onp.random.RandomState(0).randn(8192, 16) * 3 + 1, onp.random.RandomState(1).rand(8192, 16)
    arrays = [mx.nd.array(x), mx.nd.ones(16), mx.nd.zeros(16)]
    for each in arrays:
        each.attach_grad()
    with mx.autograd.record():
        y = mx.nd.LayerNorm(*arrays)
    y.backward(mx.nd.array(head))
    return arrays[1].grad, arrays[2].grad


def memory_in_common(mx):
    mx.npx.set_np()
    a = mx.np.arange(10)
    pairs = [(a, a), (a[0:3], a[5:8]), (a[0:5], a[3:8]), (a[0:3], a), (a[0:3], mx.np.arange(3)), (a[4:6], a[5])]
    return [(mx.np.shares_memory(*pair), mx.np.may_share_memory(*pair)) for pair in pairs]


def read_only_memory(mx):
    source = onp.arange(4, dtype="float32")
    source.flags.writeable = False
    other = onp.arange(4, dtype="float32")
    return mx.nd.from_numpy(source), mx.nd.from_numpy(other), other.flags.writeable


def pickled(mx):
    arrays = [mx.nd.arange(24).reshape((1, 2, 3, 4)), mx.nd.array([1, 2], dtype="int8"), mx.nd.zeros((2, 3))]
    state = arrays[1].__reduce_ex__(2)[2]
    return pickle.loads(pickle.dumps(arrays)), sorted(state), bytes(state["handle"])


def lengths(mx):
    found = []
    for make in (lambda: mx.nd.array([1, 2]), lambda: mx.nd.ones((3, 2)), lambda: mx.np.ones((3, 2))):
        found.append(len(make()))
    try:
        len(mx.np.array(1.0))
    except Exception as error:  # noqa: BLE001 - the error is the outcome
        found.append(_class(error))
    return found
