"""Whether arrays are equal, nearly, and what is said where they are not."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..ndarray import NDArray

__all__ = [
    "almost_equal", "assert_allclose", "assert_almost_equal", "assert_almost_equal_ignore_nan",
    "assert_almost_equal_with_err", "assert_exception", "checkShapes", "compare_ndarray_tuple", "default_atols",
    "default_numeric_eps", "default_rtols", "effective_dtype", "get_atol", "get_etol", "get_rtol", "get_tolerance",
    "get_tols", "locationError", "same", "same_array",
]  # fmt: skip

_DOUBLE = np.dtype("float64")
_EXACT = ("bool", "int8", "uint8", "int32", "uint32", "int64", "uint64")
#: added to tolerances of nothing, so that errors can be told as multiples of them
_TINY = 1e-20


def _by_dtype(half: float, single: float, double: float, exact: bool = True) -> dict[np.dtype, float]:
    found: dict[np.dtype, float] = {np.dtype("float16"): half, np.dtype("float32"): single, np.dtype("float64"): double}
    if exact:
        found.update(dict.fromkeys(map(np.dtype, _EXACT), 0))
    return found


def default_rtols() -> dict[np.dtype, float]:
    """How far two arrays may be apart, as a share of the second, by dtype."""
    return _by_dtype(1e-2, 1e-4, 1e-5)


def default_atols() -> dict[np.dtype, float]:
    """How far two arrays may be apart beyond that share, by dtype."""
    return _by_dtype(1e-1, 1e-3, 1e-20)


def default_numeric_eps() -> dict[np.dtype, float]:
    """The steps of differences that stand for derivatives, powers of two, by dtype."""
    return _by_dtype(2.0**-6, 2.0**-9, 2.0**-14, exact=False)


def effective_dtype(dat: Any) -> np.dtype:
    """The dtype whose tolerances count for an array or a number."""
    return np.dtype(dat.dtype) if hasattr(dat, "dtype") else np.dtype("float64")


def get_tolerance(dat: Any, tol: float | None, default_tol: dict[np.dtype, float]) -> float:
    """A tolerance, or the default for an array's dtype."""
    return default_tol[effective_dtype(dat)] if tol is None else tol


def get_tols(x: Any, y: Any, rtol: float | None, atol: float | None) -> tuple[float, float]:
    """The tolerances for two arrays: those of the coarser dtype where none are given."""
    relative, absolute = (
        max(get_tolerance(each, given, defaults) for each in (x, y))
        for given, defaults in ((rtol, default_rtols()), (atol, default_atols()))
    )
    return relative, absolute


def get_atol(atol: float | None = None, dtype: Any = _DOUBLE) -> float:
    """A tolerance, or the default for a dtype."""
    return default_atols()[np.dtype(dtype)] if atol is None else atol


def get_rtol(rtol: float | None = None, dtype: Any = _DOUBLE) -> float:
    """A relative tolerance, or the default for a dtype."""
    return default_rtols()[np.dtype(dtype)] if rtol is None else rtol


def get_etol(etol: float | None = None) -> float:
    """The share of elements that may be wrong, by default none."""
    return 0 if etol is None else etol


def _host(value: Any) -> Any:
    """An array as NumPy's; a number stays one."""
    if isinstance(value, NDArray):
        return value.asnumpy()
    return np.asarray(value) if isinstance(value, (list, tuple)) else value


def same(a: Any, b: Any) -> bool:
    """Whether two arrays of NumPy have the same elements."""
    return np.array_equal(a, b)


def checkShapes(a: Any, b: Any) -> None:
    """Raise an AssertionError that shows both unless two arrays have one shape."""
    if a.shape != b.shape:
        text = f"a.shape = {a.shape} and b.shape = {b.shape} are not equal"
        raise AssertionError(np.testing.build_err_msg([_host(a), _host(b)], err_msg=text))


def almost_equal(
    a: Any,
    b: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    use_broadcast: bool = True,
) -> bool:
    """Whether two arrays are nearly equal, by default as near as float64; see :func:`assert_almost_equal`."""
    if not use_broadcast and hasattr(a, "shape") and hasattr(b, "shape"):
        checkShapes(a, b)
    return bool(np.allclose(_host(a), _host(b), get_rtol(rtol), get_atol(atol), equal_nan))


def locationError(a: Any, b: Any, index: Any, names: Sequence[str], maxError: bool = False) -> str:
    """Where two arrays differ, in words."""
    head = "Location of maximum error" if maxError else "Location of error"
    index = tuple(int(each) for each in index)
    return f"{head}: {index}, {names[0]}={a[index]:.8f}, {names[1]}={b[index]:.8f}"


def _violations(a: Any, b: Any, rtol: float, atol: float) -> Any:
    """How far each element is off, as a multiple of what it may be."""
    with np.errstate(invalid="ignore", over="ignore"):
        if getattr(a, "dtype", None) == np.bool_:
            a = a.astype(np.int8)
        if getattr(b, "dtype", None) == np.bool_:
            b = b.astype(np.int8)
        return np.abs(a - b) / (atol + rtol * np.abs(b) + _TINY)


def _find_max_violation(a: Any, b: Any, rtol: float, atol: float) -> tuple[Any, float]:
    """Where two arrays are farthest apart, and how far as a multiple of what they may be."""
    off = np.asarray(_violations(_host(a), _host(b), rtol, atol))
    index = np.unravel_index(np.argmax(off), off.shape)
    return index, float(off[index])


def assert_almost_equal(
    a: Any,
    b: Any,
    rtol: float | None = None,
    atol: float | None = None,
    names: Sequence[str] = ("a", "b"),
    equal_nan: bool = False,
    use_broadcast: bool = True,
    mismatches: tuple[int, int] = (10, 10),
) -> None:
    """Raise an error unless two arrays are nearly equal: ``|a - b| <= atol + rtol * |b|`` everywhere.

    Parameters
    ----------
    a, b : NDArray, numpy.ndarray or number
        what is compared
    rtol, atol : float, optional
        the tolerances; by default those of the coarser dtype
    names : pair of str
        what they are called in the error
    equal_nan : bool
        NaN equals NaN
    use_broadcast : bool
        allow shapes that broadcast to one
    mismatches : pair of int
        how many of the largest errors are printed, and how many elements are counted

    Raises
    ------
    AssertionError
        they are not; its text has the largest error, as a multiple of what is allowed, and where it is
    ValueError
        the shapes do not broadcast

    Examples
    --------
    >>> from mxnet.test_utils import assert_almost_equal
    >>> assert_almost_equal(mx.nd.ones(3), mx.nd.ones(3) + 1e-5)
    """
    if not use_broadcast and hasattr(a, "shape") and hasattr(b, "shape"):
        checkShapes(a, b)
    a, b = _host(a), _host(b)
    if getattr(a, "dtype", None) == np.bool_ and getattr(b, "dtype", None) == np.bool_:
        np.testing.assert_equal(a, b)
        return
    rtol, atol = get_tols(a, b, rtol, atol)
    if np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan):
        return
    raise AssertionError(_told(a, b, rtol, atol, names, equal_nan, mismatches))


def _told(
    a: Any, b: Any, rtol: float, atol: float, names: Sequence[str], equal_nan: bool, mismatches: tuple[int, int]
) -> str:
    """What is said of two arrays that are not nearly equal; the largest errors are printed besides."""
    off = np.asarray(_violations(a, b, rtol, atol), np.float64)
    if off.ndim == 0:
        text = f"Error {float(off):f} exceeds tolerance rtol={rtol:e}, atol={atol:e}.\n"
        return np.testing.build_err_msg([a, b], err_msg=text)
    a, b = np.broadcast_to(a, off.shape), np.broadcast_to(b, off.shape)
    wrong = ~np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)
    keys = np.where(wrong, np.where(np.isnan(off), np.inf, off), -1).ravel()
    order = np.argsort(-keys, kind="stable")[: int(wrong.sum())]
    indices = [np.unravel_index(place, off.shape) for place in order[: max(mismatches)]]
    print(f"\n*** Maximum errors for vector of size {off.size}:  rtol={rtol}, atol={atol}\n")
    for number, index in enumerate(indices[: mismatches[0]], 1):
        print(f"{number:3d}: Error {off[index]:f}  {locationError(a, b, index, names)}")
    counted = min(len(order), mismatches[1] + 1)
    least = "at least " if len(order) > mismatches[1] else ""
    text = (
        f"Error {off[indices[0]]:f} exceeds tolerance rtol={rtol:e}, atol={atol:e} "
        f"(mismatch {least}{100 * counted / off.size:f}%).\n{locationError(a, b, indices[0], names, maxError=True)}"
    )
    return np.testing.build_err_msg([a, b], err_msg=text)


def assert_allclose(a: Any, b: Any, rtol: float = 1e-07, atol: float = 0, equal_nan: bool = True) -> None:
    """:func:`assert_almost_equal` with the tolerances of ``numpy.testing.assert_allclose``."""
    assert_almost_equal(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)


def assert_almost_equal_with_err(
    a: Any,
    b: Any,
    rtol: float | None = None,
    atol: float | None = None,
    etol: float | None = None,
    names: Sequence[str] = ("a", "b"),
    equal_nan: bool = False,
    mismatches: tuple[int, int] = (10, 10),
) -> None:
    """:func:`assert_almost_equal`, where a share `etol` of the elements may be wrong."""
    share = get_etol(etol)
    if share > 0:
        first, second = _host(a), _host(b)
        rtol, atol = get_tols(first, second, rtol, atol)
        close = np.isclose(first, second, rtol=rtol, atol=atol, equal_nan=equal_nan)
        if np.size(close) - np.sum(close) <= share * np.size(close):
            return
    assert_almost_equal(a, b, rtol, atol, names, equal_nan, mismatches=mismatches)


def assert_almost_equal_ignore_nan(
    a: Any, b: Any, rtol: float | None = None, atol: float | None = None, names: Sequence[str] = ("a", "b")
) -> None:
    """:func:`assert_almost_equal`, leaving out where either is NaN."""
    first, second = _host(a), _host(b)
    counts = ~(np.isnan(first) | np.isnan(second))
    assert_almost_equal(np.where(counts, first, 0), np.where(counts, second, 0), rtol, atol, names)


def assert_exception(f: Callable[..., Any], exception_type: type[BaseException], *args: Any, **kwargs: Any) -> None:
    """Raise an AssertionError unless a call raises an error of a class."""
    try:
        f(*args, **kwargs)
    except exception_type:
        return
    raise AssertionError(f"{getattr(f, '__name__', f)} raised no {exception_type.__name__}")


def same_array(array1: NDArray, array2: NDArray) -> bool:
    """Whether two arrays are on one memory; their elements are changed, and changed back, to see it."""
    follows = []
    for change in (1, -1):
        array1[:] += change
        follows.append(same(array1.asnumpy(), array2.asnumpy()))
    return all(follows)


def compare_ndarray_tuple(t1: Any, t2: Any, rtol: float | None = None, atol: float | None = None) -> None:
    """:func:`assert_almost_equal` of arrays in tuples within tuples; None is left out."""
    if t1 is None or t2 is None:
        return
    if isinstance(t1, tuple):
        for first, second in itertools.zip_longest(t1, t2):
            compare_ndarray_tuple(first, second, rtol, atol)
    else:
        assert_almost_equal(t1, t2, rtol=rtol, atol=atol)
