"""Operators that a program defines in Python: CustomOp and its CustomOpProp, and the older NumpyOp and NDArrayOp.

How they run is :mod:`mxnet.ndarray.custom`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from .base import MXNetError, dtype_name
from .ndarray import NDArray, array
from .ndarray.custom import PROPERTIES, Description
from .ops import OPERATORS, OpSpec
from .ops import custom as _nodes
from .symbol import Symbol
from .symbol.call import composed

__all__ = [
    "CustomOp", "CustomOpProp", "NDArrayOp", "NumpyOp", "OperatorArguments", "PythonOp",
    "get_all_registered_operators", "get_operator_arguments", "register",
]  # fmt: skip

_Prop = TypeVar("_Prop")


class CustomOp:
    """An operator over arrays; a subclass defines :meth:`forward` and, to be trained through, :meth:`backward`."""

    def forward(
        self,
        is_train: bool,
        req: Sequence[str],
        in_data: Sequence[NDArray],
        out_data: Sequence[NDArray],
        aux: Sequence[NDArray],
    ) -> None:
        """Write the outputs.

        Parameters
        ----------
        is_train : bool
            whether it runs in training mode
        req : list of str
            how each output is written: 'null', 'write', 'inplace' or 'add'; see :meth:`assign`
        in_data, out_data, aux : list of NDArray
            inputs, outputs to write to, auxiliary states
        """

    def backward(
        self,
        req: Sequence[str],
        out_grad: Sequence[NDArray],
        in_data: Sequence[NDArray],
        out_data: Sequence[NDArray],
        in_grad: Sequence[NDArray],
        aux: Sequence[NDArray],
    ) -> None:
        """Write the gradients of the inputs.

        Parameters
        ----------
        req : list of str
            how each gradient is written; 'null' where nobody wants it
        out_grad, in_data, out_data : list of NDArray
            gradients of the outputs, inputs and outputs, as far as ``declare_backward_dependency`` asks for them
        in_grad, aux : list of NDArray
            gradients to write to, auxiliary states
        """

    def assign(self, dst: NDArray, req: str, src: Any) -> None:
        """Write into an array as `req` asks: not at all, over what is there, or in addition to it.

        Examples
        --------
        >>> sums = mx.nd.ones((2,))
        >>> mx.operator.CustomOp().assign(sums, "add", mx.nd.array([1, 2]))
        >>> sums.asnumpy().tolist()
        [2.0, 3.0]
        """
        if req in ("write", "inplace"):
            dst[:] = src
        elif req == "add":
            dst[:] = dst + src


class CustomOpProp:
    """What is to be known of a custom operator; a subclass says what differs from one input like one output.

    Parameters
    ----------
    need_top_grad : bool
        whether the gradient depends on that of the outputs; a loss has no use for it

    Examples
    --------
    >>> class Sigmoid(mx.operator.CustomOp):
    ...     def forward(self, is_train, req, in_data, out_data, aux):
    ...         self.assign(out_data[0], req[0], 1 / (1 + mx.nd.exp(-in_data[0])))
    ...     def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
    ...         y = out_data[0]
    ...         self.assign(in_grad[0], req[0], out_grad[0] * y * (1 - y))
    >>> @mx.operator.register("sigmoid_of_the_example")
    ... class SigmoidProp(mx.operator.CustomOpProp):
    ...     def create_operator(self, ctx, shapes, dtypes):
    ...         return Sigmoid()
    >>> x = mx.nd.zeros((1,))
    >>> x.attach_grad()
    >>> with mx.autograd.record():
    ...     y = mx.nd.Custom(x, op_type="sigmoid_of_the_example")
    >>> y.backward()
    >>> y.asscalar(), x.grad.asscalar()
    (0.5, 0.25)
    """

    def __init__(self, need_top_grad: bool = True) -> None:
        self.need_top_grad_ = need_top_grad

    def infer_shape(self, in_shape: list[Any]) -> Any:
        """The shapes of inputs, outputs and auxiliary states, from what is known of the inputs'.

        Parameters
        ----------
        in_shape : list of list of int
            [] for a shape that is not known, -1 for such a length

        Returns
        -------
        two or three lists of shapes
            by default all outputs have the first input's
        """
        first = in_shape[0]
        return in_shape, tuple(first for _ in self.list_outputs()), ()

    def infer_type(self, in_type: list[Any]) -> Any:
        """The dtypes of inputs, outputs and auxiliary states: by default the first input's."""
        first = in_type[0]
        return in_type, *([first for _ in names] for names in (self.list_outputs(), self.list_auxiliary_states()))

    def infer_storage_type(self, in_stype: list[str]) -> Any:
        """The storage types of inputs, outputs and auxiliary states; all are 'default', that is dense."""
        _check_dense("infer_storage_type", in_stype=in_stype)
        outputs, states = self.list_outputs(), self.list_auxiliary_states()
        return in_stype, ["default"] * len(outputs), ["default"] * len(states)

    def infer_storage_type_backward(
        self,
        ograd_stype: list[str],
        in_stype: list[str],
        out_stype: list[str],
        igrad_stype: list[str],
        aux_stype: list[str],
    ) -> Any:
        """The storage types in the backward; all are 'default', that is dense."""
        _check_dense("infer_storage_type_backward", ograd_stype=ograd_stype, igrad_stype=igrad_stype)
        kinds = (ograd_stype, in_stype, out_stype, igrad_stype, aux_stype)
        return tuple(["default"] * len(each) for each in kinds)

    def list_outputs(self) -> list[str]:
        """The names of the outputs."""
        return ["output"]

    def list_arguments(self) -> list[str]:
        """The names of the inputs."""
        return ["data"]

    def list_auxiliary_states(self) -> list[str]:
        """The names of the auxiliary states."""
        return []

    def declare_backward_dependency(
        self, out_grad: Sequence[int], in_data: Sequence[int], out_data: Sequence[int]
    ) -> list[int]:
        """Which arrays the backward reads, of the numbers given: all, or all but `out_grad` for a loss."""
        return [*(out_grad if self.need_top_grad_ else ()), *in_data, *out_data]

    def create_operator(self, ctx: Any, in_shapes: list[Any], in_dtypes: list[int]) -> CustomOp:
        """The operator for inputs of these shapes and dtypes (MXNet's numbers for them), states included."""
        return CustomOp()


def _check_dense(method: str, **given: Sequence[str]) -> None:
    for name, kinds in given.items():
        for place, kind in enumerate(kinds):
            if kind != "default":
                raise AssertionError(
                    f"{method}: {name}[{place}]={kind!r}; expected 'default', unless the operator defines "
                    "infer_storage_type and infer_storage_type_backward"
                )


def register(reg_name: str) -> Callable[[_Prop], _Prop]:
    """A decorator that makes a CustomOpProp known under a name; another one under that name takes its place.

    Parameters
    ----------
    reg_name : str
        what ``op_type`` says in ``nd.Custom`` and ``sym.Custom``

    Raises
    ------
    AttributeError
        the name is no string

    Examples
    --------
    >>> @mx.operator.register("nothing_of_the_example")
    ... class Nothing(mx.operator.CustomOpProp):
    ...     pass
    >>> mx.sym.Custom(mx.sym.Variable("x"), op_type="nothing_of_the_example", name="a").list_outputs()
    ['a_output']
    """

    def add(prop_cls: _Prop) -> _Prop:
        if not isinstance(reg_name, str):
            raise AttributeError(f"register: reg_name={reg_name!r} of type {type(reg_name).__name__}; expected a str")
        PROPERTIES[reg_name] = prop_cls  # type: ignore[assignment]
        return prop_cls

    return add


def get_all_registered_operators() -> list[str]:
    """The names of all operators of the table, aliases included."""
    return list(OPERATORS)


class OperatorArguments(NamedTuple):
    """What an operator takes: how many arguments, their names, and the kind of each in words."""

    narg: int
    names: list[str]
    types: list[str]


def get_operator_arguments(op_name: str) -> OperatorArguments:
    """The inputs and attributes of an operator.

    Raises
    ------
    MXNetError
        there is no operator of that name

    Examples
    --------
    >>> mx.operator.get_operator_arguments("Flatten")
    OperatorArguments(narg=1, names=['data'], types=['NDArray-or-Symbol'])
    """
    spec: OpSpec | None = OPERATORS.get(op_name)
    if spec is None:
        raise MXNetError(f"get_operator_arguments: there is no operator {op_name!r}")
    kinds = {each.name: f"NDArray-or-Symbol{'[]' if spec.variadic else ''}" for each in spec.inputs}
    for attribute in spec.attributes.values():
        default = attribute.default
        shown = default if isinstance(default, (int, float, str, tuple, type(None))) else dtype_name(default)
        kinds[attribute.name] = attribute.expected + (
            ", required" if attribute.required else f", optional, default={shown!r}"
        )
    return OperatorArguments(len(kinds), list(kinds), list(kinds.values()))


# --- the older way: one object is both the description and the operator ------------------------------------------


#: the objects whose nodes are still there, by what stands for them in a node's attributes
_objects: weakref.WeakValueDictionary[str, PythonOp] = weakref.WeakValueDictionary()


def by_object(attributes: Mapping[str, Any]) -> Description:
    """The description of the object that a node of ``_Native`` or ``_NDArray`` stands for.

    Raises
    ------
    MXNetError
        it is of another process, or gone
    """
    found = _objects.get(attributes["info"])
    if found is None:
        raise MXNetError(
            f"info={attributes['info']!r}: there is no such NumpyOp or NDArrayOp; a graph with one can be read only in "
            "the process that made it. Operators registered with mx.operator.register have no such limit"
        )
    kind = "NumpyOp" if isinstance(found, NumpyOp) else "NDArrayOp"
    return Description(kind, _ObjectProp(found))


class _ObjectProp(CustomOpProp):
    """Describes a PythonOp in the words of a CustomOpProp."""

    def __init__(self, described: PythonOp) -> None:
        super().__init__(described.need_top_grad())
        #: whose methods errors speak of
        self.owner = type(described).__name__
        self._described = described

    def infer_shape(self, in_shape: list[Any]) -> Any:
        return self._described.infer_shape(in_shape)

    def list_outputs(self) -> list[str]:
        return self._described.list_outputs()

    def list_arguments(self) -> list[str]:
        return self._described.list_arguments()

    def declare_backward_dependency(
        self, out_grad: Sequence[int], in_data: Sequence[int], out_data: Sequence[int]
    ) -> list[int]:
        if isinstance(self._described, NDArrayOp):
            return self._described.declare_backward_dependency(out_grad, in_data, out_data)
        return super().declare_backward_dependency(out_grad, in_data, out_data)

    def create_operator(self, ctx: Any, in_shapes: list[Any], in_dtypes: list[int]) -> CustomOp:
        return _ObjectOp(self._described)


class _ObjectOp(CustomOp):
    """Runs a PythonOp, over NumPy's arrays where it is a NumpyOp."""

    def __init__(self, described: PythonOp) -> None:
        self.owner = type(described).__name__
        self._described = described

    def _run(self, method: Callable[..., Any], written: Sequence[NDArray], **arrays: Sequence[NDArray]) -> None:
        if isinstance(self._described, NumpyOp):
            own = {name: [each.asnumpy() for each in given] for name, given in arrays.items()}
            method(**own)
            last = list(own)[-1]
            for target, value in zip(written, own[last]):
                target[:] = array(value, dtype=value.dtype)
        else:
            method(**arrays)

    def forward(self, is_train: Any, req: Any, in_data: Any, out_data: Any, aux: Any) -> None:
        self._run(self._described.forward, out_data, in_data=in_data, out_data=out_data)

    def backward(self, req: Any, out_grad: Any, in_data: Any, out_data: Any, in_grad: Any, aux: Any) -> None:
        heads = out_grad if self._described.need_top_grad() else []
        self._run(
            self._described.backward, in_grad, out_grad=heads, in_data=in_data, out_data=out_data, in_grad=in_grad
        )


class PythonOp:
    """What NumpyOp and NDArrayOp have in common: an object that describes an operator and is it.

    Parameters
    ----------
    need_top_grad : bool
        whether the gradient depends on that of the outputs; a loss has no use for it
    """

    def __init__(self, need_top_grad: bool = True) -> None:
        self.need_top_grad_ = need_top_grad

    def __call__(self, *args: Any, **kwargs: Any) -> Symbol:
        """The symbol of a call; see :meth:`get_symbol`."""
        return self.get_symbol(*args, **kwargs)

    def get_symbol(self, *args: Any, **kwargs: Any) -> Symbol:
        """The symbol of a call with symbols by position or by name, and with ``name=``."""
        given = [*map(repr, args), *kwargs]
        raise NotImplementedError(
            f"{type(self).__name__} defines no get_symbol for {', '.join(given)}; derive from NumpyOp or NDArrayOp"
        )

    def forward(self, in_data: Sequence[Any], out_data: Sequence[Any]) -> None:
        """Write the outputs: by default, the first input."""
        out_data[0][:] = in_data[0]

    def backward(
        self, out_grad: Sequence[Any], in_data: Sequence[Any], out_data: Sequence[Any], in_grad: Sequence[Any]
    ) -> None:
        """Write the gradients of the inputs: by default, ones."""
        in_grad[0][:] = 1.0

    def infer_shape(self, in_shape: list[Any]) -> Any:
        """The shapes of inputs and outputs, from what is known of the inputs'."""
        return in_shape, [in_shape[0]]

    def list_outputs(self) -> list[str]:
        """The names of the outputs."""
        return ["output"]

    def list_arguments(self) -> list[str]:
        """The names of the inputs."""
        return ["data"]

    def need_top_grad(self) -> bool:
        """Whether the gradient depends on that of the outputs."""
        return self.need_top_grad_

    def _symbol(self, node: Callable[..., Any], args: Sequence[Symbol], keywords: dict[str, Any], **own: Any) -> Symbol:
        info = f"{id(self):x}"
        _objects[info] = self
        name, attr = keywords.pop("name", None), keywords.pop("attr", None)
        if args and keywords:
            raise TypeError(f"{type(self).__name__}: symbols are given by position or by name, not both")
        return composed(node, keywords or list(args), {"info": info, **own}, name, attr)


class NumpyOp(PythonOp):
    """An operator over NumPy's arrays, as programs of the first years define it; :class:`CustomOp` came after it.

    Examples
    --------
    >>> class Plus1(mx.operator.NumpyOp):
    ...     def forward(self, in_data, out_data):
    ...         out_data[0][:] = in_data[0] + 1
    >>> Plus1()(mx.sym.Variable("x"), name="a").eval(x=mx.nd.array([1, 2]))[0].asnumpy().tolist()
    [2.0, 3.0]
    """

    def get_symbol(self, *args: Any, **kwargs: Any) -> Symbol:
        """The symbol of a call with symbols by position or by name, and with ``name=``."""
        return self._symbol(_nodes.numpy_op, args, kwargs, need_top_grad=self.need_top_grad())


class NDArrayOp(PythonOp):
    """An operator over NDArrays, as programs of the first years define it; :class:`CustomOp` came after it."""

    def get_symbol(self, *args: Any, **kwargs: Any) -> Symbol:
        """The symbol of a call with symbols by position or by name, and with ``name=``."""
        return self._symbol(_nodes.ndarray_op, args, kwargs)

    def declare_backward_dependency(
        self, out_grad: Sequence[int], in_data: Sequence[int], out_data: Sequence[int]
    ) -> list[int]:
        """Which arrays the backward reads, of the numbers given: all, or all but `out_grad` for a loss."""
        return [*(out_grad if self.need_top_grad() else ()), *in_data, *out_data]
