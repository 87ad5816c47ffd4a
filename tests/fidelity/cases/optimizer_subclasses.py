"""Subclasses of optimizers that say their own learning rates and weight decays; trainers that update in a store."""

import numpy as np

_NAMES = (
    "sgd nag signum adam adagrad adadelta rmsprop ftrl ftml adamax nadam lamb lars sgld dcasgd lbsgd".split()
)  # groupadagrad has no weight decay


def _updated(mx, optimizer, count):
    weights = [mx.nd.array([[1.0, 2.0]]), mx.nd.array([[3.0, 4.0]])]
    gradients = [mx.nd.array([[0.1, 0.2]]), mx.nd.array([[0.3, 0.4]])]
    updater = mx.optimizer.get_updater(optimizer)
    for index in range(count):
        updater(index, gradients[index], weights[index])
    return weights


def _own(mx, name, **methods):
    return type("Own", (type(mx.optimizer.create(name)),), methods)()


def own_rates_one_by_one(mx):
    """SGD and LARS ask for all at once, and so not for these."""
    found = []
    for name in _NAMES:
        optimizer = _own(
            mx, name, _get_lr=lambda self, index: 0.5 + index, _get_wd=lambda self, index: 0.25 * (index + 1)
        )
        found.append((name, _updated(mx, optimizer, 1 if name == "sgld" else 2)))
    return found


def own_rates_of_many(mx):
    found = []
    for name in _NAMES:
        optimizer = _own(
            mx, name, _get_lrs=lambda self, indices: [0.5] * len(indices),
            _get_wds=lambda self, indices: [0.25] * len(indices),
        )  # fmt: skip
        found.append((name, _updated(mx, optimizer, 1 if name == "sgld" else 2)))
    return found


def own_rates_in_a_trainer(mx):
    found = []
    for name in ("sgd", "nag", "adam"):
        asked = []
        optimizer = _own(
            mx, name,
            _get_lr=lambda self, index, asked=asked: asked.append(index) or 0.5,
            _get_lrs=lambda self, indices, asked=asked: asked.append(list(indices)) or [0.25] * len(indices),
        )  # fmt: skip
        net = mx.gluon.nn.Sequential()
        net.add(mx.gluon.nn.Dense(2, in_units=2), mx.gluon.nn.Dense(2, in_units=2))
        net.initialize(mx.init.One())
        trainer = mx.gluon.Trainer(net.collect_params(), optimizer)
        with mx.autograd.record():
            loss = net(mx.nd.ones((1, 2))).sum()
        loss.backward()
        trainer.step(1)
        found.append((asked, [each.data() for each in net.collect_params().values()]))
    return found


def _trained(mx, size, **options):
    net = mx.gluon.nn.Dense(1, in_units=1)
    net.initialize(mx.init.One())
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1}, **options)
    with mx.autograd.record():
        loss = net(mx.nd.ones((1, 1))).sum()
    loss.backward()
    trainer.step(size)
    return net.weight.data()


def steps_of_many_kinds_of_numbers(mx):
    return [_trained(mx, size) for size in (np.float32(2), np.array(2), np.int64(2), True, 4)]


def step_of_an_array(mx):
    _trained(mx, mx.nd.array([1.0, 2.0]))


def step_of_a_text(mx):
    _trained(mx, "2")


def optimizer_of_the_store(mx):
    import os
    import tempfile

    net, store = mx.gluon.nn.Dense(1, in_units=1), mx.kv.create("local")
    net.initialize(mx.init.One())
    trainer = mx.gluon.Trainer(
        net.collect_params(), "adam", {"learning_rate": 0.1}, kvstore=store, update_on_kvstore=True
    )

    def step():
        with mx.autograd.record():
            loss = net(mx.nd.ones((1, 1))).sum()
        loss.backward()
        trainer.step(1)
        return net.weight.data().copy()

    found = [step(), step()]
    path = os.path.join(tempfile.mkdtemp(), "states")
    store.save_optimizer_states(path)
    trainer.save_states(path + "2")
    found.append(step())
    trainer.load_states(path + "2")
    store.load_optimizer_states(path)
    found.append(step())
    return found, trainer._update_on_kvstore, sorted(map(str, store._updater.states)), trainer._optimizer.num_update


def weights_in_one_call(mx):
    """A user's ``aggregate_num`` says how many weights an optimizer that can is given at once."""
    found = []
    for base in ("sgd", "lamb", "lars", "adamw"):
        for size in (None, 1, 2, 3, 10):
            calls = []

            class Noting(mx.optimizer.Optimizer.opt_registry[base]):
                def update_multi_precision(self, index, weight, grad, state, calls=calls):
                    calls.append(index)
                    return super().update_multi_precision(index, weight, grad, state)

            optimizer = Noting()
            if size is not None:
                optimizer.aggregate_num = size
            parameters = mx.gluon.ParameterDict()
            for place in range(7):
                parameters.get(f"w{place}", shape=(2,), init="ones")
            parameters.initialize()
            trainer = mx.gluon.Trainer(parameters, optimizer)
            with mx.autograd.record():
                loss = sum((each.data() ** 2).sum() for each in parameters.values())
            loss.backward()
            trainer.step(1)
            found.append(([list(call) for call in calls], parameters["w6"].data()))
    return found
