import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import gluon
from mxnet.gluon import nn
from remxnet import cli
from remxnet.errors import InputError
from remxnet.experiments import Settings, resume, train
from remxnet.experiments.training import learner
from remxnet.experiments.training.precision import FullPrecision, MixedPrecision, check_mixed_precision


def net_of(seed):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(8, 3), nn.BatchNorm(), nn.Activation("relu"), nn.Dense(16, activation="relu"), nn.Dense(4))
    if seed is not None:
        mx.random.seed(seed)
        net.initialize(mx.init.Xavier())
        net(mx.nd.zeros((1, 1, 8, 8)))
    return net


@pytest.fixture
def batch():
    mx.random.seed(0)
    return mx.nd.random.uniform(shape=(16, 1, 8, 8)), mx.nd.array(np.arange(16) % 4)


def gradients(precision, batch):
    scores, losses = precision.forward(*batch)
    precision.backward(losses)
    found = precision.net._collect_params_with_prefix()
    return scores, losses, {name: each.grad().asnumpy() for name, each in found.items() if each.grad_req != "null"}


def test_gradients_in_bfloat16_are_those_of_float32_rounded(batch):
    whole, mixed = net_of(1), net_of(1)
    scores, losses, expected = gradients(FullPrecision(whole), batch)
    rounded = MixedPrecision(mixed, lambda: net_of(None), (1, 1, 8, 8), mx.cpu())
    low_scores, low_losses, found = gradients(rounded, batch)
    assert low_scores.as_torch().dtype is torch.float32
    np.testing.assert_allclose(low_losses.asnumpy(), losses.asnumpy(), rtol=0.05)
    assert (low_scores.asnumpy() != scores.asnumpy()).any()
    for name, gradient in expected.items():
        assert found[name].dtype == np.float32
        scale = np.abs(gradient).max()
        if name != "0.bias":  # which the normalization takes out again: its gradient is rounding alone
            np.testing.assert_allclose(found[name], gradient, atol=0.1 * scale, err_msg=name)


def test_weights_take_steps_that_bfloat16_would_lose(batch):
    net = net_of(1)
    precision = MixedPrecision(net, lambda: net_of(None), (1, 1, 8, 8), mx.cpu())
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1e-4})
    before = net[4].weight.data().asnumpy()
    for _ in range(3):
        _, losses = precision.forward(*batch)
        precision.backward(losses)
        trainer.step(16)
    after = net[4].weight.data().asnumpy()
    assert after.dtype == np.float32
    moved = before != after
    assert moved.mean() > 0.5
    assert (np.abs(after - before)[moved] < np.abs(before[moved]) / 256).any()


def test_running_means_are_kept_in_float32(batch):
    whole, mixed = net_of(1), net_of(1)
    precisions = FullPrecision(whole), MixedPrecision(mixed, lambda: net_of(None), (1, 1, 8, 8), mx.cpu())
    for precision in precisions:
        for _ in range(5):
            _, losses = precision.forward(*batch)
            precision.backward(losses)  # which moves them
        precision.gather()
    assert mixed[1].running_mean.data().as_torch().dtype is torch.float32
    ours, theirs = (net[1].running_mean.data().asnumpy() for net in (mixed, whole))
    assert np.abs(theirs).max() > 0.01
    np.testing.assert_allclose(ours, theirs, rtol=0.02, atol=0.001)


def bfloat16_is_missing():
    """Why a run in bfloat16 would be refused here, or None."""
    try:
        check_mixed_precision(mx.cpu())
    except InputError as error:
        return str(error)
    return None


def test_a_run_in_bfloat16_is_taken_where_the_processor_computes_in_it(small_model, tmp_path):
    reason = bfloat16_is_missing()
    if reason:
        pytest.skip(reason)
    run = train(Settings("small", "sample", 1, 500, amp=True, output=str(tmp_path / "run")))
    assert len(run.results) == 1


def test_a_run_in_bfloat16_learns_and_resumes(small_model, tmp_path, monkeypatch):
    # without instructions of its own a processor computes the same in steps, too slowly to be offered to anybody
    monkeypatch.setattr(learner, "check_mixed_precision", lambda context: None)
    settings = Settings("small", "sample", 2, 500, amp=True, output=str(tmp_path / "run"), learning_rate=0.05)
    run = train(settings)
    assert run.results[-1].test_accuracy > 0.6
    weights = (tmp_path / "run" / "last.params").read_bytes()
    train(Settings(**{**vars(settings), "epochs": 1, "output": str(tmp_path / "parts")}))
    resume(tmp_path / "parts", epochs=2)
    assert (tmp_path / "parts" / "last.params").read_bytes() == weights


def test_a_processor_without_bfloat16_is_an_error(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    with pytest.raises(InputError, match=r"cpu\(0\) does not compute in bfloat16"):
        check_mixed_precision(mx.cpu())
    assert cli.main(["train", "mlp", "--data", "sample", "--amp", "--output", str(tmp_path / "run")]) == 2
    assert "leave --amp out" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
