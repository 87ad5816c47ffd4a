"""A plan as a table to read: steps, fused operators, shapes, memory formats, bytes, and what was chosen why."""

from __future__ import annotations

import math
from typing import NamedTuple

from ..context import Context
from .plan import Plan
from .steps import Choice, Program, Step

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
    by : what computes it: 'chain' or 'norm kernel' (:mod:`mxnet.kernels`), 'packed weights' (oneDNN), 'torch'
    reason : why, where there was a choice
    """

    operators: str
    nodes: tuple[str, ...]
    shape: tuple[int, ...] | None
    memory: str
    bytes: int
    by: str
    reason: str


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
        cells = [("step", "operators", "output", "format", "bytes", "by", "because")]
        for number, row in enumerate(self.rows, start=1):
            shape = "?" if row.shape is None else str(row.shape)
            written = f"{row.bytes:,}" if row.bytes else "?"
            cells.append((str(number), row.operators, shape, row.memory, written, row.by, row.reason))
        widths = [max(len(line[column]) for line in cells) for column in range(7)]
        lines = []
        for line in cells:
            padded = [text.ljust(width) for text, width in zip(line, widths)]
            padded[4] = line[4].rjust(widths[4])
            lines.append("  ".join(padded).rstrip())
        count, operators = len(self.rows), sum(len(row.nodes) for row in self.rows)
        steps = f"{count} step{'s' if count != 1 else ''} for {operators} operators"
        total = f"{sum(row.bytes for row in self.rows):,} bytes of results"
        by = " by torch.compile" if self.backend == "inductor" else ""
        return "\n".join([*lines, f"{steps}, {total}; {self.mode}{by}"])


def table_of(plan: Plan, ctx: Context, training: bool, recording: bool) -> PlanTable:
    """The table of a plan."""
    mode = "training" if training and recording else "recording" if recording else "prediction"
    return PlanTable([_row(plan.program, step) for step in plan.program.steps], f"{mode} on {ctx}", plan.backend)


def _row(program: Program, step: Step) -> Row:
    shape = program.shapes.get(step.outputs[0])
    data = step.inputs[0] if step.inputs else None
    dtype = program.dtypes.get(data) if data is not None else None
    size = dtype.itemsize if dtype is not None and dtype.is_floating_point else 4
    choice = step.choice or Choice("torch", "")
    written = 0 if shape is None else math.prod(shape) * size
    return Row(step.label, step.nodes, shape, choice.layout, written, choice.by, choice.reason)
