"""Made by tools/carried.py from mxnet.ops.array.indexing; edits are lost."""

from __future__ import annotations

import torch

from .memory import copied


def take(
    a: torch.Tensor, indices: torch.Tensor, *, axis: int = 0, mode: str = "clip"
) -> torch.Tensor:
    """Slices of an array at positions along an axis."""
    axis = axis % a.dim()
    length = a.shape[axis]
    positions = indices.to(torch.int64)
    if mode == "clip":
        positions = positions.clamp(0, max(length - 1, 0))
    elif mode == "wrap":
        positions = torch.remainder(positions, length)
    shape = (*a.shape[:axis], *indices.shape, *a.shape[axis + 1 :])
    return torch.index_select(a, axis, positions.reshape(-1)).reshape(shape)


def batch_take(a: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    """One element of each row, at the position the row has in `indices`; positions
    outside are moved to the ends.
    """
    rows = a.reshape(-1, a.shape[-1])
    positions = indices.to(torch.int64).reshape(-1, 1).clamp(0, a.shape[-1] - 1)
    return torch.gather(rows, 1, positions).reshape(indices.shape)


def _positions(
    name: str, indices: torch.Tensor, shape: tuple[int, ...]
) -> tuple[torch.Tensor, ...]:
    """The rows of an index array as positions along the first axes of a shape, negative
    ones counted from the end.
    """
    return tuple(indices.to(torch.int64).unbind(0))


def gather_nd(data: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    """Elements, or slices, at positions along the first axes."""
    return data[_positions("gather_nd", indices, tuple(data.shape))]


def _checked_scatter(
    name: str, data: torch.Tensor, indices: torch.Tensor, shape: tuple[int, ...]
) -> tuple[torch.Tensor, ...]:
    return _positions(name, indices, shape)


def scatter_nd(
    data: torch.Tensor, indices: torch.Tensor, *, shape: tuple[int, ...]
) -> torch.Tensor:
    """Zeros with elements placed at positions; where a position comes twice one of its
    elements stays.
    """
    rows = _checked_scatter("scatter_nd", data, indices, shape)
    return torch.zeros(shape, dtype=data.dtype, device=data.device).index_put(
        rows, data
    )


def scatter_set_nd(
    lhs: torch.Tensor,
    rhs: torch.Tensor,
    indices: torch.Tensor,
    *,
    shape: tuple[int, ...],
) -> torch.Tensor:
    """A copy of `lhs` with the elements of `rhs` placed at positions."""
    return lhs.index_put(_checked_scatter("_scatter_set_nd", rhs, indices, shape), rhs)


def index_copy(
    old_tensor: torch.Tensor, index_vector: torch.Tensor, new_tensor: torch.Tensor
) -> torch.Tensor:
    """A copy of an array with some entries along the first axis replaced."""
    positions = index_vector.to(torch.int64)
    return torch.index_copy(old_tensor, 0, positions, new_tensor)


def index_array(
    data: torch.Tensor, *, axes: tuple[int, ...] | None = None
) -> torch.Tensor:
    """The position of every element of an array, as int64."""
    if axes is None:
        axes = tuple(range(data.dim()))
    columns = []
    for item in axes:
        axis = item % data.dim()
        numbers = torch.arange(data.shape[axis], device=data.device)
        columns.append(
            numbers.reshape(-1, *(1,) * (data.dim() - axis - 1)).expand(data.shape)
        )
    return torch.stack(columns, -1)


def ravel_multi_index(
    data: torch.Tensor, *, shape: tuple[int, ...] | None = None
) -> torch.Tensor:
    """Positions along several axes as positions in the flattened array."""
    flat = torch.zeros(data.shape[1:], dtype=torch.int64, device=data.device)
    for row, length in zip(data.to(torch.int64).unbind(0), shape):
        flat = flat * length + row
    return flat.to(data.dtype)


def unravel_index(
    data: torch.Tensor, *, shape: tuple[int, ...] | None = None
) -> torch.Tensor:
    """Positions in the flattened array as positions along its axes."""
    left = data.to(torch.int64)
    rows = []
    for length in reversed(shape[1:]):
        rows.append(torch.remainder(left, length))
        left = torch.div(left, length, rounding_mode="floor")
    return torch.stack([left, *reversed(rows)]).to(data.dtype)


def histogram(
    data: torch.Tensor,
    bins: torch.Tensor | None = None,
    *,
    bin_cnt: int | None = None,
    range: tuple[float, ...] | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """How many elements fall into each bin; the last bin holds its upper edge too."""
    if bins is None:
        steps = torch.arange(bin_cnt + 1, dtype=torch.float64, device=data.device)
        edges = (range[0] + steps * ((range[1] - range[0]) / bin_cnt)).to(data.dtype)
    else:
        edges = bins.detach()
    values = data.detach().reshape(-1)
    count = edges.shape[0] - 1
    places = torch.bucketize(values.double(), edges.double(), right=True) - 1
    places = torch.where(values == edges[-1], count - 1, places)
    inside = (values >= edges[0]) & (values <= edges[-1])
    counts = torch.zeros(count, dtype=torch.int64, device=data.device)
    return (
        counts.index_add(0, places.clamp(0, count - 1), inside.long()),
        copied(edges),
    )
