"""Trainer: what the recorded cases of MXNet do not tell."""

import numpy as np
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


# --- stores -------------------------------------------------------------------------------------------------------


def store_of_lists(calls, workers=1):
    """A class of stores that update, take all keys at once, and note what they are asked."""

    class Bucketing(mx.kv.KVStoreBase):
        rank, num_workers, type = 0, workers, "bucketing"

        def __init__(self):
            self.values, self.updater = {}, None

        @staticmethod
        def is_capable(capability):
            return capability == "optimizer"

        def broadcast_all(self, keys, values, outs):
            calls.append(("broadcast_all", list(keys), [each.shape for each in values], [len(each) for each in outs]))
            for key, value, arrays in zip(keys, values, outs):
                self.values[key] = value.copy()
                for array in arrays:
                    array[:] = value

        def pushpull_all(self, keys, values, outs=None):
            lengths = None if outs is None else [len(each) for each in outs]
            calls.append(("pushpull_all", list(keys), [len(each) for each in values], lengths))
            for place, (key, grads) in enumerate(zip(keys, values)):
                total = sum((each.as_in_context(mx.cpu(0)) for each in grads[1:]), grads[0])
                if self.updater is not None:
                    self.updater(key, total, self.values[key])
                    total = self.values[key]
                for array in grads if outs is None else outs[place]:
                    array[:] = total.as_in_context(array.context)

        def set_optimizer(self, optimizer):
            calls.append(("set_optimizer", optimizer))
            self.updater = mx.optimizer.get_updater(optimizer)

    return Bucketing


@pytest.mark.parametrize("contexts", [1, 2])
@pytest.mark.parametrize("on_store", [None, True, False])
def test_a_store_is_given_all_keys_of_a_step_at_once(contexts, on_store):
    calls, where = [], [mx.cpu(i) for i in range(contexts)]
    a, b, c = (parameter(name, where) for name in "abc")
    b.grad_req = "null"
    kind = store_of_lists(calls)
    trainer = gluon.Trainer([a, b, c], "sgd", {"learning_rate": 0.125}, kind(), update_on_kvstore=on_store)
    for _ in range(2):
        backward(a, c)
        trainer.step(contexts)
    updates = on_store is not False
    expected = [("set_optimizer", trainer.optimizer)] if updates else []
    expected.append(("broadcast_all", [0, 1, 2], [(2,)] * 3, [contexts] * 3))
    expected += [("pushpull_all", [0, 2], [contexts] * 2, [contexts] * 2 if updates else None)] * 2
    assert calls == expected
    for trained in (a, c):
        assert [array.asnumpy().tolist() for array in trained.list_data()] == [[0.5625] * 2] * contexts
    assert b.list_data()[0].asnumpy().tolist() == [1, 1]


def test_a_store_that_updates_keeps_its_weights():
    p, kind = parameter(ctx=[mx.cpu(0), mx.cpu(1)]), store_of_lists([])
    store = kind()
    trainer = gluon.Trainer([p], "sgd", {"learning_rate": 0.25}, store)
    backward(p)
    trainer.step(2)
    store.values[0][:] = 8  # as another worker might
    backward(p)
    trainer.step(2)
    assert [array.asnumpy().tolist() for array in p.list_data()] == [[7.75, 7.75]] * 2
    assert store.values[0].asnumpy().tolist() == [7.75, 7.75]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_named_store_is_used_on_one_context_where_it_has_other_workers(workers):
    calls = []
    mx.kv.KVStoreBase.register(store_of_lists(calls, workers))
    try:
        p = parameter()
        trainer = gluon.Trainer([p], "sgd", {"learning_rate": 0.25}, "bucketing")
        backward(p)
        trainer.step(1)
    finally:
        del mx.kv.KVStoreBase.kv_registry["bucketing"]
    assert p.data().asnumpy().tolist() == [0.5, 0.5]
    assert bool(calls) is (workers > 1)


def test_a_named_store_that_does_not_count_its_workers_has_one():
    class Silent(mx.kv.KVStoreBase):
        pass

    mx.kv.KVStoreBase.register(Silent)
    try:
        p = parameter()
        backward(p)
        gluon.Trainer([p], "sgd", {"learning_rate": 0.25}, "silent").step(1)
    finally:
        del mx.kv.KVStoreBase.kv_registry["silent"]
    assert p.data().asnumpy().tolist() == [0.5, 0.5]


def test_a_local_store_updates_all_parameters_in_one_call():
    class Counting(mx.optimizer.SGD):
        sizes = ()

        def update_all(self, indices, weights, grads, states):
            Counting.sizes += (len(indices),)
            return super().update_all(indices, weights, grads, states)

    parameters = [parameter(name, [mx.cpu(0), mx.cpu(1)]) for name in "abcd"]
    trainer = gluon.Trainer(parameters, Counting(learning_rate=0.25))
    for _ in range(2):
        backward(*parameters)
        trainer.step(2)
    assert Counting.sizes == (4, 4)


def test_a_store_without_an_updater_of_mxnets_kind_loads_its_own_states(tmp_path):
    class Keeping(store_of_lists([])):
        def save_optimizer_states(self, fname, dump_optimizer=False):
            with open(fname, "wb") as stream:
                stream.write(self.updater.get_states(dump_optimizer=False))

        def load_optimizer_states(self, fname):
            with open(fname, "rb") as stream:
                self.updater.set_states(stream.read())

    p, path = parameter(ctx=[mx.cpu(0), mx.cpu(1)]), str(tmp_path / "states")
    trainer = gluon.Trainer([p], "sgd", {"learning_rate": 0.125, "momentum": 0.5}, Keeping())
    backward(p)
    trainer.step(2)
    trainer.save_states(path)
    trainer.load_states(path)
    trainer.set_learning_rate(0.0)
    backward(p)
    trainer.step(2)
    assert p.list_data()[1].asnumpy().tolist() == [0.625, 0.625]  # the momentum alone moves it


@pytest.mark.parametrize("on_store", [None, False])
def test_contexts_added_after_the_first_step_are_trained_alike(on_store):
    p = parameter()
    trainer = gluon.Trainer([p], "sgd", {"learning_rate": 0.125}, update_on_kvstore=on_store)
    backward(p)
    trainer.step(1)
    for contexts in ([mx.cpu(0), mx.cpu(1)], [mx.cpu(0), mx.cpu(1), mx.cpu(2)]):
        before = p.list_data()[0].asnumpy()
        p.reset_ctx(contexts)
        backward(p)
        trainer.step(len(contexts))
        assert [array.asnumpy().tolist() for array in p.list_data()] == [(before * 0.75).tolist()] * len(contexts)


def test_a_batch_size_that_is_an_array_is_an_error_that_says_so():
    trainer = gluon.Trainer([parameter()], "sgd")
    for call in ("step", "update"):
        with pytest.raises(mx.MXNetError, match=rf"Trainer.{call}: batch_size is an array of shape \(1,\)"):
            getattr(trainer, call)(nd.array([2]))


@pytest.mark.parametrize("hybridize", [False, True])
@pytest.mark.parametrize("residual", [False, True])
def test_a_context_without_samples_changes_nothing(hybridize, residual):
    class Net(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2D(3, 1, in_channels=3), nn.BatchNorm(in_channels=3)

        def hybrid_forward(self, F, x):
            y = self.norm(self.conv(x))
            return F.relu(y + x) if residual else y

    contexts, nets = [mx.cpu(0), mx.cpu(1)], []
    for where in (contexts[:1], contexts):
        mx.random.seed(1)
        net = Net()
        net.initialize(ctx=where)
        if hybridize:
            net.hybridize()
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.125})
        for _ in range(2):
            parts = [nd.array(np.sin(np.arange(48)).reshape((4, 3, 2, 2)))]
            parts += [nd.empty((0, 3, 2, 2), ctx=ctx) for ctx in where[1:]]
            with mx.autograd.record():
                losses = [(net(part) ** 2).sum() for part in parts]
            mx.autograd.backward(losses)
            trainer.step(2)
        nets.append(net)
    for one, other in zip(*(net.collect_params().values() for net in nets)):
        arrays = [array.asnumpy() for array in other.list_data()]
        assert all(np.isfinite(array).all() for array in arrays), other.name
        assert (one.data().asnumpy() == arrays[0]).all(), other.name
