"""`gluon.contrib.rnn`: an LSTM with a projection, convolutional cells, variational dropout, unrolling by a loop."""

import json

from fidelity.support import data, head_gradient, tolerance

CHAIN = tolerance(1e-4, 1e-5, "a long chain of products")


def _flat(value):
    return [leaf for each in value for leaf in _flat(each)] if isinstance(value, (list, tuple)) else [value]


def _nodes(mx, *symbols):
    found = json.loads(mx.sym.Group(_flat(symbols)).tojson())
    return [(node["op"], node["name"], node.get("attrs", {})) for node in found["nodes"]], found["heads"]


def _conv(name, shape, **given):
    options = {"input_shape": shape, "hidden_channels": 4, "i2h_kernel": 3, "h2h_kernel": 3, "prefix": "c_", **given}
    return lambda mx: getattr(mx.gluon.contrib.rnn, name)(**options)


CELLS = {
    "lstmp": (lambda mx: mx.gluon.contrib.rnn.LSTMPCell(4, 3, prefix="p_"), (2, 3, 5)),
    "conv1_gru": (_conv("Conv1DGRUCell", (3, 8), i2h_pad=1), (2, 3, 3, 8)),
    "conv1_rnn": (_conv("Conv1DRNNCell", (3, 8), i2h_kernel=(2,), i2h_dilate=2), (2, 3, 3, 8)),
    "conv2_rnn": (_conv("Conv2DRNNCell", (3, 6, 5), h2h_kernel=(3, 5), activation="relu"), (2, 3, 3, 6, 5)),
    "conv2_lstm": (_conv("Conv2DLSTMCell", (3, 6, 5), i2h_pad=(1, 0), activation="softsign"), (2, 3, 3, 6, 5)),
    "conv2_gru": (_conv("Conv2DGRUCell", (3, 6, 5), h2h_dilate=(2, 1)), (2, 3, 3, 6, 5)),
    "conv3_lstm": (_conv("Conv3DLSTMCell", (2, 4, 3, 4), i2h_pad=1), (1, 2, 2, 4, 3, 4)),
    "conv1_lstm": (_conv("Conv1DLSTMCell", (3, 8)), (2, 3, 3, 8)),
    "conv3_rnn": (_conv("Conv3DRNNCell", (2, 3, 3, 3), i2h_kernel=1), (1, 2, 2, 3, 3, 3)),
    "conv3_gru": (_conv("Conv3DGRUCell", (2, 3, 3, 3), i2h_kernel=(1, 2, 3)), (1, 2, 2, 3, 3, 3)),
}


def _made(kind, make, shape):
    def graph(mx):
        cell = make(mx)
        output, states = cell(mx.sym.Variable("x"), cell.begin_state(func=mx.sym.Variable))
        shapes = [(name, parameter.shape) for name, parameter in cell.collect_params().items()]
        return repr(cell), cell.state_info(2), cell._alias(), shapes, _nodes(mx, output, states)

    @CHAIN
    def values(mx):
        found = []
        for hybridize in (False, True):
            cell = make(mx)
            cell.initialize()
            x = mx.nd.array(data(shape, 9))
            cell.unroll(shape[1], x, merge_outputs=True)
            for number, (_, parameter) in enumerate(sorted(cell.collect_params().items())):
                parameter.set_data(mx.nd.array(data(parameter.shape, number + 1, -0.7, 0.7)))
            if hybridize:
                cell.hybridize()
            x.attach_grad()
            with mx.autograd.record():
                output, states = cell.unroll(shape[1], x, merge_outputs=True)
            heads = [output, states[-1]] if len(states) > 1 else [output]
            mx.autograd.backward(heads, [mx.nd.array(head_gradient(head.shape)) for head in heads])
            grads = {name: parameter.grad() for name, parameter in cell.collect_params().items()}
            found.append((repr(cell), output, states, x.grad, grads))
        return found

    globals()["graph_" + kind] = graph
    if kind not in ("conv1_lstm", "conv3_lstm"):  # MXNet's own backward fails inside oneDNN
        globals()["values_" + kind] = values


for _kind, (_make, _shape) in CELLS.items():
    _made(_kind, _make, _shape)
del _kind, _make, _shape


def channels_last(mx):
    cell = _conv("Conv3DLSTMCell", (4, 4, 4, 2), conv_layout="NDHWC")(mx)
    shapes = [(name, parameter.shape) for name, parameter in cell.collect_params().items()]
    return (
        repr(cell),
        cell.state_info(2),
        shapes,
        _nodes(mx, cell(mx.sym.Variable("x"), cell.begin_state(func=mx.sym.Variable))),
    )


def variational_dropout(mx):
    found = []
    for options in ({"drop_inputs": 0.2, "drop_states": 0.3, "drop_outputs": 0.4}, {"drop_states": 0.3}):
        cell = mx.gluon.contrib.rnn.VariationalDropoutCell(mx.gluon.rnn.LSTMCell(4, prefix="l_"), **options)
        output, states = cell(mx.sym.Variable("x"), cell.begin_state(func=mx.sym.Variable))
        again, states = cell(mx.sym.Variable("y"), states)
        found.append((repr(cell), cell._alias(), cell.prefix, _nodes(mx, output, again, states)))
        for merge in (None, True, False):
            outputs, states = cell.unroll(2, mx.sym.Variable("x"), merge_outputs=merge)
            found.append((type(outputs).__name__, _nodes(mx, outputs, states)))
    return found


def variational_dropout_over_sequences(mx):
    """Without dropout of states it is done for all steps together."""
    found = []
    for options in ({"drop_inputs": 0.2}, {"drop_outputs": 0.4}, {"drop_inputs": 0.2, "drop_outputs": 0.4}, {}):
        for merge in (None, True, False):
            for inputs in (mx.sym.Variable("x"), [mx.sym.Variable("x"), mx.sym.Variable("y")]):
                cell = mx.gluon.contrib.rnn.VariationalDropoutCell(mx.gluon.rnn.RNNCell(4, prefix="l_"), **options)
                outputs, _ = cell.unroll(2, inputs, merge_outputs=merge)
                ops = sorted(op for op, _, _ in _nodes(mx, outputs)[0] if op in ("Dropout", "FullyConnected", "stack"))
                axes = [attrs.get("axes") for op, _, attrs in _nodes(mx, outputs)[0] if op == "Dropout"]
                found.append((type(outputs).__name__, ops, axes))
    return found


@CHAIN
def unrolled_by_a_loop(mx):
    unroll = mx.gluon.contrib.rnn.rnn_cell.dynamic_unroll
    found = []
    for layout, shape in (("TNC", (4, 2, 3)), ("NTC", (2, 4, 3))):
        for lengths in (None, mx.nd.array([2, 4])):
            cell = mx.gluon.rnn.LSTMCell(4, input_size=3)
            cell.initialize()
            for number, (_, parameter) in enumerate(sorted(cell.collect_params().items())):
                parameter.set_data(mx.nd.array(data(parameter.shape, number + 1, -0.7, 0.7)))
            x = mx.nd.array(data(shape, 5))
            x.attach_grad()
            with mx.autograd.record():
                outputs, states = unroll(cell, x, cell.begin_state(2), layout=layout, valid_length=lengths)
            outputs.backward(mx.nd.array(head_gradient(outputs.shape)))
            found.append((outputs, states, x.grad))
    return found


def kernel_of_an_even_side(mx):
    _conv("Conv2DRNNCell", (3, 8, 8), h2h_kernel=(2, 3))(mx)


def kernel_of_three_sides(mx):
    _conv("Conv2DRNNCell", (3, 8, 8), i2h_kernel=(3, 3, 3))(mx)


def dropout_of_states_of_both_directions(mx):
    rnn = mx.gluon.rnn
    mx.gluon.contrib.rnn.VariationalDropoutCell(
        rnn.BidirectionalCell(rnn.LSTMCell(2), rnn.LSTMCell(2)), drop_states=0.2
    )
