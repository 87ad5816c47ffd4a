"""`remxnet convert`: what it reads, what it proves, and what it says of bad inputs."""

import json
import sys

import numpy as np
import pytest

import mxnet as mx
from remxnet import cli, convert
from remxnet.convert import proving, targets
from remxnet.errors import InputError

pytest.importorskip("onnxruntime")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def network():
    data = mx.sym.Variable("data")
    hidden = mx.sym.Activation(mx.sym.FullyConnected(data, num_hidden=8, name="a"), act_type="relu", name="r")
    hidden = mx.sym.Dropout(mx.sym.BatchNorm(hidden, fix_gamma=False, name="n"), p=0.5, name="d")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(hidden, num_hidden=3, name="b"), name="softmax")


def parameters():
    draws = np.random.default_rng(0)
    shapes = {"a_weight": (8, 5), "a_bias": (8,), "n_gamma": (8,), "n_beta": (8,), "b_weight": (3, 8), "b_bias": (3,)}
    arguments = {name: mx.nd.array(draws.uniform(-1, 1, shape)) for name, shape in shapes.items()}
    return arguments, {"n_moving_mean": mx.nd.zeros(8), "n_moving_var": mx.nd.ones(8)}


@pytest.fixture
def prefix(place):
    for epoch in (1, 12):
        mx.model.save_checkpoint("net", epoch, network(), *parameters())
    return "net"


def refused(*arguments, capsys):
    """The one line that a command line is refused with."""
    assert cli.main(["convert", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    _, _, rest = captured.err.partition("\n")
    assert not rest or rest.startswith("  ")
    return captured.err.removeprefix("remxnet convert: ").rstrip("\n")


@pytest.mark.parametrize(
    "out", ["out.onnx", "out.py", "out.pt2", "out.safetensors", "out-symbol.json", "out-0003.params"]
)
def test_a_checkpoint_goes_to_every_target_and_is_proven(out, prefix, place, capsys):
    assert cli.main(["convert", prefix, out, "--shape", "2,5"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("net, 6 operators, 107 parameters; of data (2, 5) float32, softmax_label (2,) float32\n")
    assert "parameters of epoch 12, the last of 2" in said
    assert ("largest difference" in said) == (not out.endswith(".safetensors"))
    assert ("training" in said) == out.endswith((".py", ".json", ".params"))
    assert (place / out).stat().st_size > 100


def test_what_is_written_runs_alone(prefix, place, monkeypatch):
    import onnxruntime
    import torch

    data = np.random.default_rng(1).normal(size=(4, 5)).astype("float32")
    wanted = mx.mod.Module.load(prefix, 1, label_names=None)
    wanted.bind([("data", data.shape)], for_training=False)
    wanted = wanted.predict(mx.io.NDArrayIter(data, batch_size=4)).asnumpy()
    convert.convert(prefix, "net_in_onnx.onnx", shapes={"data": (1, 5)}, dynamic=True, epoch=1)
    (found,) = onnxruntime.InferenceSession("net_in_onnx.onnx").run(None, {"data": data})
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    convert.convert(prefix, "net_in_torch.py", shapes={"data": (1, 5)}, epoch=1)
    monkeypatch.syspath_prepend(str(place))
    import net_in_torch

    with torch.no_grad():
        np.testing.assert_allclose(net_in_torch.load()(torch.from_numpy(data)).numpy(), wanted, rtol=1e-5, atol=1e-6)
    del sys.modules["net_in_torch"]


def test_parameters_take_the_names_of_torch(prefix, place):
    import safetensors.torch

    convert.convert(prefix, "own.safetensors", shapes={"data": (1, 5)})
    convert.convert(prefix, "net.py", shapes={"data": (1, 5)})
    convert.convert(prefix, "like.safetensors", shapes={"data": (1, 5)}, like="torch")
    own, weights, like = (safetensors.torch.load_file(f"{name}.safetensors") for name in ("own", "net", "like"))
    assert own.keys() == {name for part in parameters() for name in part}
    assert like.keys() == weights.keys() and "n.running_mean" in like


def test_a_model_past_what_a_file_of_onnx_holds_lies_in_two(place, capsys, monkeypatch):
    from mxnet.onnx import exporting

    monkeypatch.setattr(exporting, "LARGEST_FILE", 10_000)
    wide = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=64, name="wide")
    arrays = {"wide_weight": mx.nd.random.normal(shape=(64, 100)), "wide_bias": mx.nd.zeros(64)}
    mx.model.save_checkpoint("net", 0, wide, arrays, {})
    assert cli.main(["convert", "net", "out.onnx", "--shape", "2,100", "--dynamic"]) == 0
    said = capsys.readouterr().out
    assert "written  out.onnx, out.onnx.data (" in said and "which goes with it" in said
    assert sorted(each.name for each in place.iterdir() if "out" in each.name) == ["out.onnx", "out.onnx.data"]
    assert (place / "out.onnx").stat().st_size < 2_000 < 25_600 <= (place / "out.onnx.data").stat().st_size
    assert cli.main(["convert", "out.onnx", "again.params"]) == 0  # as a model it is read with what lies beside it
    before, after = mx.nd.load("net-0000.params"), mx.nd.load("again-0000.params")
    np.testing.assert_array_equal(before["arg:wide_weight"].asnumpy(), after["arg:wide_weight"].asnumpy())


def test_onnx_comes_back(prefix, place):
    convert.convert(prefix, "net.onnx", shapes={"data": (1, 5)}, dynamic=True)
    done = convert.convert("net.onnx", "again.params")
    assert sorted(each.name for each in done.files) == ["again-0000.params", "again-symbol.json"]
    symbol, arguments, _ = mx.model.load_checkpoint("again", 0)
    assert [node for node in symbol.list_arguments() if node not in arguments] == ["data"]
    assert convert.convert("net.onnx", "again.onnx", shapes={"": (3, 5)}).outputs[0].share < 1e-5


def test_networks_of_the_zoo_and_runs_are_models(place, capsys):
    assert cli.main(["convert", "mobilenet0.25", "s.params", "--seed", "3", "--shape", "1,3,32,32", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["inputs"] == {"data": {"shape": [1, 3, 32, 32], "dtype": "float32"}}
    assert (told["parameters"], told["format"]) == (475_544, "MXNet's files")
    assert [each["mode"] for each in told["outputs"]] == ["prediction", "training"]
    first = mx.nd.load("s-0000.params")
    assert convert.find("mobilenet0.25", params="s-0000.params").parameters.keys() == {n[4:] for n in first}
    assert "--params FILE says where its parameters are, or --seed N" in refused("alexnet", "a.onnx", capsys=capsys)


def test_inputs_of_ones_own_are_compared_too(prefix, place, capsys):
    np.savez("own.npz", data=np.full((7, 5), 1000.0))
    done = convert.convert(prefix, "net.py", shapes={"data": (1, 5)}, check_with="own.npz")
    assert done.cases == 7
    np.savez("own.npz", image=np.ones((7, 5)))
    said = refused(prefix, "net.py", "--shape", "1,5", "--check-with", "own.npz", capsys=capsys)
    assert said == "--check-with own.npz has image; the inputs are data, softmax_label"
    np.savez("own.npz", data=np.ones((7, 6)))
    said = refused(prefix, "net.py", "--shape", "1,5", "--check-with", "own.npz", capsys=capsys)
    assert said == "--check-with own.npz: data has shape (7, 6), the model's is (1, 5)"
    (place / "own.npz").write_bytes(b"nothing")
    said = refused(prefix, "net.py", "--shape", "1,5", "--check-with", "own.npz", capsys=capsys)
    assert said.startswith("--check-with own.npz is no .npz file of arrays")


# --- nothing unproven -----------------------------------------------------------------------------------------------


@pytest.fixture
def wrong(monkeypatch):
    """Have the writer get the activation wrong."""
    from mxnet.onnx import writing  # noqa: F401 - its rules
    from mxnet.ops import OPERATORS

    rules = OPERATORS["Activation"].rules
    monkeypatch.setitem(rules, "onnx", OPERATORS["tanh"].rules["onnx"])


def test_what_differs_is_not_written_and_the_first_node_that_does_is_named(wrong, prefix, place, capsys):
    (place / "net.onnx").write_bytes(b"what stood there")
    said = refused(prefix, "net.onnx", "--shape", "1,5", capsys=capsys)
    assert said.startswith("net: nothing was written; softmax_output differs by ")
    assert "of its largest element, more than 0.0001; the first node that differs is r (Activation): " in said
    assert (place / "net.onnx").read_bytes() == b"what stood there"
    assert sorted(each.name for each in place.iterdir()) == [
        "net-0001.params", "net-0012.params", "net-symbol.json", "net.onnx",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "past"),
    [
        ([1.0, 2.0], [1.0, 2.0], False),
        ([1.0, 200.0], [1.01, 200.0], False),
        ([1.0, 2.0], [1.01, 2.0], True),
        ([0.0, 0.0], [0.0, 1e-9], False),
        ([0.0, 0.0], [0.0, 1e-3], True),
        ([np.nan, 1.0], [np.nan, 1.0], False),
        ([np.inf, 1.0], [np.inf, 1.0], False),
        ([np.nan, 1.0], [0.0, 1.0], True),
        ([1.0, 1.0], [np.inf, 1.0], True),
        ([np.inf, 1.0], [-np.inf, 1.0], True),
        ([1.0, 2.0], [1.0, 2.0, 3.0], True),
        ([], [], False),
    ],
)
def test_what_counts_as_equal(one, other, past):
    compared = proving.Compared("out")
    compared.add(np.array(one), np.array(other))
    assert compared.past(1e-4) is past


def test_random_inputs_are_whole_where_they_say_which():
    places = mx.sym.Embedding(mx.sym.Variable("words"), input_dim=2, output_dim=3, name="e")
    from mxnet.symbol.typed import typed

    graph = typed(places * mx.sym.Variable("scale"), {"e_weight": mx.nd.ones((2, 3))}, {"words": (9,), "scale": (9, 3)})
    drawn = proving.random_inputs(graph, 0)
    assert set(drawn["words"]) == {0, 1}
    assert len(np.unique(drawn["scale"])) == 27
    assert proving.random_inputs(graph, 0, batch=4)["words"].shape == (4,)


# --- bad inputs -----------------------------------------------------------------------------------------------------


def change(**fields):
    graph = json.loads(network().tojson())
    for key, value in fields.items():
        place, _, field = key.partition("_")
        if field:
            graph["nodes"][int(place[1:])][field] = value
        else:
            graph[key] = value
    return json.dumps(graph)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hello", "bad-symbol.json cannot be read: the text is not JSON"),
        (change(n3_op="Wonder"), "node 3 (a, FullyConnected)".replace("FullyConnected", "Wonder")),
        (change(n3_op="Wonder"), "Wonder: no operator of this name; MXNet 1.9.1 has none either"),
        (change(n3_op="_imdecode"), "MXNet 1.9.1 has it, and it is not here yet"),
        (change(heads=[[99, 0, 0]]), "the node of head 0 is 99; expected an integer from 0 to"),
        (change(n3_inputs=[[4, 0, 0], [1, 0, 0], [2, 0, 0]]), "nodes in a circle or in a wrong order"),
    ],
)
def test_a_graph_that_is_none_is_one_line(text, says, place, capsys):
    (place / "bad-symbol.json").write_text(text)
    mx.nd.save("bad-0000.params", {})
    assert says in refused("bad", "bad.onnx", "--shape", "1,5", capsys=capsys)


def test_parameters_that_do_not_fit_are_all_listed(place, capsys):
    arguments, states = parameters()
    del arguments["a_bias"], states["n_moving_mean"]
    arguments |= {"other": mx.nd.zeros(2), "b_weight": mx.nd.zeros((4, 8)), "a_weight": mx.nd.zeros((8, 6))}
    mx.model.save_checkpoint("bad", 1, network(), arguments, states)
    assert refused("bad", "bad.onnx", "--shape", "1,5", capsys=capsys) == (
        "bad: the parameters do not fit the graph; missing: a_bias, n_moving_mean; extra: other (--ignore-extra leaves "
        "them aside); of another shape: a_weight (8, 6) where the graph has (8, 5), b_weight (4, 8) where the graph "
        "has (3, 8)"
    )
    mx.model.save_checkpoint("more", 1, network(), parameters()[0] | {"other": mx.nd.zeros(2)}, parameters()[1])
    done = convert.convert("more", "more.params", shapes={"data": (1, 5)}, ignore_extra=True)
    assert "left aside, as the graph does not have them: other" in done.notes


def test_half_a_file_of_parameters_is_one_line(prefix, place, capsys):
    content = (place / "net-0012.params").read_bytes()
    (place / "net-0012.params").write_bytes(content[: len(content) // 2])
    assert refused(prefix, "net.onnx", "--shape", "1,5", capsys=capsys).startswith("'net-0012.params' is not a valid")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["net", "x.onnx"], "net: the shapes of its inputs are not known; give --shape data=N,N,…"),
        (["net", "x.onnx", "--shape", "5"], "net: "),
        (["net", "x.onnx", "--shape", "1,a"], "--shape 1,a: expected lengths such as data=1,3,224,224"),
        (["net", "x.onnx", "--shape", "x=1,5"], "--shape x: net has no such input; it has data, softmax_label"),
        (["net", "x.onnx", "--shape", "1,5", "--dtype", "floaty"], "--dtype floaty: no array has this dtype"),
        (
            ["net", "x.tflite"],
            "x.tflite: the ending says what is written; expected one of .py, .pt2, .safetensors, .onnx, ",
        ),
        (["net", "nowhere/x.onnx"], "nowhere, where x.onnx would be written, is no folder"),
        (["net", "x.onnx", "--epoch", "3"], "net-symbol.json has no parameters beside it: there is no net-0003.params"),
        (["net", "x.onnx", "--params", "gone"], "cannot read 'gone': No such file or directory"),
        (["nett", "x.onnx"], "nett is no model: there is no nett-symbol.json"),
        (["resnet18", "x.onnx"], "(did you mean 'resnet18_v2'?)"),
        (["gone.json", "x.onnx"], "gone.json cannot be read"),
        (["gone.onnx", "x.params"], "gone.onnx cannot be read: No such file or directory"),
        (["net", "x.onnx", "--shape", "1,5", "--opset", "99"], "ONNX: opset 99; expected "),
        (["net", "x.onnx", "--shape", "1,5", "--opset", "13"], "ONNX: opset 13; expected 17 to "),
    ],
)
def test_arguments_that_mean_nothing_are_one_line(arguments, says, prefix, capsys):
    assert says in refused(*arguments, capsys=capsys)


def test_results_of_no_known_shape_are_named_with_all_else_that_cannot_be_converted(place, capsys):
    data, mask = mx.sym.Variable("data"), mx.sym.Variable("mask")
    chosen = [mx.sym.contrib.boolean_mask(data * (n + 1), mask, name=f"chosen{n}") for n in (0, 1)]
    heads = [mx.sym.exp(chosen[0]), chosen[1], mx.sym.linalg.inverse(data, name="inverse")]
    mx.model.save_checkpoint("masked", 0, mx.sym.Group(heads), {}, {})
    shapes = ["--shape", "data=4,4", "--shape", "mask=4"]
    depends = (
        "the shape of its result depends on what is computed; end the graph before it and do the rest in a program"
    )
    for end, title, others in (
        (".py", "a PyTorch module, because of 2 nodes:", ()), (".onnx", "ONNX, because of 3 nodes:", ("inverse (",)),
    ):  # fmt: skip
        said = refused("masked", f"masked{end}", *shapes, capsys=capsys).splitlines()
        assert said[0] == f"masked cannot be converted to {title}"
        assert said[1:3] == [f"  chosen{n} (_contrib_boolean_mask): {depends}" for n in (0, 1)]
        assert [line.startswith(f"  {name}") for line, name in zip(said[3:], others)] == [True] * len(others)


def recurrent():
    data, hidden = mx.sym.Variable("data"), mx.sym.Variable("hidden")
    cell = mx.sym.RNN(data, mx.sym.Variable("w"), hidden, mode="gru", state_size=3, num_layers=2, state_outputs=True)
    return mx.sym.Group([cell[0], cell[1]])


def test_examples_lie_along_the_axes_that_can_have_another_length_together():
    shapes = {"data": (5, 2, 4), "hidden": (2, 2, 3)}
    weights = dict(zip(recurrent().list_arguments(), recurrent().infer_shape(**shapes)[0]))["w"]
    assert proving.axes_of_examples(recurrent(), {"w": mx.nd.zeros(weights)}, shapes) == {"data": 1, "hidden": 1}
    assert proving.axes_of_examples(network(), parameters()[0], {"data": (1, 5), "softmax_label": (1,)}) == {
        "data": 0, "softmax_label": 0,
    }  # fmt: skip
    given = {"scores": (1, 3, 6), "steps": (1, 24), "anchors": (1, 6, 4)}
    found = mx.sym.contrib.MultiBoxDetection(*map(mx.sym.Variable, given))
    assert proving.axes_of_examples(found, {}, given) == {"scores": 0, "steps": 0}
    fixed = mx.sym.FullyConnected(mx.sym.Reshape(mx.sym.Variable("x"), shape=(1, 6)), num_hidden=2, name="f")
    assert (
        proving.axes_of_examples(fixed, {"f_weight": mx.nd.zeros((2, 6)), "f_bias": mx.nd.zeros(2)}, {"x": (2, 3)})
        is None
    )


def test_a_model_of_one_size_alone_converts_as_it_is_and_refuses_to_be_dynamic(place, capsys):
    fixed = mx.sym.FullyConnected(mx.sym.Reshape(mx.sym.Variable("x"), shape=(1, 6)), num_hidden=2, name="f")
    arrays = {"f_weight": mx.nd.random.normal(shape=(2, 6)), "f_bias": mx.nd.ones(2)}
    mx.model.save_checkpoint("fixed", 0, fixed, arrays, {})
    convert.convert("fixed", "fixed.py", shapes={"x": (2, 3)})
    said = refused("fixed", "fixed.onnx", "--shape", "2,3", "--dynamic", capsys=capsys)
    assert said == "fixed takes x (2, 3) and no other number of examples; leave --dynamic out"


def test_operators_that_cannot_be_converted_are_all_named(place, capsys):
    data = mx.sym.Variable("data")
    both = mx.sym.Group([mx.sym.linalg.inverse(data, name="one"), mx.sym.random.gamma(shape=2, name="two"), data + 1])
    mx.model.save_checkpoint("draws", 0, both, {}, {})
    said = refused("draws", "draws.onnx", "--shape", "4,4", capsys=capsys)
    assert said.startswith("draws cannot be converted to ONNX, because of 2 nodes:\n  one (_linalg_inverse): ")
    assert "\n  two (_random_gamma): " in said


def test_what_is_drawn_at_random_is_compared_by_shape(place):
    data = mx.sym.Variable("data")
    both = mx.sym.Group([mx.sym.random.normal(shape=(2, 3), name="one"), data + 1])
    mx.model.save_checkpoint("draws", 0, both, {}, {})
    done = convert.convert("draws", "draws.onnx", shapes={"data": (2, 3)})
    assert [each.by_shape for each in done.outputs] == [True, False]
    assert "only the shape was compared of one_output, which is drawn at random" in done.notes


def test_an_onnx_file_that_cannot_be_read_is_one_line(place, capsys):
    import onnx

    node = onnx.helper.make_node
    x, y = (onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [2, 3]) for name in ("x", "y"))
    graph = onnx.helper.make_graph([node("Wonder", ["x"], ["z"], name="w"), node("Relu", ["z"], ["y"])], "g", [x], [y])
    (place / "wonder.onnx").write_bytes(onnx.helper.make_model(graph).SerializeToString())
    assert refused("wonder.onnx", "x.params", capsys=capsys) == "wonder.onnx: operators that are not read: Wonder (w)"
    (place / "half.onnx").write_bytes((place / "wonder.onnx").read_bytes()[:40])
    assert refused("half.onnx", "x.params", capsys=capsys).startswith("half.onnx: half.onnx is no ONNX model")


@pytest.mark.skipif(sys.platform != "linux", reason="a device that is full")
def test_a_disk_that_fills_is_one_line(prefix, place, capsys):
    (place / "full.onnx").symlink_to("/dev/full")
    assert refused(prefix, "full.onnx", "--shape", "1,5", capsys=capsys) == "No space left on device: full.onnx"


def test_a_missing_package_says_which_extra(prefix, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    said = refused(prefix, "net.onnx", "--shape", "1,5", capsys=capsys)
    assert said == "onnxruntime, which this conversion needs, is missing: pip install 'remxnet[convert]'"


def test_deep_graphs_are_converted(place):
    data = mx.sym.Variable("data")
    for step in range(1000):
        data = mx.sym.relu(data, name=f"r{step}") if step % 2 else data + 1
    mx.model.save_checkpoint("deep", 0, data, {}, {})
    assert convert.convert("deep", "deep.onnx", shapes={"data": (1, 2)}).outputs[0].share < 1e-6


def test_every_ending_in_the_help_has_a_target():
    from remxnet.commands.convert import ENDINGS

    assert set(ENDINGS.split(", ")) == set(targets.TARGETS) - {"-symbol.json"}
    with pytest.raises(InputError, match="expected one of"):
        targets.target_of(targets.Path("x.h5"))
