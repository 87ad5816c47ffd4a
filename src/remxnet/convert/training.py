"""Both sides of a conversion as in training: their outputs, and the gradients of all parameters under one loss.

It is asked whether two programs compute the same function. Single precision answers another question: through a
hundred layers with the statistics of small batches in them, rounding grows past any tolerance that still tells wrong
from right, and a rectifier whose input is nearly zero lets a gradient through on one side alone. In double precision
neither happens, so both sides are computed in that and have to agree to `EXACT`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from mxnet.base import MXNetError, brief
from mxnet.symbol.typed import TypedGraph

from .models import Model
from .precision import reference_of, watched, widened
from .proving import SEEDS, Arrays, Axes, Compared, Learner, Reference, compared, random_inputs

__all__ = ["EXACT", "Proof", "as_in_training"]

#: by how much double precision may differ: an output as a share of its largest element, a gradient as a share of the
#: largest of all gradients, since some are zero but for rounding
EXACT = 1e-9
#: how many examples are computed in double precision
EXAMPLES = 3
#: and how many in single, where the variance of few is a matter of rounding
MANY = 16


@dataclass
class Proof:
    """What came of a comparison as in training.

    Attributes
    ----------
    outputs, gradients : list of Compared
    tolerance : float
        by how much they may differ
    double : bool
        whether they were computed in double precision
    notes : list of str
    """

    outputs: list[Compared] = field(default_factory=list)
    gradients: list[Compared] = field(default_factory=list)
    tolerance: float = EXACT
    double: bool = True
    notes: list[str] = field(default_factory=list)


def as_in_training(
    graph: TypedGraph,
    calm: Model,
    learner: Callable[[bool], Learner],
    axes: Axes,
    usable: Sequence[Arrays],
    tolerance: float,
) -> Proof:
    """Compare both sides as in training.

    In double precision to `EXACT`, or, where an operation has single precision whatever it is given, to the tolerance
    of that. Where an operation takes no double precision, in single, and then without gradients, since a rounding may
    change those by any amount.

    Parameters
    ----------
    graph : TypedGraph
        of the model
    calm : Model
        the same, with nothing dropped
    learner : callable
        the other side of that, in double precision or not
    axes : dict of str to int
        along which examples lie
    usable : sequence of dict
        inputs that the graph takes
    tolerance : float
        of single precision
    """
    dtypes = {value.name: value.dtype for value in graph.inputs}
    single = reference_of(calm, dtypes, double=False)
    try:
        inputs = widened((_of_size(graph, single, axes, EXAMPLES, SEEDS[:1]) or usable)[0])
        double, run = reference_of(calm, dtypes, double=True), learner(True)
        with watched() as coarse:
            proof = _exact(graph, double, run, inputs)
    except (MXNetError, RuntimeError, TypeError) as error:
        reason = brief(error)
    else:
        if coarse and any(each.past(EXACT) for each in (*proof.outputs, *proof.gradients)):
            proof.tolerance = tolerance
            proof.notes.append(f"as in training, {_listed(coarse)} had single precision within double")
        return proof
    coarser = learner(False)
    outputs = compared(
        graph.output_names, lambda given: single(given, training=True), lambda given: coarser(given)[0],
        _of_size(graph, single, axes, MANY, SEEDS) or usable,
    )  # fmt: skip
    note = f"as in training, gradients were not compared, and outputs in single precision: {reason}"
    return Proof(outputs, [], tolerance, False, [note])


def _listed(operations: set[str], most: int = 3) -> str:
    """Some operations of torch by name."""
    shown = ", ".join(sorted(operations)[:most])
    return f"{shown} and {len(operations) - most} more operations" if len(operations) > most else shown


def _exact(graph: TypedGraph, reference: Reference, run: Learner, inputs: Arrays) -> Proof:
    (wanted, slopes), (got, own) = reference.learned(inputs), run(inputs)
    outputs = compared(graph.output_names, lambda _: wanted, lambda _: got, [inputs])
    largest = max((float(np.abs(each).max(initial=0)) for each in slopes.values()), default=0.0)
    gradients, apart = list[Compared](), list[str]()
    for name, slope in slopes.items():
        row = Compared(name)
        if name in own:
            row.add(slope, own[name].reshape(slope.shape))
        elif slope.any():
            apart.append(name)
            continue
        row.scale = largest
        gradients.append(row)
    notes = [f"as in training, no gradient was compared of {', '.join(apart)}: the other side has them computed"]
    return Proof(outputs, gradients, notes=notes if apart else [])


def _of_size(graph: TypedGraph, reference: Reference, axes: Axes, count: int, seeds: Sequence[int]) -> list[Arrays]:
    """Inputs of so many examples, where the model takes them."""
    if not axes:
        return []
    found = [random_inputs(graph, seed, count, axes) for seed in seeds]
    try:
        reference.bind({name: array.shape for name, array in found[0].items()})
    except (MXNetError, RuntimeError):
        return []
    return found
