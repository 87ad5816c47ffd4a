"""Running operators that the program defines (:mod:`mxnet.operator`): from tensors to its code over arrays, and back.

A :class:`Description` is what one node knows of such an operator: the program's property object, each answer of which
is checked. One call of the operator is a node of torch's graph whose backward is the program's. Whatever the program's
code raises is the cause of an MXNetError that names the operator, the method and the line.
"""

from __future__ import annotations

import contextlib
import operator
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import torch

from ..autograd import pause
from ..base import DTYPE_CODES, MXNetError, to_numpy_dtype, to_torch_dtype, upper
from ..context import Context
from ..ops.dtype_rules import Kinds
from ..ops.shape_rules import UNKNOWN, Partial, Partials
from ..util import is_np_array, is_np_shape
from .ndarray import NDArray

__all__ = ["PROPERTIES", "Description", "by_type"]

#: where the lines are that are not the program's
_OURS = str(Path(__file__).parent.parent)
#: the classes that describe operators, by the name they were registered under
PROPERTIES: dict[str, Callable[..., Any]] = {}


def by_type(attributes: Mapping[str, Any]) -> Description:
    """The description of the operator that a call of ``Custom`` names.

    Raises
    ------
    MXNetError
        nothing is registered under that name, or making its property object failed
    """
    given = dict(attributes)
    name = given.pop("op_type")
    if name not in PROPERTIES:
        upper("custom.own")  # those that mx.np registers are loaded when one is first asked for
    maker = PROPERTIES.get(name)
    if maker is None:
        known = ", ".join(map(repr, PROPERTIES)) or "none"
        raise MXNetError(
            f"Custom: op_type={name!r}: no operator is registered by this name with mx.operator.register; "
            f"there are: {known}"
        )
    label = f"Custom {name!r}"
    with _of_the_program(label, f"{getattr(maker, '__name__', maker)}({', '.join(given)})"):
        properties = maker(**given)
    return Description(label, properties)


@contextlib.contextmanager
def _of_the_program(label: str, call: str) -> Iterator[None]:
    """A block that runs code of the program's; what it raises becomes the cause of an MXNetError."""
    try:
        yield
    except Exception as error:
        lines = str(error).strip().splitlines()
        what = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_OURS)]
        where = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
        raise MXNetError(f"{label}: {call} raised {what}{where}") from error


class _Undeclared(NDArray):
    """In the place of an array that ``declare_backward_dependency`` left out: whatever is asked of it is an error."""

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def _refuse(self) -> NoReturn:
        raise MXNetError(f"{self._what} is not there: declare_backward_dependency does not name it")

    def __getattr__(self, name: str) -> Any:
        self._refuse()

    @property
    def shape(self) -> Any:
        """Not there."""
        self._refuse()

    @property
    def _uncomputed(self) -> Any:
        self._refuse()

    def __repr__(self) -> str:
        return f"<{self._what}, not declared>"


class Description:
    """An operator of the program's, as its property object describes it.

    Parameters
    ----------
    label : str
        how errors name it
    properties : CustomOpProp
        the program's object

    Attributes
    ----------
    arguments, states, outputs : list of str
        the names of its inputs, of its auxiliary states, and of its outputs
    needs_head : bool
        whether its gradient depends on what arrives from above
    """

    def __init__(self, label: str, properties: Any) -> None:
        self.label, self.properties = label, properties
        self._owner: str = getattr(properties, "owner", type(properties).__name__)
        self.arguments = self._names("list_arguments")
        self.states = self._names("list_auxiliary_states")
        self.outputs = self._names("list_outputs")
        count = (len(self.outputs), len(self.arguments))
        heads, inputs = list(range(count[0])), list(range(count[0], sum(count)))
        results = list(range(sum(count), sum(count) + count[0]))
        declared = self._ask("declare_backward_dependency", heads, inputs, results)
        try:
            #: numbers of the arrays that its backward is given: of gradients, inputs and outputs, in this order
            self.declared = frozenset(map(operator.index, declared))
        except TypeError:
            self._wrong("declare_backward_dependency", declared, "a list of int")
        self.needs_head = not self.declared.isdisjoint(heads)
        self._dense: bool = False

    def __repr__(self) -> str:
        return f"<{self.label}>"

    def _ask(self, method: str, *arguments: Any) -> Any:
        with _of_the_program(self.label, f"{self._owner}.{method}"):
            return getattr(self.properties, method)(*arguments)

    def _wrong(self, method: str, got: Any, expected: str) -> NoReturn:
        raise MXNetError(f"{self.label}: {self._owner}.{method} returned {got!r}; expected {expected}")

    def _names(self, method: str) -> list[str]:
        names = self._ask(method)
        if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
            self._wrong(method, names, "a list of str")
        if method == "list_outputs" and not names:
            self._wrong(method, names, "at least one name")
        return list(names)

    def _lists(self, method: str, answer: Any) -> tuple[list[Any], list[Any], list[Any]]:
        """What a method tells of arguments, outputs and states, each a list of the length that it must have."""
        if not isinstance(answer, (list, tuple)) or len(answer) not in (2, 3):
            self._wrong(method, answer, "two lists, or three: of arguments, of outputs, of auxiliary states")
        found = [*answer, []][:3] if len(answer) == 2 else list(answer)
        for each, names, what in zip(found, (self.arguments, self.outputs, self.states), _PARTS):
            if not isinstance(each, (list, tuple)) or len(each) != len(names):
                self._wrong(method, each, f"{len(names)} of {what} ({', '.join(names) or 'none'})")
        return found[0], found[1], found[2]

    def shapes(self, inputs: Partials) -> tuple[list[Partial], list[Partial], list[Partial]]:
        """The shapes of arguments, outputs and states, from what is known of those of the arguments.

        Raises
        ------
        MXNetError
            ``infer_shape`` raised, or returned something else than lists of shapes
        """
        given = [list(shape or ()) for shape in inputs[: len(self.arguments)]]
        found = self._lists("infer_shape", self._ask("infer_shape", given))
        return tuple([self._shape(shape) for shape in shapes] for shapes in found)  # type: ignore[return-value]

    def _shape(self, shape: Any) -> Partial:
        try:
            lengths = tuple(max(operator.index(length), UNKNOWN) for length in shape)
        except TypeError:
            self._wrong("infer_shape", shape, "a tuple of int for each shape")
        return lengths if lengths or is_np_shape() else None

    def dtypes(self, inputs: Kinds) -> tuple[list[Any], list[Any], list[Any]]:
        """The dtypes of arguments, outputs and states, from those of the arguments; None for what is not known.

        Raises
        ------
        MXNetError
            ``infer_type`` raised, or returned something else than lists of dtypes
        """
        given = [None if kind is None else to_numpy_dtype(kind) for kind in inputs[: len(self.arguments)]]
        found = self._lists("infer_type", self._ask("infer_type", given))
        return tuple([self._dtype(kind) for kind in kinds] for kinds in found)  # type: ignore[return-value]

    def _dtype(self, kind: Any) -> torch.dtype | None:
        try:
            return None if kind is None else to_torch_dtype(kind)
        except TypeError:
            self._wrong("infer_type", kind, "a dtype for each")

    def run(
        self, data: Sequence[Any], training: bool, ctx: Context, store: dict[Any, Any] | None
    ) -> torch.Tensor | tuple[torch.Tensor, ...]:
        """The outputs for tensors, differentiably where torch's gradient mode is on.

        Parameters
        ----------
        data : sequence of Tensor
            arguments and states
        training : bool
            what the program is told
        ctx : Context
            where the tensors are
        store : dict, optional
            keeps the program's operator for later calls; without, each call makes one

        Raises
        ------
        MXNetError
            the inputs do not fit, or code of the program's raised
        """
        names = [*self.arguments, *self.states]
        if len(data) != len(names) or any(tensor is None for tensor in data):
            given = sum(tensor is not None for tensor in data)
            raise MXNetError(f"{self.label}: {given} inputs; expected {len(names)}: {', '.join(names)}")
        shapes, kinds = self._checked(data)
        if data and data[0].is_meta:
            outputs = tuple(torch.empty(shape, dtype=kind, device="meta") for shape, kind in zip(shapes, kinds))
        else:
            call = Call(self, self._operator(data, ctx, store), data, shapes, kinds, training, ctx)
            if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in data):
                outputs = _Differentiable.apply(call, *data)
            else:
                outputs = call.forward()
        return outputs[0] if len(outputs) == 1 else outputs

    def _checked(self, data: Sequence[torch.Tensor]) -> tuple[list[Any], list[torch.dtype]]:
        """The shapes and dtypes of the outputs, after those of the inputs have been found to be what was inferred."""
        arguments, outputs, states = self.shapes([tuple(tensor.shape) for tensor in data])
        for name, tensor, shape in zip((*self.arguments, *self.states), data, (*arguments, *states)):
            if shape is not None and tuple(tensor.shape) != shape:
                raise MXNetError(
                    f"{self.label}: {name} has shape {tuple(tensor.shape)}; infer_shape says it must be {shape}"
                )
        for name, shape in zip(self.outputs, outputs):
            if (shape is None and not is_np_shape()) or UNKNOWN in (shape or ()):
                raise MXNetError(f"{self.label}: infer_shape does not tell the shape of output {name!r}: {shape}")
        found = self.dtypes([tensor.dtype for tensor in data])
        for name, kind in zip(self.outputs, found[1]):
            if kind is None:
                raise MXNetError(f"{self.label}: infer_type does not tell the dtype of output {name!r}")
        return [shape or () for shape in outputs], found[1]

    def _operator(self, data: Sequence[torch.Tensor], ctx: Context, store: dict[Any, Any] | None) -> Any:
        """The program's operator for inputs like these."""
        shapes = [tuple(tensor.shape) for tensor in data]
        key = (ctx, *shapes, *(tensor.dtype for tensor in data))
        if store is not None and key in store:
            return store[key]
        if not self._dense:
            self._check_storage()
        made = self._ask(
            "create_operator", ctx, [list(shape) for shape in shapes], [DTYPE_CODES[tensor.dtype] for tensor in data]
        )
        if not callable(getattr(made, "forward", None)) or not callable(getattr(made, "backward", None)):
            self._wrong("create_operator", made, "a CustomOp, with forward and backward")
        if store is not None:
            store[key] = made
        return made

    def _check_storage(self) -> None:
        """Refuse an operator that wants other arrays than dense ones."""
        inputs, outputs = ["default"] * len(self.arguments), ["default"] * len(self.outputs)
        states = ["default"] * len(self.states)
        told = self._lists("infer_storage_type", self._ask("infer_storage_type", list(inputs)))
        back = self._ask(
            "infer_storage_type_backward", list(outputs), list(inputs), list(outputs), list(inputs), list(states)
        )
        for method, lists in (("infer_storage_type", told), ("infer_storage_type_backward", back)):
            kinds = [kind for each in lists for kind in each]
            if any(kind != "default" for kind in kinds):
                self._wrong(method, lists, "'default' everywhere: arrays are dense here")
        self._dense = True


_PARTS = ("arguments", "outputs", "auxiliary states")


class Call:
    """One call of an operator of the program's: its arrays, which the backward is given too."""

    def __init__(
        self,
        description: Description,
        operator: Any,
        data: Sequence[torch.Tensor],
        shapes: Sequence[Any],
        kinds: Sequence[torch.dtype],
        training: bool,
        ctx: Context,
    ) -> None:
        self.description, self.operator, self.training, self.ctx = description, operator, training, ctx
        self._class: type[NDArray] = upper("np.ndarray") if is_np_array() else NDArray
        count = len(description.arguments)
        self.inputs = self._wrapped(data[:count])
        self.states = self._wrapped(data[count:])
        device = data[0].device if data else ctx.torch_device
        #: shapes, dtypes and devices of the arguments' gradients
        self._like = [(tensor.shape, tensor.dtype, tensor.device) for tensor in data[:count]]
        self.outputs = self._wrapped(
            [torch.zeros(shape, dtype=kind, device=device) for shape, kind in zip(shapes, kinds)]
        )

    def _wrapped(self, tensors: Sequence[torch.Tensor]) -> list[NDArray]:
        """Arrays on the memory of tensors, outside any graph."""
        return [self._class._wrap(tensor.detach() if tensor.requires_grad else tensor, self.ctx) for tensor in tensors]

    def _told(self, method: str) -> str:
        return f"{getattr(self.operator, 'owner', type(self.operator).__name__)}.{method}"

    def forward(self) -> tuple[torch.Tensor, ...]:
        """The outputs, which the program wrote."""
        outputs = list(self.outputs)
        with pause(train_mode=self.training), _of_the_program(self.description.label, self._told("forward")):
            self.operator.forward(
                is_train=int(self.training),
                req=["write"] * len(outputs),
                in_data=list(self.inputs),
                out_data=list(outputs),
                aux=list(self.states),
            )
        self._forget()
        return tuple(array._t.detach() for array in outputs)

    def _forget(self) -> None:
        """Let go of what the backward is not given."""
        description, count = self.description, len(self.outputs)
        after = count + len(self.inputs)
        for arrays, first, what in ((self.inputs, count, "in_data"), (self.outputs, after, "out_data")):
            for place in range(len(arrays)):
                if first + place not in description.declared:
                    arrays[place] = _Undeclared(f"{description.label}: {what}[{place}] of the backward")

    def backward(self, heads: Sequence[torch.Tensor], wanted: Sequence[bool]) -> list[torch.Tensor | None]:
        """The gradients of the arguments, which the program wrote, and None for those nobody wants."""
        description = self.description
        given = [
            array if place in description.declared
            else _Undeclared(f"{description.label}: out_grad[{place}] of the backward")
            for place, array in enumerate(self._wrapped(heads))
        ]  # fmt: skip
        gradients = self._wrapped([torch.zeros(shape, dtype=kind, device=device) for shape, kind, device in self._like])
        with pause(train_mode=True), _of_the_program(description.label, self._told("backward")):
            self.operator.backward(
                req=["write" if each else "null" for each in wanted],
                out_grad=given,
                in_data=list(self.inputs),
                out_data=list(self.outputs),
                in_grad=list(gradients),
                aux=list(self.states),
            )
        return [array._t.detach() if each else None for array, each in zip(gradients, wanted)]


class _Differentiable(torch.autograd.Function):
    """One call as a node of torch's graph."""

    @staticmethod
    def forward(ctx: Any, call: Call, *data: torch.Tensor) -> tuple[torch.Tensor, ...]:
        ctx.call, ctx.arguments, ctx.total = call, len(call.inputs), len(data)
        outputs = call.forward()
        ctx.mark_non_differentiable(*(each for each in outputs if not each.is_floating_point()))
        return outputs

    @staticmethod
    def backward(ctx: Any, *heads: torch.Tensor) -> Any:
        wanted = ctx.needs_input_grad[1 : 1 + ctx.arguments]
        gradients = ctx.call.backward(heads, wanted)
        return (None, *gradients, *[None] * (ctx.total - ctx.arguments))
