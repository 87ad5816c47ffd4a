"""Elements picked and placed by arrays of positions: take, gather, scatter, masks, flat positions.

Positions come as any dtype, floats cut toward zero. Slices by bounds are in :mod:`.slicing`; ``pick``, ``one_hot`` and
``Embedding`` are neural operators.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch

from ...base import MXNetError
from .. import host
from ..dtype_rules import Kinds, always, first_known, follows
from ..gradients import constant, piecewise_constant
from ..math.reduce import axis_within
from ..memory import copied
from ..registry import Floats, Shape, operator, rule
from ..shape_rules import UNKNOWN, Partials, as_first_input, by_shape_attribute, first_as_output, length_or, merged

__all__ = [
    "batch_take", "boolean_mask", "gather_nd", "histogram", "index_array", "index_copy", "ravel_multi_index",
    "scatter_nd", "scatter_set_nd", "take", "unravel_index", "where",
]  # fmt: skip


class PositionError(MXNetError, IndexError):
    """A position beyond the end of its axis; MXNet raises an IndexError in some places."""


def _checked_range(name: str, positions: torch.Tensor, length: int, lowest: int = 0) -> None:
    """Refuse positions outside an axis. Without elements to look at (shape inference) there is nothing to check."""
    if positions.device.type == "meta" or not positions.numel():
        return
    low, high = torch.aminmax(positions)
    if int(low) < lowest or int(high) >= length:
        wrong = int(low) if int(low) < lowest else int(high)
        raise PositionError(f"{name}: index {wrong} is out of bounds for an axis of length {length}")


@operator(
    "take",
    "_npi_take",
    method=True,
    host=lambda attributes: host.CHECKS if attributes["mode"] == "raise" else "",
    unlearned=("indices",),
)
def take(
    a: torch.Tensor, indices: torch.Tensor, *, axis: int = 0, mode: Literal["clip", "raise", "wrap"] = "clip"
) -> torch.Tensor:
    """Slices of an array at positions along an axis.

    Parameters
    ----------
    a : NDArray
        the elements
    indices : NDArray
        the positions, of any shape, which takes the place of the axis in the result
    axis : int
        the axis
    mode : {'clip', 'raise', 'wrap'}
        positions outside the axis are moved to its ends, are an error, or count modulo its length

    Raises
    ------
    MXNetError
        there is no such axis, or a position is outside it with ``mode='raise'``

    Examples
    --------
    >>> x = mx.nd.array([[1, 2], [3, 4], [5, 6]])
    >>> print(mx.nd.take(x, mx.nd.array([2, 0])).asnumpy())
    [[5. 6.]
     [1. 2.]]
    """
    axis = axis_within("take", axis, a.dim())
    length = a.shape[axis]
    positions = indices.to(torch.int64)
    if mode == "clip":
        positions = positions.clamp(0, max(length - 1, 0))
    elif mode == "wrap":
        positions = torch.remainder(positions, length)
    else:
        _checked_range("take", positions, length)
    shape = (*a.shape[:axis], *indices.shape, *a.shape[axis + 1 :])
    return torch.index_select(a, axis, positions.reshape(-1)).reshape(shape)


@operator("batch_take")
def batch_take(a: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    """One element of each row, at the position the row has in ``indices``; positions outside are moved to the ends.

    Parameters
    ----------
    a : NDArray
        the rows along its last axis
    indices : NDArray
        integers, one for each row

    Examples
    --------
    >>> x = mx.nd.array([[1, 2], [3, 4], [5, 6]])
    >>> print(mx.nd.batch_take(x, mx.nd.array([0, 1, 0], dtype="int32")).asnumpy())
    [1. 4. 5.]
    """
    if indices.dtype.is_floating_point:
        raise MXNetError(f"batch_take: indices is {indices.dtype}; expected integers")
    rows = a.reshape(-1, a.shape[-1])
    if indices.numel() != rows.shape[0]:
        raise MXNetError(f"batch_take: {indices.numel()} indices for {rows.shape[0]} rows; expected one for each")
    positions = indices.to(torch.int64).reshape(-1, 1).clamp(0, a.shape[-1] - 1)
    return torch.gather(rows, 1, positions).reshape(indices.shape)


@operator("where", "_sparse_where", unlearned=("condition",))
def where(condition: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Elements of ``x`` where a condition is not zero, and of ``y`` elsewhere.

    Parameters
    ----------
    condition : NDArray
        of the shape of ``x``, or a vector with an element for each entry along its first axis
    x, y : NDArray
        of one shape and dtype

    Raises
    ------
    MXNetError
        shapes or dtypes differ

    Examples
    --------
    >>> print(mx.nd.where(mx.nd.array([1, 0]), mx.nd.array([1, 2]), mx.nd.array([3, 4])).asnumpy())
    [1. 4.]
    """
    if x.shape != y.shape or x.dtype is not y.dtype:
        raise MXNetError(
            f"where: x is {tuple(x.shape)} {x.dtype}, y is {tuple(y.shape)} {y.dtype}; expected one shape and dtype"
        )
    if condition.shape != x.shape:
        if condition.dim() != 1 or not x.dim() or condition.shape[0] != x.shape[0]:
            raise MXNetError(
                f"where: condition has shape {tuple(condition.shape)}; expected {tuple(x.shape)} or ({x.shape[0]},)"
            )
        condition = condition.reshape(-1, *(1,) * (x.dim() - 1))
    return torch.where(condition if condition.dtype is torch.bool else condition != 0, x, y)


# --- positions along several axes ----------------------------------------------------------------------------------


def _positions(name: str, indices: torch.Tensor, shape: Shape) -> tuple[torch.Tensor, ...]:
    """The rows of an index array as positions along the first axes of a shape, negative ones counted from the end."""
    if indices.dim() < 2:
        raise MXNetError(f"{name}: indices has shape {tuple(indices.shape)}; expected two axes or more")
    if indices.shape[0] > len(shape):
        raise MXNetError(f"{name}: indices has {indices.shape[0]} rows for an array of {len(shape)} axes")
    rows = tuple(indices.to(torch.int64).unbind(0))
    for row, length in zip(rows, shape):
        _checked_range(name, row, length, -length)
    return rows


@operator("gather_nd", "_npi_gather_nd", "_npx_gather_nd", host=host.CHECKS, unlearned=("indices",))
def gather_nd(data: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    """Elements, or slices, at positions along the first axes.

    Parameters
    ----------
    data : NDArray
        the elements
    indices : NDArray
        (M, ...): row i holds positions along axis i, counted from the end where negative

    Returns
    -------
    NDArray
        of shape ``indices.shape[1:] + data.shape[M:]``

    Raises
    ------
    MXNetError
        ``indices`` has more rows than ``data`` axes
    IndexError
        a position is outside its axis

    Examples
    --------
    >>> x = mx.nd.array([[1, 2], [3, 4]])
    >>> print(mx.nd.gather_nd(x, mx.nd.array([[1, 0], [0, 1]])).asnumpy())
    [3. 2.]
    """
    return data[_positions("gather_nd", indices, tuple(data.shape))]


def _checked_scatter(name: str, data: torch.Tensor, indices: torch.Tensor, shape: Shape) -> tuple[torch.Tensor, ...]:
    rows = _positions(name, indices, shape)
    expected = (*indices.shape[1:], *shape[indices.shape[0] :])
    if tuple(data.shape) != expected:
        raise MXNetError(f"{name}: data has shape {tuple(data.shape)}; expected {expected}")
    return rows


@operator("scatter_nd", host=host.CHECKS, unlearned=("indices",))
def scatter_nd(data: torch.Tensor, indices: torch.Tensor, *, shape: Shape) -> torch.Tensor:
    """Zeros with elements placed at positions; where a position comes twice one of its elements stays.

    Parameters
    ----------
    data : NDArray
        the elements, of shape ``indices.shape[1:] + shape[M:]``
    indices : NDArray
        (M, ...): row i holds positions along axis i
    shape : tuple of int
        the shape of the result

    Raises
    ------
    MXNetError
        the shapes do not fit
    IndexError
        a position is outside its axis

    Examples
    --------
    >>> print(mx.nd.scatter_nd(mx.nd.array([5, 6]), mx.nd.array([[1, 0], [0, 1]]), shape=(2, 2)).asnumpy())
    [[0. 6.]
     [5. 0.]]
    """
    rows = _checked_scatter("scatter_nd", data, indices, shape)
    return torch.zeros(shape, dtype=data.dtype, device=data.device).index_put(rows, data)


@operator("_scatter_set_nd", "_npi_scatter_set_nd", host=host.CHECKS, unlearned=("indices",))
def scatter_set_nd(lhs: torch.Tensor, rhs: torch.Tensor, indices: torch.Tensor, *, shape: Shape) -> torch.Tensor:
    """A copy of ``lhs`` with the elements of ``rhs`` placed at positions.

    Parameters
    ----------
    lhs : NDArray
        of ``shape``
    rhs, indices : NDArray
        the elements and positions, as for ``scatter_nd``
    shape : tuple of int
        the shape of ``lhs``
    """
    if tuple(lhs.shape) != shape:
        raise MXNetError(f"_scatter_set_nd: lhs has shape {tuple(lhs.shape)}; expected shape={shape}")
    return lhs.index_put(_checked_scatter("_scatter_set_nd", rhs, indices, shape), rhs)


@operator("_contrib_index_copy", host=host.CHECKS, unlearned=("index_vector",))
def index_copy(old_tensor: torch.Tensor, index_vector: torch.Tensor, new_tensor: torch.Tensor) -> torch.Tensor:
    """A copy of an array with some entries along the first axis replaced.

    Parameters
    ----------
    old_tensor : NDArray
        the array
    index_vector : NDArray
        a vector of positions
    new_tensor : NDArray
        the new entries, one for each position

    Examples
    --------
    >>> f = mx.nd.contrib.index_copy
    >>> print(f(mx.nd.zeros((3, 2)), mx.nd.array([2, 0]), mx.nd.array([[1, 2], [3, 4]])).asnumpy())
    [[3. 4.]
     [0. 0.]
     [1. 2.]]
    """
    if index_vector.dim() != 1 or new_tensor.shape != (*index_vector.shape, *old_tensor.shape[1:]):
        raise MXNetError(
            f"_contrib_index_copy: new_tensor has shape {tuple(new_tensor.shape)} and index_vector "
            f"{tuple(index_vector.shape)} for old_tensor {tuple(old_tensor.shape)}; expected an entry for each position"
        )
    positions = index_vector.to(torch.int64)
    _checked_range("_contrib_index_copy", positions, old_tensor.shape[0])
    return torch.index_copy(old_tensor, 0, positions, new_tensor)


@operator("_contrib_index_array")
def index_array(data: torch.Tensor, *, axes: Shape | None = None) -> torch.Tensor:
    """The position of every element of an array, as int64.

    Parameters
    ----------
    data : NDArray
        tells the shape
    axes : tuple of int, optional
        the axes whose positions are given; all by default

    Returns
    -------
    NDArray
        of the shape of ``data`` and one axis more, with a number for each of the axes

    Examples
    --------
    >>> print(mx.nd.contrib.index_array(mx.nd.zeros((2, 2)), axes=(1,)).asnumpy().tolist())
    [[[0], [1]], [[0], [1]]]
    """
    if axes is None:
        axes = tuple(range(data.dim()))
    columns = []
    for item in axes:
        axis = axis_within("_contrib_index_array", item, data.dim(), "axes")
        numbers = torch.arange(data.shape[axis], device=data.device)
        columns.append(numbers.reshape(-1, *(1,) * (data.dim() - axis - 1)).expand(data.shape))
    return torch.stack(columns, -1)


@operator("_contrib_boolean_mask", host=host.ELEMENTS, unlearned=("index",))
def boolean_mask(data: torch.Tensor, index: torch.Tensor, *, axis: int = 0) -> torch.Tensor:
    """The entries along the first axis whose mask is not zero.

    Parameters
    ----------
    data : NDArray
        of any shape
    index : NDArray
        the mask, a vector as long as the axis
    axis : int
        only 0

    Raises
    ------
    MXNetError
        the mask is no vector of that length, or another axis is given

    Examples
    --------
    >>> print(mx.nd.contrib.boolean_mask(mx.nd.array([[1, 2], [3, 4]]), mx.nd.array([0, 1])).asnumpy())
    [[3. 4.]]
    """
    if axis != 0:
        raise MXNetError(f"_contrib_boolean_mask: axis={axis} is not supported; expected 0")
    if index.dim() != 1 or index.shape[0] != data.shape[0]:
        raise MXNetError(f"_contrib_boolean_mask: index has shape {tuple(index.shape)}; expected ({data.shape[0]},)")
    return data[index != 0]


# --- flat positions ------------------------------------------------------------------------------------------------


@operator("_ravel_multi_index", "ravel_multi_index")
def ravel_multi_index(data: torch.Tensor, *, shape: Shape | None = None) -> torch.Tensor:
    """Positions along several axes as positions in the flattened array.

    Parameters
    ----------
    data : NDArray
        (M, ...): row i holds positions along axis i
    shape : tuple of int
        the M lengths of the array; the first may be -1

    Examples
    --------
    >>> print(mx.nd.ravel_multi_index(mx.nd.array([[3, 6], [4, 5]]), shape=(7, 6)).asnumpy())
    [22. 41.]
    """
    if not shape or data.shape[:1] != (len(shape),):
        raise MXNetError(
            f"_ravel_multi_index: shape={shape} for data {tuple(data.shape)}; expected a length for each row"
        )
    flat = torch.zeros(data.shape[1:], dtype=torch.int64, device=data.device)
    for row, length in zip(data.to(torch.int64).unbind(0), shape):
        flat = flat * length + row
    return constant(flat.to(data.dtype), data)


@operator("_unravel_index", "unravel_index")
def unravel_index(data: torch.Tensor, *, shape: Shape | None = None) -> torch.Tensor:
    """Positions in the flattened array as positions along its axes.

    Parameters
    ----------
    data : NDArray
        the positions, of any shape
    shape : tuple of int
        the lengths of the array; the first may be -1

    Returns
    -------
    NDArray
        one row for each axis

    Examples
    --------
    >>> print(mx.nd.unravel_index(mx.nd.array([22, 41]), shape=(7, 6)).asnumpy())
    [[3. 6.]
     [4. 5.]]
    """
    if not shape:
        raise MXNetError("_unravel_index: shape is not given")
    left = data.to(torch.int64)
    rows = []
    for length in reversed(shape[1:]):
        rows.append(torch.remainder(left, length))
        left = torch.div(left, length, rounding_mode="floor")
    return constant(torch.stack([left, *reversed(rows)]).to(data.dtype), data)


@operator(
    "_histogram", "_npi_histogram", num_outputs=2, asks={"bins": lambda attributes: attributes["bin_cnt"] is None}
)
def histogram(
    data: torch.Tensor,
    bins: torch.Tensor | None = None,
    *,
    bin_cnt: int | None = None,
    range: Floats | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """How many elements fall into each bin; the last bin holds its upper edge too.

    Parameters
    ----------
    data : NDArray
        numbers, of any shape
    bins : NDArray, optional
        the edges, in order
    bin_cnt : int, optional
        the number of equal bins, where there are no edges
    range : (float, float), optional
        with ``bin_cnt``: the lowest and the highest edge

    Returns
    -------
    list of NDArray
        the counts, as int64, and the edges

    Raises
    ------
    MXNetError
        neither edges nor a number of bins with their range are given
    """
    if bins is None:
        if bin_cnt is None or bin_cnt < 1 or range is None or len(range) != 2 or not range[0] < range[1]:
            raise MXNetError(f"_histogram: bin_cnt={bin_cnt}, range={range}; expected bins, or their number and range")
        steps = torch.arange(bin_cnt + 1, dtype=torch.float64, device=data.device)
        edges = (range[0] + steps * ((range[1] - range[0]) / bin_cnt)).to(data.dtype)  # those of integers are cut
    else:
        if bins.dim() != 1 or bins.shape[0] < 2:
            raise MXNetError(f"_histogram: bins has shape {tuple(bins.shape)}; expected a vector of at least 2 edges")
        edges = bins.detach()
    values = data.detach().reshape(-1)
    count = edges.shape[0] - 1
    places = torch.bucketize(values.double(), edges.double(), right=True) - 1
    places = torch.where(values == edges[-1], count - 1, places)
    inside = (values >= edges[0]) & (values <= edges[-1])
    counts = torch.zeros(count, dtype=torch.int64, device=data.device)
    return counts.index_add(0, places.clamp(0, count - 1), inside.long()), copied(edges)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "gather_nd", "scatter_nd", "_contrib_index_array")("arrays of several shapes have one such result")
rule("inputs", "_contrib_boolean_mask")(host.ELEMENTS)
rule("outputs", "_contrib_boolean_mask")(host.ELEMENTS)
rule("inputs", "_histogram")("counts tell nothing of how many there were")
rule("inputs", "_contrib_index_copy")(first_as_output)


@rule("outputs", "take")
def _taken(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    a, indices = inputs
    if a is None or indices is None or not -len(a) <= attributes["axis"] < len(a):
        return (None,)
    axis = attributes["axis"] % len(a)
    return ((*a[:axis], *indices, *a[axis + 1 :]),)


@rule("inputs", "take")
def _before_taking(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    a, indices = inputs
    out, axis = outputs[0], attributes["axis"]
    if out is None or (a is None and indices is None):
        return (None,)
    if a is None:
        rank = len(out) - len(indices or ()) + 1
    else:
        rank = len(a)
    if not -rank <= axis < rank or len(out) < rank - 1:
        return (None,)
    axis %= rank
    wide = len(out) - (rank - 1)
    own = UNKNOWN if a is None else a[axis]
    return (*out[:axis], own, *out[axis + wide :]), out[axis : axis + wide]


@rule("inputs", "batch_take")
def _one_of_each_row(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    a, indices = inputs
    rows = merged((indices, outputs[0], None if a is None else a[:1]))
    return (None if rows is None else (*rows, UNKNOWN)), rows


@rule("inputs", "where")
def _chosen(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    condition, x, y = inputs
    out = merged((outputs[0], x, y))
    if condition is None or out is None:
        return condition, out, out
    if len(condition) == 1:  # it chooses rows
        return (length_or(out, 0),), out, out
    return merged((condition, out)), out, out


@rule("inputs", "_ravel_multi_index")
def _before_raveling(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out, shape = outputs[0], attributes["shape"]
    return (None if out is None or not shape else (len(shape), *out),)


@rule("inputs", "_unravel_index")
def _before_unraveling(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    return (None if out is None or len(out) < 2 else out[1:],)


rule("dtype", "take", "gather_nd", "scatter_nd", "_contrib_boolean_mask")(follows(0))
rule("dtype", "batch_take")(follows(0, others=torch.int32))
rule("dtype", "where")(follows(1, 2))
rule("dtype", "_scatter_set_nd")(follows(0, 1))
rule("dtype", "_contrib_index_copy")(follows(0, 2))
rule("dtype", "_contrib_index_array")(always(torch.int64))


@rule("dtype", "_histogram")
def _counts_and_edges(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    """The edges are of the dtype of those given, or of the data."""
    if attributes["bin_cnt"] is None:
        kind = first_known((inputs[1], *outputs[1:], inputs[0]))
        return (kind if inputs[0] is None else None, kind), (torch.int64, kind)
    kind = first_known((inputs[0], *outputs[1:]))
    return (kind,), (torch.int64, kind)


@rule("outputs", "_histogram")
def _bins(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    count = attributes["bin_cnt"]
    if count is None:
        edges = length_or(inputs[1], 0)
        count = UNKNOWN if edges == UNKNOWN else edges - 1
    return (count,), (count if count == UNKNOWN else count + 1,)


rule("outputs", "scatter_nd", "_scatter_set_nd")(by_shape_attribute("shape"))
rule("outputs", "_contrib_index_copy")(as_first_input)


@rule("inputs", "_scatter_set_nd")
def _of_that_shape(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return by_shape_attribute("shape")(inputs, attributes)


rule("head", "_contrib_index_array", "_ravel_multi_index", "_unravel_index")(piecewise_constant)
