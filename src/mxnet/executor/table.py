"""A plan as a table to read: steps, fused operators, shapes, memory formats, bytes."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch

from ..context import Context
from ..ops.nn.memory_format import computes_channels_last, is_wide, prefers_channels_last
from .fused import Chain, PackedConvolution
from .plan import Plan
from .steps import Program, Step

__all__ = ["PlanTable", "Row", "table_of"]


class Row(NamedTuple):
    """One step of a plan.

    Attributes
    ----------
    operators : the operators it computes, joined by ``+``
    nodes : the names of their nodes
    shape : of its first result, None where it is not known before it runs
    memory : 'channels last', 'blocks of images' (the kernels' own order), or '-' for the ordinary one
    bytes : of that result
    """

    operators: str
    nodes: tuple[str, ...]
    shape: tuple[int, ...] | None
    memory: str
    bytes: int


class PlanTable:
    """The steps of a plan; ``print`` shows them.

    Attributes
    ----------
    rows : list of Row
    mode : 'training', 'recording' or 'prediction', and the context
    backend : 'inductor' where torch.compile runs it, else None
    """

    def __init__(self, rows: list[Row], mode: str, backend: str | None = None) -> None:
        self.rows, self.mode, self.backend = rows, mode, backend

    def __repr__(self) -> str:
        cells = [("step", "operators", "output", "format", "bytes")]
        for number, row in enumerate(self.rows, start=1):
            shape = "?" if row.shape is None else str(row.shape)
            cells.append((str(number), row.operators, shape, row.memory, f"{row.bytes:,}" if row.bytes else "?"))
        widths = [max(len(line[column]) for line in cells) for column in range(5)]
        lines = []
        for line in cells:
            padded = [text.ljust(width) for text, width in zip(line[:4], widths[:4])]
            lines.append("  ".join([*padded, line[4].rjust(widths[4])]).rstrip())
        count, operators = len(self.rows), sum(len(row.nodes) for row in self.rows)
        steps = f"{count} step{'s' if count != 1 else ''} for {operators} operators"
        total = f"{sum(row.bytes for row in self.rows):,} bytes of results"
        by = " by torch.compile" if self.backend == "inductor" else ""
        return "\n".join([*lines, f"{steps}, {total}; {self.mode}{by}"])


def table_of(plan: Plan, ctx: Context, training: bool, recording: bool, backend: str | None = None) -> PlanTable:
    """The table of a plan."""
    program = plan.program
    last: set[int] = set()
    rows = [_row(program, step, last) for step in program.steps]
    mode = "training" if training and recording else "recording" if recording else "prediction"
    return PlanTable(rows, f"{mode} on {ctx}", backend)


def _row(program: Program, step: Step, last: set[int]) -> Row:
    place = step.outputs[0]
    shape = program.shapes.get(place)
    data = step.inputs[0] if step.inputs else None
    if isinstance(step.function, Chain):
        memory = "blocks of images"
    elif _in_channels_last(program, step, data, last):
        memory = "channels last"
        last.add(place)
    else:
        memory = "-"
    dtype = program.dtypes.get(data) if data is not None else None
    size = dtype.itemsize if dtype is not None and dtype.is_floating_point else 4
    return Row(step.label, step.nodes, shape, memory, 0 if shape is None else math.prod(shape) * size)


def _in_channels_last(program: Program, step: Step, data: int | None, last: set[int]) -> bool:
    """Whether a step's result lies channels last: what a convolution prefers, and what follows keeps."""
    shape, out = program.shapes.get(data) if data is not None else None, program.shapes.get(step.outputs[0])
    if shape is None or out is None or len(shape) != 4 or len(out) != 4:
        return False
    if isinstance(step.function, PackedConvolution):
        return step.function.packs(shape)
    if step.spec.name == "Convolution":
        weight: Any = program.shapes.get(step.inputs[1])  # type: ignore[arg-type]
        if weight is None or program.dtypes.get(step.inputs[1]) is torch.float64:  # type: ignore[arg-type]
            return False
        attributes = {**step.spec.defaults, **step.attributes}
        geometry = (attributes[name] or (each,) * 2 for name, each in (("stride", 1), ("dilate", 1), ("pad", 0)))
        if not computes_channels_last(shape, weight, *geometry):
            return False
        moved = 0 if is_wide(weight) else math.prod(weight)
        return prefers_channels_last(
            math.prod(shape), moved, math.prod(out), data_first=data not in last, data_last=data in last
        )
    return data in last
