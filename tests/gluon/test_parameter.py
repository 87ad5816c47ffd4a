"""Parameters: what the recorded cases of MXNet do not tell."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd


def make(**kwargs):
    parameter = gluon.Parameter("weight", shape=(2, 3), **kwargs)
    parameter.initialize(mx.init.One())
    return parameter


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: gluon.Parameter("w", grad_req="x"), AssertionError, "'w': grad_req='x'"),
        (lambda: gluon.Parameter("w").initialize(), ValueError, "'w': cannot be initialized with the shape None"),
        (lambda: gluon.Parameter("w", shape=(2,)).data(), RuntimeError, "'w': is not initialized"),
        (lambda: make().data(mx.cpu(3)), RuntimeError, r"cpu\(3\); it was initialized on \[cpu\(0\)\]"),
        (lambda: make().set_data(nd.ones((2, 4))), AssertionError, r"\(2, 4\) does not fit the shape \(2, 3\)"),
        (lambda: make(grad_req="null").grad(), RuntimeError, "grad_req is 'null'"),
        (
            lambda: gluon.Parameter("w", shape=(2,), stype="csr").initialize(),
            mx.MXNetError,
            "a csr array has two axes",
        ),
        (lambda: make().row_sparse_data(nd.array([0])), RuntimeError, "it is default, use data"),
        (lambda: gluon.ParameterDict().get("w", nonsense=1), TypeError, "'nonsense'"),
        (lambda: make()._load_init(nd.ones((3, 3)), mx.cpu()), AssertionError, r"\(3, 3\); expected \(2, 3\)"),
    ],
)
def test_errors_say_what_came(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_existing_parameters_take_no_unknown_attributes():
    params = gluon.ParameterDict()
    params.get("w", shape=(2,))
    with pytest.raises(TypeError, match="nonsense"):
        params.get("w", nonsense=1)


def test_deferred_array_tells_what_to_do():
    class Example(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.w = self.params.get("w", shape=(0,), allow_deferred_init=True)

        def hybrid_forward(self, F, x, w):
            return x.asnumpy().sum() + w.reshape((-1,))

    net = Example()
    net.initialize()
    with pytest.raises(mx.MXNetError, match="give in_units"):
        net(nd.ones((2,)))


def test_gradients_are_zeroed_at_once():
    params = gluon.ParameterDict()
    for name in "abc":
        params.get(name, shape=(2,), grad_req="null" if name == "c" else "write")
    params.initialize()
    params["a"].grad()[:] = 3
    params["b"].grad()[:] = 4
    params.zero_grad()
    assert all((params[name].grad().asnumpy() == 0).all() for name in "ab")


def test_values_set_while_recorded_are_seen_by_backward():
    parameter = make()
    with mx.autograd.record():
        loss = (parameter.data() * 2).sum()
    parameter.set_data(nd.zeros((2, 3)))
    loss.backward()
    assert (parameter.grad().asnumpy() == 2).all()
    assert (parameter.data().asnumpy() == 0).all()


def test_a_block_without_parameters_is_saved_and_loaded(tmp_path):
    net, path = gluon.nn.Flatten(), str(tmp_path / "net")
    net.hybridize()
    net(nd.ones((2, 3, 4)))
    net.export(path)
    loaded = gluon.SymbolBlock.imports(f"{path}-symbol.json", "data", f"{path}-0000.params")
    assert loaded(nd.ones((2, 3, 4))).shape == (2, 12)
    with pytest.raises(AssertionError, match="weight"):
        gluon.nn.Dense(2).collect_params().load(f"{path}-0000.params")


def test_loading_fits_all_or_nothing():
    params = gluon.ParameterDict()
    for name in "ab":
        params.get(name, shape=(2,), init="ones")
    params.initialize()
    with pytest.raises(AssertionError, match="'b'"):
        params.load_dict({"a": nd.zeros((2,)), "b": nd.zeros((3,))})
    assert (params["a"].data().asnumpy() == 1).all()


def test_saved_dtype_is_taken_over():
    parameter = make()
    parameter._load_init(nd.ones((2, 3), dtype="float64") * 2, mx.cpu(), cast_dtype=True, dtype_source="saved")
    assert parameter.dtype is np.float64
    assert parameter.grad().dtype is np.float64


def test_constants_take_no_gradient():
    class Scale(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.factor = self.params.get_constant("factor", [2, 3])

        def hybrid_forward(self, F, x, factor):
            return F.broadcast_mul(x, factor)

    net, x = Scale(), nd.ones((4, 2))
    net.initialize()
    x.attach_grad()
    with mx.autograd.record():
        net(x).sum().backward()
    assert x.grad.asnumpy().tolist() == [[2, 3]] * 4
    assert net.factor.data().grad is None
