"""Learning rate schedulers: the messages they refuse with, and what they log."""

import logging

import pytest

import mxnet as mx

REFUSED = [
    (lambda m: m.FactorScheduler(0), "FactorScheduler: step is 0, expected at least 1"),
    (lambda m: m.FactorScheduler(1, 1.5), "factor is 1.5, expected at most 1"),
    (lambda m: m.MultiFactorScheduler([3, 2]), r"step is \[3, 2\], expected increasing"),
    (lambda m: m.PolyScheduler(0), "PolyScheduler: max_update is 0, expected at least 1"),
    (lambda m: m.CosineScheduler(5, 0.1, warmup_begin_lr=1.0), "warmup_begin_lr 1.0 is above base_lr 0.1"),
    (lambda m: m.LRScheduler(warmup_mode="foo"), "warmup_mode is 'foo', expected 'linear' or 'constant'"),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_a_message_says_what_came_and_what_is_expected(make, message):
    with pytest.raises(ValueError, match=message):
        make(mx.lr_scheduler)


def test_changes_are_logged(caplog):
    schedule = mx.lr_scheduler.FactorScheduler(2, 0.1, stop_factor_lr=0.05, base_lr=1.0)
    with caplog.at_level(logging.INFO):
        for update in range(7):
            schedule(update)
    assert caplog.messages == [
        "Update[3]: Change learning rate to 1.00000e-01",
        "Update[5]: the learning rate is at its lowest, 5.00000e-02, and stays there",
    ]


def test_an_optimizer_follows_its_schedule():
    optimizer = mx.optimizer.SGD(lr_scheduler=mx.lr_scheduler.MultiFactorScheduler([1, 2], 0.5, base_lr=1.0))
    updater, weight = mx.optimizer.get_updater(optimizer), mx.nd.array([0.0])
    seen = []
    for _ in range(4):
        updater(0, mx.nd.array([1.0]), weight)
        seen.append(weight.asscalar())
    assert seen == [-1.0, -1.5, -1.75, -2.0]
    assert optimizer.learning_rate == 0.25
