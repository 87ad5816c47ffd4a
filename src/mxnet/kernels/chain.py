"""Convolution, activation and pooling in one pass over blocks of images, with gradients.

A chain is a sequence of :class:`Convolve` and :class:`Pool`. :func:`run` computes it on the compiled kernels where they
are there and pay, and :func:`reference` on torch's operators; both give the same result within rounding. The README
beside this file tells how the kernels work and what they gain.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Union

import torch
import torch.nn.functional as F

from .gains import Host, convolution_gain, host
from .library import Library, library

__all__ = [
    "Convolve", "Pool", "Stage", "compute", "fits", "joined", "may_join", "output_shape", "reference", "run",
    "segments",
]  # fmt: skip

_ACTIVATIONS = {None: 0, "relu": 1, "sigmoid": 2, "tanh": 3}


class Convolve(NamedTuple):
    """A convolution with stride and dilation 1 in one group, and the activation after it."""

    out_channels: int
    kernel: tuple[int, int]
    padding: tuple[int, int]
    bias: bool
    activation: str | None = None


class Pool(NamedTuple):
    """Pooling without padding whose windows lie within the array; 'max' or 'avg'."""

    kind: str
    kernel: tuple[int, int]
    stride: tuple[int, int]


Stage = Union[Convolve, Pool]  # noqa: UP007 - isinstance-free alias, also for Python 3.10's get_type_hints
Shape = tuple[int, int, int]


def output_shape(stage: Stage, shape: Shape) -> Shape:
    """The (channels, height, width) after a stage."""
    channels, height, width = shape
    if isinstance(stage, Convolve):
        rows = height + 2 * stage.padding[0] - stage.kernel[0] + 1
        return stage.out_channels, rows, width + 2 * stage.padding[1] - stage.kernel[1] + 1
    rows = (height - stage.kernel[0]) // stage.stride[0] + 1
    return channels, rows, (width - stage.kernel[1]) // stage.stride[1] + 1


def fits(stage: Stage, shape: Sequence[int], recording: bool) -> bool:
    """Whether there are kernels for a stage on a batch of this shape (n, channels, height, width).

    While recording, a batch has to fill half of the lanes: fewer images go through forwards only.
    """
    lib = library()
    return lib is not None and _fits(stage, shape, recording, lib.lanes)


def _fits(stage: Stage, shape: Sequence[int], recording: bool, lanes: int) -> bool:
    if len(shape) != 4 or shape[0] < 1 or (recording and shape[0] * 2 < lanes):
        return False
    if isinstance(stage, Convolve) and (stage.padding[0] >= stage.kernel[0] or stage.padding[1] >= stage.kernel[1]):
        return False
    after = output_shape(stage, (shape[1], shape[2], shape[3]))
    return after[1] >= 1 and after[2] >= 1


def may_join(stage: Stage, shape: Sequence[int], recording: bool) -> bool:
    """Whether the kernels can take a stage on a batch of this shape, and may pay.

    That they do is for :func:`segments` to say, when it is known what follows.
    """
    return joined(stage, tuple(shape), recording) is not None


def joined(stage: Stage, shape: tuple[int, ...], recording: bool) -> tuple[int, int, int, int] | None:
    """The shape after a stage that :func:`may join <may_join>`; None where it may not."""
    return _joined(stage, shape, recording, host())


@functools.lru_cache(maxsize=1024)
def _joined(stage: Stage, shape: tuple[int, ...], recording: bool, on: Host) -> tuple[int, int, int, int] | None:
    if on.lanes is None or not _fits(stage, shape, recording, on.lanes):
        return None
    if isinstance(stage, Convolve) and not _pays(stage, shape[1], True, on):
        return None
    return shape[0], *output_shape(stage, (shape[1], shape[2], shape[3]))


def _pays(stage: Convolve, channels: int, pooled: bool, on: Host) -> bool:
    if on.lanes is None:
        return False
    taps = stage.kernel[0] * stage.kernel[1]
    return on.pays(convolution_gain(channels, stage.out_channels, taps, pooled, on.lanes))


def segments(stages: Sequence[Stage], shape: Sequence[int]) -> list[tuple[bool, int, int]]:
    """A chain cut where the kernels stop or begin to pay.

    Parameters
    ----------
    stages : sequence of Convolve and Pool
        the chain, which begins with a convolution
    shape : sequence of int
        of the images (n, channels, height, width)

    Returns
    -------
    list of (bool, int, int)
        whether the kernels pay for a run of stages, the first of them, and the one after the last
    """
    on = host()
    found: list[tuple[bool, int, int]] = []
    current: Shape = (shape[1], shape[2], shape[3])
    begin = 0
    while begin < len(stages):
        end = begin + 1
        while end < len(stages) and not isinstance(stages[end], Convolve):
            end += 1
        stage = stages[begin]
        paying = all(
            fits(each, (shape[0], *at), False)
            for each, at in zip(stages[begin:end], _shapes(stages[begin:end], current))
        )
        if paying and isinstance(stage, Convolve):
            paying = _pays(stage, current[0], end > begin + 1, on)
        if found and found[-1][0] is paying:
            found[-1] = (paying, found[-1][1], end)
        else:
            found.append((paying, begin, end))
        for each in stages[begin:end]:
            current = output_shape(each, current)
        begin = end
    return found


def _shapes(stages: Sequence[Stage], shape: Shape) -> list[Shape]:
    """The shape before each stage."""
    before = [shape]
    for stage in stages[:-1]:
        before.append(output_shape(stage, before[-1]))
    return before


#: puts data and weight of a convolution with this padding into the order in memory that it is to be computed in
Operands = Callable[[torch.Tensor, torch.Tensor, Sequence[int]], tuple[torch.Tensor, torch.Tensor]]


def reference(
    stages: Sequence[Stage],
    x: torch.Tensor,
    parameters: Sequence[torch.Tensor | None],
    operands: Operands | None = None,
) -> torch.Tensor:
    """The chain on torch's operators.

    Parameters
    ----------
    stages : sequence of Convolve and Pool
        the chain
    x : tensor (n, channels, height, width)
        the images
    parameters : sequence of tensors
        weight and bias (or None) of each convolution in turn
    operands : callable, optional
        chooses the order in memory of each convolution
    """
    given = iter(parameters)
    for stage in stages:
        if isinstance(stage, Convolve):
            weight, bias = next(given), next(given)
            if operands is not None:
                x, weight = operands(x, weight, stage.padding)  # type: ignore[arg-type]
            x = torch.conv2d(x, weight, bias, padding=stage.padding)  # type: ignore[arg-type]
            if stage.activation is not None:
                x = getattr(torch, stage.activation)(x)
        elif stage.kind == "max":
            x = F.max_pool2d(x, stage.kernel, stage.stride)
        else:
            x = F.avg_pool2d(x, stage.kernel, stage.stride)
    return x


def run(
    stages: tuple[Stage, ...],
    x: torch.Tensor,
    parameters: Sequence[torch.Tensor | None],
    operands: Operands | None = None,
) -> torch.Tensor:
    """The chain on the kernels where that pays, else on torch's operators; arguments as for :func:`reference`.

    Differentiable, also twice (the second time on torch's operators). Fewer images than half a vector's lanes have no
    gradient on the kernels.
    """
    lib = _taken_by(x)
    if lib is None:
        return reference(stages, x, parameters, operands)
    cut = _segments(stages, x.shape, host())
    if len(cut) == 1:
        return _on(lib, stages, x, parameters) if cut[0][0] else reference(stages, x, parameters, operands)
    given = 0
    for paying, begin, end in cut:
        part = stages[begin:end]
        count = 2 * sum(isinstance(stage, Convolve) for stage in part)
        of_part = parameters[given : given + count]
        x = _on(lib, part, x, of_part) if paying else reference(part, x, of_part, operands)
        given += count
    return x


def compute(stages: tuple[Stage, ...], x: torch.Tensor, parameters: Sequence[torch.Tensor | None]) -> torch.Tensor:
    """:func:`run` without asking whether it pays: on the kernels wherever they :func:`fit <fits>`."""
    lib = _taken_by(x)
    return reference(stages, x, parameters) if lib is None else _on(lib, stages, x, parameters)


def _on(
    lib: Library, stages: tuple[Stage, ...], x: torch.Tensor, parameters: Sequence[torch.Tensor | None]
) -> torch.Tensor:
    """The chain on the kernels."""
    if x.shape[0] * 2 < lib.lanes:
        return _run_small(lib, stages, x, parameters)
    return _Run.apply(lib, stages, x, *parameters)


def _taken_by(x: torch.Tensor) -> Library | None:
    """The kernels if they take a batch, in the present gradient mode: few images would leave most lanes empty."""
    if x.dtype is not torch.float32 or not x.is_cpu or x.dim() != 4:
        return None
    lib = library()
    return None if lib is None or (x.shape[0] * 2 < lib.lanes and torch.is_grad_enabled()) else lib


@functools.lru_cache(maxsize=256)
def _segments(stages: tuple[Stage, ...], shape: torch.Size, on: Host) -> list[tuple[bool, int, int]]:
    return segments(stages, shape)


# --- the compiled side --------------------------------------------------------------------------------------------


class _CStage(ctypes.Structure):
    """``stage`` in ``stage.h``."""

    _fields_ = [
        *((name, ctypes.c_int32) for name in (
            "kind", "activation", "pool", "channels", "height", "width", "out_channels", "out_height", "out_width",
            "kernel_h", "kernel_w", "stride_h", "stride_w", "pad_h", "pad_w", "in_halo_h", "in_halo_w", "out_halo_h",
            "out_halo_w",
        )),
        *((name, ctypes.c_int64) for name in ("in_offset", "out_offset")),
        *((name, ctypes.c_void_p) for name in (
            "weight", "bias", "weight_gradient", "bias_gradient", "packed", "packed_flipped",
        )),
    ]  # fmt: skip


class _Layout:
    """Where everything of a chain lies for one shape of image, and memory that was used before.

    Attributes
    ----------
    block : floats one block of images takes, all its intermediate arrays included
    scratch : floats the backward of one part needs for gradients under way
    partial : floats of all weights and biases
    columns : floats that one image takes at a time in ``columns.c``
    """

    def __init__(self, stages: tuple[Stage, ...], shape: Shape, lib: Library) -> None:
        self.stages, self.shape, self.lib = stages, shape, lib
        self.template = (_CStage * len(stages))()
        lanes, offset, largest, self.partial = lib.lanes, 0, 0, 0
        self.columns = 0
        current = shape
        for position, stage in enumerate(stages):
            c = self.template[position]
            after = output_shape(stage, current)
            c.channels, c.height, c.width = current
            c.out_channels, c.out_height, c.out_width = after
            (c.kernel_h, c.kernel_w) = stage.kernel
            if isinstance(stage, Convolve):
                c.kind, c.activation, c.stride_h, c.stride_w = 0, _ACTIVATIONS[stage.activation], 1, 1
                c.pad_h, c.pad_w = stage.padding
                self.partial += stage.out_channels * (current[0] * stage.kernel[0] * stage.kernel[1] + 1)
            else:
                c.kind, c.pool = 1, 0 if stage.kind == "max" else 1
                c.stride_h, c.stride_w = stage.stride
            row = current[2] + 2 * c.pad_w + lanes
            self.columns = max(self.columns, 2 * (current[0] * (current[1] + 2 * c.pad_h) * row + lanes))
            c.in_halo_h, c.in_halo_w, c.in_offset = c.pad_h, c.pad_w, offset
            if position:
                previous = self.template[position - 1]
                previous.out_halo_h, previous.out_halo_w, previous.out_offset = c.pad_h, c.pad_w, offset
            offset += current[0] * (current[1] + 2 * c.pad_h) * (current[2] + 2 * c.pad_w) * lanes
            reach_h, reach_w = 2 * stage.kernel[0], 2 * stage.kernel[1]
            for channels, height, width in (current, after):
                largest = max(largest, channels * (height + reach_h) * (width + reach_w) * lanes)
            current = after
        self.template[len(stages) - 1].out_offset = offset
        self.block = offset + current[0] * current[1] * current[2] * lanes
        self.output, self.scratch = current, 2 * largest
        self._free: list[torch.Tensor] = []

    def stages_with(self, parameters: Sequence[torch.Tensor | None], flipped: bool) -> tuple[Any, list[Any]]:
        """A copy of the stages with the parameters' addresses and room to pack them in, and what must stay alive."""
        stages = (_CStage * len(self.stages))()
        ctypes.memmove(stages, self.template, ctypes.sizeof(self.template))
        alive: list[Any] = []
        given = iter(parameters)
        for c, stage in zip(stages, self.stages):
            if isinstance(stage, Convolve):
                weight, bias = next(given), next(given)
                weight = weight.contiguous()  # type: ignore[union-attr]
                packed = torch.empty(weight.numel())
                c.weight, c.bias = weight.data_ptr(), None if bias is None else bias.data_ptr()
                if flipped:
                    c.packed_flipped = packed.data_ptr()
                else:
                    c.packed = packed.data_ptr()
                alive += [weight, bias, packed]
        return stages, alive

    def take(self, floats: int) -> torch.Tensor:
        """Memory for intermediate arrays, used before where there is some of that size."""
        try:
            memory = self._free.pop()
        except IndexError:
            return torch.empty(floats)
        return memory if memory.numel() == floats else torch.empty(floats)

    def give(self, memory: torch.Tensor) -> None:
        """Memory nothing refers to any more."""
        if len(self._free) < 2:
            self._free.append(memory)


class _Lease:
    """Gives memory back to its layout when the graph that holds it is dropped."""

    __slots__ = ("_layout", "memory")

    def __init__(self, layout: _Layout, floats: int) -> None:
        self._layout, self.memory = layout, layout.take(floats)

    def __del__(self) -> None:
        self._layout.give(self.memory)


@functools.lru_cache(maxsize=64)
def _layout(stages: tuple[Stage, ...], shape: Shape, lib: Library) -> _Layout:
    return _Layout(stages, shape, lib)


def _run_small(
    lib: Library, stages: tuple[Stage, ...], x: torch.Tensor, parameters: Sequence[torch.Tensor | None]
) -> torch.Tensor:
    """The chain for a few images, one after the other, without a gradient (``columns.c``)."""
    images = x.contiguous()
    layout = _layout(stages, tuple(images.shape[1:]), lib)
    batch = images.shape[0]
    parts = min(lib.parts, batch)
    out, memory = torch.empty(batch, *layout.output), torch.empty(parts * layout.columns)
    c_stages, alive = layout.stages_with(parameters, flipped=False)
    lib.columns_forward(
        c_stages, len(stages), batch, images.data_ptr(), out.data_ptr(), memory.data_ptr(), layout.columns, parts,
        lib.team,
    )  # fmt: skip
    del alive
    return out


class _Run(torch.autograd.Function):
    """The chain on the kernels, as one node of torch's graph."""

    @staticmethod
    def forward(
        ctx: Any, lib: Library, stages: tuple[Stage, ...], x: torch.Tensor, *parameters: torch.Tensor | None
    ) -> torch.Tensor:
        images = x.contiguous()
        batch = images.shape[0]
        layout = _layout(stages, tuple(images.shape[1:]), lib)
        blocks = -(-batch // lib.lanes)
        parts = min(lib.parts, blocks)
        keep = any(ctx.needs_input_grad)
        lease = _Lease(layout, (blocks if keep else parts) * layout.block)
        out = torch.empty(batch, *layout.output)
        c_stages, alive = layout.stages_with(parameters, flipped=False)
        lib.forward(
            c_stages, len(stages), batch, images.data_ptr(), out.data_ptr(), lease.memory.data_ptr(), layout.block,
            int(keep), parts, lib.team,
        )  # fmt: skip
        del alive
        if keep:
            ctx.stages, ctx.layout, ctx.lease, ctx.parts = stages, layout, lease, parts
            ctx.save_for_backward(x, *parameters)
        return out

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> Any:
        x, *parameters = ctx.saved_tensors
        wanted = ctx.needs_input_grad[2:]
        if torch.is_grad_enabled():  # a derivative of this gradient may be asked for
            return None, None, *_differentiable(ctx.stages, x, parameters, gradient, wanted)
        lib, layout = ctx.layout.lib, ctx.layout
        gradient = gradient.contiguous()
        stages, alive = layout.stages_with(parameters, flipped=True)
        results: list[torch.Tensor | None] = [
            torch.empty_like(x, memory_format=torch.contiguous_format) if wanted[0] else None
        ]
        position = 0
        for c, stage in zip(stages, ctx.stages):
            if isinstance(stage, Convolve):
                weight, bias = parameters[position], parameters[position + 1]
                dw = torch.empty(weight.shape)
                db = None if bias is None else torch.empty(bias.shape)
                c.weight_gradient, c.bias_gradient = dw.data_ptr(), None if db is None else db.data_ptr()
                results += [dw, db]
                position += 2
        scratch, partial = torch.empty(ctx.parts * layout.scratch), torch.empty(ctx.parts * layout.partial)
        into = results[0]
        lib.backward(
            stages, len(ctx.stages), x.shape[0], gradient.data_ptr(), None if into is None else into.data_ptr(),
            ctx.lease.memory.data_ptr(), layout.block, scratch.data_ptr(), layout.scratch, partial.data_ptr(),
            layout.partial, ctx.parts, lib.team,
        )  # fmt: skip
        del alive
        return None, None, *(result if want else None for result, want in zip(results, wanted))


def _differentiable(
    stages: Sequence[Stage],
    x: torch.Tensor,
    parameters: Sequence[torch.Tensor | None],
    gradient: torch.Tensor,
    wanted: Sequence[bool],
) -> list[torch.Tensor | None]:
    """The gradients as functions of the inputs, computed again on torch's operators."""
    inputs = [x, *parameters]
    asked = [tensor for tensor, want in zip(inputs, wanted) if want]
    found = iter(torch.autograd.grad(reference(stages, x, parameters), asked, gradient, create_graph=True))  # type: ignore[arg-type]
    return [next(found) if want else None for want in wanted]
