"""Key-value stores: sums, updaters, what is copied where, and what is refused."""

import os
import tempfile

from fidelity.support import data


def _array(mx, seed=0, shape=(2, 3), dtype="float32"):
    return mx.nd.array(data(shape, seed=seed), dtype=dtype)


def _zeros(mx, shape=(2, 3)):
    return mx.nd.zeros(shape)


def _store(mx, kind="local", **values):
    store = mx.kv.create(kind)
    for key in sorted(values):
        store.init(key, values[key])
    return store


def kinds(mx):
    made = []
    for kind in ("local", "device", "LOCAL", "local_allreduce_cpu", "local_allreduce_device"):
        store = mx.kv.create(kind)
        made.append((kind, store.type, store.rank, store.num_workers, store.is_capable("optimizer")))
    return made, mx.kv.create().type, isinstance(store, mx.kv.KVStoreBase)


def kind_nccl(mx):
    mx.kv.create("nccl")


def kind_no_name(mx):
    mx.kv.create(3)


def init_copies(mx):
    value, out = _array(mx), _zeros(mx)
    store = _store(mx, a=value)
    value[:] = 9
    store.pull("a", out=out)
    return out


def push_replaces(mx):
    store, out = _store(mx, a=_array(mx)), _zeros(mx)
    store.push("a", _array(mx, 1))
    store.pull("a", out=out)
    return out


def push_sums(mx):
    made = []
    for kind in ("local", "device"):
        store, out = _store(mx, kind, a=_array(mx)), [_zeros(mx), mx.nd.zeros((2, 3), ctx=mx.cpu(1))]
        grads = [_array(mx, 1), _array(mx, 2), _array(mx, 3).as_in_context(mx.cpu(1))]
        store.push("a", grads)
        store.pull("a", out=out)
        made.append((out, [each.context for each in out], grads))
    return made


def lists_of_keys(mx):
    store, out = mx.kv.create("local"), [_zeros(mx), _zeros(mx)]
    store.init([3, 5], [_array(mx), _array(mx, 1)])
    store.pull([3, 5], out=out)
    first = [each.copy() for each in out]
    store.push([3, 5], [[_array(mx, 2), _array(mx, 3)], [_array(mx, 4), _array(mx, 5)]])
    store.pull([3, 5], out=[[out[0]], [out[1]]])
    return first, out


def push_and_pull_at_once(mx):
    store, out = _store(mx, a=_array(mx)), _zeros(mx)
    grads = [_array(mx, 1), _array(mx, 2)]
    store.pushpull("a", grads, out=out)
    kept = [each.copy() for each in grads]
    store.pushpull("a", grads)
    return out, kept, grads


def broadcast(mx):
    store, out = mx.kv.create("local"), [_zeros(mx), _zeros(mx)]
    store.broadcast("a", _array(mx), out=out)
    again = _zeros(mx)
    store.pull("a", out=again)
    return out, again


def own_updater(mx):
    def update(key, pushed, stored):
        stored += pushed * 2

    store, out = _store(mx, a=_array(mx)), _zeros(mx)
    store._set_updater(update)
    store.push("a", [_array(mx, 1), _array(mx, 2)])
    store.pull("a", out=out)
    at_once = _zeros(mx)
    store.pushpull("a", _array(mx, 3), out=at_once)
    return out, at_once


def optimizer(mx):
    store, out, seen = mx.kv.create("device"), _zeros(mx), []
    store.set_optimizer(mx.optimizer.SGD(learning_rate=0.1, momentum=0.9, wd=0.1))
    store.init(0, _array(mx))
    for step in range(3):
        store.push(0, [_array(mx, step + 1), _array(mx, step + 10)])
        store.pull(0, out=out)
        seen.append(out.copy())
    return seen


def optimizer_states(mx):
    store, out = mx.kv.create("local"), _zeros(mx)
    store.set_optimizer(mx.optimizer.SGD(learning_rate=0.1, momentum=0.9))
    store.init(0, _array(mx))
    store.push(0, _array(mx, 1))
    seen = []
    with tempfile.TemporaryDirectory() as folder:
        for dumped in (False, True):
            path = os.path.join(folder, "states")
            store.save_optimizer_states(path, dump_optimizer=dumped)
            store.push(0, _array(mx, 2))
            store.load_optimizer_states(path)
            store.push(0, _array(mx, 2))
            store.pull(0, out=out)
            seen.append(out.copy())
    return seen


def half(mx):
    store, out = _store(mx, a=_array(mx, dtype="float16")), _zeros(mx).astype("float16")
    store.push("a", [_array(mx, 1, dtype="float16"), _array(mx, 2, dtype="float16")])
    store.pull("a", out=out)
    wide = _zeros(mx)
    store.pull("a", out=wide)
    return out, wide


def arguments_without_effect(mx):
    store, out = _store(mx, a=_array(mx)), _zeros(mx)
    store.push("a", _array(mx, 1), priority=3)
    store.pull("a", out=out, priority=-1, ignore_sparse=False)
    store.pull("a", out)
    return out, store._barrier()


def choice_of_store(mx):
    parameters = {"a": mx.nd.zeros((2,))}
    made = []
    for kvstore, devices in ((None, 2), ("local", 1), ("device", 1), ("local", 2), ("device", 3)):
        store, on_store = mx.model._create_kvstore(kvstore, devices, parameters)
        made.append((store and store.type, on_store))
    given = mx.kv.create("device")
    store, on_store = mx.model._create_kvstore(given, 1, parameters)
    return made, store is given, on_store


def choice_of_store_refused(mx):
    mx.model._create_kvstore(3, 2, {})


def training_with_a_store(mx):
    weights = [[_array(mx), _array(mx)], [_array(mx, 1), _array(mx, 1)]]
    grads = [[_array(mx, 2), _array(mx, 3)], [None, None]]
    names, parameters = ["a", "b"], {"a": _array(mx), "b": _array(mx, 1)}
    for on_store in (True, False):
        store = mx.kv.create("device")
        mx.model._initialize_kvstore(store, weights, parameters, names, on_store)
        optimizer = mx.optimizer.SGD(learning_rate=0.1, momentum=0.9)
        if on_store:
            store.set_optimizer(optimizer)
            mx.model._update_params_on_kvstore(weights, grads, store, names)
        else:
            mx.model._update_params(weights, grads, mx.optimizer.get_updater(optimizer), 2, store, names)
    mx.model._update_params(weights, grads, mx.optimizer.get_updater(mx.optimizer.SGD()), 2)
    return weights, grads[0]


def registered_store(mx):
    class OwnStore(mx.kv.KVStoreBase):
        pass

    returned = mx.kv.KVStoreBase.register(OwnStore) is OwnStore
    made = type(mx.kv.create("ownstore")).__name__
    del mx.kv.KVStoreBase.kv_registry["ownstore"]
    return returned, made, mx.kv.KVStoreBase.OPTIMIZER


def _refused(act):
    def case(mx):
        store = _store(mx, a=_array(mx), b=_array(mx, 1))
        act(mx, store)

    return case


init_twice = _refused(lambda mx, store: store.init("a", _array(mx)))
key_of_another_kind = _refused(lambda mx, store: store.init(3, _array(mx)))
key_is_a_float = _refused(lambda mx, store: store.init(2.5, _array(mx)))
no_keys = _refused(lambda mx, store: store.init([], []))
push_unknown_key = _refused(lambda mx, store: store.push("zz", _array(mx)))
pull_unknown_key = _refused(lambda mx, store: store.pull("zz", out=_zeros(mx)))
pull_without_out = _refused(lambda mx, store: store.pull("a"))
push_a_number = _refused(lambda mx, store: store.push("a", 3))
init_a_number = _refused(lambda mx, store: store.init("c", 3))
lengths_differ = _refused(lambda mx, store: store.push(["a", "b"], [_array(mx)]))
sparse_pull = _refused(lambda mx, store: store.row_sparse_pull("a", out=_zeros(mx), row_ids=mx.nd.array([0])))
sparse_pull_without_out = _refused(lambda mx, store: store.row_sparse_pull("a"))
unknown_capability = _refused(lambda mx, store: store.is_capable("foo"))
states_without_optimizer = _refused(lambda mx, store: store.save_optimizer_states("states"))
compression_no_dict = _refused(lambda mx, store: mx.kv.create("device").set_gradient_compression(3))
base_has_no_rank = _refused(lambda mx, store: mx.kv.KVStoreBase().rank)
base_has_no_pushpull = _refused(lambda mx, store: mx.kv.KVStoreBase().pushpull("a", 1))


# ------------------------------------------------------------------ dtypes and lists


def pushed_of_another_dtype(mx):
    found = []
    for kind in ("float16", "float32", "float64"):
        for pushed in ("float16", "float32", "float64"):
            store, seen = mx.kv.create("local"), []
            store.init("a", mx.nd.ones((2,), dtype=kind))
            out = [mx.nd.zeros((2,), dtype=each) for each in ("float16", "float32", "float64")]
            store.push("a", mx.nd.ones((2,), dtype=pushed) * 1.5)
            store.pull("a", out=out)
            other = mx.kv.create("device")
            other.init("a", mx.nd.ones((2,), dtype=kind))
            other._set_updater(lambda key, grad, value, seen=seen: seen.extend([grad, value]))
            other.push("a", mx.nd.ones((2,), dtype=pushed) * 1.5)
            other.push("a", [mx.nd.ones((2,), ctx=mx.cpu(i), dtype=pushed) * 1.5 for i in range(2)])
            found.append((out, seen))
    return found


def lists_with_an_optimizer(mx):
    found = []
    for optimizer in (mx.optimizer.SGD(learning_rate=0.1, momentum=0.5), mx.optimizer.Adam()):
        store, keys = mx.kv.create("local"), [0, 1]
        store.broadcast(keys, [_array(mx), _array(mx, 1)], out=[[_zeros(mx), _zeros(mx)], [_zeros(mx)]])
        store.set_optimizer(optimizer)
        out = [[_zeros(mx)], [_zeros(mx), _zeros(mx)]]
        for _ in range(2):
            store.pushpull(keys, [[_array(mx, 2)], [_array(mx, 3), _array(mx, 4)]], out=out)
        found.append((out, optimizer.num_update))
    return found


def keys_that_come_twice(mx):
    store, out = mx.kv.create("local"), _zeros(mx)
    store.init(0, _array(mx))
    store.set_optimizer(mx.optimizer.SGD(learning_rate=0.1, momentum=0.5))
    store.push([0, 0], [[_array(mx, 2)], [_array(mx, 3)]])
    store.pull(0, out=out)
    return out


def optimizer_set_twice(mx):
    store, out = mx.kv.create("local"), _zeros(mx)
    optimizer = mx.optimizer.SGD(learning_rate=0.1, momentum=0.5)
    store.init(0, _array(mx))
    for step in range(4):
        if step in (0, 2):
            store.set_optimizer(optimizer)
        store.push(0, _array(mx, 1))
    store.pull(0, out=out)
    return out, store._updater.optimizer is optimizer


def states_without_an_optimizer(mx):
    mx.kv.create("local").save_optimizer_states(os.path.join(tempfile.mkdtemp(), "states"))
