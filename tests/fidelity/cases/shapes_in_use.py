"""What inference finds where programs need it: recurrent cells by hand, labels, begin states, deferred parameters."""

from fidelity.support import data, tolerance

_SIZE, _STEPS, _LAYERS = 4, 5, 2
_PARTS = (("i2h_weight", (_SIZE, 0)), ("i2h_bias", (_SIZE,)), ("h2h_weight", (_SIZE, _SIZE)), ("h2h_bias", (_SIZE,)))


def _cells(mx):
    """Recurrent cells of FullyConnected, which begin with zeros of as many rows as the batch has."""

    class Cells(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                for layer in range(_LAYERS):
                    for name, shape in _PARTS:
                        name = f"l{layer}_{name}"
                        setattr(self, name, self.params.get(name, shape=shape, allow_deferred_init=True))

        def hybrid_forward(self, F, x, **parts):
            rows = 0 if F is mx.sym else x.shape[0]
            states, outputs = [F.zeros(shape=(rows, _SIZE)) for _ in range(_LAYERS)], []
            for step in F.split(x, num_outputs=_STEPS, axis=1, squeeze_axis=True):
                for layer in range(_LAYERS):
                    given = [parts[f"l{layer}_{name}"] for name, _ in _PARTS]
                    own = F.FullyConnected(step, given[0], given[1], num_hidden=_SIZE)
                    before = F.FullyConnected(states[layer], given[2], given[3], num_hidden=_SIZE)
                    step = states[layer] = F.tanh(own + before)
                outputs.append(step)
            return F.stack(*outputs, axis=1)

    return Cells(prefix="c_")


@tolerance(rtol=1e-4, reason="products are summed in another order")
def recurrent_cells_by_hand(mx):
    """Eager, hybridized, exported from another batch size and loaded, and bound."""
    import os
    import tempfile

    x, found = mx.nd.array(data((3, _STEPS, 2))), []
    for hybridized in (False, True):
        mx.random.seed(1)
        net = _cells(mx)
        net.initialize(mx.init.Uniform(0.5))
        net.hybridize(hybridized)
        with mx.autograd.record():
            out = net(x)
            loss = (out * out).sum()
        loss.backward()
        found.append((out, [each.grad() for each in net.collect_params().values()]))
    path = os.path.join(tempfile.mkdtemp(), "cells")
    net(x[:2])
    net.export(path)
    loaded = mx.gluon.SymbolBlock.imports(path + "-symbol.json", "data", path + "-0000.params")
    found += [loaded(x), loaded(x[:2])]
    executor = mx.sym.load(path + "-symbol.json").simple_bind(mx.cpu(), data=(3, _STEPS, 2))
    outputs = executor.outputs
    for name, array in mx.nd.load(path + "-0000.params").items():
        executor.arg_dict[name[4:]][:] = array
    executor.forward(is_train=True, data=x)
    executor.backward(outputs[0] * 2)
    return found, outputs[0], executor.grad_dict


def _unrolled(mx):
    sym = mx.sym
    states, outputs = [sym.zeros(shape=(0, _SIZE)) for _ in range(_LAYERS)], []
    weights = [[sym.var(f"l{layer}_{name}") for name, _ in _PARTS] for layer in range(_LAYERS)]
    for step in sym.split(sym.var("data"), num_outputs=_STEPS, axis=1, squeeze_axis=True):
        for layer, given in enumerate(weights):
            own = sym.FullyConnected(step, given[0], given[1], num_hidden=_SIZE)
            before = sym.FullyConnected(states[layer], given[2], given[3], num_hidden=_SIZE)
            step = states[layer] = sym.tanh(own + before)
        outputs.append(step)
    return sym.Group(outputs)


def shapes_of_unrolled_cells(mx):
    net = _unrolled(mx)
    executor = net.simple_bind(mx.cpu(), data=(3, _STEPS, 2))
    return (
        net.infer_shape(data=(3, _STEPS, 2)), net.infer_shape_partial(data=(0, _STEPS, 2)),
        [(name, array.shape) for name, array in executor.arg_dict.items()], [out.shape for out in executor.outputs],
    )  # fmt: skip


def labels_of_regressions(mx):
    found = []
    for name in ("LinearRegressionOutput", "LogisticRegressionOutput", "MAERegressionOutput"):
        net = getattr(mx.sym, name)(mx.sym.var("x"), name="o")
        found += [net.infer_shape(x=shape) for shape in ((5, 1), (5,), (5, 2), (2, 3, 4))]
        found.append(net.simple_bind(mx.cpu(), x=(5, 1)).arg_dict["o_label"].shape)
    return found


def begin_states_of_cells(mx):
    found = []
    for make in (mx.gluon.rnn.LSTMCell, mx.gluon.rnn.GRUCell, mx.gluon.rnn.RNNCell):
        outputs, _ = make(4, input_size=2, prefix="c_").unroll(3, mx.sym.var("data"), layout="NTC", merge_outputs=True)
        found.append((outputs.infer_shape(data=(2, 3, 2)), outputs.list_arguments()))
    return found


def deferred_parameters_inside_hybridized_blocks(mx):
    class Scaled(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.dense = mx.gluon.nn.Dense(3)
                self.scale = self.params.get("scale", shape=(0, 0), allow_deferred_init=True)

        def hybrid_forward(self, F, x, scale):
            return self.dense(x) + scale

    net = Scaled()
    net.initialize(mx.init.One())
    net.hybridize()
    out = net(mx.nd.ones((2, 5)))
    return out, [each.shape for each in net.collect_params().values()]


def shapes_with_numpy_semantics(mx):
    sym, found = mx.sym, []
    with mx.util.np_shape(True):
        x = sym.var("x")
        found += [
            (x * 2).infer_shape(x=()), (x * 2).infer_shape(x=(0, 3)), (x * 2).infer_shape_partial(x=(-1, 3)),
            sym.sum(x).infer_shape(x=(2,)), sym.zeros(shape=()).infer_shape(), sym.zeros(shape=(0, 2)).infer_shape(),
        ]  # fmt: skip
        for shape in ((0, 3), ()):
            executor = (x * 2).simple_bind(mx.cpu(), x=shape)
            found.append((executor.outputs[0].shape, executor.forward()[0].shape))
        found.append(sym.sum(x).simple_bind(mx.cpu(), x=(2,)).outputs[0].shape)
    return found


def contradiction_where_it_is_found(mx):
    net = mx.sym.FullyConnected(mx.sym.var("x"), mx.sym.var("w"), num_hidden=3, name="fc")
    net.simple_bind(mx.cpu(), x=(2, 5), w=(3, 4))


def nothing_that_tells(mx):
    mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=3, name="fc").simple_bind(mx.cpu())
