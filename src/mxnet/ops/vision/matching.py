"""Boxes and anchors: what a box is in terms of its anchor, both ways, and matching rows and columns of scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ...base import MXNetError
from ..gradients import constant, piecewise_constant
from ..registry import describe, operator, rule
from ..shape_rules import UNKNOWN, Partials, length_or, merged
from .boxes import Format, centers, corners

__all__ = ["bipartite_matching", "box_decode", "box_encode"]


def _floats(name: str, **tensors: torch.Tensor) -> None:
    first = next(iter(tensors.values()))
    for argument, tensor in tensors.items():
        if not tensor.is_floating_point() or tensor.dtype is not first.dtype:
            raise MXNetError(f"{name}: {argument} is {describe(tensor)}; expected floats, all of one dtype")


@operator("_contrib_box_encode", num_outputs=2)
def box_encode(
    samples: torch.Tensor,
    matches: torch.Tensor,
    anchors: torch.Tensor,
    refs: torch.Tensor,
    means: torch.Tensor,
    stds: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Boxes as normalized steps from their anchors: of the center, and of the logarithm of the sides.

    Parameters
    ----------
    samples : NDArray (n, anchors)
        above 0.5 for an anchor that has a box
    matches : NDArray (n, anchors)
        which of the boxes it is
    anchors : NDArray (n, anchors, 4)
        left, top, right and bottom
    refs : NDArray (n, boxes, 4)
        the boxes, likewise
    means, stds : NDArray (4,)
        what is taken from the steps, and what they are then divided by

    Returns
    -------
    targets, masks : NDArray (n, anchors, 4)
        the steps, and 1 where there are some; both 0 for an anchor without a box. There are no gradients

    Raises
    ------
    MXNetError
        shapes or dtypes that do not fit, a match that is not among the boxes

    Examples
    --------
    >>> anchor, box = mx.nd.array([[[0, 0, 4, 4]]]), mx.nd.array([[[1, 0, 5, 4]]])
    >>> one, zeros = mx.nd.ones((1, 1)), mx.nd.zeros((1, 1))
    >>> steps, mask = mx.nd.contrib.box_encode(one, zeros, anchor, box, mx.nd.zeros(4), mx.nd.ones(4))
    >>> steps.asnumpy().tolist()
    [[[0.25, 0.0, 0.0, 0.0]]]
    """
    inputs = (samples, matches, anchors, refs, means, stds)
    _floats("box_encode", samples=samples, matches=matches, anchors=anchors, refs=refs, means=means, stds=stds)
    fitting = samples.dim() == 2 and anchors.dim() == 3 and refs.dim() == 3 and anchors.shape[2] == 4
    if not fitting or matches.shape != samples.shape or anchors.shape[:2] != samples.shape:
        raise MXNetError(
            f"box_encode: samples {describe(samples)}, matches {describe(matches)}, anchors {describe(anchors)}; "
            "expected (n, anchors), the same and (n, anchors, 4)"
        )
    if refs.shape[0] != samples.shape[0] or refs.shape[2] != 4:
        raise MXNetError(f"box_encode: refs is {describe(refs)}; expected ({samples.shape[0]}, boxes, 4)")
    if tuple(means.shape) != (4,) or tuple(stds.shape) != (4,):
        raise MXNetError(f"box_encode: means is {describe(means)}, stds is {describe(stds)}; expected (4,)")
    sampled = samples.detach() > 0.5
    place = torch.where(sampled, matches.detach(), 0).long().unsqueeze(2).expand(-1, -1, 4)
    if refs.shape[1] == 0:
        return torch.zeros_like(anchors), torch.zeros_like(anchors)
    boxes, own = centers(refs.detach().gather(1, place)), centers(anchors.detach())
    steps = torch.cat([(boxes[..., :2] - own[..., :2]) / own[..., 2:], (boxes[..., 2:] / own[..., 2:]).log()], 2)
    steps = ((steps - means.detach()) / stds.detach()).masked_fill(~sampled.unsqueeze(2), 0)
    masks = sampled.unsqueeze(2).expand_as(steps).to(steps.dtype)
    return constant(steps, *inputs), constant(masks, *inputs)


@operator("_contrib_box_decode")
def box_decode(
    data: torch.Tensor,
    anchors: torch.Tensor,
    *,
    std0: float = 1.0,
    std1: float = 1.0,
    std2: float = 1.0,
    std3: float = 1.0,
    clip: float = -1.0,
    format: Format = "center",
) -> torch.Tensor:
    """The boxes that steps from anchors lead to.

    Parameters
    ----------
    data : NDArray (n, anchors, 4)
        steps, as :func:`box_encode` has them
    anchors : NDArray (1, anchors, 4)
        the anchors
    std0, std1, std2, std3 : float
        what the steps are multiplied by
    clip : float
        the largest step of the logarithm of a side; any where it is not positive
    format : str
        'center' for anchors (x, y, width, height), 'corner' for (left, top, right, bottom)

    Returns
    -------
    NDArray (n, anchors, 4)
        left, top, right and bottom. There is no gradient

    Raises
    ------
    MXNetError
        shapes or dtypes that do not fit

    Examples
    --------
    >>> anchor, steps = mx.nd.array([[[2, 2, 4, 4]]]), mx.nd.array([[[0.25, 0, 0, 0]]])
    >>> mx.nd.contrib.box_decode(steps, anchor).asnumpy().tolist()
    [[[1.0, 0.0, 5.0, 4.0]]]
    """
    _floats("box_decode", data=data, anchors=anchors)
    if data.dim() != 3 or data.shape[2] != 4 or tuple(anchors.shape) != (1, *data.shape[1:]):
        raise MXNetError(
            f"box_decode: data is {describe(data)} and anchors {describe(anchors)}; expected (n, anchors, 4) and "
            "(1, anchors, 4)"
        )
    own = centers(anchors.detach(), format)
    steps = [step * std for step, std in zip(data.detach().unbind(2), (std0, std1, std2, std3))]
    if clip > 0:
        steps[2:] = [step.clamp(max=clip) for step in steps[2:]]
    center = torch.stack(steps[:2], 2) * own[..., 2:] + own[..., :2]
    sides = torch.stack(steps[2:], 2).exp() * own[..., 2:]
    return constant(corners(torch.cat([center, sides], 2)), data, anchors)


@operator("_contrib_bipartite_matching", num_outputs=2)
def bipartite_matching(
    data: torch.Tensor, *, is_ascend: bool = False, threshold: float, topk: int = -1
) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows and columns matched by scores, the best score first; each belongs to one pair at most.

    Parameters
    ----------
    data : NDArray (..., rows, columns)
        the scores
    is_ascend : bool
        the least score is best
    threshold : float
        pairs of this score or a worse one are none, nor are those of nan
    topk : int
        there are 1 more than so many pairs at most; any number where it is not positive

    Returns
    -------
    columns : NDArray (..., rows)
        the column of each row, -1 for none
    rows : NDArray (..., columns)
        the row of each column, -1 for none. There are no gradients

    Raises
    ------
    MXNetError
        less than 2 axes, integers

    Examples
    --------
    >>> scores = mx.nd.array([[0.5, 0.6], [0.1, 0.2], [0.3, 0.4]])
    >>> columns, rows = mx.nd.contrib.bipartite_matching(scores, threshold=0.01)
    >>> print(columns.asnumpy(), rows.asnumpy())
    [ 1. -1.  0.] [2. 0.]
    """
    if data.dim() < 2 or not data.is_floating_point():
        raise MXNetError(f"bipartite_matching: data is {describe(data)}; expected floats of 2 or more axes")
    count, width = data.shape[-2:]
    of_rows, of_columns = data.new_full(data.shape[:-1], -1), data.new_full((*data.shape[:-2], width), -1)
    if not data.numel() or data.is_meta:
        return of_rows, of_columns
    scores = data.detach().reshape(-1, count, width)
    free = (-scores if is_ascend else scores).nan_to_num(-torch.inf, torch.inf, -torch.inf)
    least = -threshold if is_ascend else threshold
    rows, columns = of_rows.view(-1, count), of_columns.view(-1, width)
    case = torch.arange(len(free), device=data.device)
    going = torch.ones_like(case, dtype=torch.bool)
    pairs = min(count, width)
    for _ in range(min(pairs, topk + 1) if topk > 0 else pairs):
        best = free.flatten(1).argmax(1)
        row, column = best // width, best % width
        going = going & (free[case, row, column] > least)
        rows[case, row] = torch.where(going, column.to(rows.dtype), rows[case, row])
        columns[case, column] = torch.where(going, row.to(rows.dtype), columns[case, column])
        free[case, row, :] = -torch.inf
        free[case, :, column] = -torch.inf
    return constant(of_rows, data), constant(of_columns, data)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("head", "_contrib_box_encode", "_contrib_box_decode", "_contrib_bipartite_matching")(piecewise_constant)


@rule("inputs", "_contrib_box_encode")
def _anchors_and_boxes(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    samples, matches, anchors, refs = inputs[:4]
    both = merged((samples, matches, *(each and each[:2] for each in (anchors, *outputs[:2]))))
    images = max(length_or(both, 0), length_or(refs, 0))
    both = (images, length_or(both, 1))
    return both, both, (*both, 4), (images, UNKNOWN, 4), (4,), (4,)


@rule("inputs", "_contrib_box_decode")
def _steps_and_anchors(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data = merged((inputs[0], outputs[0]))
    count = max(length_or(data, 1), length_or(inputs[1], 1))
    return (length_or(data, 0), count, 4), (1, count, 4)


@rule("inputs", "_contrib_bipartite_matching")
def _scores_of_pairs(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    columns, rows = outputs[:2]
    if columns is None or not columns:
        return (None if rows is None or not rows else (*rows[:-1], UNKNOWN, rows[-1]),)
    return ((*columns, length_or(rows, -1)),)
