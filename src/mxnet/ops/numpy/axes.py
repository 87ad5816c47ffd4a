"""NumPy's operators about axes and memory: at least so many axes, the places on a diagonal, one memory or two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ...base import MXNetError, RefusedValueError
from ..dtype_rules import always
from ..registry import describe, operator, rule
from ..shape_rules import Partial, Partials


def _filled(shape: tuple[int, ...], rank: int) -> tuple[int, ...]:
    """A shape with axes of length 1 before the others, and, of three, one after two."""
    if rank == 3 and len(shape) in (1, 2):
        return (*(1,) * (2 - len(shape)), *shape, 1)
    return (*(1,) * (rank - len(shape)), *shape)


def _as_many(attributes: Mapping[str, Any]) -> int:
    return attributes["num_args"]


def _declare(rank: int) -> None:
    name = f"np.atleast_{rank}d"

    @operator(f"_np_atleast_{rank}d", num_outputs=_as_many)
    def at_least(*arys: torch.Tensor, num_args: int) -> tuple[torch.Tensor, ...]:
        if num_args != len(arys) or not arys:
            raise MXNetError(f"{name}: num_args={num_args} for {len(arys)} arrays; expected as many, and at least one")
        return tuple(each.reshape(_filled(tuple(each.shape), rank)).clone() for each in arys)

    at_least.__doc__ = f"Arrays with at least {rank} {'axes' if rank > 1 else 'axis'}, each its own result."

    @rule("outputs", f"_np_atleast_{rank}d")
    def filled(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
        return [None if shape is None else _filled(shape, rank) for shape in inputs]

    @rule("inputs", f"_np_atleast_{rank}d")
    def before(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
        def alike(shape: Partial, out: Partial) -> Partial:
            return (
                out if out is not None and (len(out) > rank or (shape is not None and len(shape) == len(out))) else None
            )

        return [alike(shape, out) for shape, out in zip(inputs, outputs)]


for _rank in (1, 2, 3):
    _declare(_rank)


@operator("_npi_diag_indices_from")
def diag_indices_from(data: torch.Tensor) -> torch.Tensor:
    """The places of an array's diagonal, a row for each axis; int64.

    Raises
    ------
    ValueError
        fewer than two axes, or axes of different lengths
    """
    if data.dim() < 2 or len(set(data.shape)) != 1:
        raise RefusedValueError(
            f"np.diag_indices_from: data {describe(data)}; expected at least two axes of one length"
        )
    return torch.arange(data.shape[0], device=data.device).repeat(data.dim(), 1)


@operator("_npi_share_memory")
def share_memory(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Whether two arrays have memory in common, as one truth; both are contiguous, as all are."""
    shared = bool(a.numel() and b.numel()) and not a.is_meta
    if shared:
        starts, sizes = (a.data_ptr(), b.data_ptr()), (a.nbytes, b.nbytes)
        shared = a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()
        shared = shared and starts[0] < starts[1] + sizes[1] and starts[1] < starts[0] + sizes[0]
    return torch.full((), shared, dtype=torch.bool, device=a.device)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("dtype", "_npi_diag_indices_from")(always(torch.int64))
rule("dtype", "_npi_share_memory")(always(torch.bool))
rule("inputs", "_npi_share_memory")("one truth tells nothing of how many there were")


@rule("inputs", "_npi_diag_indices_from")
def _of_equal_axes(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    return (None if out is None or len(out) != 2 or out[0] < 0 else (out[1],) * out[0],)
