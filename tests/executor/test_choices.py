"""What a plan chooses on which host, that it says why, and that every choice gives the same numbers."""

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd, gluon, kernels, nd
from mxnet.executor import choices
from mxnet.executor.choices import CHOICES, forcing
from mxnet.gluon import nn
from mxnet.kernels import Convolve, Host, Pool, gains
from mxnet.kernels.library import library

compiled = pytest.mark.skipif(library() is None, reason="the C kernels were not built (no compiler)")


class Residual(nn.HybridBlock):
    def __init__(self, channels, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.body = nn.HybridSequential()
            self.body.add(nn.Conv2D(channels, 3, padding=1, use_bias=False), nn.BatchNorm())
            self.shortcut = nn.Conv2D(channels, 1)

    def hybrid_forward(self, F, x):
        return F.relu(self.body(x) + self.shortcut(x))


def sequential(*layers):
    net = nn.HybridSequential()
    net.add(*layers)
    return net


NETS = {
    "few channels": (
        lambda: sequential(
            nn.Conv2D(6, 5, padding=2, activation="sigmoid"), nn.AvgPool2D(2, 2), nn.Conv2D(16, 3, activation="relu"),
            nn.MaxPool2D(2, 2), nn.Dense(12, activation="tanh"), nn.Dense(3),
        ),
        (8, 1, 14, 14),
    ),
    "norms": (
        lambda: sequential(
            nn.Conv2D(16, 3, padding=1), nn.BatchNorm(), nn.Activation("relu"), Residual(32), nn.MaxPool2D(2),
            nn.Conv2D(32, 3, strides=2, groups=4, use_bias=False), nn.BatchNorm(scale=False), nn.GlobalAvgPool2D(),
            nn.Dense(3),
        ),
        (8, 3, 9, 8),
    ),
    "other axes": (
        lambda: sequential(nn.Conv1D(8, 3, activation="relu"), nn.BatchNorm(), nn.MaxPool1D(2), nn.Dense(3)),
        (8, 4, 12),
    ),
}  # fmt: skip


def outcome(name, record, training):
    """What a net gives, with gradients and states where it is recorded, from the same parameters every time."""
    build, shape = NETS[name]
    mx.random.seed(1)
    net = build()
    net.initialize(mx.init.Xavier())
    x = nd.array(np.random.RandomState(0).normal(size=shape))
    with autograd.pause():
        net(x)
    for number, parameter in enumerate(net.collect_params().values()):
        values = np.random.RandomState(number).uniform(0.5, 1.5, parameter.shape) / max(1, np.prod(parameter.shape[1:]))
        parameter.set_data(nd.array(values))
    return net, x, record, training


def numbers(net, x, record, training):
    x.attach_grad()
    if not record:
        with autograd.train_mode() if training else autograd.predict_mode():
            return [net(x).asnumpy()]
    with autograd.record(train_mode=training):
        out = net(x)
    out.backward(nd.arange(out.size).reshape(out.shape) / out.size)
    parameters = net.collect_params().values()
    learned = [each.grad() for each in parameters if each.grad_req != "null"]
    return [each.asnumpy() for each in (out, x.grad, *learned)]


FORCED = [(name, value) for name, values in CHOICES.items() for value in values if value != "inductor"]


@pytest.mark.parametrize(("record", "training"), [(True, True), (True, False), (False, True), (False, False)])
@pytest.mark.parametrize("name", NETS)
def test_every_choice_gives_the_same_numbers(name, record, training):
    net, *mode = outcome(name, record, training)
    expected = numbers(net, *mode)
    for choice, value in FORCED:
        net, *mode = outcome(name, record, training)
        net.hybridize()
        with forcing(**{choice: value}):
            for one, other in zip(numbers(net, *mode), expected, strict=True):
                scale = max(1e-2, np.abs(other).max())  # a bias before a norm has but rounding as gradient
                np.testing.assert_allclose(one, other, rtol=0, atol=3e-4 * scale, err_msg=f"{choice}={value}")


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # torch's own, from inside torch.compile
def test_the_backend_can_be_forced():
    net, x, *_ = outcome("other axes", False, False)
    net.hybridize()
    expected = net(x).asnumpy()
    with forcing(backend="inductor"):
        np.testing.assert_allclose(net(x).asnumpy(), expected, rtol=1e-4, atol=1e-5)
        assert "by torch.compile" in str(net.plan(x))


def by(net, *arrays):
    return [(row.operators, row.by) for row in net.plan(*arrays).rows]


@compiled
def test_a_forced_choice_is_taken_and_shown():
    net, x, *_ = outcome("norms", False, False)
    net.hybridize()
    with forcing(convolution="packed weights"):
        assert ("Convolution+relu", "packed weights") in by(net, x)
        with forcing(layout="channels first"):
            assert {row.memory for row in net.plan(x).rows if row.by == "packed weights"} == {"channels last"}
    with forcing(convolution="torch"):
        assert {who for _, who in by(net, x)} == {"torch"}
        with forcing(layout="channels first"):
            assert {row.memory for row in net.plan(x).rows} == {"-"}
        with forcing(layout="channels last"):
            assert net.plan(x).rows[1].memory == "channels last"
    with autograd.record():
        assert ("BatchNorm+relu", "norm kernel") in by(net, x)
        with forcing(norm="torch"):
            assert {who for operators, who in by(net, x) if "BatchNorm" in operators} == {"torch"}
    wide, images = nn.Conv2D(32, 3, in_channels=32), nd.zeros((16, 32, 6, 6))
    wide.initialize()
    wide.hybridize()
    assert by(wide, images) == [("Convolution", "packed weights")]
    with forcing(convolution="chain"):
        assert by(wide, images) == [("Convolution", "chain")]


def test_a_plan_says_why():
    net, x, *_ = outcome("norms", False, False)
    net.hybridize()
    with forcing(convolution="torch"):
        assert {row.reason for row in net.plan(x).rows if row.operators.startswith("Conv")} == {"forced"}
    rows = net.plan(x.astype("float64")).rows
    assert all(row.reason for row in rows if row.operators.startswith("Conv"))
    text = str(net.plan(x))
    assert text.splitlines()[0].split() == ["step", "operators", "output", "format", "bytes", "by", "because"]
    assert all(row.reason in text for row in net.plan(x).rows)


def test_an_unknown_choice_is_an_error():
    with (
        pytest.raises(mx.MXNetError, match="convolution='winograd'.*expected one of convolution: chain"),
        forcing(convolution="winograd"),
    ):
        pass
    with pytest.raises(mx.MXNetError, match="engine='naive'"):
        choices._from_environment("engine=naive")
    assert choices._from_environment("convolution=packed-weights norm=torch") == (
        ("convolution", "packed weights"),
        ("norm", "torch"),
    )


# --- what decides ----------------------------------------------------------------------------------------------------

LENET = (Convolve(6, (5, 5), (2, 2), True, "sigmoid"), Pool("avg", (2, 2), (2, 2)))
WIDE = (Convolve(64, (3, 3), (1, 1), True, "relu"), Pool("max", (2, 2), (2, 2)))


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_with_a_team_the_number_of_threads_does_not_matter(lanes):
    for threads in (1, 2, 64):
        assert Host(lanes, True, threads).pays(gains.convolution_gain(1, 6, 25, True, lanes))
        assert not Host(lanes, True, threads).pays(gains.convolution_gain(64, 64, 9, False, lanes))


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_without_a_team_one_thread_has_to_beat_all(lanes):
    gain = gains.convolution_gain(1, 6, 25, True, lanes)
    assert [Host(lanes, False, threads).pays(gain) for threads in (1, 2, 64)] == [True, True, False]
    slight = gains.convolution_gain(16, 32, 9, True, lanes)
    assert Host(lanes, True, 2).pays(slight) or lanes == 16
    assert not Host(lanes, False, 2).pays(slight)
    assert not Host(None, True, 1).pays(gain)


@compiled
def test_without_a_team_chains_and_plans_are_torchs_on_many_threads(monkeypatch):
    on = kernels.host()
    shape = (32, 1, 28, 28)
    for team, threads, paying in ((True, 64, True), (False, 1, True), (False, 64, False)):
        host = Host(on.lanes, team, threads)
        monkeypatch.setattr(kernels.chain, "host", lambda host=host: host)
        monkeypatch.setattr(kernels, "host", lambda host=host: host)
        assert kernels.segments(LENET, shape) == [(paying, 0, 2)]
        assert kernels.may_join(LENET[0], shape, False) is paying
        net = sequential(nn.Conv2D(6, 5, padding=2, activation="sigmoid"), nn.AvgPool2D(2, 2))
        net.initialize()
        net.hybridize()
        with autograd.record(train_mode=False):
            assert (net.plan(nd.zeros(shape)).rows[0].by == "chain") is paying


@compiled
def test_norms_without_a_team_are_torchs_on_many_threads(monkeypatch):
    shape = (8, 16, 4, 4)
    lanes = kernels.host().lanes
    monkeypatch.setattr(kernels.norm, "host", lambda: Host(lanes, False, 64))
    assert kernels.norm_fits(shape) and not kernels.norm_pays(shape)
    monkeypatch.setattr(kernels.norm, "host", lambda: Host(lanes, False, 1))
    assert kernels.norm_pays(shape)


def test_what_was_chosen_for_another_host_is_not_used(monkeypatch):
    """The cut of a chain is remembered for the host it was made on."""
    seen = []
    monkeypatch.setattr(kernels.chain, "segments", lambda stages, shape: seen.append(shape) or [(False, 0, 2)])
    x, parameters = torch.zeros(3, 1, 11, 11), [torch.zeros(6, 1, 5, 5), torch.zeros(6)]
    for threads in (1, 2, 1):
        monkeypatch.setattr(kernels.chain, "host", lambda threads=threads: Host(8, False, threads))
        with torch.no_grad():
            kernels.run(LENET, x, parameters)
    assert len(seen) == 2


def test_the_loss_is_one_step_by_its_roles():
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    loss.hybridize()
    rows = loss.plan(nd.zeros((4, 3)), nd.zeros(4)).rows
    assert [(row.operators, row.by) for row in rows] == [("cross entropy", "torch")]
