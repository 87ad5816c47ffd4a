"""Shapes and arrays to test with, most of them drawn by NumPy's global generator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..ndarray import NDArray, arange, array
from ..ndarray.op import broadcast_to
from .surroundings import default_dtype

__all__ = [
    "assign_each", "assign_each2", "collapse_sum_like", "create_2d_tensor", "create_vector", "get_identity_mat",
    "get_identity_mat_batch", "new_matrix_with_real_eigvals_2d", "new_matrix_with_real_eigvals_nd",
    "new_orthonormal_matrix_2d", "new_sym_matrix_with_real_eigvals_2d", "new_sym_matrix_with_real_eigvals_nd",
    "np_reduce", "rand_coord_2d", "rand_shape_2d", "rand_shape_3d", "rand_shape_nd", "random_arrays",
    "random_sample", "random_uniform_arrays",
]  # fmt: skip


def random_arrays(*shapes: Sequence[int]) -> Any:
    """Arrays of normal variates; of one shape the array itself, else a list."""
    made: list[Any] = [np.asarray(np.random.randn(*shape), dtype=default_dtype()) for shape in shapes]
    return made[0] if len(made) == 1 else made


def random_uniform_arrays(*shapes: Sequence[int], **kwargs: Any) -> list[np.ndarray]:
    """Arrays of numbers drawn evenly from `low`, by default 0, to `high`, 1, of a `dtype`.

    Raises
    ------
    TypeError
        there is another argument
    """
    low, high = kwargs.pop("low", 0.0), kwargs.pop("high", 1.0)
    dtype = kwargs.pop("dtype", default_dtype())
    if kwargs:
        raise TypeError(f"random_uniform_arrays: got {', '.join(kwargs)}; expected low, high and dtype")
    return [np.random.uniform(low, high, size=shape).astype(dtype) for shape in shapes]


def random_sample(population: Sequence[Any], k: int) -> list[Any]:
    """So many of a population, in the order they have there."""
    chosen = sorted(np.random.permutation(len(population))[:k].tolist())
    return [population[place] for place in chosen]


def rand_shape_2d(dim0: int = 10, dim1: int = 10, allow_zero_size: bool = False) -> tuple[int, ...]:
    """A shape of lengths up to these."""
    return rand_shape_nd(2, (dim0, dim1), allow_zero_size)


def rand_shape_3d(dim0: int = 10, dim1: int = 10, dim2: int = 10, allow_zero_size: bool = False) -> tuple[int, ...]:
    """A shape of lengths up to these."""
    return rand_shape_nd(3, (dim0, dim1, dim2), allow_zero_size)


def rand_shape_nd(num_dim: int, dim: Any = 10, allow_zero_size: bool = False) -> tuple[int, ...]:
    """A shape of so many lengths up to `dim`; with `allow_zero_size` from 0."""
    lowest = 0 if allow_zero_size else 1
    if isinstance(dim, tuple):
        return tuple(int(np.random.randint(lowest, most + 1)) for most in dim)
    return tuple(np.random.randint(lowest, dim + 1, size=num_dim))


def rand_coord_2d(x_low: int, x_high: int, y_low: int, y_high: int) -> tuple[int, int]:
    """A place between bounds."""
    first, second = (np.random.randint(*bounds, dtype=np.int64) for bounds in ((x_low, x_high), (y_low, y_high)))
    return first, second  # type: ignore[return-value]  # NumPy's integers, as MXNet's are


def create_2d_tensor(rows: int, columns: int, dtype: Any = np.int64) -> NDArray:
    """A matrix whose elements are the numbers of their rows."""
    return broadcast_to(arange(0, rows, dtype=dtype).reshape((rows, 1)), shape=(rows, columns))


def create_vector(size: int, dtype: Any = np.int64) -> NDArray:
    """The numbers from 0."""
    return arange(0, size, dtype=dtype)


def get_identity_mat(size: int) -> NDArray:
    """An identity matrix."""
    return array(np.identity(size))


def get_identity_mat_batch(size: int) -> NDArray:
    """Two identity matrices."""
    return array(np.stack([np.identity(size)] * 2))


def new_orthonormal_matrix_2d(n: int) -> np.ndarray:
    """A random orthonormal matrix."""
    return np.linalg.qr(np.random.uniform(-10, 10, (n, n)))[0]


def new_sym_matrix_with_real_eigvals_2d(n: int) -> np.ndarray:
    """A random symmetric matrix."""
    basis = new_orthonormal_matrix_2d(n)
    return basis.T @ np.diag(np.random.uniform(-10, 10, n)) @ basis


def new_matrix_with_real_eigvals_2d(n: int) -> np.ndarray:
    """A random matrix whose eigenvalues are real, and far enough apart to be told."""
    values = np.sort(np.random.uniform(-10, 10, n)) + np.arange(n)
    basis = np.random.uniform(-1, 1, (n, n)) + 2 * np.identity(n)
    return basis @ np.diag(values) @ np.linalg.inv(basis)


def _stacked(make: Callable[[int], np.ndarray], shape: Sequence[int]) -> np.ndarray:
    count = int(np.prod(shape[:-2]))
    made = [make(shape[-1]) for _ in range(count)]
    return np.stack(made).reshape(shape) if made else np.empty(shape)


def new_matrix_with_real_eigvals_nd(shape: Sequence[int]) -> np.ndarray:
    """Random matrices whose eigenvalues are real, the last two lengths of a shape."""
    return _stacked(new_matrix_with_real_eigvals_2d, shape)


def new_sym_matrix_with_real_eigvals_nd(shape: Sequence[int]) -> np.ndarray:
    """Random symmetric matrices, the last two lengths of a shape."""
    return _stacked(new_sym_matrix_with_real_eigvals_2d, shape)


def np_reduce(dat: np.ndarray, axis: Any, keepdims: bool, numpy_reduce_func: Callable[..., np.ndarray]) -> np.ndarray:
    """A reduction of NumPy's over one axis, several or all.

    Parameters
    ----------
    dat : numpy.ndarray
        what is reduced
    axis : int, tuple of int or None
        the axes
    keepdims : bool
        keep them, of length 1
    numpy_reduce_func : callable
        such as ``numpy.sum``, called with one axis after the other
    """
    if isinstance(axis, int):
        axes = [axis]
    else:
        axes = list(range(dat.ndim)) if axis is None else list(axis)
    result = dat
    for each in sorted((each % dat.ndim for each in axes), reverse=True):
        result = numpy_reduce_func(result, axis=each)
    if keepdims:
        kept = [1 if place in {each % dat.ndim for each in axes} else length for place, length in enumerate(dat.shape)]
        result = result.reshape(tuple(kept))
    return result


def collapse_sum_like(a: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """An array summed over the axes along which a shape would be broadcast to its own.

    Raises
    ------
    AssertionError
        the shape does not broadcast to the array's
    """
    extra = a.ndim - len(shape)
    summed = list(range(extra))
    for place, length in enumerate(shape):
        if length == 1:
            summed.append(place + extra)
        elif length != a.shape[place + extra]:
            raise AssertionError(f"collapse_sum_like: {tuple(shape)} does not broadcast to {a.shape}")
    return np.sum(a, axis=tuple(summed)).reshape(tuple(shape)) if summed else a


def assign_each(the_input: np.ndarray, function: Callable[[Any], Any] | None) -> np.ndarray:
    """A function of each element; without one a copy."""
    return np.array(the_input) if function is None else np.vectorize(function)(the_input).astype(np.float64)


def assign_each2(input1: np.ndarray, input2: np.ndarray, function: Callable[[Any, Any], Any] | None) -> np.ndarray:
    """A function of each two elements; without one a copy of the first array."""
    return np.array(input1) if function is None else np.vectorize(function)(input1, input2).astype(np.float64)
