"""Operators that a program defines in Python: what is asked of them, when, with what, and what comes of it."""

import numpy as np

from fidelity.support import data, tolerance
from fidelity.tensor_support import outcomes


def _registered(mx, log=None, **defaults):
    """Register an operator that scales, which writes down what it is asked; `defaults` are of its properties."""
    log = [] if log is None else log

    class Scaled(mx.operator.CustomOp):
        def __init__(self, scale):
            super().__init__()
            self.scale, self.runs = scale, 0

        def forward(self, is_train, req, in_data, out_data, aux):
            self.runs += 1
            recording = mx.autograd.is_recording(), mx.autograd.is_training()
            log.append(["forward", is_train, req, [a.shape for a in in_data], len(aux), recording, self.runs])
            for output, request in zip(out_data, req):
                self.assign(output, request, in_data[0] * self.scale)
            for state in aux:
                state[:] = state + 1

        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
            recording = mx.autograd.is_recording(), mx.autograd.is_training()
            log.append(["backward", req, len(out_grad), [a.shape for a in in_grad], len(aux), recording, self.runs])
            for gradient, request in zip(in_grad, req):
                self.assign(gradient, request, sum(out_grad[1:], out_grad[0]) * self.scale)
            for state in aux:
                state[:] = state + 10

    class Properties(mx.operator.CustomOpProp):
        def __init__(self, scale="2", inputs="data", outputs="output", states="", **others):
            super().__init__(need_top_grad=True)
            log.append(["properties", scale, sorted(others.items())])
            self.scale = float(scale)
            self.inputs, self.outputs, self.states = (each.split(",") for each in (inputs, outputs, states))

        def list_arguments(self):
            return self.inputs

        def list_outputs(self):
            return self.outputs

        def list_auxiliary_states(self):
            return [name for name in self.states if name]

        def infer_shape(self, in_shape):
            shape = in_shape[0]
            return [shape] * len(in_shape), [shape] * len(self.outputs), [(2,)] * len(self.list_auxiliary_states())

        def create_operator(self, ctx, in_shapes, in_dtypes):
            log.append(["create", str(ctx), in_shapes, in_dtypes])
            return Scaled(self.scale)

    mx.operator.register("scaled")(Properties)
    return log


def _array(mx, *values, **attach):
    array = mx.nd.array(values)
    array.attach_grad(**attach)
    return array


def _register(mx, forward=None, backward=None, **methods):
    """Register an operator of plain functions, and methods of its properties."""

    class Plain(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):
            for output, request, value in zip(out_data, req, in_data):
                self.assign(output, request, value)

        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
            for gradient, request, value in zip(in_grad, req, out_grad):
                self.assign(gradient, request, value)

    for name, function in (("forward", forward), ("backward", backward)):
        if function is not None:
            setattr(Plain, name, function)
    methods = {"create_operator": lambda self, ctx, in_shapes, in_dtypes: Plain(), **methods}
    mx.operator.register("plain")(type("Properties", (mx.operator.CustomOpProp,), methods))
    return Plain


def in_eager_code(mx):
    log, x = _registered(mx), _array(mx, 1, 2)
    out = mx.nd.Custom(x, op_type="scaled", scale=3, more=(1, 2), flag=True, nothing=None)
    mx.nd.waitall()
    return out, log


def recorded(mx):
    log, x = _registered(mx), _array(mx, 1, 2)
    with mx.autograd.record():
        y = mx.nd.Custom(x, op_type="scaled", scale=3) * mx.nd.array([1, 5])
    y.backward()
    mx.nd.waitall()
    return y, x.grad, log


def recorded_for_prediction(mx):
    log, x = _registered(mx), _array(mx, 1, 2)
    with mx.autograd.record(train_mode=False):
        y = mx.nd.Custom(x, op_type="scaled")
    y.backward()
    mx.nd.waitall()
    return x.grad, log


def gradients_added(mx):
    _registered(mx)
    x = _array(mx, 1, 2, grad_req="add")
    for _ in range(2):
        with mx.autograd.record():
            y = mx.nd.Custom(x, op_type="scaled") + x
        y.backward()
    return x.grad


def gradient_nobody_wants(mx):
    log, x, other = _registered(mx), _array(mx, 1, 2), mx.nd.array([5, 6])
    with mx.autograd.record():
        y = mx.nd.Custom(x, other, op_type="scaled", inputs="data,other")
    y.backward()
    mx.nd.waitall()
    return x.grad, log


def several_outputs(mx):
    log, x = _registered(mx), _array(mx, 1, 2)
    with mx.autograd.record():
        one, two = mx.nd.Custom(x, op_type="scaled", outputs="one,two")
        y = one * 3 + two
    y.backward()
    mx.nd.waitall()
    with mx.autograd.record():
        one, two = mx.nd.Custom(x, op_type="scaled", outputs="one,two")
    two.backward()
    mx.nd.waitall()
    targets = [mx.nd.zeros(2), mx.nd.zeros(2)]
    mx.nd.Custom(x, op_type="scaled", outputs="one,two", out=targets)
    return one, two, y, x.grad, targets, log


def states(mx):
    log, x, state = _registered(mx), _array(mx, 1, 2, 3), mx.nd.zeros((2,))
    with mx.autograd.record():
        y = mx.nd.Custom(x, state, op_type="scaled", states="seen")
    mx.nd.waitall()
    before = state.asnumpy()
    y.backward()
    mx.nd.waitall()
    return before, state, log


def default_properties(mx):
    properties = mx.operator.CustomOpProp()
    kinds = ["default"]
    return [
        properties.list_arguments(), properties.list_outputs(), properties.list_auxiliary_states(),
        properties.infer_shape([[2, 3], [3]]), properties.infer_type([None]), properties.infer_type([np.float16, None]),
        properties.infer_storage_type(kinds), properties.infer_storage_type_backward(kinds, kinds, kinds, kinds, []),
        properties.declare_backward_dependency([0], [1, 2], [3]),
        mx.operator.CustomOpProp(need_top_grad=False).declare_backward_dependency([0], [1, 2], [3]),
        type(properties.create_operator(mx.cpu(), [[2]], [0])).__name__, vars(properties),
        outcomes(
            lambda: properties.infer_storage_type(["csr"]),
            lambda: properties.infer_storage_type_backward(["csr"], kinds, kinds, kinds, []),
            lambda: properties.infer_storage_type_backward(kinds, kinds, kinds, ["row_sparse"], []),
        ),
    ]  # fmt: skip


def assign(mx):
    operator, results = mx.operator.CustomOp(), []
    for request in ("null", "write", "inplace", "add", "other"):
        target = mx.nd.ones(2)
        operator.assign(target, request, mx.nd.array([3, 4]))
        results.append(target)
    for value in (5, np.array([1, 2]), mx.nd.array([7])):
        target = mx.nd.ones(2)
        operator.assign(target, "write", value)
        results.append(target)
    return results, outcomes(lambda: operator.assign(mx.nd.ones(2), "write", mx.nd.ones(3)))


def declared_dependencies(mx):
    seen = []

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        seen.append([len(out_grad), in_data[0].asnumpy(), len(out_data)])
        in_grad[0][:] = in_data[0] * 10

    _register(mx, backward=backward, declare_backward_dependency=lambda self, out_grad, in_data, out_data: in_data)
    x = _array(mx, 1, 2)
    with mx.autograd.record():
        y = mx.nd.Custom(x, op_type="plain")
    y.backward()
    mx.nd.waitall()
    return x.grad, seen


def a_loss(mx):
    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        self.assign(in_grad[0], req[0], out_data[0] + 100)

    def init(self):
        mx.operator.CustomOpProp.__init__(self, need_top_grad=False)

    _register(mx, backward=backward, __init__=init)
    executor = mx.sym.Custom(mx.sym.Variable("x"), op_type="plain").simple_bind(mx.cpu(), x=(2,))
    executor.forward(is_train=True, x=mx.nd.array([1, 2]))
    executor.backward()
    return executor.grad_dict["x"]


def a_gradient_by_autograd(mx):
    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        inside = in_data[0].copy()
        inside.attach_grad()
        with mx.autograd.record():
            y = (inside**3).sum()
        y.backward()
        self.assign(in_grad[0], req[0], inside.grad * out_grad[0])

    _register(mx, backward=backward)
    x = _array(mx, 1, 2)
    with mx.autograd.record():
        y = mx.nd.Custom(x * 2, op_type="plain") * 3
    y.backward()
    return x.grad


def dtypes(mx):
    _register(mx, infer_type=lambda self, in_type: (in_type, [np.int32], []))
    kinds = ("float64", "int8", "uint8", "int64", "float16", "float32")
    results = [mx.nd.Custom(mx.nd.array([1, 2.5], dtype=kind), op_type="plain") for kind in kinds]
    symbol = mx.sym.Custom(mx.sym.Variable("x"), op_type="plain")
    told = [symbol.infer_type(x=kind) for kind in kinds], symbol.infer_type()
    _register(mx)
    return results, told, [mx.nd.Custom(mx.nd.array([1, 2.5], dtype=kind), op_type="plain") for kind in kinds]


def graphs(mx):
    _registered(mx)
    d, e = mx.sym.Variable("d"), mx.sym.Variable("e")
    symbol = mx.sym.Custom(d, op_type="scaled", name="c", scale=4, inputs="data,label", states="seen", outputs="a,b")
    others = [
        mx.sym.Custom(label=e, data=d, op_type="scaled", inputs="data,label"),
        mx.sym.Custom(d, op_type="scaled", inputs="data,label"),
        mx.sym.Custom(op_type="scaled"),
        mx.sym.Custom(label=e, op_type="scaled", inputs="data,label"),
    ]
    return [
        symbol.tojson(), symbol.list_arguments(), symbol.list_outputs(), symbol.list_auxiliary_states(),
        {name: sorted(each.items()) for name, each in symbol.attr_dict().items()},
        mx.sym.load_json(symbol.tojson()).tojson() == symbol.tojson(),
        symbol.infer_shape(d=(3, 2)), symbol.infer_shape_partial(d=(0, 2)),
        [(each.list_arguments(), each.name, each.list_outputs()) for each in others],
    ]  # fmt: skip


def shapes_of_labels(mx):
    _register(
        mx,
        list_arguments=lambda self: ["data", "label"],
        infer_shape=lambda self, in_shape: ([in_shape[0], (in_shape[0][0],)], [in_shape[0]]),
    )
    symbol = mx.sym.Custom(mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=5), op_type="plain", name="c")
    return symbol.infer_shape(x=(3, 4)), symbol.infer_shape_partial(x=(0, 4))


def executors_keep_their_operator(mx):
    log = _registered(mx)
    symbol = mx.sym.Custom(mx.sym.Variable("d"), op_type="scaled", scale=4, states="seen", name="c")
    executor = symbol.simple_bind(mx.cpu(), d=(2,))
    results = []
    for is_train in (True, True, False, True):
        executor.forward(is_train=is_train, d=mx.nd.array([1, 2]))
        results.append(executor.outputs[0].asnumpy())
        if is_train:
            executor.backward(mx.nd.array([1, 2]))
            results.append(executor.grad_dict["d"].asnumpy())
        mx.nd.waitall()
        results.append(executor.aux_dict["c_seen"].asnumpy())
    return results, [each for each in log if each[0] != "properties"]


def executor_adds_gradients(mx):
    _registered(mx)
    executor = mx.sym.Custom(mx.sym.Variable("d"), op_type="scaled").simple_bind(mx.cpu(), d=(2,), grad_req="add")
    for _ in range(3):
        executor.forward(is_train=True)
        executor.backward(mx.nd.array([1, 2]))
    return executor.grad_dict["d"]


def _block(mx, **attributes):
    class Block(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            with self.name_scope():
                self.dense = mx.gluon.nn.Dense(3, use_bias=False)
                self.factor = self.params.get("factor", shape=(1,), init="one")

        def hybrid_forward(self, F, x, factor):
            return self.dense(F.Custom(x, op_type="scaled", **attributes)) * F.reshape(factor, (1, 1))

    block = Block()
    block.initialize(mx.init.One())
    return block


def _stepped(mx, **hybridized):
    log = _registered(mx)
    block = _block(mx, scale=3)
    if hybridized:
        block.hybridize(**hybridized)
    x, results = mx.nd.array(data((2, 4), 1)), []
    x.attach_grad()
    for _ in range(2):
        with mx.autograd.record():
            y = block(x)
        y.backward()
        mx.nd.waitall()
        results += [y, x.grad.copy()]
    return results, block(x), [each for each in log if each[0] != "properties"]


def in_a_block(mx):
    return _stepped(mx)


def in_a_hybridized_block(mx):
    return _stepped(mx, active=True)


def in_a_static_block(mx):
    results, out, log = _stepped(mx, active=True, static_alloc=True, static_shape=True)
    return results, out, [each for each in log if each[0] != "create"]


def exported_and_imported(mx):
    import os
    import tempfile

    _registered(mx)
    block = _block(mx)
    block.hybridize()
    x = mx.nd.array(data((2, 4), 1))
    expected = block(x)
    with tempfile.TemporaryDirectory() as folder:
        block.export(os.path.join(folder, "net"))
        again = mx.gluon.SymbolBlock.imports(
            os.path.join(folder, "net-symbol.json"), ["data"], os.path.join(folder, "net-0000.params")
        )
        return expected, again(x)


def registered_again(mx):
    _register(mx)
    _register(mx, forward=lambda self, is_train, req, in_data, out_data, aux: self.assign(out_data[0], req[0], 7))
    names = mx.operator.get_all_registered_operators()
    return mx.nd.Custom(mx.nd.ones(2), op_type="plain"), "Custom" in names, "plain" in names, "relu" in names


def errors(mx):
    def fails(*given, **named):
        raise ValueError("on purpose")

    x, d = mx.nd.ones(2), mx.sym.Variable("d")
    found = outcomes(
        lambda: mx.nd.Custom(x, op_type="no such operator"),
        lambda: mx.nd.Custom(x),
        lambda: mx.sym.Custom(d),
        lambda: mx.sym.Custom(d, op_type="no such operator"),
    )
    _register(mx)
    found += outcomes(
        lambda: mx.nd.Custom(x, x, op_type="plain"),
        lambda: mx.sym.Custom(d, d, op_type="plain"),
        lambda: mx.sym.Custom(other=d, op_type="plain"),
        lambda: mx.nd.Custom(x, "plain", op_type="plain"),
    )
    _register(mx, create_operator=fails)
    found += outcomes(lambda: mx.nd.Custom(x, op_type="plain"))
    for infer_shape in (
        fails,
        lambda self, in_shape: ([in_shape[0]] * 2, [in_shape[0]]),
        lambda self, in_shape: ([in_shape[0]], []),
        lambda self, in_shape: ([in_shape[0]], [in_shape[0]], [], 5),
        lambda self, in_shape: ([(3,)], [in_shape[0]]),
    ):
        _register(mx, infer_shape=infer_shape)
        found += outcomes(
            lambda: mx.nd.Custom(x, op_type="plain"),
            lambda: mx.sym.Custom(d, op_type="plain").infer_shape(d=(2,)),
        )
    _register(mx, infer_type=fails)
    found += outcomes(lambda: mx.nd.Custom(x, op_type="plain"))
    return found


def forward_that_raises(mx):
    def forward(self, is_train, req, in_data, out_data, aux):
        raise ValueError("on purpose")

    _register(mx, forward=forward)
    return mx.nd.Custom(mx.nd.ones(2), op_type="plain").asnumpy()


@tolerance(1e-5, 1e-6)
def a_softmax_trained(mx):
    """The operator of MXNet's own tutorial's kind: NumPy inside, a label, and a gradient of its own."""

    def forward(self, is_train, req, in_data, out_data, aux):
        x = in_data[0].asnumpy()
        y = np.exp(x - x.max(axis=1).reshape((-1, 1)))
        self.assign(out_data[0], req[0], mx.nd.array(y / y.sum(axis=1).reshape((-1, 1))))

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        labels, y = in_data[1].asnumpy().astype("int64"), out_data[0].asnumpy()
        y[np.arange(len(labels)), labels] -= 1
        self.assign(in_grad[0], req[0], mx.nd.array(y))

    _register(
        mx, forward, backward,
        __init__=lambda self: mx.operator.CustomOpProp.__init__(self, need_top_grad=False),
        list_arguments=lambda self: ["data", "label"],
        infer_shape=lambda self, in_shape: ([in_shape[0], (in_shape[0][0],)], [in_shape[0]], []),
    )  # fmt: skip
    net = mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=3, name="fc")
    net = mx.sym.Custom(data=net, name="softmax", op_type="plain")
    executor = net.simple_bind(mx.cpu(), x=(8, 4))
    executor.arg_dict["x"][:] = data((8, 4), 2)
    executor.arg_dict["softmax_label"][:] = np.arange(8) % 3
    executor.arg_dict["fc_weight"][:] = data((3, 4), 3)
    for _ in range(5):
        executor.forward(is_train=True)
        executor.backward()
        for name in ("fc_weight", "fc_bias"):
            executor.arg_dict[name][:] -= 0.1 * executor.grad_dict[name]
    return executor.outputs, executor.arg_dict["fc_weight"]
