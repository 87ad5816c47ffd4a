"""Made by tools/carried.py from mxnet.ops.nn.sequence; edits are lost."""

from __future__ import annotations

import torch
import torch.nn.functional as F


def _steps(
    name: str, data: torch.Tensor, lengths: torch.Tensor | None, axis: int
) -> torch.Tensor:
    """Whether each step is within its sequence: (time, batch, 1, ...) for axis 0,
    (batch, time, 1, ...) for axis 1.
    """
    steps = torch.arange(data.shape[axis], device=data.device)
    inside = steps.unsqueeze(1) < lengths.unsqueeze(0)
    inside = inside if axis == 0 else inside.t()
    return inside.reshape(*inside.shape, *(1,) * (data.dim() - 2))


def sequence_mask(
    data: torch.Tensor,
    sequence_length: torch.Tensor | None = None,
    *,
    use_sequence_length: bool = False,
    value: float = 0.0,
    axis: int = 0,
) -> torch.Tensor:
    """Elements after the end of their sequence replaced by `value`."""
    if not use_sequence_length:
        return data
    inside = _steps("SequenceMask", data, sequence_length, axis)
    return torch.where(
        inside, data, torch.full((), value, dtype=data.dtype, device=data.device)
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
        return data.select(axis % data.dim(), -1).clone()
    _steps("SequenceLast", data, sequence_length, axis)
    timed = data if axis == 0 else data.transpose(0, 1)
    last = sequence_length.long() - 1
    return timed[last, torch.arange(timed.shape[1], device=data.device)]


def sequence_reverse(
    data: torch.Tensor,
    sequence_length: torch.Tensor | None = None,
    *,
    use_sequence_length: bool = False,
    axis: int = 0,
) -> torch.Tensor:
    """The steps of each sequence in the opposite order; steps after its end stay where
    they are.
    """
    if not use_sequence_length:
        return data.flip(0)
    inside = _steps("SequenceReverse", data, sequence_length, 0).reshape(
        data.shape[0], data.shape[1]
    )
    steps = torch.arange(data.shape[0], device=data.device).unsqueeze(1)
    places = torch.where(inside, sequence_length.long().unsqueeze(0) - 1 - steps, steps)
    return data[places, torch.arange(data.shape[1], device=data.device).unsqueeze(0)]


def pad(
    data: torch.Tensor,
    *,
    mode: str,
    pad_width: tuple[int, ...],
    constant_value: float = 0.0,
) -> torch.Tensor:
    """More elements around the last axes of an array of 4 or 5 axes."""
    pairs = [
        pad_width[2 * axis : 2 * axis + 2] for axis in range(data.dim() - 1, 1, -1)
    ]
    flat = [count for pair in pairs for count in pair]
    if mode == "constant":
        return F.pad(data, flat, value=constant_value)
    return F.pad(data, flat, mode="replicate" if mode == "edge" else "reflect")


def upsampling(
    *data: torch.Tensor,
    scale: int,
    num_filter: int = 0,
    sample_type: str,
    multi_input_mode: str = "concat",
) -> torch.Tensor:
    """Images enlarged by a whole number."""
    if sample_type == "bilinear":
        kernel = 2 * scale - scale % 2
        border = -(-(scale - 1) // 2)
        if not kernel:
            return data[0]
        height, width = (data[0].shape[2] * scale, data[0].shape[3] * scale)
        image, weight = (data[0], data[1])
        return F.conv_transpose2d(
            image, weight, None, scale, border, 0, image.shape[1]
        )[:, :, :height, :width]
    height, width = (data[0].shape[2] * scale, data[0].shape[3] * scale)
    enlarged = [
        image.repeat_interleave(height // image.shape[2], 2).repeat_interleave(
            width // image.shape[3], 3
        )
        for image in data
    ]
    if len(enlarged) == 1:
        return enlarged[0]
    return (
        torch.cat(enlarged, 1)
        if multi_input_mode == "concat"
        else torch.stack(enlarged).sum(0)
    )


def crop(
    *data: torch.Tensor,
    offset: tuple[int, ...] = (0, 0),
    h_w: tuple[int, ...] = (0, 0),
    center_crop: bool = False,
) -> torch.Tensor:
    """A window of images, of a given size or of that of a second array."""
    image = data[0]
    height, width = (data[1].shape[2], data[1].shape[3]) if len(data) == 2 else h_w
    top, left = (
        ((image.shape[2] - height) // 2, (image.shape[3] - width) // 2)
        if center_crop
        else offset
    )
    return image[:, :, top : top + height, left : left + width].clone()


def ctc_loss(
    data: torch.Tensor,
    label: torch.Tensor,
    data_lengths: torch.Tensor | None = None,
    label_lengths: torch.Tensor | None = None,
    *,
    use_data_lengths: bool = False,
    use_label_lengths: bool = False,
    blank_label: str = "first",
) -> torch.Tensor:
    """The connectionist temporal classification loss of each sequence."""
    steps, batch, classes = data.shape
    if data_lengths is not None and label_lengths is None and (not use_data_lengths):
        data_lengths, label_lengths = (None, data_lengths)
    labels = label.long()
    first = blank_label == "first"
    if use_label_lengths and label_lengths is not None:
        sizes = label_lengths.long()
    else:
        ended = (labels == (0 if first else -1)).cumsum(1) > 0
        sizes = (~ended).sum(1)
    lengths = (
        data_lengths.long()
        if use_data_lengths and data_lengths is not None
        else torch.full((batch,), steps)
    )
    labels = labels.clamp(0, classes - 1)
    scores = torch.log_softmax(data, 2)
    return F.ctc_loss(
        scores,
        labels,
        lengths,
        sizes,
        blank=0 if first else classes - 1,
        reduction="none",
    )
