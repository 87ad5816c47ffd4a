"""What an optimizer says about its arguments, and the warnings on the way."""

import numpy as np
import pytest

import mxnet as mx


def test_every_optimizer_updates_in_float64():
    for name in {name for name in mx.optimizer.Optimizer.opt_registry if not name.startswith("_")}:
        optimizer = mx.optimizer.create(name, learning_rate=0.1)
        weight = mx.nd.array(np.ones((2, 3)), dtype="float64")
        mx.optimizer.get_updater(optimizer)(0, mx.nd.ones((2, 3), dtype="float64"), weight)
        assert weight.dtype is np.float64
        assert np.isfinite(weight.asnumpy()).all(), name
        assert (weight.asnumpy() != 1).any(), name


def test_float16_without_copies_warns():
    with pytest.warns(UserWarning, match="multi_precision=True"):
        mx.optimizer.SGD(momentum=0.9).create_state_multi_precision(0, mx.nd.ones((2,), dtype="float16"))


def test_a_name_taken_from_another_warns():
    sgd = mx.optimizer.Optimizer.opt_registry["sgd"]
    try:
        with pytest.warns(UserWarning, match="takes the name 'sgd' from mxnet.optimizer.optimizer.SGD"):
            mx.optimizer.register(type("SGD", (sgd,), {}))
    finally:
        mx.optimizer.Optimizer.opt_registry["sgd"] = sgd


def test_a_gradient_of_another_shape_is_named():
    with pytest.raises(
        mx.MXNetError, match=r"SGD: the gradient of parameter 3 is \(3, 2\) float32; its weight is \(2, 3\)"
    ):
        mx.optimizer.SGD().update(3, mx.nd.ones((2, 3)), mx.nd.ones((3, 2)), None)


def test_an_unknown_optimizer_is_answered_with_the_known():
    with pytest.raises(ValueError, match="no optimizer 'nope'; there are .*'adam'.*'sgd'"):
        mx.optimizer.create("nope")


def test_a_learning_rate_beside_a_schedule_is_told(capsys):
    mx.optimizer.SGD(learning_rate=0.3, lr_scheduler=mx.lr_scheduler.FactorScheduler(2, base_lr=0.1))
    assert "learning_rate=0.3 replaces" in capsys.readouterr().out


def test_the_size_of_lists_can_be_set_from_outside(monkeypatch):
    monkeypatch.setenv("MXNET_OPTIMIZER_AGGREGATION_SIZE", "9")
    assert mx.optimizer.SGD().aggregate_num == 9
    assert mx.optimizer.LAMB().aggregate_num == 9


def test_dcasgd_with_momentum_follows_its_formula():
    optimizer = mx.optimizer.DCASGD(momentum=0.5, lamda=0.1, learning_rate=0.2)
    weight, grad = mx.nd.array([1.0, 2.0]), np.array([0.5, -1.0])
    updater = mx.optimizer.get_updater(optimizer)
    expected, before, mom = np.array([1.0, 2.0]), np.array([1.0, 2.0]), np.zeros(2)
    for _ in range(3):
        updater(0, mx.nd.array(grad), weight)
        mom = 0.5 * mom - 0.2 * (grad + 0.1 * grad * grad * (expected - before))
        before, expected = expected, expected + mom
    np.testing.assert_allclose(weight.asnumpy(), expected, rtol=1e-6)


def test_multipliers_of_a_symbol_are_read():
    class Symbol:
        def attr_dict(self):
            return {"w": {"__lr_mult__": "0.5", "__wd_mult__": "0.25"}, "x": {"other": "1"}}

        def list_arguments(self):
            return ["x", "w"]

    optimizer = mx.optimizer.SGD(sym=Symbol(), learning_rate=2.0, wd=1.0, param_idx2name={0: "w", 1: "x"})
    assert optimizer._get_lrs([0, 1]) == [1.0, 2.0]
    assert optimizer._get_wds([0, 1]) == [0.25, 0.0]
