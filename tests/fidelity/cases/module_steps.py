"""Modules step by step: binding, parameters, running, and what they say of themselves."""

import collections
import contextlib
import warnings

import numpy as np

from fidelity.support import data, tolerance


@contextlib.contextmanager
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _network(mx):
    x = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=4, name="fc1")
    x = mx.sym.BatchNorm(x, name="bn", fix_gamma=False)
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=3, name="fc2"), name="softmax")


def _bound(mx, length=4, **arguments):
    module = mx.mod.Module(_network(mx))
    module.bind([("data", (length, 5))], [("softmax_label", (length,))], **arguments)
    return module


def _ready(mx, **arguments):
    module = _bound(mx, **arguments)
    module.init_params(mx.init.Xavier())
    return module


def _batch(mx, length=4):
    return mx.io.DataBatch([mx.nd.array(data((length, 5)))], [mx.nd.array(np.arange(length) % 3)])


def _plain(named):
    """Names and values, the values Python numbers."""
    return [(name, float(value)) for name, value in named]


def _flags(module):
    return module.binded, module.params_initialized, module.optimizer_initialized, module.for_training


def names_and_shapes(mx):
    module = mx.mod.Module(_network(mx))
    before = module.data_names, module.label_names, module.output_names, _flags(module)
    module.bind([("data", (4, 5))], [("softmax_label", (4,))])
    described = module.data_shapes, module.label_shapes, module.output_shapes
    shapes = [[tuple(each) for each in some] for some in described]
    return before, shapes, _flags(module), module.inputs_need_grad, module.symbol.list_outputs()


def order_of_first_values(mx):
    asked = []

    class Own(mx.init.Initializer):
        def __call__(self, desc, arr):
            asked.append((str(desc), arr.shape))
            arr[:] = len(asked)

    module = _bound(mx)
    module.init_params(Own())
    return asked, module.get_params()


def first_values(mx):
    found = []
    for made in (None, mx.init.Uniform(0.1), mx.init.Xavier(), mx.init.Normal(1)):
        module = _bound(mx)
        if made is None:
            module.init_params()
        else:
            module.init_params(made)
        found.append(module.get_params())
    return found


def step(mx):
    module = _ready(mx, inputs_need_grad=True)
    module.init_optimizer(optimizer_params={"learning_rate": 0.5})
    batch = _batch(mx)
    module.forward(batch)
    outputs = module.get_outputs()[0].copy()
    module.backward()
    gradients = module.get_input_grads()[0].copy()
    module.update()
    metric = mx.metric.create("acc")
    module.update_metric(metric, batch.label)
    return outputs, gradients, module.get_params(), _plain([metric.get()]), _flags(module)


@tolerance(None, 5e-6, "before batch norm a bias has a gradient of nothing but rounding")
def gradients_added_up(mx):
    module = _ready(mx, grad_req="add", inputs_need_grad=True)
    for _ in range(3):
        module.forward_backward(_batch(mx))
    return module.get_input_grads(), [each[0] for each in module._exec_group.grad_arrays]


def gradients_by_name(mx):
    module = _ready(mx, grad_req={"fc1_weight": "add", "fc2_weight": "write"})
    return module._exec_group.grad_req


def gradients_of_outputs(mx):
    module = mx.mod.Module(mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name="fc"), label_names=None)
    module.bind([("data", (3, 4))], inputs_need_grad=True)
    module.init_params(mx.init.One())
    module.forward(mx.io.DataBatch([mx.nd.array(data((3, 4)))]), is_train=True)
    module.backward([mx.nd.array(data((3, 2), seed=1))])
    return module.get_outputs(), module.get_input_grads(), [each[0] for each in module._exec_group.grad_arrays]


def another_length(mx):
    module = _ready(mx)
    shapes = []
    for length in (4, 7, 2, 4, 7):
        module.forward(_batch(mx, length), is_train=False)
        shapes.append((module.get_outputs()[0].copy(), module.data_shapes[0].shape, module.label_shapes[0].shape))
    return shapes


def another_length_while_training(mx):
    module = _ready(mx)
    module.init_optimizer(optimizer_params={"learning_rate": 0.5, "momentum": 0.5})
    for length in (4, 7, 2, 4):
        module.forward_backward(_batch(mx, length))
        module.update()
    return module.get_params(), module._optimizer.rescale_grad


def features_without_labels(mx):
    batch = collections.namedtuple("Batch", ["data"])
    module = mx.mod.Module(_network(mx).get_internals()["bn_output"], label_names=None)
    module.bind([("data", (1, 5))], for_training=False)
    module.init_params(mx.init.One())
    found = []
    for length in (1, 4):
        module.forward(batch([mx.nd.array(data((length, 5)))]))
        found.append(module.get_outputs()[0].copy())
    return found


def labels_left_out(mx):
    module = mx.mod.Module(_network(mx))
    with _quiet():
        module.bind([("data", (4, 5))], for_training=False)
    module.init_params(mx.init.Xavier())
    module.forward(mx.io.DataBatch([mx.nd.array(data((4, 5)))]))
    return module.get_outputs(), module.label_shapes


def scores(mx):
    module = _ready(mx)
    batches = mx.io.NDArrayIter(data((10, 5)), np.arange(10) % 3, 4)
    found = [
        module.score(batches, "acc"),
        module.score(batches, ["acc", "ce"]),
        module.score(batches, mx.metric.create("ce"), num_batch=1),
        module.score(batches, "acc", reset=False),
    ]
    return [_plain(each) for each in found]


def predictions(mx):
    module = _ready(mx)
    batches = mx.io.NDArrayIter(data((10, 5)), np.arange(10) % 3, 4)
    apart = module.predict(batches, merge_batches=False)
    one_by_one = [(outputs[0].copy(), number, batch.pad) for outputs, number, batch in module.iter_predict(batches)]
    whole = [module.predict(batches, **more) for more in ({}, {"num_batch": 1}, {"always_output_list": True})]
    return whole, apart, one_by_one


def prediction_of_an_array(mx):
    module = _ready(mx, for_training=False)
    return module.predict(mx.nd.array(data((4, 5))))


def prediction_of_a_number(mx):
    _ready(mx).predict(5)


def several_contexts(mx):
    module = mx.mod.Module(_network(mx), context=[mx.cpu(0), mx.cpu(1)], work_load_list=[1, 3])
    module.bind([("data", (8, 5))], [("softmax_label", (8,))], inputs_need_grad=True)
    module.init_params(mx.init.Xavier())
    module.forward_backward(_batch(mx, 8))
    parts = module.get_outputs(merge_multi_context=False)
    metric = mx.metric.create("acc")
    module.update_metric(metric, _batch(mx, 8).label)
    return (
        module.get_outputs(), parts, [each.context for each in parts[0]], module.get_input_grads(),
        _plain([metric.get()]), module.output_shapes, module.get_params(),
    )  # fmt: skip


def too_many_contexts(mx):
    mx.mod.Module(_network(mx), context=[mx.cpu(0), mx.cpu(1)]).bind([("data", (1, 5))], [("softmax_label", (1,))])


def slices(mx):
    given = ((10, [1, 1, 1]), (7, [1, 2]), (15, [1, 1]), (9, [0.5, 0.25, 0.25]), (5, [1, 1, 1, 1]), (8, [1]))
    return [[(s.start, s.stop) for s in mx.executor_manager._split_input_slice(*each)] for each in given]


def states(mx):
    x = mx.sym.Variable("data") + mx.sym.Variable("state")
    module = mx.mod.Module(mx.sym.Group([x * 2, x]), label_names=None, state_names=["state"])
    module.bind([("data", (2, 3)), ("state", (2, 3))][:1], for_training=False)
    module.init_params()
    module.set_states(value=3)
    module.forward(mx.io.DataBatch([mx.nd.ones((2, 3))]))
    first = [each.copy() for each in module.get_outputs()]
    module.set_states(states=module.get_outputs(merge_multi_context=False)[1:])
    module.forward(mx.io.DataBatch([mx.nd.ones((2, 3))]))
    return first, module.get_outputs(), module.get_states(merge_multi_context=False)


def parameters_set(mx):
    module = _bound(mx)
    arguments = {"fc1_weight": mx.nd.ones((4, 5)), "other": mx.nd.ones(1)}
    module.set_params(arguments, {}, allow_missing=True, allow_extra=True)
    first = module.get_params()[0]["fc1_weight"].copy()
    with _quiet():
        module.set_params({"fc1_weight": mx.nd.zeros((4, 5))}, {}, allow_missing=True, force_init=False)
    return first, module.get_params()[0]["fc1_weight"], module.params_initialized


def parameters_in_files(mx):
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.params")
        module, other = _ready(mx), _ready(mx)
        module.save_params(path)
        other.load_params(path)
        return sorted(mx.nd.load(path)), other.get_params(), module.get_params()


def shared_parameters(mx):
    module, other = _ready(mx), mx.mod.Module(_network(mx))
    module.init_optimizer(optimizer_params={"learning_rate": 0.5})
    other.bind([("data", (2, 5))], [("softmax_label", (2,))], shared_module=module)
    flags = _flags(other)
    other.forward_backward(_batch(mx, 2))
    other.update()
    module.forward(_batch(mx), is_train=False)
    other.forward(_batch(mx), is_train=False)
    return flags, module.get_outputs(), other.get_outputs()


def bound_twice(mx):
    module = _ready(mx)
    before = module.get_params()[0]["fc1_weight"].copy()
    module.bind([("data", (2, 5))], [("softmax_label", (2,))])
    ignored = module.data_shapes[0].shape
    module.bind([("data", (2, 5))], [("softmax_label", (2,))], force_rebind=True)
    return ignored, module.data_shapes[0].shape, before, module.get_params()[0]["fc1_weight"]


def python_module(mx):
    module = mx.mod.PythonLossModule(name="own")
    module.bind([("data", (4, 5))], [("softmax_label", (4,))])
    module.init_params()
    module.init_optimizer()
    module.update()
    return module.data_names, module.output_names, module.output_shapes, module.get_params()


# ---------------------------------------------------------------- errors


def _errors():
    def unknown_data(mx):
        mx.mod.Module(_network(mx), data_names=["x"])

    def unknown_fixed(mx):
        mx.mod.Module(_network(mx), fixed_param_names=["x"])

    def unknown_state(mx):
        mx.mod.Module(_network(mx), state_names=["x"])

    def shapes_before_binding(mx):
        mx.mod.Module(_network(mx)).data_shapes

    def parameters_before_binding(mx):
        mx.mod.Module(_network(mx)).init_params()

    def optimizer_before_parameters(mx):
        _bound(mx).init_optimizer()

    def forward_before_parameters(mx):
        _bound(mx).forward(_batch(mx))

    def update_before_optimizer(mx):
        _ready(mx).update()

    def backward_of_a_prediction(mx):
        module = _ready(mx, for_training=False)
        module.forward(_batch(mx))
        module.backward()

    def input_gradients_not_asked_for(mx):
        _ready(mx).get_input_grads()

    def bound_to_another_name(mx):
        mx.mod.Module(_network(mx)).bind([("x", (4, 5))], [("softmax_label", (4,))])

    def input_gradients_of_a_prediction(mx):
        _bound(mx, for_training=False, inputs_need_grad=True)

    def other_features(mx):
        _ready(mx).forward(mx.io.DataBatch([mx.nd.ones((4, 6))], [mx.nd.zeros(4)]))

    def missing_parameters(mx):
        _bound(mx).set_params({"fc1_weight": mx.nd.ones((4, 5))}, {})

    def extra_parameters(mx):
        _bound(mx).set_params({"x": mx.nd.ones((4, 5))}, {}, allow_missing=True)

    def parameters_of_another_shape(mx):
        _bound(mx).set_params({"fc1_weight": mx.nd.ones((4, 3))}, {}, allow_missing=True)

    def first_values_of_another_shape(mx):
        _bound(mx).init_params(arg_params={"fc1_weight": mx.nd.ones((4, 3))}, allow_missing=True)

    def merged_states(mx):
        _ready(mx).get_states()

    def optimizer_of_another_kind(mx):
        _ready(mx).init_optimizer(optimizer=3)

    def checkpoint_that_is_not(mx):
        mx.mod.Module.load("nowhere", 3)

    def loss_with_gradients(mx):
        module = mx.mod.PythonLossModule()
        module.bind([("data", (4, 5))], [("softmax_label", (4,))])
        module.backward(mx.nd.ones(1))

    def loss_without_function(mx):
        module = mx.mod.PythonLossModule()
        module.bind([("data", (4, 5))], [("softmax_label", (4,))])
        module.forward(_batch(mx), True)
        module.backward()

    def loss_of_two_inputs(mx):
        mx.mod.PythonLossModule(data_names=["a", "b"])

    def base_module(mx):
        mx.mod.BaseModule().update()

    return list(locals().values())


for _case in _errors():
    _case.__qualname__ = _case.__name__
    globals()[f"error_{_case.__name__}"] = _case
del _case
