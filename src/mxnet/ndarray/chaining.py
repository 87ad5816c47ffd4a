"""Eager convolution, activation and pooling in one pass.

MXNet computes eagerly called operators later than they are called. So does this module for the operators that chains of
:mod:`mxnet.kernels` hold: the array a Convolution returns is computed when somebody looks at its elements, and when the
next operator is an activation or a pooling, the chain grows instead. A network written layer by layer so runs its
convolutional part forwards and backwards as one fused call, and gives what the operators one by one would give.

What is put off is in the ledger (:mod:`mxnet.memory`), which has it computed before an input changes. An array in the
middle of a chain that somebody still holds is computed by itself, once, and what follows goes on from there: whoever
holds it is likely to look.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from .. import kernels, memory
from ..autograd import living, state
from ..base import MXNetError
from ..kernels import Convolve
from ..memory import Pending
from ..ops.nn.memory_format import convolution_operands
from ..ops.registry import OpSpec
from ..spans import names, span
from .ndarray import NDArray

__all__ = ["extend"]

_set_grad_enabled = torch._C._set_grad_enabled


class _Chain(Pending):
    """All links that begin with one convolution of one array.

    Attributes
    ----------
    arrays : those that are not computed yet, weakly
    """

    __slots__ = ("arrays",)

    def __init__(self) -> None:
        super().__init__()
        self.arrays: list[weakref.ref[NDArray]] = []

    def wanted(self) -> bool:
        """Whether somebody holds an array of it."""
        return any(array() is not None for array in self.arrays)

    def settle(self) -> None:
        """Compute the arrays that somebody holds."""
        for reference in tuple(self.arrays):
            array = reference()
            if array is not None:
                array._pending.settle()

    def settled(self, link: _Link) -> None:
        """A link was computed."""
        self.arrays = [array for array in self.arrays if array is not link.array and array() is not None]
        if not self.arrays:
            self.forget()


class _Link:
    """One operator of a chain, and the array that is its result.

    Attributes
    ----------
    chain : the chain it is of
    stage : what the operator is to the kernels: Convolve, Pool, or the name of an activation
    before : the link it continues, until it is computed; None for the first
    inputs : what it is computed from beside that: the images, for the first, then weight and bias of a convolution
    shape, dtype : those of the array
    open : whether an activation can still join the convolution that the chain ends with
    array : the array, weakly
    after : the link that continues it, weakly
    tensor : what was computed, while a link that continues it is not
    """

    __slots__ = (
        "__weakref__", "after", "array", "before", "chain", "done", "error", "inputs", "name", "open", "parameters",
        "recording", "shape", "stage", "tensor", "version",
    )  # fmt: skip

    dtype = torch.float32
    chain: _Chain
    after: weakref.ref[_Link] | None
    tensor: torch.Tensor | None
    error: Exception | None

    def __init__(
        self, name: str, stage: Any, chain: _Chain, before: _Link | None, parameters: tuple[Any, ...],
        shape: tuple[int, ...], array: NDArray,
    ) -> None:  # fmt: skip
        self.name, self.stage, self.chain, self.before, self.shape = name, stage, chain, before, shape
        self.open = type(stage) is Convolve
        self.recording = state.recording
        self.parameters = parameters
        self.inputs: Sequence[memory.Note] = ()
        self.array = weakref.ref(array)
        self.after = self.tensor = self.error = None
        self.done, self.version = False, 0

    def following(self) -> _Link | None:
        """The link that continues it, if that is still to be computed."""
        link = self.after() if self.after is not None else None
        return None if link is None or link.done else link

    def settle(self) -> None:
        """Compute it unless that is done, and keep an error for whoever looks."""
        with self.chain.lock:
            if not self.done:
                try:
                    self.compute()
                except Exception as error:  # noqa: BLE001 - kept for whoever looks
                    self.error = error
                self.done = True
                self.chain.settled(self)

    def look(self) -> None:
        """:meth:`settle`, and raise the error if there was one."""
        if not self.done:
            self.settle()
        if self.error is not None:
            raise self.error.with_traceback(None)

    def _from_where(self) -> tuple[list[_Link], torch.Tensor]:
        """The links to compute, and the tensor to begin with: of the last link that somebody can or could look at."""
        links = [self]
        while True:
            before = links[0].before
            if before is None:
                return links, links[0].inputs[0][0]
            if before.done or before.array() is not None:
                before.look()
                assert before.tensor is not None  # kept for what follows
                if before.tensor._version != before.version:
                    raise MXNetError(f"{self.name}: the array it was called with was written to past mxnet")
                return links, before.tensor
            links.insert(0, before)

    def compute(self) -> None:
        """Compute it; the chain's lock is held."""
        links, x = self._from_where()
        for link in links:
            memory.check(link.inputs, link.name)
        before = links[0].before
        gradients = torch.is_grad_enabled()
        try:
            if gradients is not self.recording:
                _set_grad_enabled(self.recording)
            parameters = [each for link in links for each in link.parameters]
            tensor = _run(tuple(link.stage for link in links), x, parameters)
        except RuntimeError as error:
            names = ", ".join(link.name for link in links)
            raise MXNetError(f"{names}: {str(error).splitlines()[0]}") from error
        finally:
            if gradients is not self.recording:
                _set_grad_enabled(gradients)
        array = self.array()
        if self.following() is not None:
            self.tensor, self.version = tensor, tensor._version
            self.chain.depend((tensor,))
        if array is not None:
            array._t = tensor
        if before is not None:
            before.tensor = None
        self.before, self.inputs, self.parameters = None, (), ()


def _run(stages: tuple[Any, ...], x: torch.Tensor, parameters: Sequence[torch.Tensor | None]) -> torch.Tensor:
    """The result of links in a row: those that need no convolution before them on torch, then the chain."""
    if names.eager:
        with span("+".join(stage if isinstance(stage, str) else type(stage).__name__ for stage in stages)):
            return _run_arranged(stages, x, parameters)
    return _run_arranged(stages, x, parameters)


def _run_arranged(stages: tuple[Any, ...], x: torch.Tensor, parameters: Sequence[torch.Tensor | None]) -> torch.Tensor:
    first, chain = _arranged(stages)
    for stage in first:
        x = getattr(torch, stage)(x) if isinstance(stage, str) else kernels.reference((stage,), x, ())
    return kernels.run(chain, x, parameters, _operands) if chain else x


def _operands(x: torch.Tensor, weight: torch.Tensor, padding: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
    return convolution_operands(x, weight, (1, 1), (1, 1), tuple(padding))


@functools.lru_cache(maxsize=1024)
def _arranged(stages: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The links before the first convolution, and the chain from there on, activations joined to their convolutions."""
    begin = next((place for place, stage in enumerate(stages) if isinstance(stage, Convolve)), len(stages))
    chain: list[Any] = []
    for stage in stages[begin:]:
        if isinstance(stage, str):
            chain[-1] = chain[-1]._replace(activation=stage)
        else:
            chain.append(stage)
    return stages[:begin], tuple(chain)


@functools.lru_cache(maxsize=1024)
def _stage(spec: OpSpec, attributes: tuple[tuple[str, Any], ...]) -> Any:
    """What an operator called with these attributes is to the kernels; None where it is nothing."""
    return spec.stage({**spec.defaults, **dict(attributes)})  # type: ignore[misc]


def extend(spec: OpSpec, inputs: Sequence[Any], attributes: Mapping[str, Any]) -> NDArray | None:
    """An operator's result as a chain, begun by a convolution or grown; None where no chain can hold it."""
    data: Any = inputs[0] if inputs else None
    if not isinstance(data, NDArray):
        return None
    link: _Link | None = data._uncomputed
    if link is None and len(spec.inputs) == 1:
        return None
    stage = _stage(spec, tuple(attributes.items()))
    if stage is None:
        return None
    if link is None:
        return _begun(spec, stage, data, inputs)
    for each in inputs[1:]:
        if isinstance(each, NDArray):
            each._t  # noqa: B018 - computes it, under no other chain's lock
    with link.chain.lock:  # it is not computed meanwhile
        if link.done:
            return _begun(spec, stage, data, inputs)
        if link.following() is not None:  # a second reader: computed once, for both
            link.settle()
            return _begun(spec, stage, data, inputs)
        return _grown(spec, stage, link, data, inputs)


def _begun(spec: OpSpec, stage: Any, data: NDArray, inputs: Sequence[Any]) -> NDArray | None:
    """A chain that begins with a convolution of an array."""
    images = living(data)
    if type(stage) is not Convolve or images.dim() != 4:
        return None
    if images.dtype is not torch.float32 or not images.is_cpu:
        return None
    shape = tuple(images.shape)
    after = kernels.joined(stage, shape, state.recording)
    parameters = None if after is None else _parameters(stage, shape, inputs)
    if after is None or parameters is None:
        return None
    chain = _Chain()
    with chain.lock:
        return _linked(spec, stage, chain, None, images, parameters, after, data)


def _grown(spec: OpSpec, stage: Any, link: _Link, data: NDArray, inputs: Sequence[Any]) -> NDArray | None:
    """A chain that an array which is not computed yet continues as; its lock is held."""
    if link.recording is not state.recording:
        return None
    if type(stage) is str:
        return _linked(spec, stage, link.chain, link, None, (), link.shape, data) if link.open else None
    after = kernels.joined(stage, link.shape, link.recording)
    parameters = () if after is None or type(stage) is not Convolve else _parameters(stage, link.shape, inputs)
    if after is None or parameters is None:
        return None
    return _linked(spec, stage, link.chain, link, None, parameters, after, data)


def _linked(
    spec: OpSpec, stage: Any, chain: _Chain, before: _Link | None, images: torch.Tensor | None,
    parameters: tuple[Any, ...], shape: tuple[int, ...], data: NDArray,
) -> NDArray | None:  # fmt: skip
    """The array of one more link; the chain's lock is held, so that a writer waits for a link that is made."""
    array = object.__new__(type(data))
    array._ctx = data._ctx
    link = _Link(spec.name, stage, chain, before, parameters, shape, array)
    given = [tensor for tensor in (images, *parameters) if tensor is not None]
    if given:
        notes = chain.depend(given)
        if notes is None:
            return None  # memory that others may write to unseen: the operator runs now
        link.inputs = notes
    array._pending = link
    chain.arrays.append(link.array)
    if before is not None:
        before.after = weakref.ref(link)
    return array


def _parameters(stage: Convolve, shape: tuple[int, ...], inputs: Sequence[Any]) -> tuple[Any, ...] | None:
    """The tensors of a convolution's weight and bias where they are what the kernels take."""
    given = len(inputs)
    weight = inputs[1] if given > 1 else None
    if not isinstance(weight, NDArray):
        return None
    taps = weight._t
    if taps.shape != (stage.out_channels, shape[1], *stage.kernel):
        return None
    if taps.dtype is not torch.float32 or not taps.is_cpu:
        return None
    if not stage.bias:
        return taps, None
    bias = inputs[2] if given > 2 else None
    if not isinstance(bias, NDArray):
        return None
    added = bias._t
    if added.shape != (stage.out_channels,) or added.dtype is not torch.float32 or not added.is_cpu:
        return None
    return taps, added
