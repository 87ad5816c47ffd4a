"""Operators that the program defines itself: the nodes for them. What is done at one is for the layer of arrays to say.

The rule "made" looks the program's description of the operator up (:mod:`mxnet.ndarray.custom`). All else that is to be
known of a node, its inputs' names, shapes and dtypes, is asked of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ..base import upper
from . import host
from .dtype_rules import Kinds
from .registry import Made, Place, Store, Training, operator
from .shape_rules import Partials

__all__ = ["custom", "ndarray_op", "numpy_op"]


def _made(attributes: Mapping[str, Any]) -> Any:
    return upper("custom.by_type")(attributes)


def _made_of_object(attributes: Mapping[str, Any]) -> Any:
    return upper("custom.by_object")(attributes)


def _outputs(attributes: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(attributes["made"].outputs)


def _named(attributes: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    made = attributes["made"]
    return [*made.arguments, *made.states], made.states


def _is_loss(attributes: Mapping[str, Any]) -> bool:
    return not attributes["made"].needs_head


def _shapes_of_inputs(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    if all(shape is None for shape in inputs):
        return ()
    arguments, _, states = attributes["made"].shapes(inputs)
    return [*arguments, *states]


def _shapes_of_outputs(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    made = attributes["made"]
    if inputs and all(shape is None for shape in inputs):
        return [None] * len(made.outputs)
    return made.shapes(inputs)[1]


def _dtypes(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    if inputs and all(kind is None for kind in inputs):
        return (), ()
    arguments, found, states = attributes["made"].dtypes(inputs)
    return [*arguments, *states], found


_RULES: dict[str, Any] = {
    "named": _named,
    "inputs": _shapes_of_inputs,
    "outputs": _shapes_of_outputs,
    "dtype": _dtypes,
}
_FACTS: dict[str, Any] = {
    "num_outputs": lambda attributes: len(attributes["made"].outputs),
    "outputs": _outputs,
    "loss": _is_loss,
    "host": host.COMPUTES,
}


@operator("Custom", "_npi_Custom", rules={"made": _made, **_RULES}, open=True, **_FACTS)
def custom(
    *data: torch.Tensor,
    op_type: str,
    made: Made,
    training: Training = False,
    context: Place = None,
    store: Store = None,
) -> Any:
    """An operator that the program registered with :func:`mxnet.operator.register`.

    Parameters
    ----------
    data : NDArray
        its arguments and then its auxiliary states, as its CustomOpProp lists them
    op_type : str
        the name it was registered by
    **kwargs
        what its CustomOpProp is made with, all as texts

    Raises
    ------
    MXNetError
        no operator was registered by that name, or the program's code raised: the error it raised is the cause

    Examples
    --------
    >>> class Twice(mx.operator.CustomOp):
    ...     def forward(self, is_train, req, in_data, out_data, aux):
    ...         self.assign(out_data[0], req[0], in_data[0] * 2)
    >>> @mx.operator.register("twice_of_the_example")
    ... class TwiceProp(mx.operator.CustomOpProp):
    ...     def create_operator(self, ctx, shapes, dtypes):
    ...         return Twice()
    >>> mx.nd.Custom(mx.nd.array([1, 2]), op_type="twice_of_the_example").asnumpy().tolist()
    [2.0, 4.0]
    """
    return made.run(data, training, context, store)


@operator("_Native", rules={"made": _made_of_object, **_RULES}, **_FACTS)
def numpy_op(
    *data: torch.Tensor,
    info: str,
    need_top_grad: bool = True,
    made: Made,
    training: Training = False,
    context: Place = None,
    store: Store = None,
) -> Any:
    """An object of :class:`mxnet.operator.NumpyOp`, which `info` stands for in this process."""
    return made.run(data, training, context, store)


@operator("_NDArray", rules={"made": _made_of_object, **_RULES}, **_FACTS)
def ndarray_op(
    *data: torch.Tensor,
    info: str,
    made: Made,
    training: Training = False,
    context: Place = None,
    store: Store = None,
) -> Any:
    """An object of :class:`mxnet.operator.NDArrayOp`, which `info` stands for in this process."""
    return made.run(data, training, context, store)
