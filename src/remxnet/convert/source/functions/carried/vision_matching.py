"""Made by tools/carried.py from mxnet.ops.vision.matching; edits are lost."""

from __future__ import annotations

import torch

from .vision_boxes import centers, corners


def box_encode(
    samples: torch.Tensor,
    matches: torch.Tensor,
    anchors: torch.Tensor,
    refs: torch.Tensor,
    means: torch.Tensor,
    stds: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Boxes as normalized steps from their anchors: of the center, and of the logarithm
    of the sides.
    """
    sampled = samples.detach() > 0.5
    place = (
        torch.where(sampled, matches.detach(), 0).long().unsqueeze(2).expand(-1, -1, 4)
    )
    if refs.shape[1] == 0:
        return (torch.zeros_like(anchors), torch.zeros_like(anchors))
    boxes, own = (centers(refs.detach().gather(1, place)), centers(anchors.detach()))
    steps = torch.cat(
        [
            (boxes[..., :2] - own[..., :2]) / own[..., 2:],
            (boxes[..., 2:] / own[..., 2:]).log(),
        ],
        2,
    )
    steps = ((steps - means.detach()) / stds.detach()).masked_fill(
        ~sampled.unsqueeze(2), 0
    )
    masks = sampled.unsqueeze(2).expand_as(steps).to(steps.dtype)
    return (steps, masks)


def box_decode(
    data: torch.Tensor,
    anchors: torch.Tensor,
    *,
    std0: float = 1.0,
    std1: float = 1.0,
    std2: float = 1.0,
    std3: float = 1.0,
    clip: float = -1.0,
    format: str = "center",
) -> torch.Tensor:
    """The boxes that steps from anchors lead to."""
    own = centers(anchors.detach(), format)
    steps = [
        step * std
        for step, std in zip(data.detach().unbind(2), (std0, std1, std2, std3))
    ]
    if clip > 0:
        steps[2:] = [step.clamp(max=clip) for step in steps[2:]]
    center = torch.stack(steps[:2], 2) * own[..., 2:] + own[..., :2]
    sides = torch.stack(steps[2:], 2).exp() * own[..., 2:]
    return corners(torch.cat([center, sides], 2))


def bipartite_matching(
    data: torch.Tensor, *, is_ascend: bool = False, threshold: float, topk: int = -1
) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows and columns matched by scores, the best score first; each belongs to one
    pair at most.
    """
    count, width = data.shape[-2:]
    of_rows, of_columns = (
        data.new_full(data.shape[:-1], -1),
        data.new_full((*data.shape[:-2], width), -1),
    )
    scores = data.detach().reshape(-1, count, width)
    free = (-scores if is_ascend else scores).nan_to_num(
        -torch.inf, torch.inf, -torch.inf
    )
    least = -threshold if is_ascend else threshold
    rows, columns = (of_rows.view(-1, count), of_columns.view(-1, width))
    case = torch.arange(len(free), device=data.device)
    going = torch.ones_like(case, dtype=torch.bool)
    pairs = min(count, width)
    for _ in range(min(pairs, topk + 1) if topk > 0 else pairs):
        best = free.flatten(1).argmax(1)
        row, column = (best // width, best % width)
        going = going & (free[case, row, column] > least)
        rows[case, row] = torch.where(going, column.to(rows.dtype), rows[case, row])
        columns[case, column] = torch.where(
            going, row.to(rows.dtype), columns[case, column]
        )
        free[case, row, :] = -torch.inf
        free[case, :, column] = -torch.inf
    return (of_rows, of_columns)
