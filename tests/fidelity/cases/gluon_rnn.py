"""Recurrent layers and cells: outputs, states, gradients, names, unrolling, graphs, files."""

import json
import os
import tempfile

from fidelity.support import data, head_gradient, tolerance
from fidelity.tensor_support import case, outcomes

LAYERS = {
    "rnn_relu": lambda rnn, **options: rnn.RNN(4, **options),
    "rnn_tanh": lambda rnn, **options: rnn.RNN(4, activation="tanh", **options),
    "lstm": lambda rnn, **options: rnn.LSTM(4, **options),
    "gru": lambda rnn, **options: rnn.GRU(4, **options),
}
CELLS = {
    "rnn": lambda rnn, **options: rnn.RNNCell(4, **options),
    "rnn_relu": lambda rnn, **options: rnn.RNNCell(4, activation="relu", **options),
    "lstm": lambda rnn, **options: rnn.LSTMCell(4, **options),
    "lstm_other": lambda rnn, **options: rnn.LSTMCell(4, recurrent_activation="softsign", **options),
    "gru": lambda rnn, **options: rnn.GRUCell(4, **options),
}


def _set(mx, block):
    for number, (_, parameter) in enumerate(sorted(block.collect_params().items())):
        parameter.set_data(mx.nd.array(data(parameter.shape, number + 1, -0.7, 0.7)))


def _leaves(value):
    return [leaf for item in value for leaf in _leaves(item)] if isinstance(value, (list, tuple)) else [value]


def _run(mx, block, call, x, train=True):
    """Outputs, the gradients of the input and all parameters, names and shapes."""
    x = mx.nd.array(x)
    x.attach_grad()
    with mx.autograd.record(train_mode=train):
        out = call(x)
    heads = []
    for leaf in _leaves(out):  # a state can be the last output itself
        if not any(leaf is other for other in heads):
            heads.append(leaf)
    mx.autograd.backward(heads, [mx.nd.array(head_gradient(head.shape)) for head in heads])
    parameters = block.collect_params()
    return {
        "block": repr(block),
        "out": out,
        "x": x.grad,
        "grads": {name: parameter.grad() for name, parameter in parameters.items()},
        "shapes": [(name, parameter.shape) for name, parameter in parameters.items()],
    }


def _layer(mx, kind, x=(5, 2, 3), states=True, hybridize=False, **options):
    layer = LAYERS[kind](mx.gluon.rnn, **options)
    layer.initialize()
    batch = x[0] if options.get("layout") == "NTC" else x[1]
    layer(mx.nd.zeros(x))
    _set(mx, layer)
    if hybridize:
        layer.hybridize()
    begin = layer.begin_state(batch_size=batch)
    for number, state in enumerate(begin):
        state[:] = mx.nd.array(data(state.shape, 50 + number))
    return _run(mx, layer, lambda x: layer(x, begin) if states else layer(x), data(x, 99))


def _layers(kind):
    def states(mx):
        return _layer(mx, kind)

    def no_states(mx):
        return _layer(mx, kind, states=False)

    def two_layers(mx):
        return _layer(mx, kind, num_layers=2)

    def both_directions(mx):
        return _layer(mx, kind, num_layers=2, bidirectional=True, layout="NTC")

    def hybridized(mx):
        return [_layer(mx, kind, hybridize=True), _layer(mx, kind, hybridize=True, states=False, layout="NTC")]

    for made in (states, no_states, two_layers, both_directions, hybridized):
        key = f"layer_{kind}_{made.__name__}"
        globals()[key] = tolerance(1e-4, 1e-5, "a long chain of products")(case(key, made))


def _cell(mx, kind, hybridize=False, **unroll):
    cell = CELLS[kind](mx.gluon.rnn)
    cell.initialize()
    cell.unroll(2, mx.nd.zeros((2, 2, 3)))
    _set(mx, cell)
    if hybridize:
        cell.hybridize()
    return _run(mx, cell, lambda x: cell.unroll(5, x, **unroll), data((2, 5, 3), 98))


def _cells(kind):
    def merged(mx):
        return [_cell(mx, kind, merge_outputs=True), _cell(mx, kind, merge_outputs=True, hybridize=True)]

    def steps(mx):
        return _cell(mx, kind)

    def lengths(mx):
        return [_cell(mx, kind, merge_outputs=merge, valid_length=mx.nd.array([2, 5])) for merge in (True, False, None)]

    def graph(mx):
        cell = CELLS[kind](mx.gluon.rnn, prefix="cell_")
        outputs, states = cell.unroll(2, mx.sym.Variable("x"), merge_outputs=True)
        group = mx.sym.Group([outputs, *states])
        shapes = group.infer_shape(x=(3, 2, 7))
        return {"graph": json.loads(group.tojson()), "shapes": shapes}

    for made in (merged, steps, lengths, graph):
        key = f"cell_{kind}_{made.__name__}"
        globals()[key] = tolerance(1e-4, 1e-5, "a long chain of products")(case(key, made))


for _kind in LAYERS:
    _layers(_kind)
for _kind in CELLS:
    _cells(_kind)


@tolerance(1e-4, 1e-5, "a long chain of products")
def layer_projected(mx):
    layer = mx.gluon.rnn.LSTM(4, num_layers=2, projection_size=2, input_size=3, bidirectional=True)
    layer.initialize()
    _set(mx, layer)
    return [layer(mx.nd.array(data((5, 2, 3), 9))), layer.state_info(3)]


def layer_graph(mx):
    """The graph that an exported layer is."""
    layer = mx.gluon.rnn.GRU(4, 2, "NTC", 0.3, True, input_size=3, prefix="gru_")
    layer.initialize()
    layer.hybridize()
    layer(mx.nd.zeros((2, 5, 3)))
    with tempfile.TemporaryDirectory() as folder:
        layer.export(os.path.join(folder, "net"))
        with open(os.path.join(folder, "net-symbol.json"), encoding="utf-8") as file:
            return json.load(file)


def layer_first_values(mx):
    """A seed gives the same weights and the same first outputs."""
    result = []
    for kind in sorted(LAYERS):
        mx.random.seed(7)
        layer = LAYERS[kind](mx.gluon.rnn, num_layers=2, bidirectional=True)
        layer.initialize(mx.init.Xavier())
        out = layer(mx.nd.array(data((3, 2, 5), 1)))
        result.append([out, {name: parameter.data() for name, parameter in layer.collect_params().items()}])
    return result


def layer_representations(mx):
    rnn = mx.gluon.rnn
    made = [
        rnn.RNN(4), rnn.LSTM(4, 2, dropout=0.5, bidirectional=True, input_size=3, layout="NTC"),
        rnn.GRU(3, prefix="x_"), rnn.LSTM(4, projection_size=2),
    ]  # fmt: skip
    return [(repr(layer), layer.prefix, layer.state_info(2), list(layer.collect_params())) for layer in made]


def layer_unfused(mx):
    layer = mx.gluon.rnn.LSTM(4, 2, bidirectional=True, dropout=0.2, input_size=3)
    layer.initialize()
    _set(mx, layer)
    stack = layer._unfuse()
    x = mx.nd.array(data((5, 2, 3), 9))
    outputs, states = stack.unroll(5, x, layout="TNC", merge_outputs=True)
    return [
        repr(stack),
        list(stack.collect_params()),
        outputs,
        states,
        mx.gluon.rnn.RNN(4, activation="tanh")._unfuse().prefix,
    ]


def layer_saved_names(mx):
    """Layers are saved under the names of the stack of cells."""
    result = []
    for layer in (
        mx.gluon.rnn.LSTM(4, input_size=3),
        mx.gluon.rnn.GRU(4, 2, bidirectional=True, dropout=0.3, input_size=3),
        mx.gluon.rnn.RNN(4, 2, input_size=3),
    ):
        layer.initialize()
        _set(mx, layer)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "layer.params")
            layer.save_parameters(path)
            result.append(sorted(mx.nd.load(path)))
            other = type(layer)(4, layer._num_layers, bidirectional=layer._dir == 2, dropout=layer._dropout)
            other.load_parameters(path)
            x = mx.nd.array(data((5, 2, 3), 9))
            result.append([layer(x), other(x)])
    return result


def layer_states_as_one_array(mx):
    layer = mx.gluon.rnn.GRU(4, input_size=3)
    layer.initialize()
    _set(mx, layer)
    out = layer(mx.nd.array(data((5, 2, 3), 9)), layer.begin_state(2)[0])
    return [type(out).__name__, type(out[1]).__name__, out[0], out[1]]


def layer_begin_states(mx):
    rnn = mx.gluon.rnn
    return [
        [state.shape for state in rnn.LSTM(4, 2, bidirectional=True).begin_state(3)],
        rnn.GRU(4).begin_state(3, func=mx.nd.ones),
        [state.name for state in rnn.LSTM(4, prefix="p_").begin_state(3, func=mx.sym.Variable)],
        [state.name for state in rnn.LSTMCell(4, prefix="c_").begin_state(3, func=mx.sym.Variable)],
        [state.name for state in rnn.LSTMCell(4, prefix="c_").begin_state(func=mx.sym.var)],
        rnn.LSTMCell(4).begin_state(batch_size=3, dtype="float64")[0].dtype == "float64",
    ]


def layer_errors(mx):
    rnn = mx.gluon.rnn
    x = mx.nd.ones((5, 2, 3))

    def called(layer, *arguments):
        layer.initialize()
        out = layer(*arguments)
        mx.nd.waitall()
        return out

    return outcomes(
        lambda: rnn.LSTM(4, layout="CNT"),
        lambda: rnn.RNN(4, activation="sigmoid"),
        lambda: rnn.LSTM(4)(x),
        lambda: rnn.LSTM(4, other=1),
        lambda: called(rnn.LSTM(4, input_size=3), x, mx.nd.zeros((1, 2, 4))).shape,
    )


# --- cells that hold cells --------------------------------------------------------------------------------------------


def _unrolled(mx, cell, x=(2, 5, 3), **options):
    cell.initialize()
    cell.unroll(x[1], mx.nd.zeros(x))
    _set(mx, cell)
    return _run(mx, cell, lambda x: cell.unroll(x.shape[1], x, **options), data(x, 97))


def _stack(mx, hybrid=False):
    rnn = mx.gluon.rnn
    stack = rnn.HybridSequentialRNNCell(prefix="s_") if hybrid else rnn.SequentialRNNCell(prefix="s_")
    with stack.name_scope():
        stack.add(rnn.LSTMCell(4))
        stack.add(rnn.DropoutCell(0.0))
        stack.add(rnn.ResidualCell(rnn.GRUCell(4)))
        stack.add(rnn.ZoneoutCell(rnn.RNNCell(4), 0.0, 0.0))
    return stack


@tolerance(1e-4, 1e-5, "a long chain of products")
def stack_unrolled(mx):
    return [_unrolled(mx, _stack(mx), merge_outputs=True), _unrolled(mx, _stack(mx, True))]


@tolerance(1e-4, 1e-5, "a long chain of products")
def stack_stepped(mx):
    result = []
    for hybridize in (False, True):
        stack = _stack(mx, True)
        stack.initialize()
        states = stack.begin_state(batch_size=2)
        x = mx.nd.array(data((2, 3), 9))
        stack(x, states)
        _set(mx, stack)
        if hybridize:
            stack.hybridize()
        result.append([stack(x, states), len(stack), repr(stack[0]), stack.state_info(2)])
    return result


def stack_names(mx):
    stack = _stack(mx)
    return [
        repr(stack), list(stack.collect_params()), [cell.prefix for cell in stack._children.values()],
        [state.name for state in stack.begin_state(func=mx.sym.var)],
    ]  # fmt: skip


@tolerance(1e-4, 1e-5, "a long chain of products")
def bidirectional_unrolled(mx):
    def cell():
        return mx.gluon.rnn.BidirectionalCell(mx.gluon.rnn.LSTMCell(4), mx.gluon.rnn.GRUCell(3))

    return [_unrolled(mx, cell(), merge_outputs=merge) for merge in (True, False, None)]


@tolerance(1e-4, 1e-5, "a long chain of products")
def bidirectional_with_lengths(mx):
    cell = mx.gluon.rnn.BidirectionalCell(mx.gluon.rnn.LSTMCell(4), mx.gluon.rnn.GRUCell(3))
    cell.initialize()
    cell.unroll(2, mx.nd.zeros((2, 2, 3)))
    _set(mx, cell)
    x, lengths = mx.nd.array(data((5, 2, 3), 9)), mx.nd.array([2, 5])
    return [
        cell.unroll(5, x, layout="TNC", valid_length=lengths, merge_outputs=merge) for merge in (True, False, None)
    ]  # fmt: skip


@tolerance(1e-4, 1e-5, "a long chain of products")
def residual_unrolled(mx):
    def cell():
        return mx.gluon.rnn.ResidualCell(mx.gluon.rnn.RNNCell(3))

    lengths = mx.nd.array([2, 5])
    return [
        _unrolled(mx, cell()), _unrolled(mx, cell(), merge_outputs=True),
        _unrolled(mx, cell(), merge_outputs=True, valid_length=lengths), _unrolled(mx, cell(), valid_length=lengths),
    ]  # fmt: skip


def zoneout_of_a_seed(mx):
    mx.random.seed(3)
    cell = mx.gluon.rnn.ZoneoutCell(mx.gluon.rnn.RNNCell(3), 0.5, 0.5)
    cell.initialize(mx.init.One())
    with mx.autograd.record():
        outputs, states = cell.unroll(3, mx.nd.ones((2, 3, 3)), merge_outputs=True)
    return [outputs, states]


def dropout_cell(mx):
    rnn = mx.gluon.rnn
    mx.random.seed(3)
    with mx.autograd.record():
        outputs = rnn.DropoutCell(0.5).unroll(3, mx.nd.ones((2, 3, 4)))[0]
        listed = rnn.DropoutCell(0.5, axes=(1,)).unroll(2, [mx.nd.ones((2, 3))] * 2)[0]
    return [outputs, listed, rnn.DropoutCell(0).state_info(2), repr(rnn.DropoutCell(0.3, axes=(1,)))]


def modifier_names(mx):
    rnn = mx.gluon.rnn
    made = [
        rnn.DropoutCell(0.3), rnn.ResidualCell(rnn.GRUCell(4)), rnn.ZoneoutCell(rnn.GRUCell(4), 0.1, 0.2),
        rnn.BidirectionalCell(rnn.LSTMCell(4), rnn.GRUCell(3)), rnn.SequentialRNNCell(), rnn.HybridSequentialRNNCell(),
        rnn.ResidualCell(rnn.ResidualCell(rnn.LSTMCell(4))), rnn.RNNCell(4, "relu", input_size=2),
    ]  # fmt: skip
    return [(repr(cell), cell.prefix, list(cell.collect_params())) for cell in made]


def cell_saved_names(mx):
    rnn = mx.gluon.rnn
    result = []
    for cell in (
        rnn.LSTMCell(4, input_size=3), rnn.ZoneoutCell(rnn.RNNCell(4, input_size=3), 0.1, 0.1),
        rnn.BidirectionalCell(rnn.RNNCell(4, input_size=3), rnn.RNNCell(4, input_size=3)),
    ):  # fmt: skip
        cell.initialize()
        with tempfile.TemporaryDirectory() as folder:
            cell.save_parameters(os.path.join(folder, "cell.params"))
            result.append(sorted(mx.nd.load(os.path.join(folder, "cell.params"))))
    return result


def inputs_of_unrolling(mx):
    """One array or a list, either layout; which form the outputs have."""
    result = []
    steps = [mx.nd.array(data((2, 3), number)) for number in range(4)]
    for inputs, layout in (
        (mx.nd.stack(*steps, axis=1), "NTC"), (mx.nd.stack(*steps, axis=0), "TNC"), (steps, "NTC"), (steps, "TNC"),
    ):  # fmt: skip
        for merge in (None, True, False):
            cell = mx.gluon.rnn.GRUCell(4, input_size=3)
            cell.initialize()
            _set(mx, cell)
            outputs, states = cell.unroll(4, inputs, layout=layout, merge_outputs=merge)
            result.append([type(outputs).__name__, outputs, states])
    return result


def cell_errors(mx):
    rnn = mx.gluon.rnn

    def inner():
        cell = rnn.LSTMCell(4)
        rnn.ResidualCell(cell)
        return cell.begin_state(2)

    def unrolled(inputs, **options):
        cell = rnn.LSTMCell(4)
        cell.initialize()
        return cell.unroll(5, inputs, **options)

    return outcomes(
        inner,
        lambda: rnn.BidirectionalCell(rnn.LSTMCell(4), rnn.GRUCell(3))(mx.nd.ones((2, 3)), []),
        lambda: rnn.ZoneoutCell(rnn.BidirectionalCell(rnn.LSTMCell(4), rnn.GRUCell(3))),
        lambda: rnn.DropoutCell("a"),
        lambda: unrolled(mx.nd.ones((2, 4, 3))),
        lambda: unrolled([mx.nd.ones((2, 3))] * 4),
        lambda: rnn.RecurrentCell()(mx.nd.ones((2, 3)), []),
    )


def counters(mx):
    """Steps are counted in names until reset."""
    cell = mx.gluon.rnn.RNNCell(4, prefix="m_")
    x, h = mx.sym.Variable("x"), [mx.sym.Variable("h")]
    names = [cell(x, h)[0].name, cell(x, h)[0].name]
    cell.reset()
    return [*names, cell(x, h)[0].name]


def stepwise_training(mx):
    """A network of cells, trained step by step with the state detached: the books' way."""
    cell = mx.gluon.rnn.GRUCell(4, input_size=3)
    dense = mx.gluon.nn.Dense(2, in_units=4)
    cell.initialize()
    dense.initialize()
    _set(mx, cell)
    _set(mx, dense)
    parameters = {**cell.collect_params(), **dense.collect_params()}
    trainer = mx.gluon.Trainer(parameters, "sgd", {"learning_rate": 0.5})
    states = cell.begin_state(batch_size=2)
    losses = []
    for number in range(4):
        states = [state.detach() for state in states]  # truncated backpropagation
        with mx.autograd.record():
            outputs, states = cell.unroll(3, mx.nd.array(data((2, 3, 3), number)), states, merge_outputs=True)
            loss = (dense(outputs.reshape((-1, 4))) ** 2).mean()
        loss.backward()
        trainer.step(1)
        losses.append(loss)
    return losses
