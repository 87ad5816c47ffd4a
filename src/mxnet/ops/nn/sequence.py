"""Sequences of different lengths in one array, and padding, enlarging and cropping of images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
import torch.nn.functional as F

from ...base import MXNetError
from .. import host
from ..dtype_rules import follows
from ..gradients import tied, variables_of
from ..math.reduce import axis_within
from ..registry import Shape, describe, operator, rule
from ..shape_rules import UNKNOWN, Partials, as_first_input, length_or, merged, with_axis, with_new_axis, without_axis
from .memory_format import transposed_operands

__all__ = ["pad", "sequence_last", "sequence_mask", "sequence_reverse", "upsampling"]


def _steps(name: str, data: torch.Tensor, lengths: torch.Tensor | None, axis: int) -> torch.Tensor:
    """Whether each step is within its sequence: (time, batch, 1, ...) for axis 0, (batch, time, 1, ...) for axis 1."""
    if axis not in (0, 1) or data.dim() < 2:
        raise MXNetError(f"{name}: axis={axis} for data {describe(data)}; expected 0 or 1 and at least 2 axes")
    if lengths is None:
        raise MXNetError(f"{name}: use_sequence_length=True and no sequence_length given")
    if tuple(lengths.shape) != (data.shape[1 - axis],):
        raise MXNetError(f"{name}: sequence_length is {describe(lengths)}; expected ({data.shape[1 - axis]},)")
    steps = torch.arange(data.shape[axis], device=data.device)
    inside = steps.unsqueeze(1) < lengths.unsqueeze(0)
    inside = inside if axis == 0 else inside.t()
    return inside.reshape(*inside.shape, *(1,) * (data.dim() - 2))


def _lengths(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    return {"sequence_length": (shapes["data"][1 - attributes["axis"]],)}


@operator(
    "SequenceMask",
    "_npx_sequence_mask",
    params=_lengths,
    view=True,
    asks={"sequence_length": lambda attributes: attributes["use_sequence_length"]},
    unlearned=("sequence_length",),
)
def sequence_mask(
    data: torch.Tensor,
    sequence_length: torch.Tensor | None = None,
    *,
    use_sequence_length: bool = False,
    value: float = 0.0,
    axis: int = 0,
) -> torch.Tensor:
    """Elements after the end of their sequence replaced by ``value``.

    Parameters
    ----------
    data : NDArray (time, batch, ...), or (batch, time, ...) with axis=1
        sequences
    sequence_length : NDArray (batch,)
        with ``use_sequence_length``: how many steps each sequence has
    """
    if not use_sequence_length:
        return data
    inside = _steps("SequenceMask", data, sequence_length, axis)
    return torch.where(inside, data, torch.full((), value, dtype=data.dtype, device=data.device))


@operator(
    "SequenceLast",
    params=_lengths,
    asks={"sequence_length": lambda attributes: attributes["use_sequence_length"]},
    unlearned=("sequence_length",),
)
def sequence_last(
    data: torch.Tensor,
    sequence_length: torch.Tensor | None = None,
    *,
    use_sequence_length: bool = False,
    axis: int = 0,
) -> torch.Tensor:
    """The last step of each sequence: data's shape without the time axis."""
    if not use_sequence_length:
        return data.select(axis_within("SequenceLast", axis, data.dim()), -1).clone()
    _steps("SequenceLast", data, sequence_length, axis)
    timed = data if axis == 0 else data.transpose(0, 1)
    last = sequence_length.long() - 1  # type: ignore[union-attr]
    return timed[last, torch.arange(timed.shape[1], device=data.device)]


@operator(
    "SequenceReverse",
    params=_lengths,
    asks={"sequence_length": lambda attributes: attributes["use_sequence_length"]},
    unlearned=("sequence_length",),
)
def sequence_reverse(
    data: torch.Tensor,
    sequence_length: torch.Tensor | None = None,
    *,
    use_sequence_length: bool = False,
    axis: int = 0,
) -> torch.Tensor:
    """The steps of each sequence in the opposite order; steps after its end stay where they are."""
    if axis != 0:
        raise MXNetError(f"SequenceReverse: axis={axis}; expected 0")
    if not use_sequence_length:
        return data.flip(0)
    inside = _steps("SequenceReverse", data, sequence_length, 0).reshape(data.shape[0], data.shape[1])
    steps = torch.arange(data.shape[0], device=data.device).unsqueeze(1)
    places = torch.where(inside, sequence_length.long().unsqueeze(0) - 1 - steps, steps)  # type: ignore[union-attr]
    return data[places, torch.arange(data.shape[1], device=data.device).unsqueeze(0)]


@operator("Pad", "pad", method="pad")
def pad(
    data: torch.Tensor,
    *,
    mode: Literal["constant", "edge", "reflect"],
    pad_width: Shape,
    constant_value: float = 0.0,
) -> torch.Tensor:
    """More elements around the last axes of an array of 4 or 5 axes.

    Parameters
    ----------
    data : NDArray (n, channels, ...)
        4 or 5 axes
    mode : str
        'constant' adds ``constant_value``, 'edge' repeats the border, 'reflect' mirrors at it
    pad_width : tuple of int
        two counts, before and after, for each axis; those of the first two axes are 0
    """
    if data.dim() not in (4, 5):
        raise MXNetError(f"Pad: data is {describe(data)}; expected 4 or 5 axes")
    if len(pad_width) != 2 * data.dim() or any(pad_width[:4]) or any(count < 0 for count in pad_width):
        raise MXNetError(
            f"Pad: pad_width={pad_width}; expected two counts for each of {data.dim()} axes, 0 for the first two axes"
        )
    pairs = [pad_width[2 * axis : 2 * axis + 2] for axis in range(data.dim() - 1, 1, -1)]
    flat = [count for pair in pairs for count in pair]
    if mode == "constant":
        return F.pad(data, flat, value=constant_value)
    if mode == "reflect" and any(max(pair) >= length for pair, length in zip(pairs, reversed(data.shape[2:]))):
        raise MXNetError(
            f"Pad: pad_width={pad_width} with mode='reflect'; expected less than data's lengths {describe(data)}"
        )
    return F.pad(data, flat, mode="replicate" if mode == "edge" else "reflect")


def _filter(attributes: Mapping[str, Any], count: int) -> tuple[str, ...]:
    """The filter that a graph makes where it has to be learned."""
    return ("weight",) if attributes["sample_type"] == "bilinear" and count == 1 else ()


@operator("UpSampling", starts={"weight": '["bilinear", {}]'}, rules={"more": _filter})
def upsampling(
    *data: torch.Tensor,
    scale: int,
    num_filter: int = 0,
    sample_type: Literal["bilinear", "nearest"],
    multi_input_mode: Literal["concat", "sum"] = "concat",
    workspace: int = 512,
) -> torch.Tensor:
    """Images enlarged by a whole number.

    Parameters
    ----------
    *data : NDArrays (n, channels, height, width)
        with 'nearest' one or more, all enlarged to the size of the first one times ``scale``; with 'bilinear' an image
        and the weight (channels, 1, k, k) of the transposed convolution that enlarges it, k = 2 scale - scale % 2
    multi_input_mode : str
        'concat' puts several side by side as channels, 'sum' adds them
    """
    if sample_type == "bilinear":
        if len(data) != 2:
            raise MXNetError(f"UpSampling: sample_type='bilinear' with {len(data)} arrays; expected data and weight")
        kernel = 2 * scale - scale % 2
        border = -(-(scale - 1) // 2)
        if not kernel:
            return data[0]
        height, width = data[0].shape[2] * scale, data[0].shape[3] * scale
        shape = (*data[0].shape[:2], height, width)
        image, weight = transposed_operands(data[0], data[1], shape, (scale, scale), (1, 1), (border, border))
        return F.conv_transpose2d(image, weight, None, scale, border, 0, image.shape[1])[:, :, :height, :width]
    height, width = data[0].shape[2] * scale, data[0].shape[3] * scale
    enlarged = [
        image.repeat_interleave(height // image.shape[2], 2).repeat_interleave(width // image.shape[3], 3)
        for image in data
    ]
    if len(enlarged) == 1:
        return enlarged[0]
    return torch.cat(enlarged, 1) if multi_input_mode == "concat" else torch.stack(enlarged).sum(0)


@operator("Crop")
def crop(*data: torch.Tensor, offset: Shape = (0, 0), h_w: Shape = (0, 0), center_crop: bool = False) -> torch.Tensor:
    """A window of images, of a given size or of that of a second array.

    Parameters
    ----------
    *data : NDArrays (n, channels, height, width)
        the images, and an array whose height and width are wanted
    offset : (row, column)
        the window's corner
    h_w : (height, width)
        its size where there is no second array
    center_crop : bool
        put the window in the middle
    """
    image = data[0]
    height, width = (data[1].shape[2], data[1].shape[3]) if len(data) == 2 else h_w
    top, left = ((image.shape[2] - height) // 2, (image.shape[3] - width) // 2) if center_crop else offset
    if height < 1 or width < 1 or top + height > image.shape[2] or left + width > image.shape[3]:
        raise MXNetError(f"Crop: window {height} x {width} at {(top, left)} does not lie in data {describe(image)}")
    window = image[:, :, top : top + height, left : left + width].clone()
    return tied(window, variables_of(data[1:]))


@operator(
    "CTCLoss",
    "ctc_loss",
    "_contrib_CTCLoss",
    "_contrib_ctc_loss",
    hidden=1,
    asks={
        "data_lengths": lambda attributes: attributes["use_data_lengths"],
        "label_lengths": lambda attributes: attributes["use_label_lengths"],
    },
    host=host.CHECKS,
    unlearned=(
        "label",
        "data_lengths",
        "label_lengths",
    ),
)
def ctc_loss(
    data: torch.Tensor,
    label: torch.Tensor,
    data_lengths: torch.Tensor | None = None,
    label_lengths: torch.Tensor | None = None,
    *,
    use_data_lengths: bool = False,
    use_label_lengths: bool = False,
    blank_label: Literal["first", "last"] = "first",
) -> torch.Tensor:
    """The connectionist temporal classification loss of each sequence.

    Parameters
    ----------
    data : NDArray (time, n, classes)
        scores, before softmax
    label : NDArray (n, longest)
        class indices; without ``use_label_lengths`` a label ends at the first padding: 0 where the blank is 'first', -1
        where it is 'last'
    data_lengths, label_lengths : NDArray (n,)
        how many steps and labels count
    blank_label : str
        whether the blank is class 0 or the last one

    Returns
    -------
    NDArray (n,)
        losses

    References
    ----------
    Graves and others 2006, Connectionist temporal classification
    """
    steps, batch, classes = data.shape
    if data_lengths is not None and label_lengths is None and not use_data_lengths:
        data_lengths, label_lengths = None, data_lengths
    if tuple(label.shape[:1]) != (batch,) or label.dim() != 2:
        raise MXNetError(f"CTCLoss: label is {describe(label)} for data {describe(data)}; expected ({batch}, longest)")
    if label.shape[1] > steps:
        raise MXNetError(f"CTCLoss: label is {describe(label)} for {steps} steps; expected no more labels than steps")
    if data.is_meta:
        return data.new_empty((batch,))
    labels = label.long()
    first = blank_label == "first"
    if use_label_lengths and label_lengths is not None:
        sizes = label_lengths.long()
    else:
        ended = (labels == (0 if first else -1)).cumsum(1) > 0
        sizes = (~ended).sum(1)
    lengths = data_lengths.long() if use_data_lengths and data_lengths is not None else torch.full((batch,), steps)
    labels = labels.clamp(0, classes - 1)
    scores = torch.log_softmax(data, 2)
    return F.ctc_loss(scores, labels, lengths, sizes, blank=0 if first else classes - 1, reduction="none")


# --- what inputs and outputs say about each other ------------------------------------------------------------------


def _one_length_a_sequence(data: Shape | None, lengths: Shape | None, axis: int) -> Partials:
    """There are as many sequences as lengths."""
    count = merged((lengths, None if data is None else (length_or(data, 1 - axis),)))
    if data is None or count is None or len(data) < 2:
        return data, count
    return with_axis(data, 1 - axis, count[0]), count


@rule("inputs", "SequenceMask", "SequenceReverse")
def _as_before(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return _one_length_a_sequence(merged((outputs[0], inputs[0])), inputs[1], attributes["axis"])


@rule("inputs", "SequenceLast")
def _before_the_last(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out, axis = outputs[0], attributes["axis"]
    data = merged((inputs[0], None if out is None else with_new_axis(out, axis, UNKNOWN)))
    return _one_length_a_sequence(data, inputs[1], axis)


@rule("outputs", "SequenceLast")
def _without_steps(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return (None if inputs[0] is None else without_axis(inputs[0], attributes["axis"]),)


rule("outputs", "SequenceMask", "SequenceReverse")(as_first_input)


@rule("inputs", "Pad")
def _before_padding(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out, widths = outputs[0], attributes["pad_width"]
    if out is None or len(widths) != 2 * len(out):
        return ((UNKNOWN,) * (len(widths) // 2),)
    more = [sum(widths[2 * axis : 2 * axis + 2]) for axis in range(len(out))]
    return (tuple(n - wide if n >= wide else UNKNOWN for n, wide in zip(out, more)),)


@rule("inputs", "UpSampling")
def _before_enlarging(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The first image is as much smaller as the scale says; several have one batch."""
    out, scale = outputs[0], attributes["scale"]
    if out is None or len(out) != 4 or not inputs:
        return (None,)
    small = [length // scale if length != UNKNOWN and length % scale == 0 else UNKNOWN for length in out[2:]]
    if attributes["sample_type"] == "bilinear":
        wide = 2 * scale - scale % 2
        return (*out[:2], *small), (out[1], 1, wide, wide)
    if len(inputs) == 1:
        return ((*out[:2], *small),)
    channels = out[1] if attributes["multi_input_mode"] == "sum" else UNKNOWN
    others = ((out[0], channels, UNKNOWN, UNKNOWN),) * (len(inputs) - 1)
    return (out[0], channels, *small), *others


@rule("outputs", "UpSampling")
def _enlarged(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data, scale = inputs[0], attributes["scale"]
    if data is None or len(data) != 4:
        return (None,)
    channels = [length_or(each, 1) for each in inputs]
    if attributes["sample_type"] == "bilinear" or attributes["multi_input_mode"] == "sum":
        channels = channels[:1]
    total = UNKNOWN if UNKNOWN in channels else sum(channels)
    return ((data[0], total, *(UNKNOWN if length == UNKNOWN else length * scale for length in data[2:])),)


@rule("inputs", "Crop")
def _before_cropping(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    if out is None or len(out) != 4:
        return (None,)
    return (*out[:2], UNKNOWN, UNKNOWN), (UNKNOWN, UNKNOWN, *out[2:])


@rule("inputs", "CTCLoss")
def _one_batch(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data, label = inputs[0], inputs[1]
    lengths = [length_or(data, 1), length_or(label, 0), length_or(outputs[0], 0)]
    batch = next((length for length in lengths if length != UNKNOWN), UNKNOWN)
    return (UNKNOWN, batch, UNKNOWN), (batch, UNKNOWN), (batch,), (batch,)


rule("dtype", "SequenceMask", "SequenceLast", "SequenceReverse")(follows(0, others_alike=True))


@rule("outputs", "Crop")
def _cropped(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    size = attributes["h_w"] if len(inputs) == 1 else (length_or(inputs[1], 2), length_or(inputs[1], 3))
    return ((length_or(inputs[0], 0), length_or(inputs[0], 1), *size),)


@rule("outputs", "CTCLoss")
def _one_loss_a_sequence(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return ((length_or(inputs[0], 1),),)
