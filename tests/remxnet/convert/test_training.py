"""`remxnet convert` to what can be trained: outputs as in training and gradients of all parameters, or nothing."""

import numpy as np
import pytest

import mxnet as mx
from mxnet.ops import OPERATORS
from remxnet import convert
from remxnet.convert import targets, training
from remxnet.errors import InputError

pytest.importorskip("safetensors")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def saved(symbol, **shapes):
    """A checkpoint of a graph, its parameters drawn."""
    arguments, _, states = symbol.infer_shape(**shapes)
    draws = np.random.default_rng(0)
    named = [
        {name: mx.nd.array(draws.uniform(least, 1, shape)) for name, shape in zip(names, found) if name not in shapes}
        for names, found, least in (
            (symbol.list_arguments(), arguments, -1), (symbol.list_auxiliary_states(), states, 0.5)
        )
    ]  # fmt: skip
    mx.model.save_checkpoint("net", 0, symbol, *named)


def converted(symbol, **shapes):
    """What becomes of a graph as a program."""
    saved(symbol, **shapes)
    return convert.convert("net", "net.py", shapes=shapes)


def dense(x, name, units=4):
    return mx.sym.FullyConnected(x, num_hidden=units, name=name)


def halves():
    """Two layers of which the first learns through one branch of two."""
    first = mx.sym.tanh(dense(mx.sym.var("data"), "a"))
    return mx.sym.tanh(dense(first + mx.sym.BlockGrad(first * first), "b"))


def normalized():
    return dense(mx.sym.relu(mx.sym.BatchNorm(dense(mx.sym.var("data"), "a"), name="n")), "b")


def refused(symbol, **shapes):
    with pytest.raises(InputError) as caught:
        converted(symbol, **shapes)
    return str(caught.value)


def untouched(place):
    assert sorted(each.name for each in place.iterdir()) == ["net-0000.params", "net-symbol.json"]


def test_gradients_of_all_parameters_are_compared_in_double_precision(place):
    done = converted(halves(), data=(1, 3))
    assert [each.output for each in done.trained.gradients] == ["a_weight", "a_bias", "b_weight", "b_bias"]
    assert done.trained.double and done.trained.tolerance == training.EXACT
    assert all(each.scale > 0.01 for each in (*done.trained.outputs, *done.trained.gradients))
    said = str(done)
    assert "as in training, in double precision, to 1e-09:\n" in said
    assert "  gradients of 4 parameters " in said
    told = done.as_json()
    assert [each["name"] for each in told["gradients"]] == ["a_weight", "a_bias", "b_weight", "b_bias"]
    assert told["tolerance_in_training"] == 1e-9


def test_a_gradient_that_goes_where_it_should_not_is_refused(place, monkeypatch):
    monkeypatch.setitem(OPERATORS["BlockGrad"].rules, "source", lambda at: at.data)
    said = refused(halves(), data=(1, 3))
    assert said.startswith("net: nothing was written; as in training the gradient of a_")
    assert said.endswith(" of the largest element of all gradients, more than 1e-09, as does 1 other")
    untouched(place)


def test_a_scale_that_must_not_learn_and_does_is_refused(place, monkeypatch):
    done = converted(normalized(), data=(1, 3))
    gradients = {each.output: each for each in done.trained.gradients}
    assert gradients["n_gamma"].difference == 0  # fixed, and no gradient on either side
    (place / "net.py").unlink()
    (place / "net.safetensors").unlink()
    written = targets.source.written

    def learns(*arguments):
        found = written(*arguments)
        assert found.text.count("requires_grad_(False)") == 1
        return found._replace(text=found.text.replace("requires_grad_(False)", "requires_grad_(True)"))

    monkeypatch.setattr(targets.source, "written", learns)
    assert "the gradient of n_gamma differs" in refused(normalized(), data=(1, 3))
    untouched(place)


def test_a_parameter_that_learns_nothing_is_refused(place, monkeypatch):
    monkeypatch.setitem(OPERATORS["tanh"].rules, "source", lambda at: f"torch.tanh({at.data}).detach()")
    assert "the gradient of" in refused(halves(), data=(1, 3))
    untouched(place)


def test_batch_norms_in_a_long_row_are_no_matter_of_rounding(place):
    x = mx.sym.var("data")
    for layer in range(40):
        x = mx.sym.relu(mx.sym.BatchNorm(dense(x, f"d{layer}"), name=f"n{layer}", fix_gamma=False, eps=1e-5))
    done = converted(x, data=(1, 3))
    assert done.trained.tolerance == training.EXACT
    assert max(each.share for each in (*done.trained.outputs, *done.trained.gradients)) < 1e-9


def test_the_one_vector_of_a_recurrent_layer_has_a_gradient(place):
    names = ("data", "parameters", "state", "state_cell")
    out = mx.sym.RNN(*map(mx.sym.var, names), mode="lstm", state_size=3, num_layers=2, name="r")
    done = converted(out, data=(5, 1, 4), state=(2, 1, 3), state_cell=(2, 1, 3))
    assert [each.output for each in done.trained.gradients] == ["parameters"]
    assert done.trained.gradients[0].scale > 0.01 and done.trained.double


def test_around_what_takes_single_precision_alone_the_rest_has_double(place):
    features = mx.sym.Convolution(mx.sym.var("data"), kernel=(3, 3), num_filter=2, name="c")
    boxes = mx.sym.contrib.MultiBoxPrior(features, sizes=(0.3, 0.6), name="boxes")
    done = converted(mx.sym.Group([mx.sym.tanh(features), boxes]), data=(1, 2, 6, 6))
    assert done.trained.double and [each.output for each in done.trained.gradients] == ["c_weight", "c_bias"]


def test_what_says_its_precision_says_double(place):
    data = mx.sym.Cast(mx.sym.var("data"), dtype="float16")
    x = mx.sym.Cast(mx.sym.tanh(dense(mx.sym.Cast(data, dtype="float32"), "a")), dtype="float32")
    done = converted(x + mx.sym.ones((1, 4), dtype="float32"), data=(1, 3))
    assert done.trained.tolerance == training.EXACT and len(done.trained.gradients) == 2


def test_mxnets_own_files_are_compared_alike(place):
    saved(normalized(), data=(1, 3))
    done = convert.convert("net", "again.params", shapes={"data": (1, 3)})
    assert len(done.trained.gradients) == 6 and done.trained.tolerance == training.EXACT


def test_what_takes_no_double_precision_is_compared_in_single_and_says_so(place):
    whole = mx.sym.contrib.quantize_v2(mx.sym.var("data"), out_type="int8", name="q")
    done = converted(dense(mx.sym.contrib.dequantize(*whole, name="back"), "a"), data=(1, 3))
    assert done.trained.outputs and not done.trained.gradients and not done.trained.double
    (note,) = done.notes
    assert note.startswith("as in training, gradients were not compared, and outputs in single precision: ")
    assert "quantize_v2" in note
    assert "         as in training, in single precision, to 0.0001:\n" in str(done)
