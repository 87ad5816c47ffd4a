"""What MXNet computes on cuDNN only, and what holds between layers, cells and graphs."""

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet.base import MXNetError
from mxnet.gluon import rnn

LAYERS = {
    "rnn": lambda **options: rnn.RNN(4, activation="tanh", **options),
    "lstm": lambda **options: rnn.LSTM(4, **options),
    "gru": lambda **options: rnn.GRU(4, **options),
}


def random(*shape, seed=0):
    return mx.nd.array(np.random.RandomState(seed).uniform(-1, 1, shape))


def set_weights(block):
    for number, parameter in enumerate(block.collect_params().values()):
        parameter.set_data(random(*parameter.shape, seed=number))


def cell_by_hand(kind, x, h, c, weights):
    wi, wh, bi, bh = weights
    a, b = wi @ x + bi, wh @ h + bh
    if kind == "rnn":
        return np.tanh(a + b), c
    (a, b) = (part.reshape(-1, 4) for part in (a, b))
    sigmoid = lambda v: 1 / (1 + np.exp(-v))  # noqa: E731
    if kind == "gru":
        r, z = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
        return (1 - z) * np.tanh(a[2] + r * b[2]) + z * h, c
    i, f, g, o = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1]), np.tanh(a[2] + b[2]), sigmoid(a[3] + b[3])
    c = f * c + i * g
    return o * np.tanh(c), c


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("both", [False, True])
def test_lengths_against_sequences_one_by_one(kind, both):
    lengths = [5, 2, 1, 0, 3]
    layer = LAYERS[kind](input_size=3, bidirectional=both, num_layers=2, use_sequence_length=True)
    whole = LAYERS[kind](input_size=3, bidirectional=both, num_layers=2)
    for each in (layer, whole):
        each.initialize()
        set_weights(each)
    x, begin = random(5, len(lengths), 3, seed=9), layer.begin_state(len(lengths))
    for number, state in enumerate(begin):
        state[:] = random(*state.shape, seed=20 + number)
    outputs, states = layer(x, begin, mx.nd.array(lengths))
    for place, length in enumerate(lengths):
        own = [state[:, place : place + 1] for state in begin]
        got = outputs[:, place : place + 1].asnumpy()
        assert not got[length:].any()
        if length:
            expected, ends = whole(x[:length, place : place + 1], own)
            np.testing.assert_allclose(got[:length], expected.asnumpy(), rtol=1e-5, atol=1e-6)
        else:
            ends = own
        for state, end in zip(states, ends):
            np.testing.assert_allclose(state[:, place : place + 1].asnumpy(), end.asnumpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_is_its_cell_step_by_step(kind):
    layer = LAYERS[kind](input_size=3)
    layer.initialize()
    set_weights(layer)
    weights = [parameter.data().asnumpy().astype("float64") for parameter in layer.collect_params().values()]
    x = random(6, 2, 3, seed=9)
    outputs = layer(x).asnumpy()
    for place in range(2):
        h = c = np.zeros(4)
        for step in range(6):
            h, c = cell_by_hand(kind, x[step, place].asnumpy(), h, c, weights)
            np.testing.assert_allclose(outputs[step, place], h, rtol=1e-5, atol=1e-6)


def test_bounded_cells():
    def run(**options):
        layer = rnn.LSTM(4, input_size=3, **options)
        layer.initialize()
        set_weights(layer)
        return layer(random(6, 2, 3, seed=9) * 5, layer.begin_state(2))

    free, bounded = run(), run(state_clip_min=-0.3, state_clip_max=0.2)
    assert free[1][1].asnumpy().max() > 0.2
    state = bounded[1][1].asnumpy()
    assert state.min() >= np.float32(-0.3) and state.max() <= np.float32(0.2)
    wide = run(state_clip_min=-100.0, state_clip_max=100.0)
    np.testing.assert_allclose(wide[0].asnumpy(), free[0].asnumpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("nan", [False, True])
def test_cells_that_are_no_number(nan):
    layer = rnn.LSTM(4, input_size=3, state_clip_min=-1.0, state_clip_max=1.0, state_clip_nan=nan)
    layer.initialize()
    begin = layer.begin_state(2)
    begin[1][:] = float("nan")
    _, (_, cells) = layer(random(1, 2, 3), begin)
    assert np.isnan(cells.asnumpy()).all() != nan
    if nan:
        assert (cells.asnumpy() == -1).all()


@pytest.mark.parametrize("kind", LAYERS)
def test_lengths_are_differentiated(kind):
    """Against torch's packed sequences."""
    layer = LAYERS[kind](input_size=3, use_sequence_length=True)
    layer.initialize()
    set_weights(layer)
    x, lengths = random(5, 3, 3, seed=9), [4, 5, 2]
    x.attach_grad()
    with mx.autograd.record():
        out, _ = layer(x, layer.begin_state(3), mx.nd.array(lengths))
        loss = (out * out).sum()
    loss.backward()
    twin = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind](3, 4)
    named = dict(zip(("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"), layer.collect_params().values()))
    twin.load_state_dict({name: torch.tensor(parameter.data().asnumpy()) for name, parameter in named.items()})
    y = torch.tensor(x.asnumpy(), requires_grad=True)
    packed = torch.nn.utils.rnn.pack_padded_sequence(y, torch.tensor(lengths), enforce_sorted=False)
    padded, _ = torch.nn.utils.rnn.pad_packed_sequence(twin(packed)[0])
    (padded * padded).sum().backward()
    np.testing.assert_allclose(out.asnumpy(), padded.detach().numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(x.grad.asnumpy(), y.grad.numpy(), rtol=1e-4, atol=1e-6)
    for name, parameter in named.items():
        np.testing.assert_allclose(
            parameter.grad().asnumpy(), dict(twin.named_parameters())[name].grad.numpy(), rtol=1e-4, atol=1e-5
        )


def test_with_and_without_states_in_turn():
    """A hybridized layer has two graphs, as it returns the states only where they were given."""
    layer = rnn.GRU(4, input_size=3)
    layer.initialize()
    x = random(5, 2, 3)
    plain = layer(x).asnumpy()
    layer.hybridize()
    for _ in range(2):
        assert isinstance(layer(x), mx.nd.NDArray)
        outputs, states = layer(x, layer.begin_state(2))
        np.testing.assert_allclose(outputs.asnumpy(), plain, rtol=1e-6)
        np.testing.assert_allclose(states[0][0].asnumpy(), plain[-1], rtol=1e-6)


def test_inside_a_hybridized_network():
    class Tagger(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.embedding = mx.gluon.nn.Embedding(7, 3)
                self.lstm = rnn.LSTM(4, layout="NTC", bidirectional=True, input_size=3)
                self.dense = mx.gluon.nn.Dense(2, flatten=False)

        def hybrid_forward(self, F, x):
            return self.dense(self.lstm(self.embedding(x)))

    net = Tagger()
    net.initialize()
    words = mx.nd.array([[1, 2, 3], [4, 5, 6]])
    plain = net(words).asnumpy()
    net.hybridize()
    np.testing.assert_allclose(net(words).asnumpy(), plain, rtol=1e-6)


def test_arrays_with_numpys_interface():
    layer = rnn.LSTM(4, 2)
    layer.initialize()
    with mx.util.np_array(True):
        out, states = layer(mx.np.ones((5, 2, 3)), [mx.np.zeros((2, 2, 4))] * 2)
        assert type(out) is mx.np.ndarray and out.shape == (5, 2, 4) and type(states[0]) is mx.np.ndarray
        assert type(layer(mx.np.ones((5, 2, 3)))) is mx.np.ndarray
        cell = rnn.GRUCell(4)
        cell.initialize()
        outputs, _ = cell.unroll(3, mx.np.ones((2, 3, 5)), merge_outputs=True)
        assert type(outputs) is mx.np.ndarray and outputs.shape == (2, 3, 4)


def made(block):
    block.initialize()
    return block


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: mx.nd.RNN(x, x, x, mode="gru", state_size=4, num_layers=1, projection_size=2), "projection_size=2"),
        (lambda x: made(rnn.LSTM(4, state_clip_min=1.0))(x), "lstm_state_clip_min=1.0 and lstm_state_clip_max=None"),
        (lambda x: made(rnn.LSTM(4, use_sequence_length=True))(x), "RNN: sequence_length is none"),
        (lambda x: made(rnn.GRU(4))(x, mx.nd.zeros((1, 3, 4))), "RNN: state is (1, 3, 4) float32 for data (5, 2, 3)"),
        (lambda x: made(rnn.LSTMCell(4))(x[0], [mx.nd.zeros((2, 4))]), "got 1 states; expected a list of 2"),
        (lambda x: made(rnn.LSTMCell(4)).unroll(4, x), "unroll: inputs has 2 steps; expected length=4"),
        (lambda x: made(rnn.LSTMCell(4)).unroll(4, x, layout="NCT"), "unroll: layout='NCT'"),
    ],
)
def test_what_does_not_fit(call, message):
    with pytest.raises((MXNetError, ValueError, AssertionError)) as caught:
        call(random(5, 2, 3))
    assert message in str(caught.value)
