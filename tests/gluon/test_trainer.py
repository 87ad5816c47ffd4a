"""Trainer: what the recorded cases of MXNet do not tell."""

import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet.gluon import nn


def parameter(name="w", ctx=None):
    made = gluon.Parameter(name, shape=(2,))
    made.initialize(mx.init.One(), ctx=ctx or mx.cpu())
    return made


def backward(*parameters):
    with mx.autograd.record():
        losses = [(p.data(ctx) ** 2).sum() for p in parameters for ctx in p.list_ctx()]
    mx.autograd.backward(losses)


@pytest.mark.parametrize("kvstore", ["dist_sync", "dist_async", "dist_device_sync"])
def test_stores_of_several_machines_are_refused(kvstore):
    trainer = gluon.Trainer([parameter()], "sgd", kvstore=kvstore)
    with pytest.raises(mx.MXNetError, match=f"'{kvstore}'"):
        trainer.step(1)


@pytest.mark.parametrize("update_on_kvstore", [None, True, False])
@pytest.mark.parametrize("contexts", [1, 2])
def test_a_store_may_be_given(contexts, update_on_kvstore):
    p = parameter(ctx=[mx.cpu(i) for i in range(contexts)])
    store = mx.kv.create("device")
    trainer = gluon.Trainer([p], "sgd", {"learning_rate": 0.25}, store, update_on_kvstore=update_on_kvstore)
    backward(p)
    trainer.step(contexts)
    assert [array.asnumpy().tolist() for array in p.list_data()] == [[0.5, 0.5]] * contexts


def test_a_store_of_ones_own():
    class Doubling(mx.kv.KVStoreBase):
        pushes = 0

        @staticmethod
        def is_capable(capability):
            return False

        def broadcast(self, key, value, out, priority=0):
            for array in out:
                array[:] = value

        def pushpull(self, key, value, out=None, priority=0):
            Doubling.pushes += 1
            total = sum(value[1:], value[0]) * 2
            for array in value if out is None else out:
                array[:] = total

    p = parameter(ctx=[mx.cpu(0), mx.cpu(1)])
    trainer = gluon.Trainer([p], "sgd", {"learning_rate": 0.125}, Doubling())
    backward(p)
    trainer.step(2)
    assert Doubling.pushes == 1
    assert [array.asnumpy().tolist() for array in p.list_data()] == [[0.5, 0.5]] * 2
    with pytest.raises(ValueError, match="Doubling cannot hold an optimizer"):
        gluon.Trainer([parameter()], "sgd", kvstore=Doubling(), update_on_kvstore=True).step(1)


def test_compression_is_refused_where_it_would_count():
    compressed = {"compression_params": {"type": "2bit", "threshold": 0.5}}
    p = parameter()
    backward(p)
    gluon.Trainer([p], "sgd", {"learning_rate": 0.25}, **compressed).step(1)
    assert p.data().asnumpy().tolist() == [0.5, 0.5]
    with pytest.raises(mx.MXNetError, match="2bit"):
        gluon.Trainer([parameter(ctx=[mx.cpu(0), mx.cpu(1)])], "sgd", **compressed).step(1)


def test_update_on_kvstore_needs_no_second_context():
    p = parameter()
    backward(p)
    gluon.Trainer([p], "sgd", {"learning_rate": 0.25}, update_on_kvstore=True).step(1)
    assert p.data().asnumpy().tolist() == [0.5, 0.5]


def test_message_of_a_stale_gradient_names_the_parameter():
    with pytest.raises(UserWarning, match=r"'w': its gradient on cpu\(0\) is stale.*ignore_stale_grad=True"):
        gluon.Trainer([parameter()], "sgd").step(1)


def test_all_parameters_go_in_one_call():
    class Counting(mx.optimizer.SGD):
        calls = 0

        def update_all(self, indices, weights, grads, states):
            Counting.calls += 1
            return super().update_all(indices, weights, grads, states)

    parameters = [parameter(name) for name in "abcd"]
    trainer = gluon.Trainer(parameters, Counting(learning_rate=0.25))
    backward(*parameters)
    trainer.step(1)
    assert Counting.calls == 1
    assert all(p.data().asnumpy().tolist() == [0.5, 0.5] for p in parameters)


def test_own_optimizer():
    class Halving(mx.optimizer.Optimizer):
        def update(self, index, weight, grad, state):
            weight[:] = weight / 2

    p = parameter()
    backward(p)
    gluon.Trainer([p], Halving()).step(1)
    assert p.data().asnumpy().tolist() == [0.5, 0.5]


def test_contexts_changed_before_the_first_step():
    p = parameter()
    trainer = gluon.Trainer([p], "sgd", {"learning_rate": 0.25}, update_on_kvstore=False)
    p.reset_ctx([mx.cpu(0), mx.cpu(1)])
    backward(p)
    trainer.step(2)
    assert [array.asnumpy().tolist() for array in p.list_data()] == [[0.5, 0.5]] * 2


def test_damaged_states_change_nothing(tmp_path):
    p, path = parameter(), tmp_path / "states"
    trainer = gluon.Trainer([p], "sgd", {"learning_rate": 0.25, "momentum": 0.9})
    backward(p)
    trainer.step(1)
    trainer.save_states(str(path))
    path.write_bytes(path.read_bytes()[:-20])
    optimizer = trainer.optimizer
    with pytest.raises(Exception, match="states|pickle|truncated|damaged"):
        trainer.load_states(str(path))
    assert trainer.optimizer is optimizer
    backward(p)
    trainer.step(1)
    assert p.data().asnumpy()[0] < 0.25


def test_multipliers_hold_after_loading(tmp_path):
    p, path = parameter(), str(tmp_path / "states")
    trainer = gluon.Trainer([p], "sgd", {"learning_rate": 0.25})
    trainer.save_states(path)
    trainer.load_states(path)
    p.lr_mult = 0
    backward(p)
    trainer.step(1)
    assert p.data().asnumpy().tolist() == [1, 1]


def test_training_on_two_contexts_equals_training_on_one():
    results = []
    for contexts in ([mx.cpu(0)], [mx.cpu(0), mx.cpu(1)]):
        mx.random.seed(1)
        net = nn.HybridSequential()
        net.add(nn.Dense(4, activation="tanh"), nn.Dense(1))
        net.initialize(ctx=contexts)
        trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.1})
        for step in range(3):
            batch = nd.arange(12).reshape((4, 3)) / (step + 10)
            with mx.autograd.record():
                losses = [(net(part) ** 2).sum() for part in gluon.utils.split_and_load(batch, contexts)]
            mx.autograd.backward(losses)
            trainer.step(4)
        results.append(net[0].weight.list_data()[-1].asnumpy())
    assert abs(results[0] - results[1]).max() < 1e-6
