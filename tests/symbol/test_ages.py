"""Graphs of every age, through every way to load and run one."""

import json
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet_predict import Predictor, load_ndarray_file


def written(age):
    """A small detector as a version of MXNet wrote it: layers, anchors under their old name, a node without one."""
    own = {"0.8": "param", "0.9": "attr", "0.11": "attr", "1.0": "attrs", "1.9": "attrs"}[age]
    older = age in ("0.8", "0.9", "0.11")

    def node(op, name, inputs, attributes=None, **more):
        fields = {"op": op, "name": name, "inputs": [[each, 0] if age == "0.8" else [each, 0, 0] for each in inputs]}
        if attributes or age == "0.8":
            fields[own] = {key: str(value) for key, value in (attributes or {}).items()}
        if age == "0.8":
            fields["backward_source_id"] = -1
        return fields | more

    prior = "MultiBoxPrior" if older else "_contrib_MultiBoxPrior"
    nodes = [
        node("null", "data", []),
        node("null", "conv_weight", [], **({"attr": {"weight_lr_mult": "2"}} if age == "0.8" else {})),
        node("null", "conv_bias", []),
        node("Convolution", "conv", [0, 1, 2], {"kernel": "(3, 3)", "num_filter": 4, "pad": "(1, 1)"}),
        node("null", "norm_gamma", []),
        node("null", "norm_beta", []),
    ]
    states = [] if age == "0.8" else [node("null", "norm_moving_mean", []), node("null", "norm_moving_var", [])]
    nodes += states
    nodes.append(node("BatchNorm", "norm", [3, 4, 5, *range(6, 6 + len(states))], {"eps": "0.001"}))
    norm = len(nodes) - 1
    nodes.append(node("null", "slope_gamma", [], {} if age == "0.8" else {"__init__": '["Constant", {"value": 0.25}]'}))
    nodes.append(node("LeakyReLU", "slope", [norm, norm + 1], {"act_type": "prelu"}))
    nodes.append(node("Pooling", "", [norm + 2], {"kernel": "(2, 2)", "stride": "(2, 2)", "pool_type": "max"}))
    nodes.append(node(prior, "anchors", [norm + 3], {"sizes": "(0.5,)", "ratios": "(1.0,2.0)"}))
    nodes.append(node("Flatten", "flat", [norm + 3]))
    nodes += [node("null", "fc_weight", []), node("null", "fc_bias", [])]
    nodes.append(node("FullyConnected", "fc", [norm + 5, norm + 6, norm + 7], {"num_hidden": 3}))
    nodes.append(node("null", "softmax_label", []))
    nodes.append(node("SoftmaxOutput", "softmax", [norm + 8, norm + 9], {"grad_scale": "1"}))
    heads = [len(nodes) - 1, norm + 4]
    graph = {
        "nodes": nodes,
        "arg_nodes": [place for place, each in enumerate(nodes) if each["op"] == "null"],
        "heads": [[each, 0] if age == "0.8" else [each, 0, 0] for each in heads],
    }
    versions = {"0.9": 905, "0.11": 1100, "1.0": 10000, "1.9": 10901}
    if age in versions:
        graph["attrs"] = {"mxnet_version": ["int", versions[age]]}
    return json.dumps(graph)


PARAMETERS = {
    "arg:conv_weight": (4, 3, 3, 3), "arg:conv_bias": (4,), "arg:norm_gamma": (4,), "arg:norm_beta": (4,),
    "arg:slope_gamma": (4,), "arg:fc_weight": (3, 64), "arg:fc_bias": (3,), "aux:norm_moving_mean": (4,),
    "aux:norm_moving_var": (4,),
}  # fmt: skip
DATA = np.random.default_rng(0).normal(size=(2, 3, 8, 8)).astype("float32")


def checkpoint(age, folder):
    draws = np.random.default_rng(1)
    arrays = {name: mx.nd.array(draws.uniform(0.1, 0.5, shape)) for name, shape in PARAMETERS.items()}
    prefix = str(folder / "old")
    (folder / "old-symbol.json").write_text(written(age))
    mx.nd.save(f"{prefix}-0007.params", arrays)
    return prefix


def by_bind(prefix):
    symbol, arguments, states = mx.model.load_checkpoint(prefix, 7)
    given = {**arguments, "data": mx.nd.array(DATA), "softmax_label": mx.nd.zeros(2)}
    return symbol.bind(mx.cpu(), given, aux_states=states).forward()


def by_simple_bind(prefix):
    symbol = mx.sym.load(f"{prefix}-symbol.json")
    executor = symbol.simple_bind(mx.cpu(), data=DATA.shape)
    executor.copy_params_from(*mx.model.load_params(prefix, 7))
    return executor.forward(data=mx.nd.array(DATA))


def by_module(prefix):
    module = mx.mod.Module.load(prefix, 7, label_names=None)
    module.bind(data_shapes=[("data", DATA.shape)], for_training=False)
    module.forward(mx.io.DataBatch([mx.nd.array(DATA)]))
    return module.get_outputs()


def by_feed_forward(prefix):
    model = mx.model.FeedForward.load(prefix, 7)
    return [mx.nd.array(each) for each in model.predict(mx.io.NDArrayIter(DATA, batch_size=2))]


def by_symbol_block(prefix):
    names = ["data", "softmax_label"]
    block = mx.gluon.SymbolBlock.imports(f"{prefix}-symbol.json", names, f"{prefix}-0007.params")
    return block(mx.nd.array(DATA), mx.nd.zeros(2))


def by_predictor(prefix):
    content = Path(f"{prefix}-0007.params").read_bytes()
    predictor = Predictor(Path(f"{prefix}-symbol.json").read_text(), content, {"data": DATA.shape})
    predictor.forward(data=DATA)
    return [mx.nd.array(predictor.get_output(place)) for place in (0, 1)]


@pytest.mark.filterwarnings("ignore:.*FeedForward")
@pytest.mark.parametrize("age", ["0.8", "0.9", "0.11", "1.0", "1.9"])
def test_a_graph_of_any_age_runs_however_it_is_loaded(age, tmp_path):
    prefix = checkpoint(age, tmp_path)
    expected = [each.asnumpy() for each in by_bind(prefix)]
    assert [each.shape for each in expected] == [(2, 3), (1, 32, 4)]
    np.testing.assert_allclose(expected[0].sum(1), 1, rtol=1e-6)
    for way in (by_simple_bind, by_module, by_feed_forward, by_symbol_block, by_predictor):
        found = [each.asnumpy() for each in way(prefix)]
        assert len(found) == 2, way
        for one, other in zip(found, expected):
            np.testing.assert_allclose(one[: len(other)], other, rtol=1e-5, atol=1e-6, err_msg=way.__name__)


def test_a_graph_of_any_age_gives_the_same(tmp_path):
    results = []
    for age in ("0.8", "0.9", "0.11", "1.0", "1.9"):
        (tmp_path / age).mkdir()
        results.append(by_bind(checkpoint(age, tmp_path / age))[0].asnumpy())
    for each in results[1:]:
        np.testing.assert_array_equal(each, results[0])


# --- the predictor ------------------------------------------------------------------------------------------------


@pytest.fixture
def predictor(tmp_path):
    prefix = checkpoint("1.9", tmp_path)
    content = (tmp_path / "old-0007.params").read_bytes()
    return Predictor(f"{prefix}-symbol.json", content, {"data": DATA.shape})


def test_a_predictor_takes_other_shapes(predictor):
    predictor.forward(data=DATA)
    both = predictor.get_output(0)
    predictor.reshape({"data": (1, 3, 8, 8)})
    predictor.forward(data=DATA[1:])
    np.testing.assert_allclose(predictor.get_output(0), both[1:], rtol=1e-4)


def test_a_predictor_says_what_does_not_fit(predictor, tmp_path):
    for given, says in (
        ({"image": DATA}, "no input 'image'; it has data"),
        ({"data": DATA.tolist()}, "data is list; expected a numpy.ndarray"),
        ({"data": DATA[:1]}, r"data has shape \(1, 3, 8, 8\); expected \(2, 3, 8, 8\)"),
    ):
        with pytest.raises(ValueError, match=says):
            predictor.forward(**given)
    with pytest.raises(IndexError, match="no output 2; there are 2"):
        predictor.get_output(2)
    some = mx.serialization.params.dumps({"arg:conv_weight": np.zeros((4, 3, 3, 3), "float32")})
    with pytest.raises(mx.MXNetError, match="are given of conv_bias, .*norm_moving_var"):
        Predictor(written("1.9"), some, {"data": DATA.shape})
    with pytest.raises(mx.MXNetError, match="no input 'x'"):
        Predictor(written("1.9"), some, {"x": DATA.shape})
    with pytest.raises(ValueError, match="dev_type='tpu'"):
        Predictor(written("1.9"), some, {"data": DATA.shape}, dev_type="tpu")


def test_the_arrays_of_a_file_are_read_from_bytes():
    content = mx.serialization.params.dumps([np.ones(2, "float32")])
    assert load_ndarray_file(content)[0].asnumpy().tolist() == [1, 1]
