"""The fused recurrent networks: modes, layers, directions, states, gradients, errors."""

from fidelity.support import data, grads, tolerance
from fidelity.tensor_support import case, outcomes

GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


def _arrays(mode, steps=4, batch=2, inputs=3, units=5, layers=1, both=False, dtype="float32"):
    directions, rows, size = 2 if both else 1, GATES[mode] * units, 0
    for layer in range(layers):
        size += directions * rows * ((units * directions if layer else inputs) + units + 2)
    state = (layers * directions, batch, units)
    arrays = [data((steps, batch, inputs), 1), data((size,), 2, -0.5, 0.5), data(state, 3), data(state, 4)]
    return [array.astype(dtype) for array in arrays[: 4 if mode == "lstm" else 3]]


def _run(mx, mode, units=5, layers=1, both=False, state_outputs=True, train=True, **sizes):
    def call(*arrays):
        return mx.nd.RNN(
            *arrays, mode=mode, state_size=units, num_layers=layers, bidirectional=both, state_outputs=state_outputs
        )

    return grads(mx, call, *_arrays(mode, units=units, layers=layers, both=both, **sizes), train=train)


def _make(mode):
    def one_layer(mx):
        return [_run(mx, mode), _run(mx, mode, state_outputs=False)]

    def one_step(mx):
        return _run(mx, mode, steps=1, batch=1)

    def several_layers(mx):
        return [_run(mx, mode, layers=2), _run(mx, mode, layers=3, units=2)]

    def both_directions(mx):
        return [_run(mx, mode, both=True), _run(mx, mode, both=True, layers=2)]

    def prediction_mode(mx):
        arrays = [mx.nd.array(array) for array in _arrays(mode, layers=2)]
        return mx.nd.RNN(*arrays, mode=mode, state_size=5, num_layers=2, state_outputs=True, p=0.5)

    def double_precision(mx):
        return _run(mx, mode, layers=2, both=True, dtype="float64")

    for made in (one_layer, one_step, several_layers, both_directions, prediction_mode, double_precision):
        key = f"{mode}_{made.__name__}"
        globals()[key] = tolerance(1e-4, 1e-5, "a long chain of products")(case(key, made))


for _mode in GATES:
    _make(_mode)


def wrong_arguments(mx):
    x, w, h, c = [mx.nd.array(array) for array in _arrays("lstm")]
    options = {"mode": "lstm", "state_size": 5, "num_layers": 1}
    return outcomes(
        lambda: mx.nd.RNN(x, w, h, c, mode="lstm", state_size=5),
        lambda: mx.nd.RNN(x, w, h, c, mode="lstm", num_layers=1),
        lambda: mx.nd.RNN(x, w, h, c, state_size=5, num_layers=1),
        lambda: mx.nd.RNN(x, w, h, **options),
        lambda: mx.nd.RNN(x, w[1:], h, c, **options),
        lambda: mx.nd.RNN(x, w, h[:, :1], c, **options),
        lambda: mx.nd.RNN(x, w, h, c[:, :1], **options),
        lambda: mx.nd.RNN(x[0], w, h, c, **options),
        lambda: mx.nd.RNN(x, w, h, c, mode="lstm", state_size=4, num_layers=1),
        lambda: mx.nd.RNN(x, w, h, c, mode="elman", state_size=5, num_layers=1),
    )


def in_numpy_arrays(mx):
    mx.npx.set_np()
    arrays = [mx.np.array(array) for array in _arrays("gru")]
    return mx.npx.rnn(*arrays, mode="gru", state_size=5, num_layers=1, state_outputs=True)
