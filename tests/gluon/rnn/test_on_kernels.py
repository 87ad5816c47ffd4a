"""LSTM layers on the compiled kernels: what they give in every way to run them, against torch's layers."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.kernels import recurrent

STEPS, BATCH, INPUTS, UNITS = 9, 8, 5, 6
OPTIONS = [{}, {"num_layers": 2, "bidirectional": True}, {"layout": "NTC", "num_layers": 2}]


def _arrays(layer, seed):
    random = np.random.RandomState(seed)
    shape = (BATCH, STEPS, INPUTS) if layer._layout == "NTC" else (STEPS, BATCH, INPUTS)
    data = nd.array(random.standard_normal(shape))
    return data, [nd.array(random.standard_normal(each.shape)) for each in layer.begin_state(BATCH)]


def _written(layer, how, random):
    """Weights changed on the way, as programs do it."""
    for parameter in layer.collect_params().values():
        value = nd.array(random.standard_normal(parameter.shape) / 2)
        if how == "set_data":
            parameter.set_data(value)
        elif how == "slice":
            parameter.data()[:] = value
        else:
            parameter.data()[0:1] *= 0.5


def _history(layer, writes):
    """Outputs, states, gradients and predictions of some training steps with writes between them."""
    random = np.random.RandomState(7)
    trainer = gluon.Trainer(layer.collect_params(), "adam", {"learning_rate": 0.02})
    found = []
    for seed, how in enumerate(writes):
        _written(layer, how, random)
        data, states = _arrays(layer, seed)
        data.attach_grad()
        for state in states:
            state.attach_grad()
        with autograd.record():
            output, ends = layer(data, states)
            loss = (output**2).sum() + sum((end * (1 + place)).sum() for place, end in enumerate(ends))
        loss.backward()
        found += [output, *ends, data.grad, *(state.grad for state in states)]
        found += [parameter.grad().copy() for parameter in layer.collect_params().values()]
        trainer.step(BATCH)
        found += [layer(data, states)[0], layer(data)]
    return [each.asnumpy() for each in found]


def _layer(options, way):
    layer = gluon.rnn.LSTM(UNITS, input_size=INPUTS, prefix="lstm_", **options)
    layer.initialize()
    for place, parameter in enumerate(layer.collect_params().values()):
        parameter.set_data(nd.array(np.random.RandomState(place).standard_normal(parameter.shape) / 2))
    if way != "eager":
        layer.hybridize(static_alloc=way == "static", static_shape=way == "static")
    return layer


def _calls(monkeypatch):
    """How often the kernels' layer is taken from here on."""
    taken, layer = [], recurrent._Layer.apply
    monkeypatch.setattr(recurrent._Layer, "apply", lambda *given: taken.append(1) or layer(*given))
    return taken


@pytest.mark.skipif(recurrent.library() is None or recurrent.library().lstm is None, reason="no kernels were built")
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("way", ["eager", "hybridized", "static"])
def test_training_with_writes_between_is_that_of_torch(way, options, monkeypatch):
    writes = ["set_data", "slice", "part", "set_data"]
    taken = _calls(monkeypatch)
    ours = _history(_layer(options, way), writes)
    assert len(taken) == 3 * len(writes) * options.get("num_layers", 1)
    monkeypatch.setattr(recurrent, "library", lambda: None)
    for one, wanted in zip(ours, _history(_layer(options, "eager"), writes), strict=True):
        np.testing.assert_allclose(one, wanted, rtol=1e-4, atol=2e-5)


@pytest.mark.skipif(recurrent.library() is None or recurrent.library().lstm is None, reason="no kernels were built")
def test_a_bound_network_with_dropout_between_layers(monkeypatch):
    """An executor, and the same masks drawn with the kernels as without."""
    names = ("data", "weights", "state", "state_cell")
    network = mx.sym.RNN(
        *(mx.sym.var(name) for name in names), mode="lstm", state_size=UNITS, num_layers=2, p=0.5, state_outputs=True
    )
    shapes = dict(zip(names, network.infer_shape(data=(STEPS, BATCH, INPUTS))[0]))
    random = np.random.RandomState(1)
    values = {name: nd.array(random.standard_normal(shape) / 2) for name, shape in shapes.items()}
    taken, results = _calls(monkeypatch), []
    for _ in range(2):
        executor = network.simple_bind(mx.cpu(), data=shapes["data"])
        mx.random.seed(3)
        for scale in (1.0, 0.5):
            executor.copy_params_from({name: value * scale for name, value in values.items()})
            outputs = executor.forward(is_train=True)
            executor.backward([nd.ones(each.shape) for each in outputs])
            results.append([each.asnumpy() for each in (*outputs, *(executor.grad_dict[name] for name in names))])
        monkeypatch.setattr(recurrent, "library", lambda: None)
    assert len(taken) == 4
    for ours, plain in zip(results[:2], results[2:], strict=True):
        for one, wanted in zip(ours, plain, strict=True):
            np.testing.assert_allclose(one, wanted, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_a_plan_hands_weights_over_as_they_are(kind):
    """Without the vector that the graph puts them together to; in training with writes between, as without a plan."""
    results = []
    for hybridized in (True, False):
        layer = getattr(gluon.rnn, kind)(UNITS, num_layers=2, bidirectional=True, input_size=INPUTS, prefix="layer_")
        layer.initialize()
        if hybridized:
            layer.hybridize()
            data, states = _arrays(layer, 0)
            assert [row.operators for row in layer.plan(data, states).rows] == ["RNN"]
        results.append(_history(layer, ["set_data", "slice", "part"]))
    for one, wanted in zip(*results, strict=True):
        np.testing.assert_allclose(one, wanted, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("given", ["neither", "states", "lengths", "both"])
def test_a_plan_is_told_of_what_a_call_takes(given):
    """States and lengths left out are completed as the call completes them."""
    layer = gluon.rnn.LSTM(UNITS, use_sequence_length="lengths" in given or given == "both", layout="NTC")
    layer.initialize()
    layer.hybridize()
    data = nd.ones((BATCH, STEPS, INPUTS))
    states = layer.begin_state(BATCH) if given in ("states", "both") else None
    lengths = nd.full((BATCH,), STEPS - 1) if given in ("lengths", "both") else None
    plan = layer.plan(data, states, lengths)
    assert "RNN" in [row.operators for row in plan.rows]
    result = layer(data, states, lengths)
    assert plan.rows[-1].shape == (result if states is None else result[0]).shape


def test_a_plan_keeps_a_vector_that_is_read_elsewhere_or_cut_otherwise():
    """Parameters that are an output too, and parts that are not weights and biases one by one."""
    random = np.random.RandomState(2)
    size, inputs = 4 * UNITS * (INPUTS + UNITS + 2), mx.sym.var("data")
    states = [mx.sym.zeros((1, BATCH, UNITS)) for _ in range(2)]
    values = {"data": nd.array(random.standard_normal((STEPS, BATCH, INPUTS)))}
    weights = nd.array(random.standard_normal(size) / 2)
    expected = nd.RNN(
        values["data"], weights, *(nd.zeros((1, BATCH, UNITS)) for _ in range(2)), mode="lstm", state_size=UNITS,
        num_layers=1,
    )  # fmt: skip
    for cut in (0, 4 * UNITS * INPUTS, size - 8 * UNITS):
        parts = [mx.sym.reshape(mx.sym.var(name), shape=-1) for name in ("first", "second")]
        vector = mx.sym.Concat(*parts, dim=0)
        output = mx.sym.RNN(inputs, vector, *states, mode="lstm", state_size=UNITS, num_layers=1)
        network = output if cut else mx.sym.Group([output, vector])
        cut = cut or 1
        given = {**values, "first": weights[:cut].reshape((-1, 1)), "second": weights[cut:].reshape((1, -1))}
        found = network.bind(mx.cpu(), given).forward()
        np.testing.assert_allclose(found[0].asnumpy(), expected.asnumpy(), rtol=1e-6, atol=1e-6)
