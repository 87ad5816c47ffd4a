"""From a call of an operator to a node of the graph: names, attributes, and variables for inputs that are not given."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ..attribute import AttrScope
from ..base import MXNetError, _Null, dtype_name
from ..name import NameManager
from ..ops.registry import OpSpec, Subgraph, spec_of
from .graph import HIDDEN_KEYS, Entry, Node, hidden_key, input_names, is_hidden, started, variable
from .symbol import Symbol

__all__ = ["compose", "composed", "symbol_function", "written"]


def written(value: Any) -> str:
    """An attribute as a file holds it."""
    if isinstance(value, str):
        return value
    if isinstance(value, (type, np.dtype, torch.dtype)):
        return dtype_name(value)
    if isinstance(value, np.generic):
        return str(value.item())
    if isinstance(value, Symbol):
        return value.tojson()
    return str(value)


def compose(
    spec: OpSpec,
    op: str,
    hint: str,
    inputs: Sequence[Symbol | None] | Mapping[str, Symbol],
    attributes: Mapping[str, Any],
    name: str | None = None,
    attr: Mapping[str, str] | None = None,
    symbol_class: type[Symbol] | None = None,
) -> Symbol:
    """The symbol of an operator's call.

    Parameters
    ----------
    spec : OpSpec
        the operator
    op : str
        the name it is called by
    hint : str
        what an automatic name begins with
    inputs : sequence or mapping
        symbols in the operator's order, None where a variable is to be made; or by name
    attributes : mapping
        the operator's attributes; those that are _Null are left out
    name : str, optional
        of the node
    attr : mapping, optional
        further attributes, kept as text
    symbol_class : type, optional
        of the result; by default that of the first input

    Raises
    ------
    MXNetError
        an attribute or input the operator does not have, one that is missing or does not fit
    """
    scope = AttrScope.current.get({key: written(value) for key, value in (attr or {}).items()})
    name = NameManager.current.get(name, hint)
    given = {**scope, **{key: written(value) for key, value in attributes.items() if value is not _Null}}
    given = {hidden_key(key): value for key, value in given.items()}
    for key in given:
        if key.endswith(tuple(f"_{hidden}" for hidden in HIDDEN_KEYS)) and not is_hidden(key):
            raise MXNetError(f"{op}: {key}={given[key]!r} belongs to an input; give it to Variable and pass that")
    if spec.variadic:
        symbols = list(inputs.values() if isinstance(inputs, Mapping) else inputs)
        if "num_args" not in given and "num_outputs" not in spec.attributes and "num_arrays" not in spec.attributes:
            given["num_args"] = str(len(symbols))
        node = Node(op, name, given, [])
        node.inputs = [_single(symbol, f"{op}: input {place}") for place, symbol in enumerate(symbols)]
        more = spec.rule("more")
        for each in more(node.all_attributes(), len(symbols)) if more is not None else ():
            node.inputs.append(Entry(variable(f"{name}_{each}", started(spec, each, node.attributes))))
    else:
        node = Node(op, name, given, [])
        node.inputs = _taken(spec, node, inputs)
    _mark_states(node)
    cls = symbol_class or next((type(each) for each in _symbols(inputs)), Symbol)
    return cls([Entry(node, index) for index in range(node.visible)])


def composed(
    function: Callable[..., Any],
    inputs: Sequence[Symbol | None],
    attributes: Mapping[str, Any],
    name: str | None = None,
    attr: Mapping[str, str] | None = None,
) -> Symbol:
    """The symbol of an operator's call, the operator told by its function in :mod:`mxnet.ops`; see :func:`compose`.

    An automatic name begins with the operator's own.
    """
    spec = spec_of(function)
    return compose(spec, spec.name, spec.name.lower(), inputs, attributes, name, attr)


def _symbols(inputs: Any) -> list[Symbol]:
    values = inputs.values() if isinstance(inputs, Mapping) else inputs
    return [each for each in values if isinstance(each, Symbol)]


def _single(symbol: Any, what: str) -> Entry:
    if not isinstance(symbol, Symbol):
        raise AssertionError(f"{what} must be a Symbol, got {symbol!r} of type {type(symbol).__name__}")
    if len(symbol._entries) != 1:
        raise MXNetError(f"{what} has {len(symbol._entries)} outputs; expected one, choose it by an index")
    node, index, _ = symbol._entries[0]
    return Entry(node, index, node.version if node.op is None else 0)


def _taken(spec: OpSpec, node: Node, inputs: Sequence[Symbol | None] | Mapping[str, Symbol]) -> list[Entry]:
    """The inputs of a node, with variables for those that are missing."""
    by_name: dict[str, Symbol] = (
        dict(inputs) if isinstance(inputs, Mapping) else {
            name: symbol for name, symbol in zip(spec.input_names, inputs) if symbol is not None
        }
    )  # fmt: skip
    names = input_names(spec, node.parsed, tuple(by_name))
    for each in by_name:
        if each not in names:
            taken = ", ".join(names) or "none"
            raise MXNetError(f"{node.op}: no input {each!r} with these attributes; it takes {taken}")
    entries = []
    for each in names:
        if each in by_name:
            entry = _single(by_name[each], f"{node.op}: {each}")
            if each in spec.starts and entry.node.op is None:
                entry.node.attributes.setdefault("__init__", spec.starts[each])
        else:
            entry = Entry(variable(f"{node.name}_{each}", started(spec, each, node.attributes)))
        entries.append(entry)
    return entries


def _mark_states(node: Node) -> None:
    """Count that this node changes its states."""
    spec = node.spec
    if spec is None or not spec.aux:
        return
    names = input_names(spec, node.parsed, count=len(node.inputs))
    for place, name in enumerate(names):
        entry = node.inputs[place]
        if name in spec.aux and entry.node.op is None:
            entry.node.version += 1
            node.inputs[place] = Entry(entry.node, entry.output, entry.node.version)


@functools.cache
def symbol_function(
    spec: OpSpec, op: str, name: str, symbol_class: type[Symbol] | None = None
) -> Callable[..., Symbol]:
    """The function of a namespace for an operator: inputs, then attributes, by position or by name."""
    count = len(spec.inputs)
    attribute_names = tuple(spec.attributes)
    known_inputs = frozenset(spec.input_names)
    #: attributes whose values are symbols, as inputs are
    graphs = frozenset(each.name for each in spec.attributes.values() if each.annotation is Subgraph)
    hint = name.lower()

    def is_input(key: str, value: Any) -> bool:
        return key in known_inputs or (isinstance(value, Symbol) and key not in graphs)

    def function(
        *args: Any, name: str | None = None, attr: Mapping[str, str] | None = None, out: Any = None, **keywords: Any
    ) -> Symbol:
        if out is not None:
            raise MXNetError(f"{function.__name__}: out={out!r}; a symbol has no memory to write to")
        if spec.variadic:
            symbols: Any = args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args
            named = {key: value for key, value in keywords.items() if isinstance(value, Symbol) and key not in graphs}
            if spec.input_names[-1] in keywords and isinstance(keywords[spec.input_names[-1]], (list, tuple)):
                symbols = keywords.pop(spec.input_names[-1])
            if named:
                if symbols:
                    raise TypeError(f"{function.__name__}() takes its inputs by position or by name, not both")
                symbols = list(named.values())
                keywords = {key: value for key, value in keywords.items() if key not in named}
            return compose(spec, op, hint, symbols, keywords, name, attr, symbol_class)
        inputs: dict[str, Any] = {}
        for each, value in zip(spec.input_names, args):
            if value is not None:
                inputs[each] = value
        if len(args) > count:
            if len(args) > count + len(attribute_names):
                most = count + len(attribute_names)
                raise TypeError(f"{function.__name__}() takes at most {most} positional arguments, got {len(args)}")
            for attribute, value in zip(attribute_names, args[count:]):
                if attribute in keywords:
                    raise TypeError(f"{function.__name__}() got several values for {attribute!r}")
                keywords[attribute] = value
        for each in [key for key, value in keywords.items() if is_input(key, value)]:
            value = keywords.pop(each)
            if each in inputs:
                raise TypeError(f"{function.__name__}() got several values for {each!r}")
            if value is not None:
                inputs[each] = value
        for each, value in inputs.items():
            if not isinstance(value, Symbol):
                raise AssertionError(
                    f"{function.__name__}: {each} must be a Symbol, got {value!r} of type {type(value).__name__}"
                )
        return compose(spec, op, hint, inputs, keywords, name, attr, symbol_class)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = spec.doc
    keyword = inspect.Parameter.KEYWORD_ONLY
    signature = spec.signature()
    kept = [each for each in signature.parameters.values() if each.name not in ("out", "name")]
    extra = [inspect.Parameter(each, keyword, default=None) for each in ("name", "attr")]
    function.__signature__ = signature.replace(parameters=[*kept, *extra])  # type: ignore[attr-defined]
    return function
