"""By what a step is computed: the one place where a plan decides, and says why.

A :class:`Chooser` is asked by the passes (:mod:`.fusion`) what serves a pattern they have found, and notes at every
step in which order its result lies in memory. It asks the host (:func:`mxnet.kernels.host`): lanes of the kernels,
whether they run on torch's threads, and how many those are. How much is gained stands in :mod:`mxnet.kernels.gains`.

Every choice can be forced, for tests and for whoever wants to know what another one costs: by :func:`forcing`, or for a
whole process by ``REMXNET_CHOOSE="convolution=torch norm=torch"``. What cannot serve a step is not forced on it.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

import torch

from .. import kernels
from ..base import MXNetError
from ..kernels import Convolve, Host
from ..ops.nn import memory_format
from . import fused
from .steps import Choice, Program, Step

__all__ = ["CHOICES", "Chooser", "forced", "forcing"]

#: what can be forced, and the values it has
CHOICES: dict[str, tuple[str, ...]] = {
    "convolution": ("chain", "packed weights", "torch"),
    "norm": ("norm kernel", "torch"),
    "layout": ("channels last", "channels first"),
    "backend": ("steps", "inductor"),
}


def _checked(choices: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    for name, value in choices.items():
        if value not in CHOICES.get(name, ()):
            known = "; ".join(f"{each}: {', '.join(values)}" for each, values in CHOICES.items())
            raise MXNetError(f"choice {name}={value!r}: there is none such; expected one of {known}")
    return tuple(sorted(choices.items()))


def _from_environment(text: str) -> tuple[tuple[str, str], ...]:
    """``convolution=torch layout=channels-last`` as pairs; blanks within a value are written as hyphens."""
    pairs = [part.partition("=") for part in text.replace(",", " ").split()]
    return _checked({name: value.replace("-", " ") for name, _, value in pairs})


_ENVIRONMENT = _from_environment(os.environ.get("REMXNET_CHOOSE", ""))
_forced: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("forced", default=_ENVIRONMENT)


def forced() -> tuple[tuple[str, str], ...]:
    """The choices that are forced now, as pairs."""
    return _forced.get()


@contextlib.contextmanager
def forcing(**choices: str) -> Iterator[None]:
    """A ``with`` block in which plans are made with these choices (:data:`CHOICES`), on the calling thread.

    Raises
    ------
    MXNetError
        there is no such choice

    Examples
    --------
    >>> from mxnet.executor.choices import forcing
    >>> net = mx.gluon.nn.Conv2D(4, 3)
    >>> net.initialize()
    >>> net.hybridize()
    >>> with forcing(convolution="torch"):
    ...     net.plan(mx.nd.ones((8, 1, 6, 6))).rows[0].by
    'torch'
    """
    token = _forced.set(_checked({**dict(_forced.get()), **choices}))
    try:
        yield
    finally:
        _forced.reset(token)


class Chooser:
    """Chooses for the steps of one plan.

    Parameters
    ----------
    recording : bool
        whether gradients may be asked for
    device : torch.device
        where it runs
    on : Host, optional
        the host; this one, if not given
    """

    def __init__(self, recording: bool, device: torch.device, on: Host | None = None) -> None:
        self.recording, self.device = recording, device
        self.host = on or kernels.host()
        self._forced = dict(forced())

    def backend(self, asked: str | None) -> str | None:
        """Who runs the plan: 'inductor' (torch.compile), or None for its steps one by one."""
        chosen = self._forced.get("backend", asked)
        return None if chosen == "steps" else chosen

    # --- convolutions -----------------------------------------------------------------------------------------------

    def may_join(self, stage: Any, shape: Sequence[int]) -> bool:
        """Whether a stage on a batch of this shape may be part of a chain."""
        if self.device.type != "cpu":
            return False
        if "convolution" in self._forced:
            return self._forced["convolution"] == "chain" and kernels.fits(stage, shape, self.recording)
        return kernels.may_join(stage, shape, self.recording)

    def chain(self, stages: Sequence[Any], shape: Sequence[int]) -> list[tuple[Choice, int, int]]:
        """A chain cut where the kernels stop or begin to pay: what serves a run of stages, its first and its end."""
        if "convolution" in self._forced:
            return [(Choice("chain", "forced", "blocks of images"), 0, len(stages))]
        found = []
        for paying, begin, end in kernels.segments(stages, shape):
            first = stages[begin]
            if paying:
                choice = Choice("chain", self._words(first, "few channels"), "blocks of images")
            else:
                choice = Choice("torch", self._words(first, "oneDNN is quicker"))
            found.append((choice, begin, end))
        return found

    def _words(self, stage: Any, why: str) -> str:
        channels = f"{stage.out_channels} channels of {self.host.lanes} lanes" if isinstance(stage, Convolve) else ""
        alone = "" if self.host.team else ", one thread of ours"
        return f"{why}: {channels}{alone}"

    def packed(self, attributes: Mapping[str, Any], shape: Sequence[int] | None, dtype: torch.dtype | None) -> Choice:
        """What serves a convolution outside a recording."""
        if self._forced.get("convolution", "packed weights") != "packed weights":
            return Choice("torch", "forced")
        if self.device.type != "cpu" or dtype is not torch.float32:
            return Choice("torch", "not float32 on the processor")
        if len(attributes["kernel"]) != 2 or attributes["layout"] not in (None, "NCHW"):
            return Choice("torch", "not over two axes, channels first")
        if shape is None:
            return Choice("torch", "shape not known")
        if not fused.can_pack():
            return Choice("torch", "this torch packs no weights")
        if not fused.PackedConvolution(attributes, tuple(shape), relu=False).packs(tuple(shape)):
            return Choice("torch", "not to be computed channels last")
        return Choice("packed weights", "prediction: weights stay", "channels last")

    # --- batch norm by the batch's statistics -----------------------------------------------------------------------

    def norm(self, shape: Sequence[int], steps: int) -> Choice:
        """What serves a batch norm and `steps` - 1 steps after it."""
        chosen = self._forced.get("norm")
        if chosen == "torch":
            return Choice("torch", "forced")
        if self.device.type != "cpu" or not kernels.norm_fits(shape):
            return Choice("torch", "no kernel for these channels")
        if chosen is None and not self.host.pays(kernels.norm_gain(steps)):
            return Choice("torch", "one thread of ours is slower than all")
        return Choice("norm kernel", "forced" if chosen else f"{2 * steps} passes over memory in 2")

    # --- orders in memory -------------------------------------------------------------------------------------------

    def lay_out(self, program: Program) -> None:
        """Note at every step in which order its result lies, and have it so where an order is forced.

        A convolution by torch takes the order in which it moves less (:mod:`mxnet.ops.nn.memory_format`), and what
        follows keeps it.
        """
        last: set[int] = set()
        for step in program.steps:
            choice = step.choice or Choice("torch", "")
            if choice.layout == "-":
                if self._in_channels_last(program, step, last):
                    choice = choice._replace(layout="channels last")
                if "layout" in self._forced and step.role == "convolution":
                    step.function = fused.InOrder(step.function, self._forced["layout"])
                    choice = choice._replace(reason=choice.reason or "forced")
            if choice.layout == "channels last":
                last.add(step.outputs[0])
            step.choice = choice

    def _in_channels_last(self, program: Program, step: Step, last: set[int]) -> bool:
        data = step.inputs[0] if step.inputs else None
        shape, out = program.shapes.get(data) if data is not None else None, program.shapes.get(step.outputs[0])
        if shape is None or out is None or len(shape) != 4 or len(out) != 4:
            return False
        if step.spec.role == "convolution":
            weight: Any = program.shapes.get(step.inputs[1])  # type: ignore[arg-type]
            if weight is None or program.dtypes.get(step.inputs[1]) is torch.float64:  # type: ignore[arg-type]
                return False
            attributes = step.all_attributes()
            geometry = (attributes[name] or (each,) * 2 for name, each in (("stride", 1), ("dilate", 1), ("pad", 0)))
            if not memory_format.computes_channels_last(shape, weight, *geometry):
                return False
            if "layout" in self._forced:
                return self._forced["layout"] == "channels last"
            moved = 0 if memory_format.is_wide(weight) else math.prod(weight)
            return memory_format.prefers_channels_last(
                math.prod(shape), moved, math.prod(out), data_first=data not in last, data_last=data in last
            )
        return data in last
