"""Every dtype of the table is itself wherever an array, a parameter, a graph or a file carries it."""

import copy
import itertools
import pickle

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet.base import DTYPES, DTYPES_BY_CODE, bfloat16, dtype_name, same_dtype, to_torch_dtype

NAMES = [each.name for each in DTYPES]
FLOATS = [each.name for each in DTYPES if each.torch.is_floating_point]
HALVES = ["float16", "bfloat16"]


def _spellings(row):
    spelled = [row.name, row.torch, row.shown, np.dtype(row.shown)]
    return [*spelled, [("bfloat16", "<u2")]] if row.name == "bfloat16" else spelled


def _is(array, name):
    """Whether an array is of a dtype, by what it shows as well as by what it computes in."""
    return same_dtype(array.dtype, name) and array.as_torch().dtype is to_torch_dtype(name)


# --- the table ----------------------------------------------------------------------------------------------------


def test_the_codes_are_those_of_files():
    assert {code: dtype_name(dtype) for code, dtype in DTYPES_BY_CODE.items()} == {
        0: "float32", 1: "float64", 2: "float16", 3: "uint8", 4: "int32", 5: "int8", 6: "int64", 7: "bool",
        12: "bfloat16",
    }  # fmt: skip


def test_every_spelling_of_a_dtype_is_that_dtype_and_no_other():
    for one, other in itertools.product(DTYPES, DTYPES):
        for a, b in itertools.product(_spellings(one), _spellings(other)):
            assert same_dtype(a, b) is (one is other), (a, b)
            assert dtype_name(a) == one.name


def test_byte_order_does_not_make_another_dtype():
    assert same_dtype(">f4", "float32")
    assert mx.nd.zeros((2,), dtype=">f4").dtype is np.float32


@pytest.mark.parametrize("dtype", ["uint16", "uint32", "uint64", "int16", "complex64", "V2", np.uint16, torch.int16])
def test_a_dtype_that_arrays_do_not_have_is_an_error_that_names_it(dtype):
    with pytest.raises(mx.MXNetError, match=r"dtype '\w+' is not supported; supported are \['bfloat16', 'bool'"):
        mx.nd.zeros((2,), dtype=dtype)
    with pytest.raises(mx.MXNetError, match="is not supported"):
        mx.nd.ones((2,)).astype(dtype)


def test_what_is_no_dtype_at_all_is_a_type_error():
    with pytest.raises(TypeError):
        mx.nd.zeros((2,), dtype="float31")


@pytest.mark.parametrize("make", [mx.nd.from_dlpack, mx.nd.NDArray])
def test_memory_of_another_dtype_is_refused_at_the_door(make):
    with pytest.raises(mx.MXNetError, match="dtype 'int16' is not supported"):
        make(torch.zeros(2, dtype=torch.int16))


# --- arrays -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("namespace", ["nd", "np"])
def test_an_array_keeps_its_dtype_on_every_way_through(name, namespace):
    module = getattr(mx, namespace)
    x = module.array([0, 1, 3], dtype=name)
    ways = {
        "astype": x.astype(x.dtype),
        "array": module.array(x),
        "array of a dtype": module.array([0, 1, 3], dtype=x.dtype),
        "by way of NumPy": module.array(x.asnumpy(), dtype=x.dtype),
        "zeros": module.zeros((3,), dtype=x.dtype) + x if name != "bool" else x,
        "copy": x.copy(),
        "copy.deepcopy": copy.deepcopy(x),
        "pickle": pickle.loads(pickle.dumps(x)),
        "copyto": x.copyto(mx.cpu(1)),
        "DLPack": mx.nd.from_dlpack(x),
        "the other kind of array": x.as_nd_ndarray().as_np_ndarray(),
        "slice": x[:],
        "reshape": x.reshape((3, 1)),
    }
    for way, array in ways.items():
        assert _is(array, name), way
        np.testing.assert_array_equal(array.asnumpy().ravel(), x.asnumpy(), err_msg=way)


@pytest.mark.parametrize("name", NAMES)
def test_arrays_go_into_a_file_and_come_back_bit_by_bit(name, tmp_path):
    elements = torch.arange(-6, 6).to(to_torch_dtype(name)).reshape(3, 4)
    if elements.is_floating_point():
        elements = torch.cat([elements / 3, torch.tensor([[np.inf, -np.inf, 0.0, -0.0]], dtype=elements.dtype)])
    mx.nd.save(str(tmp_path / "a"), {"x": mx.nd.NDArray(elements), "none": mx.nd.empty((0, 2), dtype=name)})
    loaded = mx.nd.load(str(tmp_path / "a"))
    assert _is(loaded["x"], name)
    assert _is(loaded["none"], name)
    assert torch.equal(loaded["x"].as_torch().view(torch.uint8), elements.view(torch.uint8))


@pytest.mark.parametrize("name", FLOATS)
def test_random_numbers_come_in_every_floating_dtype(name):
    mx.random.seed(3)
    whole = mx.nd.random.uniform(shape=(40,), dtype="float32")
    mx.random.seed(3)
    drawn = mx.nd.random.uniform(shape=(40,), dtype=name)
    assert _is(drawn, name)
    if name in ("float32", "bfloat16"):  # the others have numbers of their own
        np.testing.assert_array_equal(drawn.asnumpy(), whole.astype(name).asnumpy())


def test_bfloat16_shows_its_values_wherever_elements_are_shown():
    x = mx.nd.array([1, 2.5], dtype="bfloat16")
    assert x.dtype == bfloat16
    assert x.asnumpy().dtype == np.float32
    assert x.asnumpy().tolist() == np.asarray(x).tolist() == [1, 2.5]
    assert type(x[1].asscalar()) is np.float32
    assert str(x) == "\n[1.  2.5]\n<NDArray 2 @cpu(0)>"
    assert repr(x.as_np_ndarray()) == "array([1. , 2.5], dtype=bfloat16)"


def test_bits_that_numpy_holds_for_mxnet_are_taken_as_bfloat16():
    bits = np.array([(0x3F80,), (0x4020,)], dtype=bfloat16)
    filled = mx.nd.zeros((2,))
    filled[:] = bits
    for array in (
        mx.nd.array(bits),
        mx.nd.array(bits, dtype=bfloat16),
        mx.nd.from_numpy(bits, zero_copy=False),
        filled,
    ):
        assert array.astype("float32").asnumpy().tolist() == [1, 2.5]
    assert _is(mx.nd.from_numpy(bits), "bfloat16")
    assert mx.nd.from_numpy(np.array(bits)).asnumpy().tolist() == [1, 2.5]


def test_bfloat16_and_float32_do_not_mix():
    with pytest.raises(mx.MXNetError, match="input 1.*is float32; expected bfloat16"):
        mx.nd.ones((2,), dtype="bfloat16") + mx.nd.ones((2,))
    with pytest.raises(mx.MXNetError, match="out is .*bfloat16; expected .*float32"):
        mx.nd.relu(mx.nd.ones((2,)), out=mx.nd.zeros((2,), dtype="bfloat16"))


# --- graphs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", DTYPES, ids=NAMES)
def test_a_graph_knows_a_dtype_by_every_spelling(row):
    for spelling in _spellings(row)[:4]:
        x = mx.sym.var("x", dtype=spelling)
        assert x.list_attr() == {"__dtype__": str(row.code)}
        for graph in (x, mx.sym.load_json(x.tojson()), mx.sym.Cast(mx.sym.var("y"), dtype=spelling)):
            (found,) = graph.infer_type(**dict.fromkeys(set(graph.list_inputs()) - {"x"}, "float32"))[1]
            assert same_dtype(found, row.name)
        cast = mx.sym.var("y").astype(spelling)
        assert next(iter(cast.attr_dict().values()))["dtype"] == row.name
        bound = mx.sym.identity(mx.sym.var("z")).simple_bind(mx.cpu(), z=(2,), type_dict={"z": spelling})
        assert _is(bound.arg_dict["z"], row.name)
        assert _is(bound.forward()[0], row.name)


# --- blocks -------------------------------------------------------------------------------------------------------


def _network(prefix="net_"):
    net = mx.gluon.nn.HybridSequential(prefix=prefix)
    with net.name_scope():
        net.add(
            mx.gluon.nn.Dense(4, in_units=3), mx.gluon.nn.BatchNorm(in_channels=4), mx.gluon.nn.Dense(2, in_units=4)
        )
    net.initialize()
    return net


@pytest.mark.parametrize("name", FLOATS)
def test_a_network_cast_to_a_dtype_loads_the_file_it_saves(name, tmp_path):
    net, other, single = _network(), _network(), _network()
    net.cast(name)
    other.cast(name)
    net.save_parameters(str(tmp_path / "net"))
    other.load_parameters(str(tmp_path / "net"))
    for one, two in zip(net.collect_params().values(), other.collect_params().values()):
        assert same_dtype(one.dtype, two.dtype)
        assert _is(two.data(), dtype_name(one.dtype))
        assert torch.equal(one.data().as_torch(), two.data().as_torch())
    assert _is(net[0].weight.data(), name)
    single.load_parameters(str(tmp_path / "net"), cast_dtype=True, dtype_source="saved")
    assert _is(single[0].weight.data(), name)
    assert same_dtype(single[0].weight.dtype, name)


@pytest.mark.parametrize("name", ["float16", "float64", "bfloat16"])
def test_a_saved_dtype_that_does_not_fit_is_told(name, tmp_path):
    net = _network()
    net.cast(name)
    net.save_parameters(str(tmp_path / "net"))
    with pytest.raises(AssertionError, match=f"the saved array is {name}; expected float32, or cast_dtype=True"):
        _network().load_parameters(str(tmp_path / "net"))


@pytest.mark.parametrize("hybridize", [False, True])
@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_a_network_of_a_dtype_computes_and_learns_in_it(name, hybridize):
    net = _network()
    net.cast(name)
    if hybridize:
        net.hybridize()
    x = mx.nd.random.uniform(shape=(5, 3)).astype(name)
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5, "multi_precision": True})
    before = net[0].weight.data().asnumpy()
    with mx.autograd.record():
        loss = (net(x) ** 2).sum()
    loss.backward()
    trainer.step(5)
    assert _is(loss, name)
    assert _is(net[0].weight.grad(), name)
    assert _is(net[0].weight.data(), name)
    assert (net[0].weight.data().asnumpy() != before).any()


@pytest.mark.parametrize("name", HALVES)
def test_batch_norm_keeps_its_parameters_in_float32_under_half_precision(name):
    layer = mx.gluon.nn.BatchNorm(in_channels=2)
    layer.initialize()
    layer.cast(name)
    assert {dtype_name(parameter.dtype) for parameter in layer.collect_params().values()} == {"float32"}
    assert _is(layer(mx.nd.ones((2, 2), dtype=name)), name)


@pytest.mark.parametrize("name", FLOATS)
def test_layers_declared_in_a_dtype_start_in_it(name):
    layer = mx.gluon.nn.Dense(2, in_units=3, dtype=name)
    layer.initialize(mx.init.Xavier())
    assert _is(layer.weight.data(), name)
    assert _is(layer(mx.nd.ones((1, 3), dtype=name)), name)


def test_a_parameter_of_one_name_is_shared_whatever_spelling_its_dtype_has():
    params = mx.gluon.ParameterDict()
    first = params.get("w", shape=(2,), dtype="bfloat16")
    assert params.get("w", shape=(2,), dtype=bfloat16) is first
    with pytest.raises(AssertionError, match="exists with dtype=bfloat16"):
        params.get("w", dtype="float32")
