"""Hybridized blocks run as graphs: what they give, when they plan again, and what they say."""

import contextlib
import threading

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn


class Residual(nn.HybridBlock):
    def __init__(self, channels, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.body = nn.HybridSequential()
            self.body.add(nn.Conv2D(channels, 3, padding=1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
            self.body.add(nn.Conv2D(channels, 3, padding=1, use_bias=False), nn.BatchNorm())
            self.shortcut = nn.HybridSequential()
            self.shortcut.add(nn.Conv2D(channels, 1, use_bias=False), nn.BatchNorm())

    def hybrid_forward(self, F, x):
        return F.Activation(self.shortcut(x) + self.body(x), act_type="relu")


def sequential(*layers):
    net = nn.HybridSequential()
    net.add(*layers)
    return net


NETS = {
    "lenet": (
        lambda: sequential(
            nn.Conv2D(6, 5, padding=2, activation="sigmoid"), nn.AvgPool2D(2, 2),
            nn.Conv2D(16, 5, activation="sigmoid"), nn.AvgPool2D(2, 2),
            nn.Dense(12, activation="sigmoid"), nn.Dense(3),
        ),
        (8, 1, 28, 28),
    ),
    "residual": (lambda: sequential(Residual(16), Residual(32), nn.GlobalAvgPool2D(), nn.Dense(3)), (8, 3, 9, 8)),
    "norm, activation, pooling": (
        lambda: sequential(
            nn.Conv2D(8, 3, activation="relu"), nn.BatchNorm(), nn.MaxPool2D(2),
            nn.Conv2D(32, 3), nn.BatchNorm(scale=False), nn.LeakyReLU(0.1),
            nn.Conv2D(32, 3, groups=32), nn.BatchNorm(use_global_stats=True), nn.ELU(),
            nn.Conv2DTranspose(4, 2, strides=2, activation="tanh"), nn.Flatten(), nn.Dense(3),
        ),
        (9, 3, 14, 14),
    ),
    "one and three axes": (
        lambda: sequential(nn.Conv1D(8, 3, activation="relu"), nn.BatchNorm(), nn.MaxPool1D(2), nn.Dense(3)),
        (8, 4, 12),
    ),
    "dense": (
        lambda: sequential(nn.Dense(7, activation="relu"), nn.BatchNorm(), nn.Dense(3, activation="tanh")),
        (8, 5),
    ),
}  # fmt: skip


def make(name, dtype="float32"):
    build, shape = NETS[name]
    net = build()
    net.initialize(mx.init.Xavier(), force_reinit=True)
    net.cast(dtype)
    x = nd.array(np.random.RandomState(0).normal(size=shape), dtype=dtype)
    with autograd.pause():
        net(x)
    for number, parameter in enumerate(net.collect_params().values()):
        values = np.random.RandomState(number).uniform(0.5, 1.5, parameter.shape) / max(1, np.prod(parameter.shape[1:]))
        parameter.set_data(nd.array(values, dtype=dtype))
    return net, x


def step(net, x, record, training):
    """The output, the gradients and the running statistics of one call."""
    parameters = net.collect_params().values()
    x = x.copy()
    x.attach_grad()
    if not record:
        with autograd.train_mode() if training else autograd.predict_mode():
            return [net(x).asnumpy()]
    with autograd.record(train_mode=training):
        out = net(x)
        loss = (out * nd.arange(out.size, dtype=out.dtype).reshape(out.shape) / out.size).sum()
    loss.backward()
    states = [each.data().asnumpy() for each in parameters if each.grad_req == "null"]
    return [
        out.asnumpy(),
        x.grad.asnumpy(),
        *[each.grad().asnumpy() for each in parameters if each.grad_req != "null"],
        *states,
    ]


def assert_same(ours, expected, dtype="float32"):
    # relative to the largest element; the gradient of batch norms is a difference of numbers hundreds of times larger,
    # of which float32 keeps four digits and double precision twelve
    tolerance = 3e-4 if dtype == "float32" else 1e-12
    assert len(ours) == len(expected)
    for one, other in zip(ours, expected):
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * max(1e-3, np.abs(other).max()))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("record", "training"), [(True, True), (True, False), (False, True), (False, False)])
@pytest.mark.parametrize("name", NETS)
def test_a_graph_gives_what_its_operators_give(name, record, training, dtype):
    net, x = make(name, dtype)
    saved = [each.data().copy() for each in net.collect_params().values()]
    expected = step(net, x, record, training)
    for each, values in zip(net.collect_params().values(), saved):
        each.set_data(values)
    net.hybridize()
    ours = step(net, x, record, training)
    assert_same(ours, expected, dtype)


def test_every_change_plans_again():
    net, x = make("residual")
    plain, _ = make("residual")
    net.hybridize(static_alloc=True, static_shape=True)

    def compare(x, record=False, training=False):
        assert_same(step(net, x, record, training), step(plain, x, record, training))

    compare(x)
    compare(x[:5])
    compare(x, record=True, training=True)
    compare(x)  # the running statistics moved
    for each in (net, plain):
        each.collect_params().setattr("grad_req", "add")
        each.collect_params(".*running.*").setattr("grad_req", "null")
    compare(x, record=True, training=True)
    compare(x, record=True, training=True)
    for each in (net, plain):
        each.cast("float64")
    compare(x.astype("float64"), record=True, training=False)  # the statistics kept float32's rounding
    for each in (net, plain):
        each.cast("float32")
    compare(nd.concat(x, x, dim=3))
    compare(x, record=True, training=False)


@pytest.mark.parametrize(
    "write",
    [
        lambda p: p.set_data(p.data() * 2),
        lambda p: p.data().__setitem__(slice(None), 0.5),
        lambda p: p.data().__setitem__(0, 0.5),
        lambda p: p.data().__imul__(2),
        lambda p: p.data().as_torch().data.mul_(2),
        lambda p: np.asarray(p.data()).__imul__(2),
        lambda p: nd.sgd_update(p.data(), nd.ones(p.shape), lr=0.1, out=p.data()),
        lambda p: p.initialize(mx.init.One(), force_reinit=True),
        lambda p: p.data()[0:1].__setitem__(slice(None), 0.25),
        lambda p: p.data().reshape((-1,)).__setitem__(0, 0.25),
    ],
)
@pytest.mark.parametrize("which", ["conv0_weight", "batchnorm0_gamma", "batchnorm0_running_var", "dense0_weight"])
def test_predictions_follow_every_write_to_a_parameter(write, which):
    net = sequential(
        nn.Conv2D(32, 3, prefix="conv0_"), nn.BatchNorm(prefix="batchnorm0_"), nn.Dense(2, prefix="dense0_")
    )
    net.initialize(mx.init.Xavier())
    x = nd.random.uniform(shape=(2, 16, 5, 5))
    net(x)
    net.hybridize()
    net(x)
    parameter = net.collect_params()[which]
    handed_out = parameter.data().as_torch() if "running" in which else None  # before the write as well as by it
    for _ in range(2):
        write(parameter)
        ours = net(x).asnumpy()
        net.hybridize(False)
        np.testing.assert_allclose(ours, net(x).asnumpy(), rtol=2e-5, atol=2e-5)
        net.hybridize(clear=False)
    del handed_out


def test_training_steps_reach_the_predictions_between_them():
    net, x = make("residual")
    net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.05, "momentum": 0.9})
    for _ in range(3):
        with autograd.record():
            loss = (net(x) ** 2).mean()
        loss.backward()
        trainer.step(1)
        ours = net(x).asnumpy()
        net.hybridize(False)
        np.testing.assert_allclose(ours, net(x).asnumpy(), rtol=1e-4, atol=1e-5)
        net.hybridize(clear=False)


def test_a_layer_added_below_is_seen():
    inner = sequential(nn.Dense(4, in_units=3))
    net = sequential(inner)
    net.initialize(mx.init.One())
    net.hybridize()
    assert net(nd.ones((1, 3))).asnumpy().tolist() == [[3] * 4]
    inner.add(nn.Dense(2, in_units=4))
    inner[1].initialize(mx.init.One())
    assert net(nd.ones((1, 3))).asnumpy().tolist() == [[12, 12]]


def test_a_block_that_is_no_graph_says_why_once_and_runs():
    class Sized(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return x / x.shape[0]

    net = Sized()
    net.hybridize()
    with pytest.warns(
        UserWarning, match="runs operator by operator, as it is no graph: AttributeError: .*'shape'"
    ) as seen:
        results = [net(nd.ones((2, 1))).asnumpy().tolist() for _ in range(3)]
    assert results == [[[0.5], [0.5]]] * 3 and len(seen) == 1
    with pytest.raises(mx.MXNetError, match="cannot be written as a graph: AttributeError"):
        net.plan(nd.ones((2, 1)))


def test_special_numbers_pass_as_in_eager():
    net, x = make("lenet")
    x[1, 0, 3, 3], x[2, 0, 5, 5] = np.nan, np.inf
    expected = net(x).asnumpy()
    net.hybridize()
    ours = net(x).asnumpy()
    assert np.array_equal(np.isnan(ours), np.isnan(expected)) and np.isnan(ours[1]).all()
    np.testing.assert_allclose(ours[3:], expected[3:], rtol=1e-5)


def test_nested_inputs_and_outputs_keep_their_lists():
    class Pairs(nn.HybridBlock):
        def hybrid_forward(self, F, x, pair):
            return [x + pair[0], [x * pair[1], F.split(x, 2)]]

    net = Pairs()
    x, a, b = nd.array([[1, 2]]), nd.array([[10, 20]]), nd.array([[3, 4]])
    shown = []
    for hybrid in (False, True):
        net.hybridize(hybrid)
        first, (second, (left, right)) = net(x, [a, b])
        shown.append([each.asnumpy().tolist() for each in (first, second, left, right)])
    assert shown[0] == shown[1] == [[[11, 22]], [[3, 8]], [[1]], [[2]]]


def test_two_threads_run_one_net():
    net, x = make("residual")
    net.hybridize()
    expected = step(net, x, True, False)[0]
    failures = []

    def work(record):
        for _ in range(10):
            with autograd.record(train_mode=False) if record else contextlib.nullcontext():
                out = net(x).asnumpy()
            if not np.allclose(out, expected, rtol=1e-5, atol=1e-5):
                failures.append(np.abs(out - expected).max())

    threads = [threading.Thread(target=work, args=(record,)) for record in (False, True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_the_plan_says_what_is_fused():
    net, x = make("residual")
    net.hybridize()
    prediction = str(net.plan(x))
    assert "folded BatchNorm" in prediction and "Convolution+elemwise_add+relu" in prediction
    with autograd.record():
        training = net.plan(x)
    assert "BatchNorm+elemwise_add+relu" in str(training) and "training on cpu(0)" in str(training)
    assert training.rows[-1].shape == (8, 3) and training.rows[-1].bytes == 96
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    loss.hybridize()
    labels = nd.zeros(8)
    assert [row.operators for row in loss.plan(net(x), labels).rows] == ["cross entropy"]
    with pytest.raises(mx.MXNetError, match="call hybridize"):
        nn.Dense(2).plan(x)


def test_the_fused_loss_is_the_loss():
    scores = nd.array(np.random.RandomState(0).normal(size=(6, 4)) * 5)
    labels = nd.array([0, 3, 2, -1, 9, 1.7])  # out of range: clipped; between: cut
    results = []
    for hybrid in (False, True):
        loss = gluon.loss.SoftmaxCrossEntropyLoss()
        loss.hybridize(hybrid)
        scores.attach_grad()
        with autograd.record():
            out = loss(scores, labels)
        out.backward()
        results.append((out.asnumpy(), scores.grad.asnumpy()))
    for one, other in zip(*results):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # torch's own, from inside torch.compile
def test_inductor_gives_the_same():
    net, x = make("dense")
    expected = step(net, x, True, True)
    again, _ = make("dense")
    again.optimize_for(x, backend="inductor")
    assert_same(step(again, x, True, True), expected)
    assert "by torch.compile" in str(again.plan(x))


def test_backends_are_named_in_errors():
    net = gluon.nn.Dense(2)
    with pytest.raises(mx.MXNetError, match="backend='cuda' is not available; expected None, .*'inductor'$"):
        net.hybridize(backend="cuda")
    with pytest.raises(ValueError, match="backend is not given; expected 'MKLDNN', 'ONEDNN' or 'inductor'"):
        net.optimize_for(mx.nd.ones((1, 2)))
