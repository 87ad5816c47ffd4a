"""Trainer: steps, stale gradients, several contexts, rates, states, and what is refused."""

from __future__ import annotations

import os
import tempfile

import numpy as np

from fidelity.support import data, tolerance


def _parameter(mx, name="w", ctx=None, **kwargs):
    parameter = mx.gluon.Parameter(name, shape=(2,), **kwargs)
    parameter.initialize(mx.init.One(), ctx=ctx or mx.cpu())
    return parameter


def _two(mx):
    return [mx.cpu(0), mx.cpu(1)]


def _backward(mx, *parameters):
    with mx.autograd.record():
        losses = [(p.data(c) * p.data(c)).sum() for p in parameters for c in p.list_ctx()]
    mx.autograd.backward(losses)


def _trainer(mx, parameters, optimizer="sgd", learning_rate=0.1, kvstore="device", update_on_kvstore=None, **kwargs):
    arguments = {"learning_rate": learning_rate, **kwargs}
    return mx.gluon.Trainer(parameters, optimizer, arguments, kvstore=kvstore, update_on_kvstore=update_on_kvstore)


def _trained(mx, parameter, steps=3, batch_size=2, **kwargs):
    trainer = _trainer(mx, [parameter], **kwargs)
    for _ in range(steps):
        _backward(mx, parameter)
        trainer.step(batch_size)
    return parameter.list_data()


# ------------------------------------------------------------------ what it is made of


def _refused():
    for name, make in {
        "params_number": lambda mx: mx.gluon.Trainer(3, "sgd"),
        "params_list_of_numbers": lambda mx: mx.gluon.Trainer([3], "sgd"),
        "params_empty": lambda mx: mx.gluon.Trainer([], "sgd"),
        "params_single": lambda mx: mx.gluon.Trainer(_parameter(mx), "sgd"),
        "params_generator": lambda mx: mx.gluon.Trainer((p for p in [_parameter(mx)]), "sgd"),
        "params_uninitialized": lambda mx: mx.gluon.Trainer([mx.gluon.Parameter("w", shape=(2,))], "sgd"),
        "params_on_different_contexts": lambda mx: mx.gluon.Trainer(
            [_parameter(mx, ctx=_two(mx)), _parameter(mx, "v")], "sgd"
        ),
        "optimizer_unknown": lambda mx: mx.gluon.Trainer([_parameter(mx)], "nonsense"),
        "optimizer_arguments_unknown": lambda mx: mx.gluon.Trainer([_parameter(mx)], "sgd", {"nonsense": 1}),
        "optimizer_made_with_arguments": lambda mx: mx.gluon.Trainer(
            [_parameter(mx)], mx.optimizer.SGD(), {"learning_rate": 1}
        ),
        "kvstore_number": lambda mx: _trained(mx, _parameter(mx, ctx=_two(mx)), kvstore=3),
        "step_of_nothing": lambda mx: _trained(mx, _parameter(mx), batch_size=0),
        "step_by_name": lambda mx: _trained(mx, _parameter(mx), batch_size="a"),
    }.items():

        def case(mx, make=make):
            make(mx)

        case.__name__ = name
        globals()[name] = case


_refused()


def params_of_all_kinds(mx):
    found = []
    params = mx.gluon.ParameterDict("n_")
    params.get("b", shape=(2,))
    params.get("a", shape=(2,))
    params.initialize()
    for each in ([_parameter(mx)], (_parameter(mx),), {"b": _parameter(mx, "b"), "a": _parameter(mx, "a")}, params):
        trainer = mx.gluon.Trainer(each, "sgd")
        found.append([p.name for p in trainer._params])
    return found


def optimizers_of_all_kinds(mx):
    made = mx.optimizer.SGD(learning_rate=0.3)
    trainers = [mx.gluon.Trainer([_parameter(mx)], "sgd"), mx.gluon.Trainer([_parameter(mx)], made)]
    return [(type(t.optimizer).__name__, t.learning_rate) for t in trainers], trainers[1].optimizer is made


# ------------------------------------------------------------------ steps


def _steps():
    variants = {
        "sgd": {}, "momentum": {"momentum": 0.9}, "weight_decay": {"wd": 0.1}, "clip": {"clip_gradient": 0.05},
        "rescale": {"rescale_grad": 0.5}, "adam": {"optimizer": "adam"}, "nag": {"optimizer": "nag", "momentum": 0.9},
        "rmsprop": {"optimizer": "rmsprop"}, "adagrad": {"optimizer": "adagrad"}, "adadelta": {"optimizer": "adadelta"},
    }  # fmt: skip
    for name, options in variants.items():

        def one(mx, options=options):
            return _trained(mx, _parameter(mx), **options)

        def several(mx, options=options):
            return [
                _trained(mx, _parameter(mx, ctx=_two(mx)), update_on_kvstore=where, **options)
                for where in (None, True, False)
            ] + [_trained(mx, _parameter(mx, ctx=_two(mx)), kvstore=None, **options)]

        globals()[f"steps_{name}"], globals()[f"steps_on_two_contexts_{name}"] = one, several


_steps()


def multipliers(mx):
    return _trained(mx, _parameter(mx, lr_mult=3.0, wd_mult=2.0), wd=0.1)


def multipliers_changed_later(mx):
    p = _parameter(mx)
    trainer = _trainer(mx, [p])
    _backward(mx, p)
    trainer.step(1)
    p.lr_mult = 0
    _backward(mx, p)
    trainer.step(1)
    return p.data()


def bias_decays_too(mx):
    return _trained(mx, _parameter(mx, "w_bias"), wd=0.5, steps=1)


def gradients_that_add_up(mx):
    p = _parameter(mx, grad_req="add")
    trainer = _trainer(mx, [p])
    _backward(mx, p)
    _backward(mx, p)
    trainer.step(1)
    return p.data(), p.grad()


def parameters_without_gradients(mx):
    p, fixed = _parameter(mx), _parameter(mx, "fixed", grad_req="null")
    trainer = _trainer(mx, [p, fixed])
    _backward(mx, p)
    trainer.step(1)
    return p.data(), fixed.data()


def gradients_are_summed(mx):
    p = _parameter(mx, ctx=_two(mx))
    trainer = _trainer(mx, [p], update_on_kvstore=False)
    _backward(mx, p)
    trainer.allreduce_grads()
    summed = [g.asnumpy() for g in p.list_grad()]
    trainer.update(4)
    return summed, p.list_data()


def gradients_stay_apart(mx):
    p = _parameter(mx, ctx=_two(mx))
    _trained(mx, p, steps=1)
    return p.list_grad()


def contexts_see_different_batches(mx):
    p, found = _parameter(mx, ctx=_two(mx)), []
    trainer = _trainer(mx, [p], momentum=0.9)
    for step in range(3):
        batch = mx.nd.array(data((4, 2), step))
        parts = mx.gluon.utils.split_and_load(batch, _two(mx))
        with mx.autograd.record():
            losses = [((p.data(part.context) * part) ** 2).sum() for part in parts]
        for each in losses:
            each.backward()
        trainer.step(4)
        found.append([array.asnumpy() for array in p.list_data()])
    return found


def allreduce_where_the_store_updates(mx):
    p = _parameter(mx, ctx=_two(mx))
    trainer = _trainer(mx, [p])
    _backward(mx, p)
    trainer.allreduce_grads()


def update_where_the_store_updates(mx):
    p = _parameter(mx, ctx=_two(mx))
    trainer = _trainer(mx, [p])
    _backward(mx, p)
    trainer.update(1)


def allreduce_on_one_context(mx):
    p = _parameter(mx)
    trainer = _trainer(mx, [p])
    _backward(mx, p)
    trainer.allreduce_grads()
    trainer.update(1)
    return p.data()


# ------------------------------------------------------------------ stale gradients


def stale_before_any_backward(mx):
    _trainer(mx, [_parameter(mx)]).step(1)


def stale_after_a_step(mx):
    p = _parameter(mx)
    trainer = _trainer(mx, [p])
    _backward(mx, p)
    trainer.step(1)
    trainer.step(1)


def stale_in_part(mx):
    p, q = _parameter(mx), _parameter(mx, "q")
    _backward(mx, p)
    _trainer(mx, [p, q]).step(1)


def stale_in_part_changes_nothing(mx):
    p, q = _parameter(mx), _parameter(mx, "q")
    trainer = _trainer(mx, [p, q])
    _backward(mx, p)
    try:
        trainer.step(1)
        raised = False
    except UserWarning:
        raised = True
    return raised, p.data(), q.data()


def stale_and_ignored(mx):
    p, q = _parameter(mx), _parameter(mx, "q")
    trainer, found = _trainer(mx, [p, q], momentum=0.9, wd=0.1), []
    for parameters in ((p,), (), (p, q), (q,)):
        if parameters:
            _backward(mx, *parameters)
        trainer.step(1, ignore_stale_grad=True)
        found.append((p.data().asnumpy(), q.data().asnumpy()))
    return found


def stale_on_one_of_two_contexts(mx):
    p = _parameter(mx, ctx=_two(mx))
    trainer = _trainer(mx, [p], update_on_kvstore=False)
    with mx.autograd.record():
        loss = (p.data(mx.cpu(0)) * 2).sum()
    loss.backward()
    trainer.step(1)


def stale_on_the_store_is_noticed_after_the_update(mx):
    p, q = _parameter(mx, ctx=_two(mx)), _parameter(mx, "q", ctx=_two(mx))
    trainer = _trainer(mx, [p, q])
    _backward(mx, p)
    try:
        trainer.step(1)
        raised = False
    except UserWarning:
        raised = True
    return raised, p.list_data(), q.list_data()


def freshness(mx):
    p, found = _parameter(mx), []
    trainer = _trainer(mx, [p])
    found.append(bool(p.data()._fresh_grad))
    _backward(mx, p)
    found.append(bool(p.data()._fresh_grad))
    p.zero_grad()
    found.append(bool(p.data()._fresh_grad))
    p.grad()[:] = 3
    trainer.step(1)
    found.append(bool(p.data()._fresh_grad))
    return found, p.data()


def gradients_set_by_hand(mx):
    p = _parameter(mx)
    p.grad()[:] = 3
    _trainer(mx, [p]).step(1)


def after_setting_data(mx):
    p = _parameter(mx)
    trainer = _trainer(mx, [p], momentum=0.9)
    for value in (1, 5):
        _backward(mx, p)
        p.set_data(mx.nd.ones((2,)) * value)
        trainer.step(1)
    return p.data()


def after_initializing_again(mx):
    p = _parameter(mx)
    trainer = _trainer(mx, [p], momentum=0.9)
    for _ in range(2):
        p.initialize(mx.init.One(), force_reinit=True)
        _backward(mx, p)
        trainer.step(1)
    return p.data()


# ------------------------------------------------------------------ rates


def learning_rates(mx):
    trainer = _trainer(mx, [_parameter(mx)])
    found = [trainer.learning_rate]
    trainer.set_learning_rate(0.5)
    return found + [trainer.learning_rate, trainer.optimizer.learning_rate]


def learning_rates_by_schedule(mx):
    p, found = _parameter(mx), []
    schedule = mx.lr_scheduler.FactorScheduler(1, 0.5, base_lr=0.1)
    trainer = mx.gluon.Trainer([p], "sgd", {"lr_scheduler": schedule})
    for _ in range(3):
        _backward(mx, p)
        trainer.step(1)
        found.append(trainer.learning_rate)
    return found, p.data()


def learning_rate_set_against_the_schedule(mx):
    schedule = mx.lr_scheduler.FactorScheduler(1, 0.5)
    mx.gluon.Trainer([_parameter(mx)], "sgd", {"lr_scheduler": schedule}).set_learning_rate(1)


# ------------------------------------------------------------------ states


def states_go_on(mx):
    found = []
    for optimizer, more in (("sgd", {"momentum": 0.9}), ("adam", {})):
        path = os.path.join(tempfile.mkdtemp(), "states")
        p = _parameter(mx)
        trainer = _trainer(mx, [p], optimizer, **more)
        for _ in range(2):
            _backward(mx, p)
            trainer.step(1)
        trainer.save_states(path)
        q = _parameter(mx)
        q.set_data(p.data())
        other = _trainer(mx, [q], optimizer, learning_rate=0.7, **more)
        other.load_states(path)
        for each, by in ((p, trainer), (q, other)):
            _backward(mx, each)
            by.step(1)
        found.append((p.data(), q.data(), other.learning_rate))
    return found


def states_of_rubbish(mx):
    path = os.path.join(tempfile.mkdtemp(), "states")
    with open(path, "wb") as stream:
        stream.write(b"rubbish")
    _trainer(mx, [_parameter(mx)]).load_states(path)


def states_that_are_not_there(mx):
    _trainer(mx, [_parameter(mx)]).load_states(os.path.join(tempfile.mkdtemp(), "states"))


# ------------------------------------------------------------------ batch sizes


def batch_sizes_of_numpy(mx):
    numbers = (np.float64(2), np.float32(2), np.int64(2), np.int8(2), np.array(2), True, 2.5, -2)
    return [_trained(mx, _parameter(mx), steps=1, batch_size=number) for number in numbers]


def _bad_batch_sizes():
    def case(make):
        def run(mx):
            _trained(mx, _parameter(mx), steps=1, batch_size=make(mx))

        return run

    bad = {
        "zero": lambda mx: 0,
        "text": lambda mx: "2",
        "none": lambda mx: None,
        "array": lambda mx: mx.nd.array([2]),
        "arrays": lambda mx: mx.nd.array([2, 3]),
        "numpy": lambda mx: np.array([2]),
        "np": lambda mx: mx.np.array(2),
    }
    for name, make in bad.items():
        globals()[f"batch_size_{name}"] = case(make)


_bad_batch_sizes()


# ------------------------------------------------------------------ a network


@tolerance(1e-4, 2e-5)  # MXNet's log_softmax is off by a few 1e-6
def network(mx):
    nn = mx.gluon.nn
    found = []
    for hybridize in (False, True):
        net = nn.HybridSequential()
        net.add(
            nn.Conv2D(3, 3, activation="relu"),
            nn.BatchNorm(),
            nn.MaxPool2D(),
            nn.Dense(4, activation="tanh"),
            nn.Dense(2),
        )
        mx.random.seed(4)
        net.initialize(mx.init.Xavier())
        if hybridize:
            net.hybridize()
        loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
        trainer = _trainer(mx, net.collect_params(), learning_rate=0.05, momentum=0.9, wd=0.01)
        losses = []
        for step in range(4):
            x, y = mx.nd.array(data((4, 2, 6, 6), step)), mx.nd.array(data((4,), step, 0, 2, "int32"))
            with mx.autograd.record():
                value = loss(net(x), y)
            value.backward()
            trainer.step(4)
            losses.append(value.asnumpy())
        found.append((losses, [p.data() for p in net.collect_params().values()]))
    return found


def network_on_two_contexts(mx):
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(nn.Dense(4, activation="relu"), nn.Dense(1))
    mx.random.seed(4)
    net.initialize(mx.init.Xavier(), ctx=_two(mx))
    loss = mx.gluon.loss.L2Loss()
    trainer = _trainer(mx, net.collect_params(), "adam", 0.05)
    losses = []
    for step in range(4):
        parts = mx.gluon.utils.split_and_load(mx.nd.array(data((6, 3), step)), _two(mx))
        with mx.autograd.record():
            values = [loss(net(part), part.sum(axis=1)) for part in parts]
        for value in values:
            value.backward()
        trainer.step(6)
        losses.append([value.asnumpy() for value in values])
    return losses, [p.list_data() for p in net.collect_params().values()]
