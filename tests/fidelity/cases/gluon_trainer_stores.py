"""Trainer and key-value stores: where weights are updated, what a store is asked, whose the optimizer's states are."""

from __future__ import annotations

import os
import tempfile

from fidelity.cases.gluon_trainer import _backward, _parameter, _trainer, _two

# ------------------------------------------------------------------ where weights are updated


def _everywhere():
    """Every choice of store, number of contexts and place of the update, in one training with changes between steps."""

    def case(kvstore, contexts, on_store):
        def run(mx, kvstore=kvstore, contexts=contexts, on_store=on_store):
            p = _parameter(mx, ctx=[mx.cpu(i) for i in range(contexts)], wd_mult=2.0)
            fixed = _parameter(mx, "fixed", ctx=[mx.cpu(i) for i in range(contexts)], grad_req="null")
            kvstore = mx.kv.create("local") if kvstore == "given" else kvstore
            trainer = _trainer(mx, [p, fixed], kvstore=kvstore, update_on_kvstore=on_store, momentum=0.9, wd=0.01)
            before = trainer._kvstore is None, trainer._update_on_kvstore
            found = []
            for step, batch_size in enumerate((2, 2, 8, 2)):
                if step == 2:
                    trainer.set_learning_rate(0.3)
                if step == 3:
                    p.lr_mult = 0.5
                _backward(mx, p)
                trainer.step(batch_size)
                found.append([array.asnumpy() for array in p.list_data()])
            made = trainer._kvstore is None, trainer._kvstore and trainer._kvstore.type, trainer._update_on_kvstore
            return before, made, trainer.learning_rate, found, fixed.list_data()

        return run

    for kvstore in ("local", "device", "given", None):
        for contexts in (1, 2):
            for on_store in (None, True, False):
                if on_store is not True or kvstore == "given" or (kvstore and contexts == 2):
                    name = f"place_{str(kvstore).lower()}_{contexts}_{str(on_store).lower()}"
                    globals()[name] = case(kvstore, contexts, on_store)


_everywhere()


def place_by_environment(mx):
    found = []
    for value in ("0", "1"):
        os.environ["MXNET_UPDATE_ON_KVSTORE"] = value
        try:
            for wanted in (None, True, False):
                p = _parameter(mx, ctx=_two(mx))
                trainer = _trainer(mx, [p], update_on_kvstore=wanted)
                _backward(mx, p)
                trainer.step(1)
                found.append(trainer._update_on_kvstore)
        finally:
            del os.environ["MXNET_UPDATE_ON_KVSTORE"]
    return found


def place_of_half_precision(mx):
    p = mx.gluon.Parameter("w", shape=(2,), dtype="float16")
    p.initialize(mx.init.One(), ctx=_two(mx))
    trainer = _trainer(mx, [p], momentum=0.9, multi_precision=True)
    for _ in range(3):
        _backward(mx, p)
        trainer.step(2)
    return p.list_data(), trainer._kvstore._updater.states[0]


def schedule_where_the_store_updates(mx):
    p, q, found = _parameter(mx, ctx=_two(mx)), _parameter(mx, "q", ctx=_two(mx)), []
    schedule = mx.lr_scheduler.FactorScheduler(1, 0.5, base_lr=0.1)
    trainer = mx.gluon.Trainer([p, q], "nag", {"lr_scheduler": schedule, "momentum": 0.5})
    for _ in range(3):
        _backward(mx, p, q)
        trainer.step(1)
        found.append((trainer.learning_rate, trainer.optimizer.num_update))
    return found, p.list_data(), q.list_data()


def lars_where_the_store_updates(mx):
    parameters = [_parameter(mx, name + "_weight", ctx=_two(mx)) for name in "abcdef"]
    schedule = mx.lr_scheduler.FactorScheduler(1, 0.5, base_lr=0.1)
    arguments = {"momentum": 0.9, "eta": 0.1, "lr_scheduler": schedule}
    trainer = mx.gluon.Trainer(parameters, "lars", arguments)
    for _ in range(3):
        _backward(mx, *parameters)
        trainer.step(2)
    return [p.list_data()[1] for p in parameters]


def optimizers_where_the_store_updates(mx):
    found = []
    for optimizer in ("adam", "nag", "rmsprop", "adagrad", "lamb", "ftrl", "signum", "nadam"):
        p, q = _parameter(mx, ctx=_two(mx)), _parameter(mx, "q", ctx=_two(mx))
        trainer = _trainer(mx, [p, q], optimizer, learning_rate=0.01)
        for _ in range(3):
            _backward(mx, p, q)
            trainer.step(2)
        found.append((p.list_data(), q.list_data()[1]))
    return found


def weights_written_where_the_store_updates(mx):
    found = []
    for which in ((0,), (1,), (0, 1)):
        p = _parameter(mx, ctx=_two(mx))
        trainer = _trainer(mx, [p], momentum=0.5)
        for step in range(3):
            if step == 2:
                for place in which:
                    p.list_data()[place][:] = 5
            _backward(mx, p)
            trainer.step(2)
        found.append(p.list_data())
    return found


def _replaced(replace, **options):
    def case(mx):
        p, found = _parameter(mx, ctx=_two(mx)), []
        trainer = _trainer(mx, [p], momentum=0.5, **{name: make(mx) for name, make in options.items()})
        for step in range(4):
            if step == 2:
                replace(mx, p)
            _backward(mx, p)
            trainer.step(2)
            found.append([array.asnumpy() for array in p.list_data()])
        return found, [str(array.dtype) for array in p.list_data()]

    return case


def _set(mx, p):
    p.set_data(mx.nd.ones((2,)) * 5)


def _start_again(mx, p):
    p.initialize(mx.init.One(), ctx=_two(mx), force_reinit=True)


weights_set_where_the_store_updates = _replaced(_set)
weights_set_where_a_given_store_updates = _replaced(_set, kvstore=lambda mx: mx.kv.create("device"))
weights_set_where_the_store_sums = _replaced(_set, update_on_kvstore=lambda mx: False)
weights_started_again_where_the_store_updates = _replaced(_start_again)
weights_cast_where_the_store_updates = _replaced(lambda mx, p: p.cast("float64"))
contexts_fewer_where_the_store_updates = _replaced(lambda mx, p: p.reset_ctx([mx.cpu(0)]))
contexts_fewer_where_the_store_sums = _replaced(
    lambda mx, p: p.reset_ctx([mx.cpu(0)]), update_on_kvstore=lambda mx: False
)


def parameters_loaded_where_the_store_updates(mx):
    path = os.path.join(tempfile.mkdtemp(), "net")
    net = mx.gluon.nn.Dense(1, use_bias=False, in_units=2)
    net.initialize(mx.init.One(), ctx=_two(mx))
    net.save_parameters(path)
    trainer = _trainer(mx, net.collect_params(), momentum=0.5)
    for step in range(3):
        if step == 2:
            net.load_parameters(path, ctx=_two(mx))
        _backward(mx, net.weight)
        trainer.step(2)
    return net.weight.list_data()


def shapes_found_where_the_store_updates(mx):
    net = mx.gluon.nn.Dense(1, use_bias=False)
    net.initialize(mx.init.One(), ctx=_two(mx))
    trainer = _trainer(mx, net.collect_params(), momentum=0.5)
    for _ in range(2):
        with mx.autograd.record():
            losses = [(net(mx.nd.ones((1, 2), ctx=ctx)) ** 2).sum() for ctx in _two(mx)]
        mx.autograd.backward(losses)
        trainer.step(2)
    return net.weight.list_data()


def stale_and_ignored_where_the_store_updates(mx):
    p, q, found = _parameter(mx, ctx=_two(mx)), _parameter(mx, "q", ctx=_two(mx)), []
    trainer = _trainer(mx, [p, q], momentum=0.5)
    for parameters in ((p,), (), (p, q)):
        if parameters:
            _backward(mx, *parameters)
        trainer.step(1, ignore_stale_grad=True)
        found.append([array.asnumpy() for array in (*p.list_data(), *q.list_data())])
    return found


def one_store_of_two_trainers(mx):
    store = mx.kv.create("local")
    for name in "pq":
        p = _parameter(mx, name, ctx=_two(mx))
        trainer = _trainer(mx, [p], kvstore=store)
        _backward(mx, p)
        trainer.step(1)


# ------------------------------------------------------------------ what a store is asked


def _recording_store(mx, capable, log):
    """A store that notes what it is asked to do; it is written as for MXNet, which asks key by key."""

    def described(value):
        if isinstance(value, (list, tuple)):
            return [described(each) for each in value]
        return (value.shape, value.context.device_id) if isinstance(value, mx.nd.NDArray) else value

    class Recording(mx.kv.KVStoreBase):
        rank, num_workers, type = 0, 1, "recording"

        def __init__(self):
            self._updater = None
            self.values = {}

        @staticmethod
        def is_capable(capability):
            return capable

        def broadcast(self, key, value, out, priority=0):
            log.append(("broadcast", key, described(value), described(out)))
            self.values[key] = value.copy()
            for array in out:
                array[:] = value

        def pushpull(self, key, value, out=None, priority=0):
            log.append(("pushpull", key, described(value), described(out), priority <= 0))
            total = sum((each.as_in_context(mx.cpu(0)) for each in value[1:]), value[0])
            if self._updater is not None:
                self._updater(key, total, self.values[key])
                total = self.values[key]
            for array in value if out is None else out:
                array[:] = total.as_in_context(array.context)

        def set_optimizer(self, optimizer):
            log.append(("set_optimizer", type(optimizer).__name__, optimizer.rescale_grad))
            self._updater = mx.optimizer.get_updater(optimizer)

        def set_gradient_compression(self, compression_params):
            log.append(("compression", compression_params))

        def save_optimizer_states(self, fname, dump_optimizer=False):
            log.append(("save", dump_optimizer))
            with open(fname, "wb") as stream:
                stream.write(self._updater.get_states(dump_optimizer))

        def load_optimizer_states(self, fname):
            log.append(("load",))
            with open(fname, "rb") as stream:
                self._updater.set_states(stream.read())

    return Recording


def _asked():
    def case(capable, contexts, on_store, by_name=False):
        def run(mx):
            log, path = [], os.path.join(tempfile.mkdtemp(), "states")
            kind = _recording_store(mx, capable, log)
            options = {"grad_req": "null"}
            parameters = [
                _parameter(mx, name, ctx=[mx.cpu(i) for i in range(contexts)], **(options if name == "b" else {}))
                for name in "abc"
            ]
            if by_name:
                mx.kv.KVStoreBase.register(kind)
            try:
                trainer = mx.gluon.Trainer(
                    parameters,
                    "sgd",
                    {"learning_rate": 0.1, "momentum": 0.5},
                    kvstore="recording" if by_name else kind(),
                    compression_params={"type": "none"},
                    update_on_kvstore=on_store,
                )
                for step in range(3):
                    with mx.autograd.record():
                        losses = [(p.data(c) ** 2).sum() for p in (parameters[0], parameters[2]) for c in p.list_ctx()]
                    mx.autograd.backward(losses)
                    trainer.step(2)
                    log.append("step")
                    if step == 0:
                        trainer.save_states(path)
                    if step == 1:
                        trainer.load_states(path)
                        trainer.set_learning_rate(0.3)
            finally:
                if by_name:
                    del mx.kv.KVStoreBase.kv_registry["recording"]
            return log, trainer._update_on_kvstore, [p.list_data() for p in parameters]

        return run

    for capable in (True, False):
        for contexts in (1, 2):
            for on_store in (None, True, False):
                what = "updates" if capable else "sums"
                globals()[f"asked_{what}_{contexts}_{str(on_store).lower()}"] = case(capable, contexts, on_store)
            globals()[f"asked_by_name_{what}_{contexts}"] = case(capable, contexts, None, by_name=True)


_asked()


# ------------------------------------------------------------------ states


def states_between_stores(mx):
    """States saved with a store that updates load without one, and the other way round."""
    found = []
    kinds = ((1, None), (2, None), (2, False))
    for contexts, on_store in kinds:
        path = os.path.join(tempfile.mkdtemp(), "states")
        p = _parameter(mx, ctx=[mx.cpu(i) for i in range(contexts)])
        trainer = _trainer(mx, [p], momentum=0.5, update_on_kvstore=on_store)
        for _ in range(2):
            _backward(mx, p)
            trainer.step(2)
        trainer.save_states(path)
        for others, elsewhere in kinds:
            q = _parameter(mx, ctx=[mx.cpu(i) for i in range(others)], lr_mult=0.5)
            q.set_data(p.list_data()[0])
            other = _trainer(mx, [q], momentum=0.5, learning_rate=0.7, update_on_kvstore=elsewhere)
            other.load_states(path)
            rates = [other.learning_rate]
            _backward(mx, q)
            other.step(2)
            other.set_learning_rate(0.2)
            _backward(mx, q)
            other.step(2)
            found.append((q.list_data(), rates, other.learning_rate))
    return found


def states_go_back(mx):
    found = []
    for contexts in (1, 2):
        path = os.path.join(tempfile.mkdtemp(), "states")
        p = _parameter(mx, ctx=[mx.cpu(i) for i in range(contexts)])
        trainer = _trainer(mx, [p], "adam")
        for step in range(4):
            if step == 1:
                trainer.save_states(path)
            if step == 3:
                trainer.load_states(path)
            _backward(mx, p)
            trainer.step(2)
        found.append((p.list_data(), trainer.optimizer.num_update))
    return found


def states_before_the_first_step(mx):
    path = os.path.join(tempfile.mkdtemp(), "states")
    p = _parameter(mx, ctx=_two(mx))
    trainer = _trainer(mx, [p], momentum=0.5)
    trainer.save_states(path)
    trainer.load_states(path)
    _backward(mx, p)
    trainer.step(2)
    return p.list_data(), trainer._update_on_kvstore


def states_of_rubbish_where_the_store_updates(mx):
    path = os.path.join(tempfile.mkdtemp(), "states")
    with open(path, "wb") as stream:
        stream.write(b"rubbish")
    _trainer(mx, [_parameter(mx, ctx=_two(mx))]).load_states(path)
