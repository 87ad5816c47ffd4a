"""Eager convolution, activation and pooling in one pass.

MXNet computes eagerly called operators later than they are called. So does this module for the operators that chains of
:mod:`mxnet.kernels` hold: the array a Convolution returns is computed when somebody looks at its elements, and when the
next operator is an activation or a pooling, the chain grows instead. A network written layer by layer so runs its
convolutional part forwards and backwards as one fused call, and gives what the operators one by one would give.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch

from .. import kernels
from ..autograd import state
from ..base import to_numpy_dtype
from ..kernels import Convolve
from ..ops.registry import OpSpec
from . import lazy
from .ndarray import NDArray

__all__ = ["extend"]

_tensor_slot = NDArray._t  # the slot itself; in it stands a _Chain until the array is computed


class _Chain(NamedTuple):
    """What an array is computed from."""

    stages: tuple[Any, ...]
    x: torch.Tensor
    parameters: tuple[torch.Tensor | None, ...]
    shape: tuple[int, ...]
    recording: bool


def extend(spec: OpSpec, inputs: Sequence[Any], attributes: Mapping[str, Any]) -> NDArray | None:
    """An operator's result as a chain, begun by a convolution or grown; None where no chain can hold it."""
    data: Any = inputs[0] if inputs else None
    chain: Any = _tensor_slot.__get__(data) if isinstance(data, NDArray) else None  # type: ignore[attr-defined]
    growing = type(chain) is _Chain
    if not growing and (len(spec.inputs) == 1 or chain is None):
        return None
    stage = spec.stage({**spec.defaults, **attributes})  # type: ignore[misc]
    if stage is None:
        return None
    if growing:
        if chain.recording is not state.recording:
            return None
        stages, x, parameters, shape = chain.stages, chain.x, chain.parameters, chain.shape
    elif chain.dtype is torch.float32 and chain.dim() == 4 and chain.device.type == "cpu":
        stages, x, parameters, shape = (), chain, (), tuple(chain.shape)
    else:
        return None
    if isinstance(stage, str):
        last = stages[-1] if stages else None
        if not isinstance(last, Convolve) or last.activation is not None:
            return None
        stages = (*stages[:-1], last._replace(activation=stage))
    else:
        if isinstance(stage, Convolve):
            given = _parameters(stage, shape, inputs[1:])
            if given is None:
                return None
            parameters += given
        elif not stages:
            return None
        if not kernels.may_join(stage, shape, state.recording):
            return None
        stages = (*stages, stage)
        shape = (shape[0], *kernels.output_shape(stage, shape[1:]))
    base = type(data) if not growing else type(data).__mro__[1]
    array = object.__new__(_uncomputed(base))
    _tensor_slot.__set__(array, _Chain(stages, x, parameters, shape, state.recording))  # type: ignore[attr-defined]
    array._ctx = data._ctx
    lazy.remember(array)
    return array


def _parameters(stage: Convolve, shape: tuple[int, ...], arrays: Sequence[Any]) -> tuple[Any, ...] | None:
    """The tensors of a convolution's weight and bias where they are what the kernels take."""
    weight = arrays[0] if arrays else None
    bias = arrays[1] if stage.bias and len(arrays) > 1 else None
    if not isinstance(weight, NDArray) or (stage.bias and not isinstance(bias, NDArray)):
        return None
    wanted: list[tuple[Any, tuple[int, ...]]] = [(weight._t, (stage.out_channels, shape[1], *stage.kernel))]
    if bias is not None:
        wanted.append((bias._t, (stage.out_channels,)))
    for tensor, its_shape in wanted:
        if tensor.dtype is not torch.float32 or tensor.device.type != "cpu" or tuple(tensor.shape) != its_shape:
            return None
    return weight._t, None if bias is None else bias._t


def _computed(array: NDArray) -> torch.Tensor:
    """The tensor of an array, computed now if it was not; the array is an ordinary one from then on."""
    chain = _tensor_slot.__get__(array)  # type: ignore[attr-defined]
    if type(chain) is not _Chain:
        return chain
    with torch.set_grad_enabled(chain.recording):
        tensor = kernels.run(chain.stages, chain.x, chain.parameters)
    _replace(array, tensor)
    return tensor


def _replace(array: NDArray, tensor: torch.Tensor) -> None:
    _tensor_slot.__set__(array, tensor)  # type: ignore[attr-defined]
    lazy.forget(array)
    base = type(array).__mro__[1]
    if type(array) is _uncomputed(base):
        array.__class__ = base


def _shape(array: NDArray) -> tuple[int, ...]:
    """The shape, which needs no elements."""
    held = _tensor_slot.__get__(array)  # type: ignore[attr-defined]
    return tuple(held.shape)


@functools.cache
def _uncomputed(base: type[NDArray]) -> type[NDArray]:
    """The class of arrays of a class that are not computed yet."""
    members = {
        "__slots__": (),
        "__doc__": base.__doc__,
        "__module__": base.__module__,
        "_t": property(_computed, _replace),
        "shape": property(_shape),
        "ndim": property(lambda array: len(_shape(array))),
        "dtype": property(lambda array: to_numpy_dtype(torch.float32)),
    }
    return type(base.__name__, (base,), members)
