"""What tests begin with: comparisons and their errors, shapes and arrays, checks of graphs."""

import contextlib
import io
import os
import re

import numpy as np

from fidelity.support import data


def _said(mx, call):
    """What a call prints, and the error it raises, without the arrays shown in it."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            call(mx.test_utils)
            text = "nothing"
        except AssertionError as error:
            text = str(error).split("\n ACTUAL")[0]
    return tuple(re.sub(r"(\d\.\d{3})\d+", r"\1", each) for each in (printed.getvalue(), text))


def _pairs():
    x = data((3, 4), dtype="float64")
    return {
        "equal": (x, x),
        "one element": (x, x + (np.arange(12).reshape(3, 4) == 5)),
        "all elements": (x, x + 0.5),
        "float32": (x.astype("float32"), (x + 0.01).astype("float32")),
        "float16": (x.astype("float16"), (x + 0.3).astype("float16")),
        "mixed": (x.astype("float16"), (x + 0.02).astype("float32")),
        "int32": (np.arange(3, dtype="int32"), np.array([0, 1, 4], "int32")),
        "nan": (np.array([np.nan, 1]), np.array([np.nan, 1])),
        "nan in one": (np.array([np.nan, 1.0]), np.array([2.0, 1.0])),
        "infinity": (np.array([np.inf, 1.0]), np.array([np.inf, 1.0])),
        "numbers": (1.0, 2.0),
        "near numbers": (1.0, 1.0 + 1e-9),
        "broadcast": (np.zeros((2, 3)), np.zeros(3)),
        "empty": (np.zeros(0), np.zeros(0)),
    }


def almost_equal(mx):
    return {name: mx.test_utils.almost_equal(*pair) for name, pair in _pairs().items()}


def assert_almost_equal(mx):
    return {name: _said(mx, lambda tu, p=pair: tu.assert_almost_equal(*p)) for name, pair in _pairs().items()}


def assert_almost_equal_settings(mx):
    x, y = data((3, 4)), data((3, 4), seed=1)
    nan = np.array([np.nan, 1.0])
    return [
        _said(mx, lambda tu: tu.assert_almost_equal(x, y, rtol=0.1, atol=0.2, names=("left", "right"))),
        _said(mx, lambda tu: tu.assert_almost_equal(x, y, mismatches=(2, 4))),
        _said(mx, lambda tu: tu.assert_almost_equal(mx.nd.array(x), mx.nd.array(y), atol=10)),
        _said(mx, lambda tu: tu.assert_almost_equal(mx.nd.array(x), y)),
        _said(mx, lambda tu: tu.assert_almost_equal(nan, nan, equal_nan=True)),
        _said(mx, lambda tu: tu.assert_almost_equal(np.zeros((2, 3)), np.zeros(3), use_broadcast=False)),
    ]


def assert_almost_equal_of_booleans(mx):
    mx.test_utils.assert_almost_equal(np.array([True, False]), np.array([True, False]))
    mx.test_utils.assert_almost_equal(np.array([True, False]), np.array([True, True]))


def assert_almost_equal_of_other_shapes(mx):
    mx.test_utils.assert_almost_equal(np.zeros((2, 3)), np.zeros((3, 2)))


def other_comparisons(mx):
    x = np.array([1, 2, 3], "float32")
    y = np.array([1, 2.1, 3], "float32")
    return [
        _said(mx, lambda tu: tu.assert_allclose(x, y)),
        _said(mx, lambda tu: tu.assert_almost_equal_ignore_nan(np.array([np.nan, 1]), np.array([2.0, 1]))),
        _said(mx, lambda tu: tu.assert_almost_equal_with_err(x, y)),
        _said(mx, lambda tu: tu.assert_almost_equal_with_err(x, y, etol=0.5)),
        _said(mx, lambda tu: tu.assert_almost_equal_with_err(x, y, etol=0.1)),
        _said(mx, lambda tu: tu.checkShapes(np.ones(2), np.ones(3))),
        _said(mx, lambda tu: tu.compare_ndarray_tuple((mx.nd.ones(2), None), (mx.nd.zeros(2), None))),
        mx.test_utils.same(x, y), mx.test_utils.same(x, x.copy()),
        mx.test_utils._find_max_violation(x, y, 0.1, 0.1)[0][0] == 1,
    ]  # fmt: skip


def tolerances(mx):
    tu, half, single = mx.test_utils, np.ones(1, "float16"), np.ones(1, "float32")
    return (
        {str(key): value for key, value in tu.default_rtols().items()},
        {str(key): value for key, value in tu.default_atols().items()},
        {str(key): value for key, value in tu.default_numeric_eps().items()},
        tu.get_rtol(), tu.get_atol(), tu.get_etol(), tu.get_rtol(0.5), tu.get_rtol(dtype=half.dtype),
        tu.get_tols(half, single, None, None), tu.get_tols(single, single.astype("float64"), None, 3),
        tu.get_tolerance(half, None, tu.default_rtols()), tu.effective_dtype(mx.nd.array(half)),
    )  # fmt: skip


def same_memory(mx):
    x = mx.nd.ones(4)
    return mx.test_utils.same_array(x, mx.nd.ones(4)), mx.test_utils.same_array(x, x[:]), x


def exceptions(mx):
    mx.test_utils.assert_exception(lambda: 1 // 0, ZeroDivisionError)
    mx.test_utils.assert_exception(lambda: 1, ZeroDivisionError)


# ---------------------------------------------------------------- shapes and arrays


def shapes(mx):
    tu = mx.test_utils
    return [
        tu.rand_shape_2d(), tu.rand_shape_2d(3, 4), tu.rand_shape_2d(3, 3, allow_zero_size=True), tu.rand_shape_3d(),
        tu.rand_shape_3d(2, 3, 4), tu.rand_shape_nd(4), tu.rand_shape_nd(5, 3), tu.rand_shape_nd(3, 2, True),
        [int(each) for each in tu.rand_coord_2d(0, 10, 5, 20)],
    ]  # fmt: skip


def arrays(mx):
    tu = mx.test_utils
    return [
        tu.random_arrays((2, 3)), tu.random_arrays((2,), (1, 2)), tu.random_arrays(()),
        tu.random_uniform_arrays((2, 2), (3,)), tu.random_uniform_arrays((2,), low=3, high=4, dtype="float64"),
        tu.rand_ndarray((2, 3)), tu.rand_ndarray((2,), dtype="float64"), tu.rand_ndarray((2,), "default", 0.5),
        tu.create_2d_tensor(2, 3), tu.create_vector(3), tu.create_vector(2, np.float32), tu.get_identity_mat(2),
        tu.get_identity_mat_batch(3),
    ]  # fmt: skip


def reductions(mx):
    x = data((2, 3, 4))
    tu = mx.test_utils
    return [
        [tu.np_reduce(x, axis, keep, np.sum) for axis in (0, -1, (0, 2), None) for keep in (True, False)],
        tu.collapse_sum_like(x, (1, 3, 4)), tu.collapse_sum_like(x, (3, 1)), tu.collapse_sum_like(x, (2, 3, 4)),
        tu.assign_each(x, lambda value: value * 2), tu.assign_each2(x, x, lambda one, other: one - other),
        tu.assign_each(x, None),
    ]  # fmt: skip


# ---------------------------------------------------------------- graphs


def _graph(mx):
    return mx.sym.tanh(mx.sym.var("x") * 2 + mx.sym.var("y"), name="t")


def _values():
    return [data((2, 3)), data((2, 3), seed=1)]


def simple_forward(mx):
    x, y = _values()
    both = mx.sym.Group([_graph(mx), mx.sym.var("x") + 1])
    return mx.test_utils.simple_forward(_graph(mx), x=x, y=y), mx.test_utils.simple_forward(both, x=x, y=y)


def check_symbolic_forward(mx):
    x, y = _values()
    right = np.tanh(x * 2 + y)
    tu = mx.test_utils
    return [
        tu.check_symbolic_forward(_graph(mx), [x, y], [right]),
        tu.check_symbolic_forward(_graph(mx), {"x": x, "y": y}, {"t_output": right}, rtol=1e-3, atol=1e-4),
        _said(mx, lambda tu: tu.check_symbolic_forward(_graph(mx), [x, y], [right + 1])),
    ]


def check_symbolic_backward(mx):
    x, y = _values()
    head = data((2, 3), seed=2)
    slope = head * (1 - np.tanh(x * 2 + y) ** 2)
    tu = mx.test_utils
    gave = tu.check_symbolic_backward(_graph(mx), [x, y], [head], [2 * slope, slope])
    tu.check_symbolic_backward(_graph(mx), [x, y], [mx.nd.array(head)], {"x": 2 * slope}, grad_req="add", atol=1e-3)
    tu.check_symbolic_backward(_graph(mx), [x, y], [head], [2 * slope, slope], grad_req={"x": "null", "y": "write"})
    return gave, _said(mx, lambda tu: tu.check_symbolic_backward(_graph(mx), [x, y], [head], {"x": slope + 3}))


def check_numeric_gradient(mx):
    x, y = _values()
    tu, settings = mx.test_utils, {"rtol": 0.02, "atol": 0.002}
    states = {"n_moving_mean": np.zeros(3), "n_moving_var": np.ones(3)}
    norm = mx.sym.BatchNorm(mx.sym.var("x"), name="n", fix_gamma=False, use_global_stats=True)
    return [
        tu.check_numeric_gradient(_graph(mx), [x, y], **settings),
        tu.check_numeric_gradient(_graph(mx), {"x": x, "y": y}, grad_nodes=["x"], numeric_eps=1e-2, **settings),
        tu.check_numeric_gradient(_graph(mx), [x, y], grad_nodes={"x": "add", "y": "write"}, **settings),
        tu.check_numeric_gradient(_graph(mx), [x, y], dtype=np.float64, rtol=1e-3, atol=1e-5),
        tu.check_numeric_gradient(norm, [x, np.ones(3), np.zeros(3)], states, **settings),
    ]


def check_numeric_gradient_that_is_wrong(mx):
    mx.test_utils.check_numeric_gradient(mx.sym.BlockGrad(mx.sym.var("x")), [np.ones(2)])


def check_numeric_gradient_of_other_names(mx):
    mx.test_utils.check_numeric_gradient(_graph(mx), {"x": np.ones(2), "z": np.ones(2)})


def check_numeric_gradient_of_too_few(mx):
    mx.test_utils.check_numeric_gradient(_graph(mx), [np.ones(2)])


def numeric_grad(mx):
    x, y = (value.astype("float64") for value in _values())
    executor = _graph(mx).bind(mx.cpu(), {"x": mx.nd.array(x, dtype="float64"), "y": mx.nd.array(y, dtype="float64")})
    found = mx.test_utils.numeric_grad(executor, {"x": x, "y": y}, eps=1e-4, dtype=np.float64)
    return {name: np.round(value, 6) for name, value in found.items()}


def check_consistency(mx):
    contexts = [
        {"ctx": mx.cpu(0), "x": (2, 3), "y": (2, 3), "type_dict": {"x": kind, "y": kind}}
        for kind in (np.float64, np.float32, np.float16)
    ]
    given = dict(zip("xy", _values()))
    found = mx.test_utils.check_consistency(_graph(mx), contexts, arg_params=given)
    alone = mx.test_utils.check_consistency(_graph(mx), contexts, arg_params=given, grad_req="null")
    return sorted(found), found["t_output"], sorted(alone)


def check_speed(mx):
    x, y = _values()
    tu = mx.test_utils
    times = [
        tu.check_speed(_graph(mx), N=2, x=(2, 3), y=(2, 3)),
        tu.check_speed(_graph(mx), {"x": x, "y": y}, N=1, typ="forward"),
    ]
    return [each > 0 for each in times]


def check_speed_of_another_kind(mx):
    mx.test_utils.check_speed(_graph(mx), N=1, typ="half", x=(2, 3), y=(2, 3))


def compare_optimizer(mx):
    tu, make = mx.test_utils, mx.optimizer.create
    for name in ("sgd", "adam", "rmsprop"):
        tu.compare_optimizer(make(name), make(name), [(2, 3)], "float32")
    tu.compare_optimizer(make("sgd", learning_rate=0.1), make("sgd", learning_rate=0.3), [(2, 2)], "float32")


def structures(mx):
    other = mx.sym.tanh(mx.sym.var("a") * 2 + mx.sym.var("b"))
    return mx.test_utils.same_symbol_structure(_graph(mx), other)


# ---------------------------------------------------------------- surroundings


def environments(mx):
    name, found = "REMXNET_OF_A_TEST", []
    with mx.test_utils.environment(name, "3"):
        found.append(os.environ.get(name))
        with mx.test_utils.environment({name: None, name + "2": "x"}):
            found += [os.environ.get(name), os.environ.get(name + "2")]
        found += [os.environ.get(name), os.environ.get(name + "2")]
    return found + [os.environ.get(name)]


def environment_of_a_number(mx):
    with mx.test_utils.environment(3):
        pass


def defaults(mx):
    tu = mx.test_utils
    before = tu.default_context()
    tu.set_default_context(mx.cpu(1))
    during = tu.default_context(), mx.nd.ones(1).context
    tu.set_default_context(before)
    return before, during, tu.default_dtype(), list(tu.list_gpus()), tu.has_tvm_ops(), tu.is_cd_run()


def retried(mx):
    calls = []

    @mx.test_utils.retry(3)
    def flaky(wanted):
        calls.append(wanted)
        assert len(calls) >= wanted
        return wanted

    with contextlib.redirect_stderr(io.StringIO()):
        flaky(3)
        try:
            flaky(9)
        except AssertionError:
            return len(calls)


def dummy_iterator(mx):
    made = mx.test_utils.DummyIter(mx.io.NDArrayIter(data((4, 2)), np.arange(4), 2))
    return [next(made).data[0] for _ in range(4)], made.batch_size, [tuple(each) for each in made.provide_data]


def buckets(mx):
    return mx.test_utils.gen_buckets_probs_with_ppf(lambda x: x * 3, 4)


def generators(mx):
    tu = mx.test_utils
    steps, halves = np.linspace(0, 1, 1000, endpoint=False), [(0, 0.5), (0.5, 1)]
    probable, observed, expected = tu.chi_square_check(lambda n: steps[:n], halves, [0.5, 0.5], nsamples=900)
    counted, _, _ = tu.chi_square_check(lambda n: np.arange(n) % 3, [0, 1, 2], [0.2, 0.3, 0.5], nsamples=100)
    return (
        round(float(probable), 10), observed.tolist(), expected.tolist(), round(float(counted), 10),
        bool(tu.mean_check(lambda n: np.zeros(n) + 0.01, 0, 1, 1000)),
        bool(tu.mean_check(lambda n: np.zeros(n) + 1, 0, 1, 1000)),
        len(tu.verify_generator(lambda n: steps[:n], halves, [0.5, 0.5], nsamples=1000, nrepeat=2)),
    )  # fmt: skip


def generator_that_is_wrong(mx):
    mx.test_utils.verify_generator(np.zeros, [(0, 0.5), (0.5, 1)], [0.5, 0.5], nsamples=100, nrepeat=2)
