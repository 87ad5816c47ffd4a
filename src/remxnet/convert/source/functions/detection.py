"""Boxes of which the better ones take away those they cover; torch can export it."""

from collections.abc import Callable

import torch
import torch.nn.functional as F

from .carried.vision_boxes import centers, corners, overlap
from .carried.vision_multibox import boxes_of_steps


def in_order(rows: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
    """Rows (n, boxes, numbers) of each image in an order (n, boxes)."""
    return rows.gather(1, order.unsqueeze(2).expand(-1, -1, rows.shape[2]))


def first(chosen: torch.Tensor) -> torch.Tensor:
    """The order in which what is chosen stands first, and keeps its order."""
    return chosen.int().argsort(dim=1, descending=True, stable=True)


def best_first(score: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """The order of scores (n, boxes), what is not valid at the end."""
    score = score.masked_fill(~valid, -torch.inf)
    return score.argsort(dim=1, descending=True, stable=True)


def uncovered(
    boxes: torch.Tensor,
    valid: torch.Tensor,
    covers: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    classes: torch.Tensor | None = None,
    most: int | None = None,
) -> torch.Tensor:
    """Which boxes no better one covers that stays itself: greedy suppression.

    Boxes (n, boxes, 4) stand best first; only those that are valid (n, boxes) count.
    With classes (n, boxes) a box covers none of another class; with `most`, only the
    first so many that stay are found, and what comes after them is left as it was.
    """
    count = boxes.shape[1]
    number = torch.arange(count, device=boxes.device)

    def next_of(kept: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
        later = kept.any(0) & (number > place)
        return torch.where(later, number, count).amin(0, keepdim=True)

    def going(place: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
        further = (place < count).all()
        if most is None:
            return further
        return further & ((kept & (number < place)).sum(1) < most).any()

    def step(
        place: torch.Tensor, kept: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        covered = covers(boxes.index_select(1, place), boxes) & (number > place)
        if classes is not None:
            covered = covered & (classes.index_select(1, place) == classes)
        kept = kept & ~(covered & kept.index_select(1, place))
        return next_of(kept, place), kept

    place, kept = next_of(valid, number[:1] - 1), valid
    if torch.compiler.is_compiling():
        return torch.while_loop(going, step, (place, kept))[1]
    while going(place, kept):
        place, kept = step(place, kept)
    return kept


def multibox_detection(
    cls_prob: torch.Tensor,
    loc_pred: torch.Tensor,
    anchor: torch.Tensor,
    *,
    clip: bool = True,
    threshold: float = 0.01,
    nms_threshold: float = 0.5,
    force_suppress: bool = False,
    variances: tuple[float, ...] = (0.1, 0.1, 0.2, 0.2),
    nms_topk: int = -1,
) -> torch.Tensor:
    """The boxes that a network found: class, score, left, top, right and bottom.

    Each anchor has its best class and its box; the class is -1 for those that a better
    one covers, and everything where nothing was found.
    """
    _, classes, count = cls_prob.shape
    steps = loc_pred.detach().reshape(-1, count, 4)
    boxes = boxes_of_steps(anchor.detach()[0], steps, variances, clip)
    if classes == 1:
        return torch.full_like(boxes[..., :1], -1).expand(-1, -1, 6)
    scores = cls_prob.detach()[:, 1:].nan_to_num(-1, torch.inf, -torch.inf)
    label = scores.argmax(1, keepdim=True)
    score = scores.gather(1, label).squeeze(1)
    found = (score > -1) & (score >= threshold)
    number, many = torch.arange(count, device=boxes.device), found.sum(1, keepdim=True)
    rows = torch.cat([label.mT.to(score.dtype), score.unsqueeze(2), boxes], 2)
    best, rows = in_order(rows, best_first(score, found)), in_order(rows, first(found))
    if 0 < nms_threshold <= 1:
        best = best[:, :nms_topk] if nms_topk > 0 else best
        label = best[..., 0].clone()  # exported loops take no views of one memory
        kept = uncovered(
            best[..., 2:],
            number[: best.shape[1]] < many,
            lambda one, others: overlap(one, others, True) >= nms_threshold,
            None if force_suppress else label,
        )
        rows = torch.cat([best, rows[:, best.shape[1] :]], 1)
        kept = F.pad(kept, (0, count - best.shape[1])).unsqueeze(2)
        rows = torch.cat([rows[..., :1].masked_fill(~kept, -1), rows[..., 1:]], 2)
    return rows.masked_fill((number >= many).unsqueeze(2), -1)


def box_nms(
    data: torch.Tensor,
    *,
    overlap_thresh: float = 0.5,
    valid_thresh: float = 0.0,
    topk: int = -1,
    coord_start: int = 2,
    score_index: int = 1,
    id_index: int = -1,
    background_id: int = -1,
    force_suppress: bool = False,
    in_format: str = "corner",
    out_format: str = "corner",
) -> torch.Tensor:
    """Boxes (..., boxes, numbers) without those that better ones cover, best first."""
    rows = data.reshape(-1, *data.shape[-2:])
    plain = rows.detach().float()
    coordinates = slice(coord_start, coord_start + 4)
    score, classes = plain[..., score_index], None
    valid = score > valid_thresh
    if id_index >= 0:
        classes = plain[..., id_index].int()
        valid = valid & (classes != background_id)
    order = best_first(score, valid)
    order = order[:, :topk] if topk > 0 else order
    number = torch.arange(order.shape[1], device=rows.device)
    kept = uncovered(
        in_order(corners(plain[..., coordinates], in_format), order),
        number < valid.sum(1, keepdim=True),
        lambda one, others: overlap(one, others) > overlap_thresh,
        None if force_suppress or classes is None else classes.gather(1, order),
    )
    rows = in_order(rows, order.gather(1, first(kept)))
    if in_format != out_format:
        # the gradient goes on as it comes, as if nothing were converted
        box = rows.detach()[..., coordinates]
        change = (corners(box) if in_format == "center" else centers(box)) - box
        before, after = rows[..., :coord_start], rows[..., coord_start + 4 :]
        rows = torch.cat([before, rows[..., coordinates] + change, after], 2)
    gone = number >= kept.sum(1, keepdim=True)
    rows = rows.masked_fill(gone.unsqueeze(2), -1)
    missing = data.shape[-2] - rows.shape[1]
    return F.pad(rows, (0, 0, 0, missing), value=-1).reshape(data.shape)


def anchors_around(
    side: int,
    ratios: tuple[float, ...],
    scales: tuple[float, ...],
    device: torch.device,
) -> torch.Tensor:
    """Boxes around an element of a feature map, in pixels, of all ratios and scales."""
    ratio = torch.tensor(ratios, device=device)
    width = ((side * side / ratio).floor().sqrt() + 0.5).floor()
    height = (width * ratio + 0.5).floor()
    sides = torch.stack([width, height], 1).unsqueeze(1)
    half = 0.5 * (sides * torch.tensor(scales, device=device).unsqueeze(1) - 1)
    center = 0.5 * (side - 1)
    return torch.cat([center - half, center + half], 2).reshape(-1, 4)


def covers_pixels(one: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Intersection over union of boxes to which their right and bottom belong."""
    low, high = (
        torch.maximum(one[..., :2], others[..., :2]),
        torch.minimum(one[..., 2:], others[..., 2:]),
    )
    wide, tall = (high - low + 1).clamp(min=0).unbind(-1)
    both = wide * tall
    areas = [
        (each[..., 2] - each[..., 0] + 1) * (each[..., 3] - each[..., 1] + 1)
        for each in (one, others)
    ]
    return both / (areas[0] + areas[1] - both)


def proposal(
    cls_prob: torch.Tensor,
    bbox_pred: torch.Tensor,
    im_info: torch.Tensor,
    *,
    rpn_pre_nms_top_n: int = 6000,
    rpn_post_nms_top_n: int = 300,
    threshold: float = 0.7,
    rpn_min_size: int = 16,
    scales: tuple[float, ...] = (4.0, 8.0, 16.0, 32.0),
    ratios: tuple[float, ...] = (0.5, 1.0, 2.0),
    feature_stride: int = 16,
    iou_loss: bool = False,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Regions that may hold an object, with their image in front, and their scores."""
    with torch.no_grad():
        rows, columns = cls_prob.shape[2:]
        device, count = cls_prob.device, len(ratios) * len(scales)
        around = anchors_around(feature_stride, ratios, scales, device)
        y = torch.arange(rows, device=device).repeat_interleave(columns)
        x = torch.arange(columns, device=device).repeat(rows)
        shift = torch.stack([x, y, x, y], 1).unsqueeze(1) * feature_stride
        anchors = (shift + around).reshape(-1, 4)
        score = cls_prob[:, count:].permute(0, 2, 3, 1).flatten(1)
        steps = bbox_pred.permute(0, 2, 3, 1).reshape(-1, rows * columns * count, 4)
        if iou_loss:
            boxes = anchors + steps
        else:
            sides = anchors[:, 2:] - anchors[:, :2] + 1
            middle = steps[..., :2] * sides + (anchors[:, :2] + 0.5 * (sides - 1))
            half = 0.5 * (steps[..., 2:].exp() * sides - 1)
            boxes = torch.cat([middle - half, middle + half], 2)
        last = im_info[:, None, [1, 0, 1, 0]] - 1
        boxes = torch.minimum(boxes, last).clamp(min=0)
        height, width = (im_info[:, :2] / feature_stride).long().unsqueeze(2).unbind(1)
        outside = ((y >= height) | (x >= width)).repeat_interleave(count, 1)
        least = rpn_min_size * im_info[:, 2, None, None]
        small = (boxes[..., 2:] - boxes[..., :2] + 1 < least).any(2)
        grown = torch.cat([boxes[..., :2] - least / 2, boxes[..., 2:] + least / 2], 2)
        boxes = torch.where(small.unsqueeze(2), grown, boxes)
        score = score.masked_fill(outside | small, -1)
        score, order = score.sort(dim=1, descending=True, stable=True)
        before = rpn_pre_nms_top_n if rpn_pre_nms_top_n > 0 else score.shape[1]
        score, boxes = score[:, :before], in_order(boxes, order[:, :before])
        kept = uncovered(
            boxes,
            torch.ones_like(score, dtype=torch.bool),
            lambda one, others: covers_pixels(one, others) > threshold,
            most=rpn_post_nms_top_n,
        )
        # where they are too few they come again
        number = torch.arange(rpn_post_nms_top_n, device=device)
        places = first(kept).gather(1, number % kept.sum(1, keepdim=True))
        image = torch.arange(boxes.shape[0], device=device)
        image = image.to(boxes.dtype).repeat_interleave(rpn_post_nms_top_n)
        found = in_order(boxes, places).flatten(0, 1)
        return (
            torch.cat([image.unsqueeze(1), found], 1),
            score.gather(1, places).reshape(-1, 1),
        )
