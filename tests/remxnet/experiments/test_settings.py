import json
import math
import re
from dataclasses import replace

import pytest

import mxnet as mx
from remxnet.errors import InputError
from remxnet.experiments.names import find_model
from remxnet.experiments.settings import SCHEDULES, Settings, optimizers
from remxnet.experiments.training.schedules import make_optimizer, make_schedule

LENET = find_model("lenet")


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"epochs": 0}, "epochs (--epochs) is 0; expected a whole number from 1 up"),
        ({"batch_size": 2.5}, "batch_size (--batch-size) is 2.5"),
        ({"learning_rate": -1}, "learning_rate (--lr) is -1; expected a number from 0 up"),
        ({"learning_rate": 1e39}, "learning_rate (--lr) is 1e\\+39; expected a number from 0 up that float32 can hold"),
        ({"weight_decay": math.nan}, "weight_decay (--wd) is nan"),
        ({"seed": 1 << 32}, "expected a whole number from 0 to 4294967295"),
        ({"schedule": "linear"}, "no schedule is called 'linear'; there are constant, step, cosine, poly"),
        ({"optimizer": "sdg"}, "no optimizer is called 'sdg' (did you mean 'sgd'?); there are adadelta, adagrad, adam"),
        ({"optimizer": "adam", "momentum": 0.9}, "optimizer adam has no momentum"),
        ({"warmup": 11}, "a warm-up (--warmup) of 11 epochs does not fit into 10"),
        ({"min_delta": 0.1}, "min_delta (--min-delta) means nothing without patience"),
        ({"checkpoint_every": "0"}, "checkpoints (--checkpoint-every) cannot come every '0'"),
        ({"checkpoint_every": "often"}, "expected batches, as in 200, or seconds, as in 60s"),
    ],
)
def test_what_means_nothing_is_refused(values, complaint):
    with pytest.raises(InputError, match=re.sub(r"[()?]", r"\\\g<0>", complaint)):
        Settings(**values).completed(LENET)


def test_the_models_rates_go_with_the_optimizer_it_was_tuned_with():
    assert Settings().completed(LENET).learning_rate == LENET.learning_rate
    assert Settings(optimizer="nag").completed(LENET).momentum == LENET.momentum
    adam = Settings(optimizer="Adam").completed(LENET)
    assert adam.learning_rate == mx.optimizer.Adam().lr
    assert adam.momentum is None
    assert Settings(optimizer="signum").completed(LENET).momentum == mx.optimizer.Signum().momentum
    assert Settings(learning_rate=0.25, momentum=0.5).completed(LENET).learning_rate == 0.25


def test_every_registered_optimizer_can_be_made():
    for name in optimizers():
        settings = Settings(optimizer=name, weight_decay=0.01, schedule="cosine").completed(LENET)
        optimizer = make_optimizer(settings, 10)
        assert optimizer.wd == 0.01
        assert optimizer.learning_rate == settings.learning_rate


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_begins_and_ends_where_it_should(schedule):
    settings = replace(Settings(schedule=schedule, learning_rate=2.0), epochs=8)
    optimizer = make_optimizer(settings, 10)
    ends = {"constant": 2.0, "step": 0.02, "cosine": 0.0, "poly": 0.0}
    assert optimizer.learning_rate == 2.0
    optimizer.num_update = 80
    assert optimizer.learning_rate == pytest.approx(ends[schedule])


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_rate_rises_first_with_a_warm_up(schedule):
    rates = make_schedule(Settings(schedule=schedule, learning_rate=1.0, warmup=0.5, epochs=4), 10)
    assert [rates(update) for update in range(5)] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])
    assert rates(5) == 1.0


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_warm_up_may_take_all_of_the_training(schedule):
    rates = make_schedule(Settings(schedule=schedule, learning_rate=1.0, warmup=1, epochs=1), 10)
    assert rates(9) == 0.9
    assert rates(10) <= 1.0


def test_settings_come_back_from_json():
    settings = Settings(epochs=3, learning_rate=0.1, patience=2, augment=True, warmup=1)
    assert Settings.from_json(json.loads(json.dumps(settings.as_json()))) == settings


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        (None, "settings are a NoneType"),
        ({"epoch": 3}, "settings hold 'epoch', which is none"),
        ({"epochs": "3"}, "epochs is '3'; expected int"),
        ({"epochs": True}, "epochs is True; expected int"),
        ({"augment": 1}, "augment is 1; expected bool"),
        ({"model": None}, "model is None; expected str"),
        ({"schedule": "none"}, "no schedule is called 'none'"),
    ],
)
def test_settings_that_are_none_do_not(values, complaint):
    with pytest.raises(InputError, match=complaint):
        Settings.from_json(values)


def test_a_run_may_change_what_its_results_do_not_depend_on():
    settings = Settings(epochs=3)
    assert settings.changed({"checkpoint_every": "5", "tensorboard": True, "epochs": 9, "model": "lenet"}) == Settings(
        epochs=9, checkpoint_every="5", tensorboard=True
    )
    with pytest.raises(InputError, match=r"started with seed \(--seed\) 0 and cannot go on with 1"):
        settings.changed({"seed": 1})
    with pytest.raises(InputError, match=r"started for 3 epochs, which its cosine schedule goes by"):
        replace(settings, schedule="cosine").changed({"epochs": 4})
