"""What is found out about a graph's shapes and dtypes, both ways, and that what runs has the shapes that were found."""

import ast
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd, sym
from mxnet.base import MXNetError
from mxnet.ops import OPERATORS
from mxnet.symbol.inference import infer, infer_shapes, worklist


def var(name, **options):
    return sym.Variable(name, **options)


def shapes(net, **given):
    arguments, outputs, states = net.infer_shape_partial(**given)
    names = (*net.list_arguments(), *net.list_auxiliary_states(), *net.list_outputs())
    return dict(zip(names, (*arguments, *states, *outputs)))


def test_a_chain_of_sums_is_told_from_its_last_input():
    x, y, z = var("x"), var("y"), var("z")
    assert ((x + y) + z).infer_shape(z=(2, 3)) == ([(2, 3)] * 3, [(2, 3)], [])


def test_ten_thousand_nodes_are_told_from_either_end():
    """Each node is visited as often as something is new there: forwards once, backwards twice."""
    net = x = var("x")
    for _ in range(10_000):
        net = sym.relu(net)
    assert net.infer_shape(x=(2, 3))[1] == [(2, 3)]
    assert (net + var("z")).infer_shape(z=(2, 3))[0] == [(2, 3), (2, 3)]
    assert (net + var("z")).infer_type(z="float16")[0] == [np.float16, np.float16]
    assert x.name == "x"


@pytest.mark.parametrize(
    ("net", "given", "found"),
    [
        (lambda x, z: sym.FullyConnected(x, num_hidden=4, name="f") + z, {"x": (0, 5), "z": (2, 4)}, (2, 5)),
        (lambda x, z: sym.FullyConnected(x, num_hidden=4, flatten=False) + z, {"z": (2, 3, 4)}, (2, 3, 0)),
        (lambda x, z: sym.Convolution(x, kernel=(3, 3), num_filter=8) + z, {"x": (0, 3, 0, 0), "z": (2, 8, 5, 6)},
         (2, 3, 7, 8)),
        (lambda x, z: sym.Deconvolution(x, kernel=(2, 2), num_filter=8) + z, {"z": (2, 8, 5, 6)}, (2, 0, 0, 0)),
        (lambda x, z: sym.Pooling(x, kernel=(2, 2)) + z, {"z": (2, 3, 5, 6)}, (2, 3, 0, 0)),
        (lambda x, z: sym.Concat(x, var("y"), dim=1) + z, {"y": (2, 3), "z": (2, 10)}, (2, 7)),
        (lambda x, z: sym.split(x, num_outputs=2)[0] + z, {"z": (2, 3)}, (2, 6)),
        (lambda x, z: sym.split(x, num_outputs=2, axis=0, squeeze_axis=True)[1] + z, {"z": (3, 4)}, (2, 3, 4)),
        (lambda x, z: sym.transpose(x, axes=(2, 0, 1)) + z, {"z": (2, 3, 4)}, (3, 4, 2)),
        (lambda x, z: sym.expand_dims(x, axis=1) + z, {"z": (2, 1, 4)}, (2, 4)),
        (lambda x, z: sym.SwapAxis(x, dim1=0, dim2=2) + z, {"z": (2, 3, 4)}, (4, 3, 2)),
        (lambda x, z: sym.squeeze(x, axis=1) + z, {"z": (2, 4)}, (2, 1, 4)),
        (lambda x, z: sym.Reshape(x, shape=(0, -1)) + z, {"x": (0, 3, 4), "z": (2, 12)}, (2, 3, 4)),
        (lambda x, z: sym.Reshape(x, shape=(-1, 4)) + z, {"x": (0, 3, 4), "z": (6, 4)}, (2, 3, 4)),
        (lambda x, z: sym.Reshape(x, shape=(0, -2)) + z, {"x": (0, 0, 0), "z": (6, 2, 3)}, (6, 2, 3)),
        (lambda x, z: sym.Reshape(x, shape=(-3, 0)) + z, {"x": (2, 0, 0), "z": (6, 4)}, (2, 3, 4)),
        (lambda x, z: sym.Reshape(x, shape=(-4, 2, -1, 0)) + z, {"x": (0, 0), "z": (2, 3, 4)}, (6, 4)),
        (lambda x, z: sym.Reshape(x, shape=(-1, 0), reverse=True) + z, {"x": (0, 3, 0), "z": (6, 5)}, (2, 3, 5)),
        (lambda x, z: sym.Flatten(x) + z, {"x": (0, 3, 0), "z": (2, 12)}, (2, 3, 4)),
        (lambda x, z: sym.slice_axis(x, axis=1, begin=1, end=3) + z, {"z": (2, 2)}, (2, 0)),
        (lambda x, z: sym.slice_like(x, var("y"), axes=(0,)) + z, {"z": (2, 5)}, (0, 5)),
        (lambda x, z: sym.where(var("c"), x, var("y")) + z, {"z": (2, 5)}, (2, 5)),
        (lambda x, z: sym.Dropout(x) + z, {"z": (2, 5)}, (2, 5)),
        (lambda x, z: sym.Cast(x, dtype="float16") + z, {"z": (2, 5)}, (2, 5)),
        (lambda x, z: sym.Activation(x, act_type="tanh") + z, {"z": (2, 5)}, (2, 5)),
        (lambda x, z: sym.LeakyReLU(x, act_type="prelu") + z, {"z": (2, 5)}, (2, 5)),
        (lambda x, z: sym.BatchNorm(x) + z, {"z": (2, 5)}, (2, 5)),
        (lambda x, z: sym.LayerNorm(x) + z, {"z": (2, 5)}, (2, 5)),
        (lambda x, z: sym.softmax(x) + z, {"z": (2, 5)}, (2, 5)),
        (lambda x, z: sym.SoftmaxOutput(x) + z, {"z": (2, 5)}, (2, 5)),
        (lambda x, z: sym.UpSampling(x, scale=2, sample_type="nearest") + z, {"z": (2, 3, 4, 6)}, (2, 3, 2, 3)),
        (lambda x, z: sym.stack(x, var("y"), axis=1) + z, {"z": (3, 2, 4)}, (3, 4)),
        (lambda x, z: sym.Embedding(x, input_dim=9, output_dim=4) + z, {"z": (3, 2, 4)}, (3, 2)),
        (lambda x, z: sym.take(x, var("i")) + z, {"i": (3, 2), "z": (3, 2, 4)}, (0, 4)),
        (lambda x, z: sym.batch_take(x, var("i")) + z, {"z": (3,)}, (3, 0)),
        (lambda x, z: sym.zeros_like(x) + z, {"z": (3, 2)}, (3, 2)),
        (lambda x, z: sym.RNN(x, mode="gru", state_size=4, num_layers=1) + z, {"z": (5, 2, 4)}, (5, 2, 0)),
        (lambda x, z: sym.sum(x, axis=1, keepdims=True) + z, {"z": (3, 1)}, (3, 0)),
        (lambda x, z: sym.add_n(x, var("y")) + z, {"z": (3, 1)}, (3, 1)),
    ],
)  # fmt: skip
def test_an_input_is_told_by_an_output(net, given, found):
    assert shapes(net(var("x"), var("z")), **given)["x"] == found


def test_the_length_of_recurrent_parameters_tells_the_inputs():
    names = [f"w{number}" for number in range(4)]
    parts = [var(name).reshape((-1,)) for name in names]
    vector = sym._internal._rnn_param_concat(*parts, dim=0)
    net = sym.RNN(var("x"), vector, var("h"), mode="rnn_tanh", state_size=3, num_layers=1, name="r")
    found = shapes(net, x=(5, 2, 4), w0=(3, 4), w1=(3, 3), w2=(3,))
    assert found["w3"] == () and found["h"] == (1, 2, 3)
    lone = sym.RNN(var("x"), var("p"), var("h"), mode="lstm", state_size=3, num_layers=1, name="r")
    assert shapes(lone, x=(5, 2, 0), p=(4 * 3 * (4 + 3 + 2),))["x"] == (5, 2, 4)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_part_of_an_axis_of_unknown_length_has_an_unknown_length(axis):
    net = sym.slice_axis(var("x"), axis=0, begin=0, end=32)
    assert shapes(net, x=(0, 3))[net.list_outputs()[0]] == (0, 3)
    net = sym.slice(var("x"), begin=(0, 1), end=(5, 2))
    assert shapes(net, x=(0, 3))[net.list_outputs()[0]] == (0, 1)
    assert shapes(sym.diag(var("x")), x=(0, 5))["x"] == (0, 5)
    assert sym.diag(var("x"), name="d").infer_shape_partial(x=(0, 5))[1] == [(0,)]


# --- zeros of an unknown length -----------------------------------------------------------------------------------


class Summed(gluon.HybridBlock):
    """tanh(x + W 0 + b), with as many rows of zeros as x has."""

    def __init__(self, **options):
        super().__init__(**options)
        with self.name_scope():
            self.dense = gluon.nn.Dense(4, in_units=4)

    def hybrid_forward(self, F, x):
        return F.tanh(x + self.dense(F.zeros(shape=(0, 4))))


class Unrolled(gluon.HybridBlock):
    """Five steps of a recurrent cell whose state begins as zeros of an unknown number of rows."""

    def __init__(self, **options):
        super().__init__(**options)
        with self.name_scope():
            self.own, self.other = gluon.nn.Dense(3, flatten=False), gluon.nn.Dense(3, flatten=False, in_units=3)

    def hybrid_forward(self, F, x):
        state, outputs = F.zeros(shape=(0, 3)), []
        for step in F.split(x, num_outputs=5, axis=0, squeeze_axis=True):
            state = F.tanh(self.own(step) + self.other(state))
            outputs.append(state)
        return F.stack(*outputs, axis=0)


@pytest.mark.parametrize(("make", "shape"), [(Summed, (2, 4)), (Unrolled, (5, 2, 4))])
def test_zeros_of_an_unknown_length_run_with_the_length_found(make, shape, tmp_path):
    x = nd.array(np.random.RandomState(0).uniform(-1, 1, shape))
    net = make()
    net.initialize(mx.init.Xavier())
    net.hybridize()
    result = net(x).asnumpy()
    assert result.shape[-2:] == (2, result.shape[-1])
    if make is Summed:
        bias = net.dense.bias.data().asnumpy()
        np.testing.assert_allclose(result, np.tanh(x.asnumpy() + bias), rtol=1e-5)
    else:
        state, expected = np.zeros((2, 3)), []
        w, u = net.own.weight.data().asnumpy(), net.other.weight.data().asnumpy()
        for step in x.asnumpy():
            state = np.tanh(step @ w.T + state @ u.T)
            expected.append(state)
        np.testing.assert_allclose(result, np.stack(expected), rtol=1e-4, atol=1e-6)
    net.export(str(tmp_path / "net"))
    loaded = gluon.SymbolBlock.imports(str(tmp_path / "net-symbol.json"), ["data"], str(tmp_path / "net-0000.params"))
    np.testing.assert_allclose(loaded(x).asnumpy(), result, rtol=1e-6)
    symbol = sym.load(str(tmp_path / "net-symbol.json"))
    executor = symbol.simple_bind(mx.cpu(), data=shape)
    executor.copy_params_from({name: each.data() for name, each in net.collect_params().items()})
    np.testing.assert_allclose(executor.forward(data=x)[0].asnumpy(), result, rtol=1e-6)
    bound = symbol.bind(mx.cpu(), {"data": x, **{name: each.data() for name, each in net.collect_params().items()}})
    np.testing.assert_allclose(bound.forward()[0].asnumpy(), result, rtol=1e-6)
    assert net(nd.concat(x, x, dim=x.ndim - 2)).shape[-2] == 4  # another number of rows


def test_what_has_no_rows_runs_as_it_does_eagerly():
    class Net(gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.concat(F.relu(x) * 2, F.zeros_like(x), dim=1), F.sum(x, axis=0)

    eager, graph = Net(), Net()
    graph.hybridize()
    x = nd.array(np.zeros((0, 3), "float32"))
    for one, other in zip(eager(x), graph(x)):
        assert one.shape == other.shape
        np.testing.assert_array_equal(one.asnumpy(), other.asnumpy())


# --- what is given ------------------------------------------------------------------------------------------------


def test_a_shape_given_wins_over_the_one_declared():
    net = var("x", shape=(2, 3)) + 1
    assert net.infer_shape(x=(4, 5)) == ([(4, 5)], [(4, 5)], [])
    assert net.infer_shape() == ([(2, 3)], [(2, 3)], [])
    assert net.infer_shape_partial(x=(0, 5))[0] == [(2, 3)]  # MXNet asks for all lengths
    assert net.simple_bind(mx.cpu(), x=(4, 5)).forward()[0].shape == (4, 5)
    assert (var("x", dtype="float16") + 1).infer_type(x="float32")[0] == [np.float32]


def test_integers_of_numpy_are_integers():
    net = sym.Reshape(var("x"), shape=(np.int64(2), np.int32(-1)))
    assert net.infer_shape(x=(np.int64(4), np.int32(3))) == ([(4, 3)], [(2, 6)], [])
    assert sym.FullyConnected(var("x"), num_hidden=np.int64(3)).infer_shape(x=(np.int32(2), 4))[1] == [(2, 3)]
    with pytest.raises(TypeError, match="x is"):
        net.infer_shape(x=(4.0, 3))


def test_unknown_is_none_with_numpys_semantics_and_zero_a_length():
    net = var("x") + var("y")
    with mx.util.np_shape(True):
        assert net.infer_shape_partial() == ([None, None], [None], [])
        assert net.infer_shape_partial(x=(-1, 3)) == ([(-1, 3)] * 2, [(-1, 3)], [])
        assert net.infer_shape(x=(0, 3)) == ([(0, 3)] * 2, [(0, 3)], [])
        assert net.infer_shape(x=()) == ([()] * 2, [()], [])
        assert net.infer_shape(x=(-1, 3)) == (None, None, None)
        assert (var("x") + sym.zeros(shape=(-1, 4))).infer_shape(x=(2, 4))[1] == [(2, 4)]
    assert net.infer_shape_partial(x=()) == ([(), ()], [()], [])


def test_a_contradiction_names_the_node_and_who_wants_what():
    net = sym.FullyConnected(var("x"), num_hidden=4, name="dense") + var("y", shape=(2, 5))
    with pytest.raises(MXNetError, match=r"elemwise_add.*\(2, 5\).*\(2, 4\)|elemwise_add.*\(2, 4\).*\(2, 5\)"):
        net.infer_shape(x=(2, 3))
    with pytest.raises(
        MXNetError, match=r"dense \(FullyConnected\): weight, 'dense_weight', has shape \(4, 2\) as given"
    ):
        net.infer_shape_partial(x=(2, 3), dense_weight=(4, 2))


def test_no_operator_is_known_by_name():
    names = set(OPERATORS)
    for path in Path(worklist.__file__).parent.glob("*.py"):
        texts = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
        assert not names & {text for text in texts if isinstance(text, str)}, path.name


def test_names_decide_nothing():
    """A network whose names begin with meta_ is told what is wrong with it, as every other."""
    for name in ("meta_dense", "dense"):
        net = sym.Convolution(var("x"), kernel=(3, 3), num_filter=2, name=name)
        with pytest.raises(MXNetError, match="kernel"):
            net.infer_shape(x=(1, 2, 2, 2))


@pytest.mark.parametrize("hybridized", [True, False])
def test_a_parameter_without_a_shape_can_be_reshaped(hybridized):
    class Net(gluon.HybridBlock):
        def __init__(self, **options):
            super().__init__(**options)
            with self.name_scope():
                self.weight = self.params.get("weight", shape=(4, 0), allow_deferred_init=True)

        def hybrid_forward(self, F, x, weight):
            return F.FullyConnected(x, F.Reshape(weight, shape=(4, -1)), no_bias=True, num_hidden=4)

    net = Net()
    net.initialize("ones")
    net.hybridize(hybridized)
    assert net(nd.ones((2, 3))).asnumpy().tolist() == [[3.0] * 4] * 2
    assert net.weight.shape == (4, 3)


def test_shapes_and_dtypes_come_from_one_pass():
    net = sym.Cast(sym.FullyConnected(var("x"), num_hidden=4, name="f"), dtype="int32")
    found = infer(net._entries, {"x": (2, 3)}, {"x": "float16"})
    by_name = {node.name: (found.shapes[node][0], str(found.dtypes[node][0])) for node in found.shapes}
    assert by_name["f_weight"] == ((4, 3), "torch.float16")
    assert by_name[net.name] == ((2, 4), "torch.int32")


def test_a_real_length_of_zero_is_known():
    net = sym.Concat(var("x"), var("y"), dim=1)
    node = net._entries[0].node
    assert infer_shapes(net._entries, {"x": (0, 3), "y": (0, 2)})[node] == [(0, 5)]
    assert infer_shapes(net._entries, {"x": (-1, 3), "y": (7, 2)})[node] == [(7, 5)]
