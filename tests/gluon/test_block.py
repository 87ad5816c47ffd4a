"""Blocks: what the recorded cases of MXNet do not tell."""

import copy
import pickle
import threading

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet.gluon import nn


def make_net(prefix="net_"):
    net = nn.HybridSequential(prefix=prefix)
    with net.name_scope():
        net.add(nn.Dense(4, activation="relu", in_units=3), nn.Dense(2, in_units=4))
    net.initialize()
    return net


def train_step(net):
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    with mx.autograd.record():
        loss = net(nd.ones((2, 3))).sum()
    loss.backward()
    trainer.step(2)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_of_a_network_learns_alone(duplicate):
    net = make_net()
    before = net[1].weight.data().asnumpy()
    twin = duplicate(net)
    train_step(twin)
    assert (twin[1].bias.data().asnumpy() != 0).all()
    np.testing.assert_array_equal(net[1].weight.data().asnumpy(), before)


def test_names_count_up_on_each_thread():
    found = []
    with nn.HybridSequential(prefix="outer_").name_scope():
        thread = threading.Thread(target=lambda: found.append(nn.Dense(1).prefix))
        thread.start()
        thread.join()
    assert found == ["dense0_"]


def test_scope_is_left_after_an_error():
    with mx.name.NameManager():
        with pytest.raises(ZeroDivisionError), nn.HybridSequential(prefix="outer_").name_scope():
            raise ZeroDivisionError
        assert nn.Dense(1).prefix == "dense0_"


def test_hook_may_detach_itself():
    net, calls = make_net(), []

    def once(block, inputs):
        calls.append(block.name)
        handle.detach()

    handle = net.register_forward_pre_hook(once)
    net(nd.ones((1, 3)))
    net(nd.ones((1, 3)))
    assert calls == ["net"]


def test_summary_leaves_no_hooks_after_an_error():
    net = make_net()
    with pytest.raises(mx.MXNetError):
        net.summary(nd.ones((2, 7)))
    assert not any(block._forward_hooks for block in (net, net[0], net[1]))


@pytest.mark.parametrize("change", ["missing", "extra", "shape", "dtype"])
def test_a_file_that_does_not_fit_changes_nothing(tmp_path, change):
    net, path = make_net(), str(tmp_path / "net.params")
    arrays = {name: p.data() * 0 for name, p in net._collect_params_with_prefix().items()}
    if change == "missing":
        del arrays["1.bias"]
    elif change == "extra":
        arrays["2.weight"] = nd.ones((1,))
    elif change == "shape":
        arrays["1.bias"] = nd.ones((7,))
    else:
        arrays["1.bias"] = arrays["1.bias"].astype("float64")
    nd.save(path, arrays)
    before = net[0].weight.data().asnumpy()
    with pytest.raises((AssertionError, ValueError), match=r"1\.bias|2\.weight|dense1_bias"):
        net.load_parameters(path)
    np.testing.assert_array_equal(net[0].weight.data().asnumpy(), before)


def test_a_cut_off_file_changes_nothing(tmp_path):
    net, path = make_net(), tmp_path / "net.params"
    net.save_parameters(str(path))
    net.initialize(mx.init.One(), force_reinit=True)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(mx.MXNetError):
        net.load_parameters(str(path))
    assert (net[0].weight.data().asnumpy() == 1).all()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"a": 1}',
        '{"a": {"children": {}}, "b": {}}',
        '{"a": {"orig_name": "a"}}',
        f'{{"a": {{"children": [1], "b": {{"orig_name": {10**40}, "children": {{}}}}}}}}',
    ],
)
def test_a_structure_that_is_none_is_refused(tmp_path, text):
    net = make_net()
    net.save(str(tmp_path / "net"))
    (tmp_path / "net-model.json").write_text(text)
    with pytest.raises(mx.MXNetError, match="net-model.json"):
        net.load(str(tmp_path / "net"))


def test_another_structure_is_refused(tmp_path):
    make_net().save(str(tmp_path / "net"))
    with pytest.raises(mx.MXNetError, match="another structure"):
        nn.Dense(3).load(str(tmp_path / "net"))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda net: net.hybridize(backend="nonsense"), "backend='nonsense'"),
        (lambda net: net.hybridize(static_shape=True), "static_alloc=True"),
        (lambda net: net.hybridize(inline_limit=-1), "inline_limit=-1"),
        (lambda net: net.optimize_for(nd.ones((1, 3)), backend="nonsense"), "backend='nonsense'"),
        (lambda net: gluon.SymbolBlock.imports("a-symbol.json", ["data"]), "a-symbol.json"),
    ],
)
def test_what_is_not_there_says_so(call, text):
    with pytest.raises(mx.MXNetError, match=text):
        call(make_net())


def test_an_unknown_option_of_hybridize_is_an_error():
    with pytest.raises(TypeError, match="nonsense"):
        make_net().hybridize(nonsense=1)


@pytest.mark.parametrize("everything", [False, True])
def test_op_hooks_see_every_operator_of_the_graph(everything):
    net = nn.HybridSequential()
    net.add(nn.Dense(4, activation="relu", prefix="first_"), nn.Dense(2, prefix="last_"))
    net.initialize()
    seen = {}
    net.register_op_hook(lambda name, operator, array: seen.update({name: (operator, array.shape)}), everything)
    expected = net(nd.ones((1, 3)))
    assert not seen  # only graphs have them
    net.hybridize()
    np.testing.assert_allclose(net(nd.ones((1, 3))).asnumpy(), expected.asnumpy(), rtol=1e-6)
    outputs = {
        b"first_fwd_output": (b"FullyConnected", (1, 4)),
        b"first_relu_fwd_output": (b"Activation", (1, 4)),
        b"last_fwd_output": (b"FullyConnected", (1, 2)),
    }
    assert {name: what for name, what in seen.items() if name.endswith(b"output")} == outputs
    assert (seen.get(b"first_fwd_weight") == (b"FullyConnected", (4, 3))) is everything


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: nn.HybridSequential().add(nn.Lambda("relu")), ValueError, "Lambda"),
        (lambda: nn.Dense(3)(3), ValueError, "got 3 of type int"),
        (lambda: nn.Conv2D(3, (3, 3, 3)), AssertionError, r"kernel_size=\(3, 3, 3\); expected an int or 2"),
        (lambda: nn.Conv2D(3, 3, padding="same"), mx.MXNetError, "padding='same'"),
        (lambda: nn.Conv2D(3, 3, groups=2), mx.MXNetError, "groups=2"),
        (lambda: nn.Conv2D(3, 3, layout="CNHW"), AssertionError, "layout='CNHW'"),
        (lambda: nn.MaxPool2D(layout="CNHW"), AssertionError, "layout='CNHW'"),
        (lambda: nn.LeakyReLU(-1), AssertionError, "alpha=-1"),
        (lambda: nn.Lambda(3), ValueError, "function=3"),
        (lambda: nn.Lambda("nonsense"), AssertionError, "'nonsense'"),
        (lambda: nn.ReflectionPad2D((1, 2)), AssertionError, r"padding=\(1, 2\)"),
        (lambda: gluon.loss.CTCLoss("CTN"), AssertionError, "layout='CTN'"),
        (lambda: gluon.loss.LogisticLoss(label_format="x"), ValueError, "label_format='x'"),
        (lambda: gluon.contrib.nn.PixelShuffle2D((1, 2, 3)), AssertionError, r"factor=\(1, 2, 3\)"),
    ],
)
def test_errors_say_what_came(make, error, text):
    with pytest.raises(error, match=text):
        make()
