"""The modules in which MXNet has NumPy's names, as programs import them."""

import importlib

import numpy as onp
import pytest

import mxnet as mx

OTHER_NAMES = {
    "mxnet.numpy": "numpy.multiarray numpy._op numpy.function_base numpy.stride_tricks numpy.utils numpy.arrayprint "
    "ndarray.numpy ndarray.numpy._op",
    "mxnet.numpy.linalg": "numpy.fallback_linalg ndarray.numpy.linalg",
    "mxnet.numpy._internal": "numpy._register ndarray.numpy._internal",
    "mxnet.numpy_extension": "numpy_extension.utils numpy_extension._op ndarray.numpy_extension",
    "mxnet.symbol.numpy": "symbol.numpy._op symbol.np",
    "mxnet.symbol.numpy._internal": "symbol.numpy._register",
    "mxnet.symbol.numpy_extension": "symbol.numpy_extension._op symbol.npx._register",
}


@pytest.mark.parametrize(
    ("own", "other"), [(own, each) for own, names in OTHER_NAMES.items() for each in names.split()]
)
def test_a_module_has_its_other_names(own, other):
    here = importlib.import_module(own)
    assert importlib.import_module(f"mxnet.{other}") is here
    found = mx
    for part in other.split("."):
        found = getattr(found, part)
    assert found is here


def test_names_are_imported_from_them():
    from mxnet.numpy.fallback_linalg import qr
    from mxnet.numpy.io import genfromtxt
    from mxnet.numpy.multiarray import ndarray
    from mxnet.numpy.utils import float32, pi

    assert (qr, ndarray, genfromtxt) == (mx.np.linalg.qr, mx.np.ndarray, mx.np.genfromtxt)
    assert float32 is onp.float32 and pi == onp.pi
    assert mx.np.linalg.fallback_linalg is mx.np.linalg
    assert mx.numpy_op_signature.mx_np is mx.np and mx.numpy_op_signature.mx_npx is mx.npx


def test_functions_of_numpy_that_dispatch_are_listed():
    protocol = mx.numpy_dispatch_protocol
    assert {"concatenate", "mean", "linalg.norm"} <= set(protocol._NUMPY_ARRAY_FUNCTION_LIST)
    assert {"add", "exp", "maximum"} <= set(protocol._NUMPY_ARRAY_UFUNC_LIST)

    @protocol.with_array_function_protocol
    @protocol.with_array_ufunc_protocol
    def mean(array):
        return onp.mean(array)

    assert type(mean(mx.np.ones(3))) is mx.np.ndarray


def test_arrays_from_text():
    found = mx.np.genfromtxt(["1,2", "3,"], delimiter=",")
    assert type(found) is mx.np.ndarray and found.dtype == onp.float64
    assert onp.array_equal(found.asnumpy(), [[1, 2], [3, onp.nan]], equal_nan=True)
    with pytest.raises(KeyError, match="expected numbers"):
        mx.np.genfromtxt(["a b"], dtype=None, encoding=None)


def test_payments_balance():
    rate, nper, payment = 0.01, 12, -50.0
    for when in ("end", "begin"):
        present = mx.np.pv(rate, nper, payment, when=when)
        due = onp.full(nper, -payment)
        flows = onp.append(due, 0) if when == "begin" else onp.append(0, due)
        assert present == pytest.approx(mx.np.npv(rate, flows))
        principal = [mx.np.ppmt(rate, period, nper, present, when=when) for period in range(1, nper + 1)]
        assert -sum(principal) == pytest.approx(present)  # what is paid off is what was lent
        assert mx.np.rate(nper, payment, present, 0, when=when) == pytest.approx(rate)
    assert mx.np.pv(0.0, 4, -5.0) == 20
    assert mx.np.mirr([-100, 60, 60], 0.1, 0.1) == pytest.approx((126 / 100) ** 0.5 - 1)
    assert onp.isnan(mx.np.mirr([1, 2], 0.1, 0.1))
    sorted_ = mx.np.msort(mx.np.array([[3.0, 1], [1, 2]]))
    assert type(sorted_) is mx.np.ndarray and sorted_.tolist() == [[1, 1], [3, 2]]
