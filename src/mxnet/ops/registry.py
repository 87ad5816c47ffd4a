"""The operator table: how an operator is declared, and what the front ends derive from a declaration.

An operator is a pure function over ``torch.Tensor``. Its positional parameters are array inputs, its keyword-only
parameters are attributes; from their annotations come parsing, validation, error texts and signatures. Arrays,
recording and contexts belong to the front ends (:mod:`mxnet.ndarray.invoke`).
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from ..base import MXNetError, _Null, or_rather
from .attributes import (
    INJECTED,
    REQUIRED,
    Attribute,
    Axis,
    Bounds,
    Device,
    DType,
    Floats,
    Graphs,
    Made,
    Pairs,
    Place,
    Rng,
    Scalar,
    Shape,
    Store,
    Subgraph,
    Texts,
    Training,
)
from .gradients import unlearned as without_gradient
from .kinds import KINDS

__all__ = [
    "OPERATORS", "OVER_GRAPHS", "Attribute", "Axis", "Bounds", "DType", "Device", "Floats", "Graphs", "Input",
    "Made", "OpSpec", "Pairs", "Place", "Rng", "Scalar", "Shape", "Store", "Subgraph", "Texts", "Training", "describe",
    "contributed", "namespace_of", "operator", "operator_of", "rule", "spec_of", "unchanged",
]  # fmt: skip

#: a rule of some kind, or the reason why an operator has none
Rule = Callable[..., Any] | str


class Input(typing.NamedTuple):
    """One array input of an operator."""

    name: str
    required: bool


class OpSpec:
    """An operator as the front ends see it.

    Attributes
    ----------
    name, aliases : MXNet's names for it
    function : the pure function over tensors
    inputs : the array inputs in order; with ``variadic`` the last stands for any number
    attributes : name to :class:`Attribute`, in MXNet's order
    params : rule(shapes, attributes) -> {input: shape} for learnable inputs, or None
    aux : inputs that are states; the function returns their new values, or what a batch says of them, after its outputs
    same_dtype : whether inputs of different dtypes are an error
    view : whether the function may return its input or a view of it
    stage : rule(attributes) -> what a call is in a chain of mxnet.kernels, or None
    shape : rule(shapes, attributes) -> the shape of the output, or None
    outputs, hidden, kept_names, asks, starts, writes, fills, role, loss, host, python, unlearned, stores : facts, see
        :func:`operator`
    method : the name of the method of arrays and symbols, or None
    rules : behaviour by kind; :func:`rule` adds to it from any layer
    graphs : how many graphs a node of it holds
    open : whether it takes attributes that its declaration does not name, all as texts
    plain : whether a call is its function on the inputs' tensors and nothing more
    """

    __slots__ = (
        "aliases", "asks", "attributes", "aux", "defaults", "fills", "function", "graphs", "hidden", "host", "ignored",
        "input_names", "inputs", "kept_names", "loss", "method", "name", "num_outputs", "open", "outputs", "params",
        "plain", "python", "required", "role", "rules", "same_dtype", "shape", "stage", "starts", "stores",
        "takes_context", "takes_device", "takes_made", "takes_rng", "takes_store", "takes_training", "unlearned",
        "variadic", "view", "writes",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        aliases: tuple[str, ...],
        function: Callable[..., Any],
        params: Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Shape]] | None,
        aux: tuple[str, ...],
        same_dtype: bool,
        num_outputs: int | Callable[[Mapping[str, Any]], int],
        view: bool,
        stage: Callable[[Mapping[str, Any]], Any] | None,
        shape: Callable[[Sequence[Shape], Mapping[str, Any]], Shape | list[Shape] | None] | None = None,
        outputs: tuple[str, ...] | Callable[[Mapping[str, Any]], tuple[str, ...] | None] | None = None,
        hidden: int | Callable[[Mapping[str, Any]], int] = 0,
        kept_names: tuple[str, ...] = (),
        asks: Mapping[str, Callable[[Mapping[str, Any]], bool]] | None = None,
        starts: Mapping[str, str] | None = None,
        writes: tuple[str, ...] = (),
        fills: Mapping[str, Callable[[Mapping[str, Any]], float | None]] | None = None,
        role: str | None = None,
        method: bool | str = False,
        loss: bool | Callable[[Mapping[str, Any]], bool] = False,
        host: str | Callable[[Mapping[str, Any]], str] = "",
        rules: Mapping[str, Rule] | None = None,
        python: Mapping[str, str] | None = None,
        graphs: int = 0,
        open: bool = False,
        unlearned: tuple[str, ...] = (),
        ignored: tuple[str, ...] = (),
        stores: bool = False,
    ) -> None:
        self.unlearned, self.stores = unlearned, stores
        self.outputs, self.hidden, self.kept_names = outputs, hidden, frozenset(kept_names)
        self.asks, self.starts, self.writes = dict(asks or {}), dict(starts or {}), writes
        self.fills = dict(fills or {})
        self.method, self.python = name if method is True else method or None, dict(python or {})
        self.role, self.loss, self.host, self.rules = role, loss, host, dict(rules or {})
        self.name, self.aliases, self.function, self.view, self.stage = name, aliases, function, view, stage
        self.params, self.aux, self.same_dtype, self.num_outputs = params, aux, same_dtype, num_outputs
        self.shape, self.graphs, self.open, self.ignored = shape, graphs, open, frozenset(ignored)
        hints = typing.get_type_hints(function, include_extras=True)
        inputs, attributes, injected, self.variadic = [], {}, set(), False
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind is parameter.VAR_POSITIONAL:
                self.variadic = True
                inputs.append(Input(parameter.name, False))
            elif parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
                inputs.append(Input(parameter.name, parameter.default is REQUIRED))
            elif parameter.kind is parameter.KEYWORD_ONLY:
                annotation = hints.get(parameter.name)
                # Python 3.10 reads a default of None into the annotation: Device becomes Optional[Device]
                kinds = {annotation, *typing.get_args(annotation)} & INJECTED.keys()
                if kinds:
                    injected.add(INJECTED[kinds.pop()])
                else:
                    attributes[parameter.name] = Attribute(name, parameter.name, annotation, parameter.default)
            else:
                raise TypeError(f"{name}: parameter {parameter.name} of the function is of a kind without use here")
        self.inputs = tuple(inputs)
        self.input_names = tuple(item.name for item in inputs)
        if unlearned:
            self.function = without_gradient(function, [self.input_names.index(each) for each in unlearned])
        self.attributes = attributes
        self.required = frozenset(item.name for item in attributes.values() if item.required)
        self.defaults = {item.name: item.default for item in attributes.values() if not item.required}
        self.takes_training = "training" in injected
        self.takes_rng = "rng" in injected
        self.takes_device = "device" in injected
        self.takes_made = "made" in injected
        self.takes_context, self.takes_store = "context" in injected, "store" in injected
        self.plain = not (injected or aux or view or stage or writes or fills or stores)
        self._check()

    def _check(self) -> None:
        """Refuse facts about what is not there."""
        inputs, names = self.input_names, (self.name, *self.aliases)
        for fact, named, there, what in (
            ("aux", self.aux, inputs, "input of the function"),
            ("writes", self.writes, inputs, "input of the function"),
            ("fills", self.fills, inputs, "input of the function"),
            ("unlearned", self.unlearned, inputs, "input of the function"),
            ("asks", self.asks, inputs, "input of the function"),
            # an operator of any number of inputs may have a graph make one more: see the kind "more"
            ("starts", () if "more" in self.rules else self.starts, inputs, "input of the function"),
            ("kept_names", self.kept_names, self.aliases, "alias"),
            ("method", (self.method,) if self.method else (), names, "name of the operator"),
            ("python", self.python.values(), names, "name of the operator"),
            ("rules", self.rules, KINDS, "kind of rule"),
        ):
            for each in named:
                if each not in there:
                    raise TypeError(f"{self.name}: {fact} names {each!r}, which is no {what}")

    def __repr__(self) -> str:
        return f"<operator {self.name}>"

    def rule(self, kind: str) -> Callable[..., Any] | None:
        """Its rule of a kind, or None where it has none or says why not."""
        found = self.rules.get(kind)
        return None if isinstance(found, str) else found

    def output_names(self, attributes: Mapping[str, Any]) -> tuple[str, ...] | None:
        """What a graph calls all outputs of a call with these attributes, or None where they have no names."""
        return self.outputs(attributes) if callable(self.outputs) else self.outputs

    @property
    def doc(self) -> str:
        """The docstring of the function."""
        return _documentation(self)

    def parse(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes of a call, parsed; defaults are left to the function.

        Raises
        ------
        MXNetError
            an unknown name, a value that does not fit, a required attribute missing
        """
        parsed: dict[str, Any] = {}
        others: dict[str, str] | None = {} if self.open else None
        known = self.attributes
        for name, value in attributes.items():
            attribute = known.get(name)
            if attribute is None:
                if others is not None:
                    if value is not _Null:
                        others[name] = str(value)
                    continue
                if (self.variadic and name == "num_args") or (name.startswith("__") and name.endswith("__")):
                    continue  # hidden attributes mean something to symbols only
                if name in self.ignored:
                    continue
                names = ", ".join(known) or "none"
                raise MXNetError(f"{self.name}: no attribute {name!r}{or_rather(name, known)}; it takes {names}")
            if type(value) in attribute.ready:
                parsed[name] = value
            elif value is not _Null:
                parsed[name] = attribute.parse(value, self.name)
        if self.required and not self.required <= parsed.keys():
            missing = sorted(self.required - parsed.keys())
            kind = known[missing[0]].expected
            raise MXNetError(f"{self.name}: required attribute {missing[0]!r} ({kind}) is not given")
        if self.takes_made:
            parsed["made"] = self.rules["made"]({**(others or {}), **parsed})  # type: ignore[operator]
        return parsed

    def is_loss(self, attributes: Mapping[str, Any]) -> bool:
        """Whether the gradient of a call with these attributes does not depend on what arrives from above."""
        return self.loss(attributes) if callable(self.loss) else self.loss

    def written(self, count: int) -> list[int]:
        """Which of a call's `count` inputs the function writes to, by their places."""
        last = len(self.inputs) - 1
        return [place for place in range(count) if self.input_names[min(place, last)] in self.writes]

    def filled(self, attributes: Mapping[str, Any]) -> dict[int, float]:
        """The inputs that a call with these attributes finds filled with a number, by their places."""
        if not self.fills:
            return {}
        given = {**self.defaults, **attributes}
        numbers = {self.input_names.index(name): number(given) for name, number in self.fills.items()}
        return {place: number for place, number in numbers.items() if number is not None}

    def signature(self) -> inspect.Signature:
        """What ``help()`` shows for the array functions."""
        return _signature(self)


# An operator has several names, and each name a function in several namespaces: both are made once.


@functools.cache
def _documentation(spec: OpSpec) -> str:
    return inspect.getdoc(spec.function) or ""


@functools.cache
def _signature(spec: OpSpec) -> inspect.Signature:
    kind = inspect.Parameter
    parameters = []
    for item in spec.inputs:
        if spec.variadic and item is spec.inputs[-1]:
            parameters.append(kind(item.name, kind.VAR_POSITIONAL))
        else:
            default = REQUIRED if item.required else None
            parameters.append(kind(item.name, kind.POSITIONAL_OR_KEYWORD, default=default))
    attribute_kind = kind.KEYWORD_ONLY if spec.variadic or spec.required else kind.POSITIONAL_OR_KEYWORD
    for attribute in spec.attributes.values():
        parameters.append(kind(attribute.name, attribute_kind, default=attribute.default))
    for name in ("out", "name"):
        parameters.append(kind(name, kind.KEYWORD_ONLY, default=None))
    if spec.open:
        parameters.append(kind("kwargs", kind.VAR_KEYWORD))
    return inspect.Signature(parameters)


#: every name of every operator, aliases included
OPERATORS: dict[str, OpSpec] = {}
#: the same for operators that hold graphs, which only a graph can call: control flow
OVER_GRAPHS: dict[str, OpSpec] = {}
_BY_FUNCTION: dict[Callable[..., Any], OpSpec] = {}


def spec_of(function: Callable[..., Any]) -> OpSpec:
    """The operator that a function was declared as: how code names an operator that it calls.

    Raises
    ------
    ValueError
        the function is no operator's

    Examples
    --------
    >>> from mxnet.ops.nn.dense import fully_connected
    >>> spec_of(fully_connected)
    <operator FullyConnected>
    """
    spec = _BY_FUNCTION.get(function)
    if spec is None:
        raise ValueError(f"{function!r} was not declared as an operator")
    return spec


def operator_of(name: str) -> OpSpec | None:
    """The operator of a name, with graphs or without; None where there is none."""
    return OPERATORS.get(name) or OVER_GRAPHS.get(name)


def operator(
    name: str,
    *aliases: str,
    params: Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Shape]] | None = None,
    aux: tuple[str, ...] = (),
    same_dtype: bool = False,
    num_outputs: int | Callable[[Mapping[str, Any]], int] = 1,
    view: bool = False,
    stage: Callable[[Mapping[str, Any]], Any] | None = None,
    shape: Callable[[Sequence[Shape], Mapping[str, Any]], Shape | list[Shape] | None] | None = None,
    outputs: tuple[str, ...] | Callable[[Mapping[str, Any]], tuple[str, ...] | None] | None = None,
    hidden: int | Callable[[Mapping[str, Any]], int] = 0,
    kept_names: tuple[str, ...] = (),
    asks: Mapping[str, Callable[[Mapping[str, Any]], bool]] | None = None,
    starts: Mapping[str, str] | None = None,
    writes: tuple[str, ...] = (),
    fills: Mapping[str, Callable[[Mapping[str, Any]], float | None]] | None = None,
    role: str | None = None,
    method: bool | str = False,
    loss: bool | Callable[[Mapping[str, Any]], bool] = False,
    host: str | Callable[[Mapping[str, Any]], str] = "",
    rules: Mapping[str, Rule] | None = None,
    python: Mapping[str, str] | None = None,
    graphs: int = 0,
    open: bool = False,
    unlearned: tuple[str, ...] = (),
    ignored: tuple[str, ...] = (),
    stores: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an operator under MXNet's name and aliases.

    Parameters
    ----------
    name, aliases : str
        MXNet's canonical name and its other names
    params : callable(shapes, attributes) -> dict
        for operators with learnable inputs: the shapes of those inputs, from a mapping of input name to known shape
        (None where unknown) and a mapping of all attributes, defaults filled in
    aux : tuple of str
        inputs that are states; the function returns (outputs..., new states...), and the caller writes the states back
        where they are not the very tensors it passed in
    same_dtype : bool
        inputs of different dtypes raise
    num_outputs : int or callable(attributes) -> int
        how many outputs a call shows
    view : bool
        the function may return its input or a view of it; the caller copies where two arrays would share memory that
        MXNet's do not share (a recorded result cannot be assigned to, and needs no copy)
    stage : callable(attributes) -> Convolve, Pool, name of an activation or None
        what a call with these attributes (all of them, defaults filled in) is in a chain of :mod:`mxnet.kernels`; None
        where a chain cannot hold it
    shape : callable(shapes, attributes) -> shape
        the shape of the first output from those of all inputs and all attributes, a list of the shapes of all outputs
        where there are several, or None where the function itself has to be asked, as where it would refuse them. The
        function on the meta device says the same; only, the first time torch loads seconds of Python for it, which the
        operators of ordinary networks so go without
    outputs : tuple of str or callable(attributes) -> tuple of str
        what a graph calls the outputs, those nobody sees included; by default (and where the function gives None)
        ``output``, or ``output0``, ``output1``, …
    hidden : int or callable(attributes) -> int
        how many outputs a graph counts beyond those a call shows, where `outputs` does not name them
    kept_names : tuple of str
        aliases that a graph keeps as they are, where for others it writes `name`
    asks : dict of str to callable(attributes) -> bool
        for optional inputs: whether these attributes ask for them
    starts : dict of str to str
        what an input without a value starts from, as the text of an initializer
    writes : tuple of str
        inputs whose memory the function writes to, beside its result; the caller opens it for writing
    fills : dict of str to callable(attributes) -> float or None
        inputs that the caller fills with a number before the call, as MXNet writes batch norm's fixed scale into the
        array it was given; None where these attributes leave the input alone
    role : str
        what it is to the passes over graphs ("convolution", "addition", …), which know no operator by name
    method : bool or str
        arrays and symbols have it as a method: under its own name, or under the alias given
    loss : bool or callable(attributes) -> bool
        its gradient does not depend on what arrives from above
    host : str or callable(attributes) -> str
        why no graph of an accelerator can hold it, in the words of :mod:`mxnet.ops.host`: the shape of its result
        depends on elements, it reads elements, it computes on the host. Empty where one can
    rules : dict of str to callable or str
        behaviour by kind, which :func:`rule` can add later: see :data:`mxnet.ops.kinds.KINDS`. A text in a rule's place
        is the reason why there is none
    python : dict of str to str
        what between symbols is written in Python as this operator, as ``{"a + b": "_Plus", "a + 1": "_PlusScalar"}``,
        and the name of its own that MXNet calls, and so counts, it by there
    graphs : int
        how many graphs a node of it holds: such an operator is for graphs alone, see :data:`OVER_GRAPHS`
    open : bool
        attributes that the function does not name are taken too, as texts, for the rule of kind "made"
    unlearned : tuple of str
        inputs without a gradient from the result (positions, lengths, labels, what lends its shape): variables they
        come from are in the result's graph all the same, and get zeros
    ignored : tuple of str
        attributes that mean nothing and that programs pass all the same, as MXNet takes any where an operator has none
    stores : bool
        the result can be sparse though no input is: the rule of kind "sparse" is asked of dense inputs too

    Returns
    -------
    callable
        a decorator that registers the function and returns it unchanged
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        spec = OpSpec(
            name, aliases, function, params, aux, same_dtype, num_outputs, view, stage, shape, outputs, hidden,
            kept_names, asks, starts, writes, fills, role, method, loss, host, rules, python, graphs, open, unlearned,
            ignored, stores,
        )  # fmt: skip
        if function in _BY_FUNCTION:
            raise ValueError(f"operator {name}: its function is that of {_BY_FUNCTION[function].name} already")
        _BY_FUNCTION[function] = spec
        for each in (name, *aliases):
            if each in OPERATORS or each in OVER_GRAPHS:
                first = operator_of(each)
                raise ValueError(f"operator {each} is declared twice: {first and first.function} and {function}")
            (OVER_GRAPHS if graphs else OPERATORS)[each] = spec
        return function

    return register


def rule(kind: str, *names: str) -> Callable[[Any], Any]:
    """Give operators their behaviour of one kind, from the layer that knows about it.

    What is added is a function or, where there is nothing to do, a text that says why.

    Parameters
    ----------
    kind : str
        one of :data:`mxnet.ops.kinds.KINDS`
    names : str
        the operators, by any of their names

    Raises
    ------
    ValueError
        there is no such kind or operator, or it has a rule of this kind already

    Examples
    --------
    >>> from mxnet.ops.registry import OPERATORS, rule
    >>> @rule("head", "Flatten")
    ... def always(attributes, output):
    ...     return True
    >>> OPERATORS["Flatten"].rules.pop("head") is always
    True
    """
    if kind not in KINDS:
        raise ValueError(f"rule {kind!r}: there is no such kind; there are {', '.join(KINDS)}")

    def add(function: Any) -> Any:
        for name in names:
            spec = operator_of(name)
            if spec is None:
                raise ValueError(f"rule {kind!r}: there is no operator {name!r}")
            if kind in spec.rules:
                raise ValueError(f"rule {kind!r}: {spec.name} has one already: {spec.rules[kind]}")
            spec.rules[kind] = function
        return function

    return add


_PREFIXES = {
    "_contrib_": "contrib",
    "_linalg_": "linalg",
    "_sparse_": "sparse",
    "_image_": "image",
    "_random_": "random",
    "_npx_": "npx",
    "_npi_": "np",
    "_np_": "np",
}


def namespace_of(name: str) -> tuple[str, str]:
    """The namespace and public name behind a canonical name: ``_contrib_box_nms`` gives (contrib, box_nms)."""
    for prefix, namespace in _PREFIXES.items():
        if name.startswith(prefix):
            return namespace, name[len(prefix) :]
    return ("_internal", name) if name.startswith("_") else ("", name)


def contributed(name: str) -> str:
    """The canonical name of an operator of ``contrib``: ``_contrib_box_nms`` for box_nms."""
    return f"_contrib_{name}"


def unchanged(shapes: Sequence[Shape], attributes: Mapping[str, Any]) -> Shape | None:
    """The rule for the shape of an output that has the first input's."""
    return shapes[0]


def describe(tensor: torch.Tensor | None) -> str:
    """A tensor's shape and dtype in an error message."""
    if tensor is None:
        return "none"
    return f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"
