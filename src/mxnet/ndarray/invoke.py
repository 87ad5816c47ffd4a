"""From a call on arrays to an operator's function on tensors, and back.

Everything an operator's function must not know is here: recording, training mode, contexts, random streams, ``out=``,
auxiliary states, parameters without a shape yet, and the error a user reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from .. import _tracebacks, memory, streams
from ..autograd import living, state
from ..base import MXNetError, _Null, dtype_name, what_came
from ..context import Context, as_context
from ..ops import integers
from ..ops.freed import freed
from ..ops.registry import OpSpec, describe
from . import chaining, running, sparse_calls
from .deferred import DeferredArray
from .ndarray import NDArray, assign

__all__ = ["array_function", "invoke"]

_set_grad_enabled = torch._C._set_grad_enabled
_is_grad_enabled = torch.is_grad_enabled
_new = object.__new__

#: what torch raises where it refuses a call
_REFUSALS = (RuntimeError, TypeError, IndexError, ValueError, NotImplementedError, MemoryError)


def invoke(
    spec: OpSpec,
    inputs: Sequence[Any],
    attributes: Mapping[str, Any],
    out: Any = None,
    array_class: type[NDArray] | None = None,
) -> Any:
    """Run an operator on arrays.

    Parameters
    ----------
    spec : OpSpec
        the operator
    inputs : sequence of NDArray, DeferredArray or None
        its array inputs in order; None for optional ones that are not given
    attributes : mapping
        attributes by name, parsed or not
    out : NDArray or list of NDArray, optional
        where to put the result
    array_class : type, optional
        the class of the result where no input tells it

    Returns
    -------
    NDArray or list of NDArray
        the result, of the class of the first input

    Raises
    ------
    MXNetError
        operator, argument, what came, what is expected
    """
    try:
        parsed = spec.parse(attributes) if attributes or spec.required else {}
        if out is None:
            if spec.plain:
                result = _call(spec, inputs, parsed)
                if result is not None:
                    return result
            elif spec.stage is not None:
                chained = chaining.extend(spec, inputs, parsed)
                if chained is not None:
                    return chained
        tensors: list[Any] = []
        first: NDArray | None = None
        deferred = False
        for array in inputs:
            if isinstance(array, NDArray):
                if array._sparse:
                    if any(isinstance(each, DeferredArray) for each in inputs):
                        inputs = _resolve(spec, inputs, parsed)
                    return sparse_calls.call(spec, inputs, parsed, out, invoke)
                if first is None:
                    first = array
                tensors.append(living(array) if state.recording else array._t)
            elif array is None:
                if len(tensors) < len(spec.inputs) and spec.inputs[len(tensors)].required:
                    raise _incomplete(spec, inputs)
                tensors.append(None)
            elif isinstance(array, DeferredArray):
                deferred = True
                tensors.append(array)
            else:
                name = spec.input_names[min(len(tensors), len(spec.input_names) - 1)]
                raise AssertionError(f"{spec.name}: {name} must be an NDArray; got {what_came(array)}")
        if deferred:
            inputs = _resolve(spec, inputs, parsed)
            tensors = [None if array is None else array._t for array in inputs]
            if first is None:
                first = next(array for array in inputs if array is not None)
        if spec.stores:
            return sparse_calls.call(spec, inputs, parsed, out, invoke)
        if spec.same_dtype:
            _check_dtypes(spec, inputs, tensors)

        ctx = first._ctx if first is not None else as_context(parsed.get("ctx"))
        if spec.takes_training or spec.takes_device or spec.takes_rng or spec.takes_context:
            if spec.takes_training:
                parsed["training"] = state.training
            if spec.takes_device:
                parsed["device"] = first._t.device if first is not None else ctx.torch_device
            if spec.takes_rng:
                parsed["rng"] = streams.for_context(ctx)
            if spec.takes_context:
                parsed["context"] = ctx

        if spec.fills:
            for place, number in spec.filled(parsed).items():
                memory.filled(tensors[place], number)
        recording, gradients = state.recording, _is_grad_enabled()
        if recording is not gradients:
            _set_grad_enabled(recording)
        try:
            if spec.writes:
                result = memory.called(spec, tensors, parsed)
            elif recording and integers.seen.any and any(integers.stand_in(each) is not None for each in tensors):
                result = integers.called(spec.function, tensors, parsed, spec.rules.get("integers"))
            else:
                result = spec.function(*tensors, **parsed)
        except _REFUSALS as error:
            if isinstance(error, MXNetError):
                raise
            raise _explained(spec, inputs, parsed, error) from error
        finally:
            if recording is not gradients:
                _set_grad_enabled(gradients)

        if spec.aux:
            result = _write_states(spec, inputs, parsed, result)
        if spec.view and not recording:
            result = _unshared(result, tensors)
        cls = array_class or NDArray if first is None else type(first)
        if out is not None:
            return _into(spec, result, out)
        if type(result) is torch.Tensor:
            return cls._wrap(result, ctx)
        if len(result) == 1:
            return cls._wrap(result[0], ctx)
        return [cls._wrap(tensor, ctx) for tensor in result]
    except Exception as error:
        _tracebacks.cut(error)
        raise


def _call(spec: OpSpec, inputs: Sequence[Any], parsed: Mapping[str, Any]) -> Any:
    """The result of an operator that is plain, on arrays that are too; None where there is more to do than the call."""
    recording = state.recording
    if recording and not _is_grad_enabled():
        return None
    tensors: list[Any] = []
    try:
        for array in inputs:
            tensor = array._t
            if tensor.requires_grad:
                if not recording:
                    return None
                node = tensor.grad_fn
                if node is not None and node._sequence_nr() <= freed.until:
                    tensor = living(array)
            elif recording and integers.seen.any and integers.stand_in(tensor) is not None:
                return None
            tensors.append(tensor)
        first = inputs[0]
    except (AttributeError, IndexError, MXNetError):  # an input left out, no array at all, a parameter without a shape
        return None
    if spec.same_dtype:
        dtype = tensors[0].dtype
        for tensor in tensors:
            if tensor.dtype is not dtype:
                return None
    try:
        result = spec.function(*tensors, **parsed) if parsed else spec.function(*tensors)
    except _REFUSALS as error:
        if isinstance(error, MXNetError):
            raise
        raise _explained(spec, inputs, parsed, error) from error
    kind, ctx = type(first), first._ctx
    if type(result) is torch.Tensor:
        array = _new(kind)
        array._t = result
        array._ctx = ctx
        return array
    return kind._wrap(result[0], ctx) if len(result) == 1 else [kind._wrap(tensor, ctx) for tensor in result]


def _resolve(spec: OpSpec, inputs: Sequence[Any], parsed: Mapping[str, Any]) -> list[Any]:
    """Give parameters without a shape the one the operator's rule finds, and take their arrays."""
    if spec.params is None:
        name = next(item.parameter.name for item in inputs if isinstance(item, DeferredArray))
        raise MXNetError(
            f"{spec.name}: the shape of parameter {name} is not known and {spec.name} cannot tell it; "
            "give its full shape where it is made"
        )
    shapes = {
        name: None if array is None or isinstance(array, DeferredArray) else tuple(array.shape)
        for name, array in zip(spec.input_names, inputs)
    }
    found = spec.params(shapes, {**spec.defaults, **parsed})
    return [
        array.resolve(found[name]) if isinstance(array, DeferredArray) else array
        for name, array in zip(spec.input_names, inputs)
    ]


def _check_dtypes(spec: OpSpec, inputs: Sequence[Any], tensors: Sequence[Any]) -> None:
    expected = tensors[0].dtype
    for position, tensor in enumerate(tensors):
        if tensor is not None and tensor.dtype is not expected:
            name = spec.input_names[min(position, len(spec.input_names) - 1)]
            raise MXNetError(
                f"{spec.name}: input {position} ({name}) is {dtype_name(tensor.dtype)}; "
                f"expected {dtype_name(expected)} as input 0; convert it with astype"
            )


def _write_states(spec: OpSpec, inputs: Sequence[Any], parsed: Mapping[str, Any], result: Any) -> Any:
    """Have the states follow what an operator returned of them after its outputs; returns the outputs."""
    outputs, states = result[: -len(spec.aux)], result[-len(spec.aux) :]
    if "states" in spec.rules and not state.recording:
        return outputs
    arrays = [inputs[spec.input_names.index(name)] for name in spec.aux]
    running.follow(
        running.Seen(array, new, outputs[0], spec, parsed)
        for name, array, new in zip(spec.aux, arrays, states)
        if array is not None and new is not None and new is not array._t and name not in spec.writes
    )
    return outputs


def _unshared(result: Any, tensors: Sequence[Any]) -> Any:
    """The result on memory of its own where the operator returned an input or a view of it."""
    if type(result) is not torch.Tensor:
        return [_unshared(tensor, tensors) for tensor in result]
    memory = result.untyped_storage().data_ptr()
    if any(tensor is not None and tensor.untyped_storage().data_ptr() == memory for tensor in tensors):
        return result.clone(memory_format=torch.contiguous_format)
    return result


def _into(spec: OpSpec, result: Any, out: Any) -> Any:
    """Put the result into the arrays of ``out=``."""
    targets = out if isinstance(out, (list, tuple)) else [out]
    values = [result] if isinstance(result, torch.Tensor) else list(result)
    if len(targets) > len(values):
        raise MXNetError(f"{spec.name}: out has {len(targets)} arrays; the operator has {len(values)} outputs")
    for target, value in zip(targets, values):
        if target is None:
            continue
        if not isinstance(target, NDArray):
            raise AssertionError(f"{spec.name}: out must be an NDArray; got {what_came(target)}")
        if target._sparse:
            target._store(value)
            continue
        if tuple(target._t.shape) != tuple(value.shape) or target._t.dtype is not value.dtype:
            raise MXNetError(f"{spec.name}: out is {describe(target._t)}; expected {describe(value)}")
        assign(target, value)
    return out


def _explained(spec: OpSpec, inputs: Sequence[Any], parsed: Mapping[str, Any], error: Exception) -> MXNetError:
    """The error a user reads where torch refused and the operator's own checks did not say why."""
    given = [f"{name}={value!r}" for name, value in parsed.items() if name in spec.attributes]
    devices = {array._t.device for array in inputs if array is not None}
    if len(devices) > 1:
        contexts = ", ".join(str(array._ctx) for array in inputs if array is not None)
        return MXNetError(f"{spec.name}: inputs are on different contexts ({contexts}); move them with as_in_context")
    if len(inputs) < sum(item.required for item in spec.inputs):
        return _incomplete(spec, inputs)
    lines = str(error).strip().splitlines()
    got = ", ".join([*_described(spec, inputs), *given])
    return MXNetError(f"{spec.name}: {lines[0] if lines else type(error).__name__} (got {got})")


def _incomplete(spec: OpSpec, inputs: Sequence[Any]) -> MXNetError:
    names = ", ".join(item.name for item in spec.inputs if item.required)
    got = ", ".join(_described(spec, inputs))
    return MXNetError(f"{spec.name}: expected the array inputs {names}; got {got or 'none'}")


def _described(spec: OpSpec, inputs: Sequence[Any]) -> list[str]:
    return [
        f"{spec.input_names[min(position, len(spec.input_names) - 1)]} {describe(array._t)}"
        for position, array in enumerate(inputs)
        if isinstance(array, NDArray)
    ]


def array_function(spec: OpSpec, name: str, array_class: type[NDArray] | None = None) -> Callable[..., Any]:
    """The function of a namespace for an operator: inputs, then attributes, by position or by name."""
    count = len(spec.inputs)
    input_names = spec.input_names
    attribute_names = tuple(spec.attributes)
    variadic = spec.variadic
    positional = frozenset(input_names)

    def function(*args: Any, out: Any = None, name: str | None = None, **attributes: Any) -> Any:
        given = len(args)
        if given == count and not variadic:
            return invoke(spec, args, attributes, out, array_class)
        if variadic:
            inputs: Sequence[Any] = args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args
            if not inputs and input_names[-1] in attributes:
                inputs = attributes.pop(input_names[-1])
            for key, value in attributes.items():
                if isinstance(value, NDArray):
                    raise TypeError(f"{function.__name__}() takes its arrays by position; got one as {key!r}")
            return invoke(spec, inputs, attributes, out, array_class)
        if given > count:
            most = count + len(attribute_names)
            if given > most:
                raise TypeError(f"{function.__name__}() takes at most {most} positional arguments, got {given}")
            for attribute, value in zip(attribute_names, args[count:]):
                if attribute in attributes:
                    raise TypeError(f"{function.__name__}() got several values for {attribute!r}")
                attributes[attribute] = value
            args = args[:count]
        elif given < count and attributes and not positional.isdisjoint(attributes):
            filled = [attributes.pop(each, None) for each in input_names[given:]]
            args = (*args, *filled)
        return invoke(spec, args, attributes, out, array_class)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = spec.doc
    function.__signature__ = spec.signature()  # type: ignore[attr-defined]
    function.__module__ = "mxnet.ndarray"
    return function


def creation_context(ctx: Any) -> Context:
    """The context a creation function makes its array on."""
    return as_context(None if ctx is _Null else ctx)
