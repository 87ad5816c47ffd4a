"""Operators that a program defines: what MXNet gives no answer to, or crashes over."""

import gc
import pickle
import threading
import traceback
import weakref

import numpy as np
import pytest

import mxnet as mx
from mxnet.base import MXNetError
from mxnet.ndarray.custom import PROPERTIES


@pytest.fixture(autouse=True)
def forgotten():
    """What a test registers is gone after it."""
    before = dict(PROPERTIES)
    yield
    PROPERTIES.clear()
    PROPERTIES.update(before)


def registered(forward=None, backward=None, name="mine", **methods):
    class Mine(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):
            for output, request in zip(out_data, req):
                self.assign(output, request, in_data[0] * 2)

        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
            for gradient, request in zip(in_grad, req):
                self.assign(gradient, request, out_grad[0] * 2)

    for method, function in (("forward", forward), ("backward", backward)):
        if function is not None:
            setattr(Mine, method, function)
    methods = {"create_operator": lambda self, ctx, shapes, dtypes: Mine(), **methods}
    mx.operator.register(name)(type("MineProp", (mx.operator.CustomOpProp,), methods))
    return Mine


def broken(*args, **keywords):
    raise ValueError("on purpose")


def test_an_error_names_the_operator_the_method_and_the_line_and_has_the_programs_as_its_cause():
    registered(forward=broken)
    with pytest.raises(
        MXNetError, match=r"Custom 'mine': Mine.forward raised ValueError: on purpose .*test_operator"
    ) as caught:
        mx.nd.Custom(mx.nd.ones(2), op_type="mine")
    assert isinstance(caught.value.__cause__, ValueError)
    assert "def broken" not in str(caught.value)
    assert any(frame.name == "broken" for frame in traceback.extract_tb(caught.value.__cause__.__traceback__))


def test_an_error_in_the_backward_says_so_in_eager_code_graphs_and_executors():
    registered(backward=broken)
    x = mx.nd.ones(2)
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.Custom(x, op_type="mine")
    with pytest.raises(MXNetError, match="Custom 'mine': Mine.backward raised ValueError: on purpose"):
        y.backward()
    executor = mx.sym.Custom(mx.sym.var("x"), op_type="mine").simple_bind(mx.cpu(), x=(2,))
    executor.forward(is_train=True)
    with pytest.raises(MXNetError, match="Custom 'mine': Mine.backward raised ValueError: on purpose"):
        executor.backward(mx.nd.ones(2))


def test_an_error_in_a_graph_names_the_node():
    registered(forward=broken)
    symbol = mx.sym.Custom(mx.sym.var("x"), op_type="mine", name="here")
    with pytest.raises(MXNetError, match=r"node here \(Custom\): Custom 'mine': Mine.forward raised ValueError"):
        symbol.eval(x=mx.nd.ones(2))


@pytest.mark.parametrize("method", ["__init__", "list_arguments", "list_outputs", "list_auxiliary_states"])
def test_properties_that_raise_are_errors_where_mxnet_crashes(method):
    registered(**{method: broken})
    for call in (lambda: mx.nd.Custom(mx.nd.ones(2), op_type="mine"), lambda: mx.sym.Custom(op_type="mine")):
        with pytest.raises(MXNetError, match="Custom 'mine': MineProp.* raised ValueError: on purpose"):
            call()


@pytest.mark.parametrize(
    ("method", "answer", "message"),
    [
        ("list_arguments", "data", r"list_arguments returned 'data'; expected a list of str"),
        ("list_outputs", [], r"list_outputs returned \[\]; expected at least one name"),
        ("infer_shape", ([(2,)], ["ab"]), r"infer_shape returned 'ab'; expected a tuple of int"),
        ("infer_shape", ([(2,)], [(-1,)]), r"infer_shape does not tell the shape of output 'output': \(-1,\)"),
        ("infer_shape", 5, r"infer_shape returned 5; expected two lists, or three"),
        ("infer_type", (["float32"], [None]), r"infer_type does not tell the dtype of output 'output'"),
        ("infer_type", (["float32"], ["nonsense"]), r"infer_type returned 'nonsense'; expected a dtype"),
        ("infer_storage_type", (["default"], ["csr"], []), r"infer_storage_type returned .*dense"),
        ("create_operator", None, r"create_operator returned None; expected a CustomOp"),
        ("declare_backward_dependency", None, r"declare_backward_dependency returned None; expected a list of int"),
    ],
)  # fmt: skip
def test_answers_that_make_no_sense(method, answer, message):
    registered(**{method: lambda self, *given: answer})
    with pytest.raises(MXNetError, match=message):
        mx.nd.Custom(mx.nd.ones(2), op_type="mine")


def test_arrays_come_by_position():
    registered()
    with pytest.raises(TypeError, match=r"Custom\(\) takes its arrays by position; got one as 'other'"):
        mx.nd.Custom(mx.nd.ones(2), other=mx.nd.ones(2), op_type="mine")
    with pytest.raises(MXNetError, match="Custom 'mine': 2 inputs; expected 1: data"):
        mx.nd.Custom(mx.nd.ones(2), mx.nd.ones(2), op_type="mine")


def test_what_the_backward_did_not_ask_for_is_not_kept_and_says_so():
    seen = []

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        seen.append(repr(in_data[0]))
        in_grad[0][:] = out_grad[0] * in_data[0]

    registered(backward=backward, declare_backward_dependency=lambda self, heads, inputs, outputs: heads)
    x = mx.nd.ones(2)
    x.attach_grad()
    with mx.autograd.record():
        inside = x * 3
        y = mx.nd.Custom(inside, op_type="mine")
    reference = weakref.ref(inside)
    del inside
    gc.collect()
    assert reference() is None
    with pytest.raises(MXNetError, match=r"in_data\[0\] of the backward is not there: declare_backward_dependency"):
        y.backward()
    assert seen == ["<Custom 'mine': in_data[0] of the backward, not declared>"]


def test_outputs_that_nobody_writes_are_zeros():
    registered(forward=lambda self, **given: None)
    assert mx.nd.Custom(mx.nd.ones(3), op_type="mine").asnumpy().tolist() == [0, 0, 0]


def test_states_are_written_in_place_by_every_way_of_running_it():
    def forward(self, is_train, req, in_data, out_data, aux):
        aux[0] += 1
        self.assign(out_data[0], req[0], in_data[0] + aux[0])

    registered(
        forward=forward,
        list_auxiliary_states=lambda self: ["count"],
        infer_shape=lambda self, in_shape: (in_shape, in_shape, in_shape),
    )
    count = mx.nd.zeros(2)
    view = count[:1]
    for number in (1, 2):
        assert mx.nd.Custom(mx.nd.ones(2), count, op_type="mine").asnumpy().tolist() == [1 + number] * 2
    assert view.asscalar() == 2
    symbol = mx.sym.Custom(mx.sym.var("x"), op_type="mine", name="c")
    executor = symbol.bind(mx.cpu(), {"x": mx.nd.ones(2)}, aux_states={"c_count": count})
    assert executor.forward()[0].asnumpy().tolist() == [4, 4]
    assert count.asnumpy().tolist() == [3, 3]


def test_a_pickled_symbol_is_of_the_same_operator():
    registered()
    symbol = pickle.loads(pickle.dumps(mx.sym.Custom(mx.sym.var("x"), op_type="mine")))
    assert symbol.eval(x=mx.nd.array([1, 2]))[0].asnumpy().tolist() == [2, 4]


def test_a_graph_of_an_operator_nobody_registered_is_refused_by_name():
    registered()
    text = mx.sym.Custom(mx.sym.var("x"), op_type="mine").tojson()
    PROPERTIES.pop("mine")
    with pytest.raises(MXNetError, match="op_type='mine': no operator is registered by this name .*there are: "):
        mx.sym.load_json(text)


def test_contexts_are_those_of_the_arrays():
    seen = []

    class Mine(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):
            seen.append((in_data[0].context, out_data[0].context))

    registered(create_operator=lambda self, ctx, shapes, dtypes: seen.append(ctx) or Mine())
    assert mx.nd.Custom(mx.nd.ones(2, ctx=mx.cpu(1)), op_type="mine").context == mx.cpu(1)
    mx.sym.Custom(mx.sym.var("x"), op_type="mine").eval(ctx=mx.cpu(2), x=mx.nd.ones(2, ctx=mx.cpu(2)))
    assert seen == [mx.cpu(1), (mx.cpu(1),) * 2, mx.cpu(2), (mx.cpu(2),) * 2]


def test_threads_have_operators_of_their_own():
    registered(
        backward=lambda self, req, out_grad, in_data, out_data, in_grad, aux: in_grad[0].__setitem__(
            slice(None), in_data[0]
        )
    )
    results = [None] * 4

    def run(number):
        x = mx.nd.full((3,), number)
        x.attach_grad()
        for _ in range(20):
            with mx.autograd.record():
                y = mx.nd.Custom(x, op_type="mine")
            y.backward()
        results[number] = x.grad.asnumpy().tolist()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[number] * 3 for number in range(4)]


class Softmax(mx.operator.NumpyOp):
    """The operator of MXNet's first examples."""

    def __init__(self):
        super().__init__(need_top_grad=False)

    def list_arguments(self):
        return ["data", "label"]

    def infer_shape(self, in_shape):
        return [in_shape[0], (in_shape[0][0],)], [in_shape[0]]

    def forward(self, in_data, out_data):
        x, y = in_data[0], out_data[0]
        y[:] = np.exp(x - x.max(axis=1).reshape((-1, 1)))
        y /= y.sum(axis=1).reshape((-1, 1))

    def backward(self, out_grad, in_data, out_data, in_grad):
        assert out_grad == []
        label = in_data[1].astype(int)
        in_grad[0][:] = out_data[0]
        in_grad[0][np.arange(len(label)), label] -= 1


class SoftmaxOfArrays(mx.operator.NDArrayOp):
    """The same over NDArrays."""

    list_arguments, infer_shape = Softmax.list_arguments, Softmax.infer_shape

    def __init__(self):
        super().__init__(need_top_grad=False)

    def forward(self, in_data, out_data):
        out_data[0][:] = mx.nd.softmax(in_data[0])

    def backward(self, out_grad, in_data, out_data, in_grad):
        in_grad[0][:] = out_data[0] - mx.nd.one_hot(in_data[1], in_data[0].shape[1])


@pytest.mark.parametrize("kind", [Softmax, SoftmaxOfArrays])
def test_operators_of_the_first_years(kind):
    x, label = mx.nd.array([[1, 2, 3], [3, 1, 0]]), mx.nd.array([0, 2])
    operator = kind()
    symbol = operator(data=mx.sym.var("x"), name="soft")
    assert symbol.list_arguments() == ["x", "soft_label"]
    assert symbol.list_outputs() == ["soft_output"]
    assert operator.get_symbol(mx.sym.var("x"), name="q").list_arguments() == ["x", "q_label"]
    expected = mx.sym.SoftmaxOutput(mx.sym.var("x"), mx.sym.var("soft_label"))
    results = []
    for each in (symbol, expected):
        executor = each.simple_bind(mx.cpu(), x=(2, 3))
        executor.forward(is_train=True, x=x, soft_label=label)
        executor.backward()
        results.append((executor.outputs[0].asnumpy(), executor.grad_dict["x"].asnumpy()))
    np.testing.assert_allclose(results[0], results[1], rtol=1e-5)
    with pytest.raises(TypeError, match="by position or by name"):
        operator(mx.sym.var("x"), label=mx.sym.var("l"))


def test_an_object_that_is_gone_cannot_be_read_back():
    text = mx.operator.NumpyOp()(mx.sym.var("x"), name="a").tojson()
    gc.collect()
    with pytest.raises(MXNetError, match="there is no such NumpyOp or NDArrayOp"):
        mx.sym.load_json(text)


def test_what_python_operators_do_by_default():
    operator = mx.operator.PythonOp()
    assert (operator.need_top_grad(), operator.list_arguments(), operator.list_outputs()) == (
        True,
        ["data"],
        ["output"],
    )
    assert operator.infer_shape([[2, 3]]) == ([[2, 3]], [[2, 3]])
    with pytest.raises(NotImplementedError, match="derive from NumpyOp or NDArrayOp"):
        operator(mx.sym.var("x"))
    x = mx.nd.array([1, 2])
    for kind in (mx.operator.NumpyOp, mx.operator.NDArrayOp):
        executor = kind()(mx.sym.var("x")).simple_bind(mx.cpu(), x=(2,))
        assert executor.forward(is_train=True, x=x)[0].asnumpy().tolist() == [1, 2]
        executor.backward(mx.nd.ones(2))
        assert executor.grad_dict["x"].asnumpy().tolist() == [1, 1]


def test_a_program_can_ask_what_an_operator_takes():
    told = mx.operator.get_operator_arguments("FullyConnected")
    assert told.narg == len(told.names) == len(told.types)
    assert told.names == ["data", "weight", "bias", "num_hidden", "no_bias", "flatten"]
    assert told.types[0] == "NDArray-or-Symbol"
    assert told.types[3] == "int, required"
    with pytest.raises(MXNetError, match="there is no operator 'no_such'"):
        mx.operator.get_operator_arguments("no_such")
