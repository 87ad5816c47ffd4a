"""Symbolic cells: their graphs, outputs and gradients, weights by gate, and first values."""

import json

from fidelity.support import data, head_gradient, tolerance

CHAIN = tolerance(1e-4, 1e-5, "a long chain of products")


def _flat(value):
    return [leaf for each in value for leaf in _flat(each)] if isinstance(value, (list, tuple)) else [value]


def _nodes(mx, *symbols):
    found = json.loads(mx.sym.Group(_flat(symbols)).tojson())
    return [(each["op"], each["name"], each.get("attrs", {})) for each in found["nodes"]], found["heads"]


def _stack(rnn, **given):
    stack = rnn.SequentialRNNCell(**given)
    stack.add(rnn.LSTMCell(4, prefix="one_"))
    stack.add(rnn.GRUCell(3, prefix="two_"))
    return stack


CELLS = {
    "rnn": lambda rnn: rnn.RNNCell(4),
    "rnn_relu": lambda rnn: rnn.RNNCell(4, activation="relu", prefix="x_"),
    "lstm": lambda rnn: rnn.LSTMCell(4, forget_bias=2.0),
    "gru": lambda rnn: rnn.GRUCell(4),
    "stacked": _stack,
    "residual": lambda rnn: rnn.ResidualCell(rnn.RNNCell(3)),
    "conv_rnn": lambda rnn: rnn.ConvRNNCell((1, 3, 6, 5), 2),
    "conv_lstm": lambda rnn: rnn.ConvLSTMCell((1, 3, 6, 5), 2, h2h_kernel=(3, 5), i2h_stride=(2, 1)),
    "conv_gru": lambda rnn: rnn.ConvGRUCell((1, 3, 6, 5), 2, activation="tanh", h2h_dilate=(2, 1)),
}
WHOLE = {
    "both_directions": lambda rnn: rnn.BidirectionalCell(rnn.LSTMCell(4, prefix="l_"), rnn.GRUCell(2, prefix="r_")),
    "fused_lstm": lambda rnn: rnn.FusedRNNCell(4, num_layers=2, bidirectional=True, get_next_state=True),
    "fused_gru": lambda rnn: rnn.FusedRNNCell(4, mode="gru", prefix="g_"),
    "fused_rnn": lambda rnn: rnn.FusedRNNCell(4, 2, mode="rnn_relu", get_next_state=True),
    "unfused": lambda rnn: rnn.FusedRNNCell(4, num_layers=2, bidirectional=True, mode="gru").unfuse(),
    "residual_fused": lambda rnn: rnn.ResidualCell(rnn.FusedRNNCell(3, mode="rnn_tanh")),
}


def _shape(kind, layout="NTC"):
    if kind.startswith("conv"):
        return (2, 3, 3, 6, 5)
    return (2, 3, 3) if layout == "NTC" else (3, 2, 3)


def _described(cell):
    return cell.state_info, cell.state_shape, list(cell._gate_names or ())


def _graphs(kind, make):
    def step(mx):
        cell = make(mx.rnn)
        output, states = cell(mx.sym.Variable("x"), cell.begin_state())
        second, states = cell(mx.sym.Variable("y"), states)
        described = _described(cell) if "residual" not in kind and kind != "stacked" else cell.state_shape
        return described, sorted(cell.params._params), _nodes(mx, output, second, states)

    def sequences(mx):
        found = []
        for options in ({}, {"merge_outputs": True}, {"merge_outputs": False, "layout": "TNC"}):
            cell = make(mx.rnn)
            outputs, states = cell.unroll(2, mx.sym.Variable("x"), **options)
            found.append((type(outputs).__name__, type(states).__name__, len(states), _nodes(mx, outputs, states)))
        cell = make(mx.rnn)
        outputs, states = cell.unroll(2, [mx.sym.Variable("x"), mx.sym.Variable("y")], merge_outputs=True)
        return found, _nodes(mx, outputs, states)

    if kind in CELLS:
        globals()["step_" + kind] = step
    globals()["sequences_" + kind] = sequences


def _values(kind, make):
    @CHAIN
    def case(mx):
        """Outputs, states and gradients of everything, and the weights by gate and together again."""
        found = []
        for layout in ("NTC", "TNC") if kind in ("lstm", "fused_gru", "both_directions") else ("NTC",):
            cell = make(mx.rnn)
            outputs, states = cell.unroll(3, mx.sym.Variable("x"), layout=layout, merge_outputs=True)
            group = mx.sym.Group(_flat([outputs, states]))
            executor = group.simple_bind(mx.cpu(), x=_shape(kind, layout))
            for number, (_, array) in enumerate(sorted(executor.arg_dict.items())):
                array[:] = mx.nd.array(data(array.shape, number + 1, -0.7, 0.7))
            executor.forward(is_train=True)
            executor.backward([mx.nd.array(head_gradient(each.shape)) for each in executor.outputs])
            weights = {name: array for name, array in executor.arg_dict.items() if name != "x"}
            unpacked = cell.unpack_weights(weights)
            packed = cell.pack_weights(unpacked)
            found.append((executor.outputs, dict(sorted(executor.grad_dict.items())), sorted(unpacked), sorted(packed)))
            assert sorted(packed) == sorted(weights)
            assert all((packed[name].asnumpy() == weights[name].asnumpy()).all() for name in weights)
        return found, {name: array.shape for name, array in sorted(unpacked.items())}

    globals()["values_" + kind] = case


for _kind, _make in {**CELLS, **WHOLE}.items():
    _graphs(_kind, _make)
    _values(_kind, _make)
del _kind, _make


@CHAIN
def fused_and_unfused(mx):
    """The same weights give the same outputs in one call and by cells."""
    found = []
    for mode in ("lstm", "gru"):
        fused = mx.rnn.FusedRNNCell(3, num_layers=2, mode=mode, bidirectional=True, prefix="n_")
        whole, _ = fused.unroll(2, mx.sym.Variable("x"), merge_outputs=True)
        parts, _ = fused.unfuse().unroll(2, mx.sym.Variable("x"), merge_outputs=True)
        one = whole.simple_bind(mx.cpu(), x=(2, 2, 5))
        other = parts.simple_bind(mx.cpu(), x=(2, 2, 5))
        vector = one.arg_dict["n_parameters"]
        vector[:] = mx.nd.array(data(vector.shape, 1, -0.5, 0.5))
        weights = fused.unfuse().pack_weights(fused.unpack_weights({"n_parameters": vector}))
        other.copy_params_from(weights)
        x = mx.nd.array(data((2, 2, 5), 3))
        found.append((one.forward(x=x)[0], other.forward(x=x)[0], weights["n_r1_h2h_weight"]))
    return found


def unpacked_by_gate(mx):
    cell = mx.rnn.LSTMCell(2, prefix="a_")
    shapes = {"i2h_weight": (8, 3), "i2h_bias": (8,), "h2h_weight": (8, 2), "h2h_bias": (8,)}
    weights = {"a_" + name: mx.nd.array(data(shape, 1)) for name, shape in shapes.items()}
    weights["other"] = mx.nd.ones((1,))
    return cell.unpack_weights(weights)


def begin_states(mx):
    cells = [mx.rnn.LSTMCell(4), mx.rnn.FusedRNNCell(4), _stack(mx.rnn), mx.rnn.ZoneoutCell(mx.rnn.GRUCell(2))]
    variables = [cell.begin_state(func=mx.sym.Variable) for cell in cells[:3]]
    variables.append(cells[3].begin_state(init_sym=mx.sym.Variable))
    twice = cells[0].begin_state()
    given = mx.rnn.RNNCell(2).unroll(2, mx.sym.Variable("x"), begin_state=[mx.sym.Variable("s")], merge_outputs=True)
    return [_nodes(mx, each) for each in variables], _nodes(mx, twice), given[0].list_arguments()


def dropout(mx):
    cell = mx.rnn.DropoutCell(0.5)
    stack = mx.rnn.SequentialRNNCell()
    for each in (mx.rnn.LSTMCell(2, prefix="a_"), mx.rnn.DropoutCell(0.3), mx.rnn.RNNCell(2, prefix="b_")):
        stack.add(each)
    found = [cell.state_info, _nodes(mx, cell(mx.sym.Variable("x"), [])[0])]
    for inputs in ("x", ["x", "y"]):
        for merge in (None, True, False):
            symbols = mx.sym.Variable(inputs) if inputs == "x" else [mx.sym.Variable(each) for each in inputs]
            outputs, states = cell.unroll(2, symbols, merge_outputs=merge)
            found.append((type(outputs).__name__, states, _nodes(mx, outputs)))
    return found, _nodes(mx, *stack.unroll(2, mx.sym.Variable("x"), merge_outputs=True))


def dropout_without_effect(mx):
    return mx.rnn.DropoutCell(0)(mx.sym.Variable("x"), [])[0].name


def zoneout(mx):
    found = []
    for options in ({"zoneout_outputs": 0.3}, {"zoneout_states": 0.2}, {"zoneout_outputs": 0.3, "zoneout_states": 0.2}):
        cell = mx.rnn.ZoneoutCell(mx.rnn.LSTMCell(2), **options)
        outputs, states = cell.unroll(2, mx.sym.Variable("x"))
        group = mx.sym.Group(outputs + states)
        executor = group.simple_bind(mx.cpu(), x=(3, 2, 4))
        for number, array in enumerate(executor.arg_dict.values()):
            array[:] = mx.nd.array(data(array.shape, number))
        found.append((cell.state_info, _nodes(mx, outputs, states), executor.forward(is_train=False)))
    return found


def first_values(mx):
    found = []
    for mode in ("lstm", "gru"):
        for init in (mx.init.Constant(0.5), mx.init.Xavier(), mx.init.Orthogonal()):
            if mode == "gru" and not isinstance(init, mx.init.Xavier):
                continue
            cell = mx.rnn.FusedRNNCell(3, 2, mode=mode, bidirectional=True, forget_bias=2.0)
            outputs, _ = cell.unroll(2, mx.sym.Variable("data"), merge_outputs=True)
            module = mx.mod.Module(mx.sym.MakeLoss(outputs), label_names=None)
            module.bind([("data", (2, 2, 2))])
            module.init_params(init)
            found.append({name: abs(array.asnumpy()) for name, array in module.get_params()[0].items()})
    stack = mx.mod.Module(mx.sym.MakeLoss(_stack(mx.rnn).unroll(2, mx.sym.Variable("data"))[0][1]), label_names=None)
    stack.bind([("data", (2, 2, 2))])
    stack.init_params(mx.init.Xavier())
    return found, stack.get_params()[0]


def parameters_shared(mx):
    shared = mx.rnn.RNNParams("all_")
    one, other = mx.rnn.RNNCell(2, params=shared), mx.rnn.RNNCell(2, prefix="other_", params=shared)
    first, _ = one(mx.sym.Variable("x"), one.begin_state())
    second, _ = other(mx.sym.Variable("x"), other.begin_state())
    return (
        _nodes(mx, first, second), shared.get("w", shape=(2, 3)).attr("__shape__"), shared.get("w") is shared.get("w"),
    )  # fmt: skip


# ---------------------------------------------------------------- what is refused


def _refused(name, call):
    def case(mx):
        return call(mx, mx.rnn)

    globals()["refused_" + name] = case


_refused("states", lambda mx, rnn: rnn.LSTMCell(2)(mx.sym.Variable("x"), [mx.sym.Variable("s")]))
_refused("steps", lambda mx, rnn: rnn.RNNCell(2).unroll(3, [mx.sym.Variable("x"), mx.sym.Variable("y")]))
_refused("group", lambda mx, rnn: rnn.RNNCell(2).unroll(2, mx.sym.Group([mx.sym.Variable("x"), mx.sym.Variable("y")])))
_refused("step_of_both_directions", lambda mx, rnn: WHOLE["both_directions"](rnn)(mx.sym.Variable("x"), []))
_refused("step_of_fused", lambda mx, rnn: rnn.FusedRNNCell(2)(mx.sym.Variable("x"), []))
_refused("step_of_base", lambda mx, rnn: rnn.BaseRNNCell()(mx.sym.Variable("x"), []))
_refused("step_of_modifier", lambda mx, rnn: rnn.ModifierCell(rnn.RNNCell(2))(mx.sym.Variable("x"), []))
_refused("info_of_base", lambda mx, rnn: rnn.BaseRNNCell().state_info)
_refused("zoneout_of_fused", lambda mx, rnn: rnn.ZoneoutCell(rnn.FusedRNNCell(2)))
_refused("zoneout_of_both", lambda mx, rnn: rnn.ZoneoutCell(WHOLE["both_directions"](rnn)))
_refused("dropout", lambda mx, rnn: rnn.DropoutCell("much"))
_refused("kernel", lambda mx, rnn: rnn.ConvRNNCell((1, 3, 6, 5), 2, h2h_kernel=(2, 3)))
_refused("image", lambda mx, rnn: rnn.ConvRNNCell((3, 6, 5), 2))
_refused("unpacking_nothing", lambda mx, rnn: rnn.LSTMCell(2).unpack_weights({}))
_refused("packing_nothing", lambda mx, rnn: rnn.LSTMCell(2).pack_weights({}))
_refused("unpacking_no_vector", lambda mx, rnn: rnn.FusedRNNCell(2).unpack_weights({}))
_refused("unpacking_short", lambda mx, rnn: rnn.FusedRNNCell(2).unpack_weights({"lstm_parameters": mx.nd.ones((7,))}))


def refused_states_of_the_cell_inside(mx):
    cell = mx.rnn.RNNCell(2)
    mx.rnn.ZoneoutCell(cell)
    cell.begin_state()


def refused_step_of_a_stack_of_both_directions(mx):
    stack = mx.rnn.SequentialRNNCell()
    stack.add(WHOLE["both_directions"](mx.rnn))
    stack(mx.sym.Variable("x"), stack.begin_state())
