"""Recurrent layers, loops and choices, and what stays right for another batch."""

import numpy as np
import pytest
import torch
from torch_programs import agree, made, written

import mxnet as mx
from mxnet.gluon import nn, rnn

RANDOM = np.random.RandomState(7)


def numbers(*shape):
    return RANDOM.uniform(-1, 1, size=shape).astype(np.float32)


@pytest.mark.parametrize("mode", ["lstm", "gru", "rnn_tanh", "rnn_relu"])
@pytest.mark.parametrize("both", [False, True])
def test_recurrent_layers_are_torchs(mode, both):
    data, state = mx.sym.var("data"), mx.sym.var("state")
    given = {"state_cell": mx.sym.var("cell")} if mode == "lstm" else {}
    symbol = mx.sym.RNN(
        data, mx.sym.var("w"), state, mode=mode, state_size=3, num_layers=2, bidirectional=both, state_outputs=True,
        name="rnn", **given,
    )  # fmt: skip
    ends = 4 if both else 2
    inputs = {"data": numbers(5, 2, 4), "state": numbers(ends, 2, 3)}
    if mode == "lstm":
        inputs["cell"] = numbers(ends, 2, 3)
    size = symbol.infer_shape(**{name: value.shape for name, value in inputs.items()})[0]
    parameters = {"w": numbers(*dict(zip(symbol.list_arguments(), size))["w"])}
    program, *_ = agree(symbol, inputs, parameters)
    assert f"self.rnn = nn.{mode.upper() if mode in ('lstm', 'gru') else 'RNN'}(4, 3, num_layers=2" in program.text


def test_gluons_layers_keep_the_names_of_their_weights_and_begin_with_zeros_of_any_batch():
    net = rnn.LSTM(3, input_size=4, prefix="lstm_")
    net.initialize(mx.init.Uniform(0.5))
    parameters = {name: value.data() for name, value in net.collect_params().items()}
    program = written(net(mx.sym.var("data")), parameters, {"data": (5, 2, 4)})
    assert program.names["lstm_l0_h2h_weight"].endswith(".weight_hh_l0")
    data = numbers(5, 3, 4)
    with torch.no_grad():
        found = made(program).eval()(torch.from_numpy(data)).numpy()
    np.testing.assert_allclose(found, net(mx.nd.array(data)).asnumpy(), rtol=1e-5, atol=1e-6)


def test_a_loop_over_elements():
    def step(item, states):
        new = mx.sym.tanh(mx.sym.FullyConnected(item, mx.sym.var("w"), no_bias=True, num_hidden=3) + states[0])
        return new * 2, [new]

    with mx.name.NameManager():  # numbers names from 0, whatever ran before
        outputs, states = mx.sym.contrib.foreach(step, mx.sym.var("data"), [mx.sym.var("state")])
    symbol = mx.sym.Group([outputs, states[0]])
    inputs = {"data": numbers(4, 2, 5), "state": numbers(2, 3)}
    program, *_ = agree(symbol, inputs, {"w": numbers(3, 5)})
    assert "def foreach0_step(" in program.text


def test_a_loop_while_a_condition_holds():
    outputs, last = mx.sym.contrib.while_loop(
        lambda total, value: mx.sym.sum(total) < 6,
        lambda total, value: (total * 2, [total + value, value * 1.5]),
        [mx.sym.var("total"), mx.sym.var("value")],
        max_iterations=6,
    )
    agree(mx.sym.Group([outputs, *last]), {"total": np.ones(2, "f"), "value": np.full(2, 0.5, "f")})


@pytest.mark.parametrize("sign", [1, -1])
def test_a_choice(sign):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    symbol = mx.sym.contrib.cond(mx.sym.sum(a) > 0, lambda: a * b, lambda: mx.sym.exp(a) + b)
    agree(symbol, {"a": sign * np.abs(numbers(3)), "b": numbers(3)})


@pytest.mark.parametrize(
    "shape", [(0, -1), (-1, 6), (-3, 0), (0, -4, 2, -1, 0), (0, -2), (-4, -1, 1, -2), (0, 0, -1), (-2,), (0, 2, -1)]
)
def test_a_reshape_is_right_for_another_batch(shape):
    symbol = mx.sym.Reshape(mx.sym.var("x"), shape=shape)
    module = made(written(symbol, {}, {"x": (2, 4, 3)}))
    for batch in (1, 2, 5):
        x = numbers(batch, 4, 3)
        wanted = mx.nd.reshape(mx.nd.array(x), shape=shape).asnumpy()
        assert np.array_equal(module(torch.from_numpy(x)).numpy(), wanted)


@pytest.mark.parametrize("shape", [(-1, 0), (0, -3), (0, 0, -1)])
def test_a_reshape_from_the_back(shape):
    symbol = mx.sym.Reshape(mx.sym.var("x"), shape=shape, reverse=True)
    module = made(written(symbol, {}, {"x": (4, 3, 2)}))
    x = numbers(4, 3, 2)
    wanted = mx.nd.reshape(mx.nd.array(x), shape=shape, reverse=True).asnumpy()
    assert np.array_equal(module(torch.from_numpy(x)).numpy(), wanted)


def test_what_is_random_has_the_shape_and_dtype_of_ours():
    names = [
        "uniform", "normal", "exponential", "gamma", "poisson", "negative_binomial", "generalized_negative_binomial",
    ]  # fmt: skip
    x = mx.sym.var("x")
    heads = [getattr(mx.sym.random, name)(shape=(2, 3)) for name in names if name != "normal"]
    heads += [getattr(mx.sym, f"random_{name}")(shape=(4,)) for name in ("normal", "uniform")]
    heads += [getattr(mx.sym.random, f"{name}_like")(x) for name in names]
    heads += [mx.sym.sample_uniform(x, x + 1, shape=(2,)), mx.sym.sample_gamma(x, x), mx.sym.sample_normal(x, x)]
    heads += [mx.sym.shuffle(x), mx.sym.sample_multinomial(mx.sym.softmax(x), shape=(5,))]
    heads += [mx.sym.random.randint(0, 4, shape=(3,)), mx.sym.Dropout(x, p=0.5, axes=(0,), mode="always")]
    heads += [mx.sym.LeakyReLU(x, act_type="rrelu")[0]]
    symbol = mx.sym.Group(heads)
    module = made(written(symbol, {}, {"x": (2, 3)}))
    x = np.abs(numbers(2, 3)) + 0.1
    wanted = symbol.bind(mx.cpu(), {"x": mx.nd.array(x)}).forward()
    for one, other in zip(module(torch.from_numpy(x)), wanted):
        assert tuple(one.shape) == other.shape
        assert str(one.dtype) == f"torch.{np.dtype(other.dtype).name}"
        assert torch.isfinite(one).all()


def test_training_moves_statistics_as_torch_moves_them():
    net = nn.BatchNorm(momentum=0.7, in_channels=3, prefix="bn_")
    net.initialize()
    parameters = {name: value.data().asnumpy() for name, value in net.collect_params().items()}
    data = numbers(4, 3, 5)
    program, module, executor = agree(net(mx.sym.var("data")), {"data": data}, parameters)
    states = {name: array.asnumpy() for name, array in executor.aux_dict.items()}
    count = data.shape[0] * data.shape[2]
    np.testing.assert_allclose(module.bn.running_mean.numpy(), states["bn_running_mean"], rtol=1e-5, atol=1e-6)
    # MXNet's variance is the biased one of the batch, which the program's docstring says
    biased = 0.7 + (module.bn.running_var.numpy() - 0.7) * (count - 1) / count
    np.testing.assert_allclose(biased, states["bn_running_var"], rtol=1e-5)
    assert "unbiased variance" in program.text
