"""States from files that anybody may have written: refused before memory is taken, a class touched, or a step made."""

import os
import pickle
import resource
import struct
import tracemalloc

import numpy as np
import pytest

import mxnet as mx
from mxnet.optimizer import states as reading
from mxnet.serialization import params

BEGIN = b"\x80\x04"
MUCH = 2_800_000_000
PICKLED = pickle.dumps(mx.nd.array([1.0, 2.0]), 4)
HANDLE = params.dumps_array(np.array([1, 2], "float32"))


def updater_of(optimizer=None):
    return mx.optimizer.get_updater(optimizer or mx.optimizer.SGD(learning_rate=0.1, momentum=0.9))


def refused(content, match, optimizer=None):
    """Nothing is taken, and next to no memory."""
    updater = updater_of(optimizer)
    before, states = updater.optimizer, updater.states
    tracemalloc.start()
    with pytest.raises(pickle.UnpicklingError, match=match):
        updater.set_states(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert updater.optimizer is before and updater.states is states
    assert peak < 2_000_000 + 200 * len(content)


def array_with(handle):
    """An NDArray whose handle is what these operations leave."""
    return BEGIN + b"}K\0cmxnet.ndarray.ndarray\nNDArray\nN\x85R}\x8c\x06handle" + handle + b"sbs."


def scalar(kind, content):
    dtype = b"cnumpy\ndtype\n(\x8c" + bytes([len(kind)]) + kind.encode() + b"\x89\x88tR"
    dtype += b"(K\x03\x8c\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
    value = b"B" + struct.pack("<I", len(content)) + content
    return BEGIN + b"}K\0cnumpy.core.multiarray\nscalar\n" + dtype + value + b"\x86Rs."


# --- files that take much for little --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            BEGIN + b"cbuiltins\nbytearray\n(\x8a\x09" + MUCH.to_bytes(9, "little") + b"tR.",
            "expected bytes, got int",
        ),
        (array_with(b"\x8a\x05" + MUCH.to_bytes(5, "little")), "expected bytes, got int"),
        (array_with(b"cbuiltins\nbytearray\nK\x05\x85R"), "expected bytes, got int"),
        (array_with(b"cbuiltins\nbytearray\n]\x85R"), "expected bytes, got list"),
        (array_with(b"\x8c\x01x"), "expected bytes, got str"),
        (array_with(b"C\x01x"), "needs 4 bytes, 1 are left"),
        (BEGIN + b"Nr" + (175000000).to_bytes(4, "little") + b".", "expected a dict of states, got NoneType"),
        (scalar("V2000000000", b""), "dtype 'V2000000000'; expected one of numbers"),
        (scalar("O8", b"\0" * 8), "dtype 'O8'"),
        (scalar("f8", b"\0" * 7), "dtype f8 has 7 bytes"),
        (scalar("f4,f4", b"\0" * 8), "dtype 'f4,f4'"),
        (BEGIN + b"}\x94K\0h\0s.", "holds the same things over and over"),
        (BEGIN + b"}\x94\x8c\x01ah\0s.", "holds the same things over and over"),
        (BEGIN + b"}K\0)" + b"\x85" * 3000 + b"s.", "more than 64 levels"),
        (BEGIN + b"}K\0)" + b"\x85" * 100_000 + b"s.", "more than 64 levels"),
        (BEGIN + b"}K\0)q\0" + b"0h\0h\0\x86q\0" * 40 + b"s.", "holds the same things over and over"),
        (BEGIN + b"}K\0]q\0h\0\x85as.", "holds the same things over and over|holds itself"),
    ],
    ids=range(17),
)
def test_what_takes_much_is_refused(content, problem):
    refused(content, problem)


def test_a_scalar_of_numbers_comes_back():
    updater = updater_of(mx.optimizer.SGD(momentum=0))
    for value in (np.float64(0.1), np.float32(2), np.int64(-3), np.uint8(7), np.bool_(True), np.float16(1.5)):
        for protocol in (2, 4, 5):
            updater.set_states(pickle.dumps({0: [value]}, protocol))
            back = updater.states[0][0]
            assert back == value and back.dtype == value.dtype
    updater.set_states(scalar("f8", struct.pack("<d", 0.25)))
    assert updater.states == {0: 0.25}


# --- classes are left alone -----------------------------------------------------------------------------------------


def test_a_class_is_not_changed():
    before = dict(vars(mx.lr_scheduler.FactorScheduler))
    name = b"cmxnet.lr_scheduler\nFactorScheduler\n"
    for change in (b"(N}\x8c\x08__call__cbuiltins\nbytearray\nstb.", b"}\x8c\x08__call__Nsb."):
        refused(BEGIN + name + change, "changes a Global, which is no object of its own")
        refused(BEGIN + name + b")\x81" + change, "has no attributes by name|missing")
    assert dict(vars(mx.lr_scheduler.FactorScheduler)) == before


def test_no_class_is_called_or_handed_out():
    refused(BEGIN + b"}K\0cmxnet.lr_scheduler\nFactorScheduler\nK\x01\x85Rs.", "is no part of optimizer states")
    refused(BEGIN + b"}K\0cmxnet.lr_scheduler\nFactorScheduler\ns.", "is no part of optimizer states")
    refused(BEGIN + b"}K\0cmxnet.lr_scheduler\nFactorScheduler\nK\x01\x85\x81s.", "made with arguments")
    refused(BEGIN + b"cos\nsystem\n\x8c\x04true\x85R.", "os.system is no part of optimizer states")


# --- optimizers that could not make a step --------------------------------------------------------------------------


def dumped(optimizer, change=None, remove=()):
    """The states of an optimizer with other attributes than it has."""
    optimizer.__dict__.update(change or {})
    for name in remove:
        del optimizer.__dict__[name]
    return pickle.dumps(({}, optimizer), 4)


OPTIMIZERS = {
    name: cls
    for name, cls in mx.optimizer.Optimizer.opt_registry.items()
    if cls.__module__.startswith("mxnet.optimizer.")
}


def test_an_optimizer_without_init_is_refused():
    refused(
        BEGIN + b"}cmxnet.optimizer.optimizer\nSGD\n)\x81\x86.", "the SGD in the states cannot be used: its attribute"
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_comes_back_and_not_without_an_attribute(name):
    weight, grad = mx.nd.array([[1, 2], [3, 4]]), mx.nd.array([[0.5, 0.25], [1, 2]])
    first = updater_of(OPTIMIZERS[name]())
    first(0, grad, weight)
    second = updater_of()
    second.set_states(first.get_states(dump_optimizer=True))
    assert type(second.optimizer) is OPTIMIZERS[name]
    copies = [weight.copy(), weight.copy()]
    for updater, copy in zip((first, second), copies):
        mx.random.seed(3)  # SGLD draws
        updater(0, grad, copy)
    np.testing.assert_array_equal(*(copy.asnumpy() for copy in copies))
    for attribute in set(vars(OPTIMIZERS[name]())) - {"param_dict"}:
        refused(dumped(OPTIMIZERS[name](), remove=[attribute]), f"its attribute '{attribute}' is missing")


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_attribute_of_a_wrong_kind_is_refused(name):
    for attribute, value in vars(OPTIMIZERS[name]()).items():
        if attribute == "param_dict":
            continue
        wrong = 3 if isinstance(value, (dict, tuple, str)) else {"a": 1}
        refused(dumped(OPTIMIZERS[name](), {attribute: wrong}), f"its attribute '{attribute}' is .*; expected")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"momentum": "0.9"}, "'momentum' is a str; expected a value like 0.0"),
        ({"lr": None}, "neither a learning rate nor a schedule"),
        ({"lr_mult": {0: "twice"}}, "'lr_mult' is a dict; expected a dict of numbers"),
        ({"num_update": 1 << 60}, "'num_update' is 1152921504606846976; expected a number of updates"),
        ({"num_update": -1}, "'num_update' is -1"),
        ({"aggregate_num": -1}, "'aggregate_num' is -1"),
        ({"_index_update_count": {0: 1.5}}, "'_index_update_count' is a dict"),
        ({"rescale_grad": 1 << 70}, "'rescale_grad' is 1180591620717411303424"),
        ({"update": 3}, "'update' belongs to its class"),
        ({"fused": "no"}, "'fused' belongs to its class"),
        ({"learning_rate": 3}, "'learning_rate' belongs to its class"),
        ({"lr_scheduler": 3}, "'lr_scheduler' is 3; expected a schedule or None"),
        ({"sym_info": (1, 2)}, "'sym_info' is 2 parts"),
    ],
)
def test_attributes_that_a_step_would_stumble_over_are_refused(change, problem):
    refused(dumped(mx.optimizer.SGD(), change), problem)


SCHEDULES = {
    "factor": lambda: mx.lr_scheduler.FactorScheduler(2, 0.5),
    "multifactor": lambda: mx.lr_scheduler.MultiFactorScheduler([2, 4], 0.5),
    "poly": lambda: mx.lr_scheduler.PolyScheduler(9, warmup_steps=2),
    "cosine": lambda: mx.lr_scheduler.CosineScheduler(9),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_comes_back_and_not_without_an_attribute(name):
    first = updater_of(mx.optimizer.SGD(lr_scheduler=SCHEDULES[name]()))
    for _ in range(3):
        first(0, mx.nd.ones((1,)), mx.nd.ones((1,)))
    second = updater_of()
    second.set_states(first.get_states(dump_optimizer=True))
    schedules = [updater.optimizer.lr_scheduler for updater in (first, second)]
    assert [schedules[0](update) for update in range(3, 12)] == [schedules[1](update) for update in range(3, 12)]
    for attribute in vars(SCHEDULES[name]()):
        broken = SCHEDULES[name]()
        delattr(broken, attribute)
        refused(dumped(mx.optimizer.SGD(), {"lr_scheduler": broken}), f"its attribute '{attribute}' is missing")


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("factor", {"step": 0}, "its step is 0"),
        (
            "factor",
            {"step": 1, "count": 0, "num_update": 1 << 50},
            "its step is 1, after 0 of 1125899906842624 updates",
        ),
        ("multifactor", {"step": [2, "x"]}, "'step' is 2 parts"),
        ("multifactor", {"step": [4, 2]}, "its steps do not increase"),
        ("poly", {"max_steps": 0}, "its max_steps is 0; expected 7"),
        ("cosine", {"base_lr_orig": "x"}, "'base_lr_orig' is a str"),
        ("factor", {"__call__": 3}, "belongs to its class"),
    ],
)
def test_schedules_without_a_rate_are_refused(name, change, problem):
    schedule = SCHEDULES[name]()
    updates = change.pop("num_update", 5)
    schedule.__dict__.update(change)
    refused(dumped(mx.optimizer.SGD(), {"lr_scheduler": schedule, "num_update": updates}), problem)


def test_an_optimizer_of_the_users_may_hold_what_it_likes():
    first = updater_of(Counting())
    first.optimizer.notes["self"] = first.optimizer
    second = updater_of()
    second.set_states(first.get_states(dump_optimizer=True))
    assert second.optimizer.notes["self"] is second.optimizer
    assert second.optimizer.notes["seen"] == [1, (2, "three")] and second.optimizer.notes["raw"] == b"raw"


class Counting(mx.optimizer.Optimizer):
    def __init__(self):
        super().__init__()
        self.notes = {"seen": [1, (2, "three")], "raw": b"raw"}


def test_the_counts_of_updates_stay_one_thing():
    first = updater_of()
    first(0, mx.nd.ones((1,)), mx.nd.ones((1,)))
    second = updater_of()
    second.set_states(first.get_states(dump_optimizer=True))
    optimizer = second.optimizer
    assert optimizer._index_update_count is optimizer._all_index_update_counts[0]


# --- states that do not fit -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["hello", b"hello", {1, 2}, [("x",)], {"a": "x"}])
def test_a_state_of_something_else_is_refused(state):
    refused(pickle.dumps({3: state}), "the state of parameter 3 holds a")


@pytest.mark.parametrize("index", [None, 1.5, (1, 2), True])
def test_a_state_of_no_parameter_is_refused(index):
    refused(pickle.dumps({index: None}), "expected an int or a str")


@pytest.mark.parametrize(
    ("optimizer", "state", "problem"),
    [
        (
            mx.optimizer.SGD(momentum=0.9),
            mx.nd.ones((5,)),
            "shape (2, 3) and dtype float32|an array of shape (5,)",
        ),
        (mx.optimizer.SGD(momentum=0.9), mx.nd.ones((2, 3), dtype="float64"), "float32|shape (2, 3) and dtype float64"),
        (mx.optimizer.SGD(momentum=0.9), None, "an array|None"),
        (mx.optimizer.SGD(momentum=0.9), 3, "an array|3"),
        (mx.optimizer.Adam(), (mx.nd.ones((2, 3)),), "2 parts|1 parts"),
        (mx.optimizer.Adam(), mx.nd.ones((2, 3)), "2 parts|an array"),
        (
            mx.optimizer.Adam(),
            (mx.nd.ones((2, 3)), mx.nd.ones((3, 2))),
            "of shape (2, 3)|an array of shape (3, 2)",
        ),
    ],
)
def test_a_state_of_another_shape_is_refused_before_the_step(optimizer, state, problem):
    updater = mx.optimizer.get_updater(optimizer)
    updater.set_states(pickle.dumps({0: state}))
    weight = mx.nd.ones((2, 3))
    with pytest.raises(mx.MXNetError) as caught:
        updater(0, mx.nd.ones((2, 3)), weight)
    expected, got = problem.split("|")
    text = str(caught.value)
    assert "read for parameter 0 of shape (2, 3) does not fit" in text
    assert expected in text.split(", got ")[0] and got in text.split(", got ")[1]
    assert (weight.asnumpy() == 1).all() and optimizer.num_update == 0


def test_what_an_optimizer_does_not_look_at_may_be_anything():
    updater = updater_of(mx.optimizer.SGD(learning_rate=1))
    updater.set_states(pickle.dumps({0: mx.nd.ones((5,))}))
    weight = mx.nd.ones((2,))
    updater(0, mx.nd.ones((2,)), weight)
    assert weight.asnumpy().tolist() == [0, 0]


def network(units=2):
    net = mx.gluon.nn.Dense(units, in_units=3, prefix="dense_")
    net.initialize()
    trainer = mx.gluon.Trainer(net.collect_params(), "adam")
    with mx.autograd.record():
        loss = net(mx.nd.ones((4, 3))).sum()
    loss.backward()
    trainer.step(4)
    return trainer


def test_a_trainer_says_which_file_and_which_parameter(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    network(units=5).save_states("five.states")
    trainer = network()
    optimizer, states = trainer._optimizer, trainer._updaters[0].states
    with pytest.raises(mx.MXNetError, match="load_states: 'five.states': Adam: the state .*'dense_.*' of shape .* fit"):
        trainer.load_states("five.states")
    (tmp_path / "bad.states").write_bytes(b"hello")
    with pytest.raises(pickle.UnpicklingError, match="^load_states: 'bad.states': "):
        trainer.load_states("bad.states")
    with pytest.raises(FileNotFoundError, match="'missing.states'"):
        trainer.load_states("missing.states")
    with pytest.raises(FileNotFoundError, match="'no/folder.states'"):
        trainer.save_states("no/folder.states")
    assert trainer._optimizer is optimizer and trainer._updaters[0].states is states


def test_a_store_says_which_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = mx.kv.create("local")
    store.set_optimizer(mx.optimizer.SGD(momentum=0.9))
    (tmp_path / "bad.states").write_bytes(b"hello")
    with pytest.raises(pickle.UnpicklingError, match="^load_states: 'bad.states': "):
        store.load_optimizer_states("bad.states")
    with pytest.raises(FileNotFoundError, match="'missing.states'"):
        store.load_optimizer_states("missing.states")
    with pytest.raises(FileNotFoundError, match="'no/folder.states'"):
        store.save_optimizer_states("no/folder.states")
    if os.name == "posix":
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2, before[1]))
        try:
            with pytest.raises(OSError, match="File too large: 'full.states'$"):
                store.save_optimizer_states("full.states")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


# --- sizes and pickles of our own -----------------------------------------------------------------------------------


def test_reading_takes_what_the_arrays_take():
    updater = updater_of(mx.optimizer.Adam())
    for index in range(4):
        updater(index, mx.nd.ones((250_000,)), mx.nd.ones((250_000,)))
    content = updater.get_states(dump_optimizer=True)
    tracemalloc.start()
    loaded, _ = reading.loads(content)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(loaded) == 4 and len(content) > 8_000_000
    assert held <= 1.05 * len(content) and peak <= 1.2 * len(content)  # and the file itself: about twice its size


def test_writing_takes_twice_what_the_arrays_take():
    updater = updater_of(mx.optimizer.Adam())
    for index in range(4):
        updater(index, mx.nd.ones((250_000,)), mx.nd.ones((250_000,)))
    tracemalloc.start()
    content = updater.get_states(dump_optimizer=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 2.7 * len(content)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickled_states_of_ours_are_states(protocol):
    updater = updater_of(mx.optimizer.Adam())
    updater(0, mx.nd.array([1.0, 2.0]), mx.nd.ones((2,)))
    other = updater_of(mx.optimizer.Adam())
    other.set_states(pickle.dumps(updater.states, protocol))
    for one, two in zip(updater.states[0], other.states[0]):
        np.testing.assert_array_equal(one.asnumpy(), two.asnumpy())
    other.set_states(pickle.dumps((updater.states, updater.optimizer), protocol))
    assert type(other.optimizer) is mx.optimizer.Adam and other.optimizer.num_update == 1
    assert type(pickle.loads(pickle.dumps(updater.states, protocol))[0][0]) is mx.nd.NDArray


def test_the_sums_of_lbsgd_come_back():
    first = updater_of(mx.optimizer.LBSGD(batch_scale=3, learning_rate=1))
    second = updater_of()
    weights = [mx.nd.ones((2,)), mx.nd.ones((2,))]
    first(0, mx.nd.array([1.0, 2.0]), weights[0])
    second.set_states(first.get_states(dump_optimizer=True))
    for updater, weight in zip((first, second), weights):
        for _ in range(4):
            updater(0, mx.nd.array([3.0, 4.0]), weight)
    np.testing.assert_array_equal(*(weight.asnumpy() for weight in weights))


@pytest.mark.parametrize("state", [{"handle": 3}, {"handle": "x"}, {"handle": PICKLED}, {"handle": HANDLE[:-1]}])
def test_a_pickled_array_that_is_damaged_is_an_error(state):
    with pytest.raises(mx.MXNetError):
        mx.nd.NDArray(None).__setstate__(state)


def test_bfloat16_stays_itself_in_a_pickle():
    array = mx.nd.array([1, 2.5]).astype("bfloat16")
    back = pickle.loads(pickle.dumps(array))
    assert back._t.dtype is array._t.dtype and back.astype("float32").asnumpy().tolist() == [1, 2.5]
