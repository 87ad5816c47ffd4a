"""Graphs and networks with casts put into them, so that what gains by it computes in lower precision."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from ...base import DTYPE_CODES, dtype_name, same_dtype, to_torch_dtype
from ...context import Context, gpu
from ...gluon import HybridBlock, SymbolBlock
from ...module import BucketingModule
from ...ndarray import NDArray
from ...symbol import Symbol
from ...symbol.graph import Entry, Node, input_names, output_names, topological
from ._listing import (
    list_conditional_fp32_ops,
    list_fp32_ops,
    list_lp16_fp32_ops,
    list_lp16_ops,
    list_lp16_use_fp32_params,
    list_widest_type_cast,
    lower_dtype,
)

__all__ = ["convert_bucketing_module", "convert_hybrid_block", "convert_model", "convert_symbol"]

_SINGLE = "float32"


class _Lists:
    """The lists of operators that a conversion goes by, checked.

    Raises
    ------
    AssertionError
        an operator in two lists, in none that it could be chosen from, or a list of another kind
    """

    def __init__(self, lower: str, lower_ops: Any, fp32_ops: Any, conditional: Any, excluded: Any) -> None:
        for name, value in (("target_dtype_ops", lower_ops), ("fp32_ops", fp32_ops), ("excluded_sym_names", excluded)):
            if value is not None and not isinstance(value, (list, tuple)):
                raise AssertionError(f"amp: {name}={value!r}; expected a list of strings")
        known = {*list_lp16_ops(lower), *list_fp32_ops(lower), *list_lp16_fp32_ops(lower)}
        self.lower = set(list_lp16_ops(lower) if lower_ops is None else lower_ops)
        self.single = set(list_fp32_ops(lower) if fp32_ops is None else fp32_ops)
        triples = list_conditional_fp32_ops(lower) if conditional is None else conditional
        self.conditional = {each[0]: (each[1], set(each[2])) for each in triples}
        self.widest = set(list_widest_type_cast(lower))
        self.kept = list_lp16_use_fp32_params(lower) or {}
        self.excluded = set(excluded or ())
        strangers = sorted((self.lower | self.single) - known)
        if strangers:
            raise AssertionError(f"amp: {strangers[0]!r} is in no list of operators for {lower}")
        named = {"target_dtype_ops": self.lower, "fp32_ops": self.single, "conditional_fp32_ops": {*self.conditional}}
        pairs = [(one, two) for one in named for two in named if one < two]
        for one, two in pairs:
            if common := sorted(named[one] & named[two]):
                raise AssertionError(f"amp: {common[0]!r} is in {one} and in {two}; expected one of them")

    def is_single(self, node: Node) -> bool:
        """Whether a node computes in float32."""
        if node.name in self.excluded or node.op in self.single:
            return True
        attribute, values = self.conditional.get(node.op or "", ("", set()))
        return str(node.all_attributes().get(attribute)) in values


class _Conversion:
    """A copy of a graph with casts.

    What is known of a value's dtype is the lower dtype, float32, or None where it depends on what comes in.
    """

    def __init__(self, lower: str, lists: _Lists) -> None:
        self._lower, self._lists = lower, lists
        self._made: dict[tuple[int, int], Entry] = {}
        self._dtypes: dict[tuple[int, int], str | None] = {}
        self._casts: dict[tuple[int, int, str], Entry] = {}
        self._reads: dict[str, set[str | None]] = {}  # the dtypes each variable is read in

    def run(self, heads: Sequence[Entry]) -> list[Entry]:
        """The heads of the copy, in float32 where they might be in the lower dtype."""
        for node in topological(heads):
            self._convert(node)
        return [
            self._made[self._key(each)]
            if each.node.op is None or self._dtypes[self._key(each)] == _SINGLE
            else self._cast(each, _SINGLE)
            for each in heads
        ]

    def only_cast(self) -> set[str]:
        """The variables that are read in the lower dtype alone."""
        return {name for name, dtypes in self._reads.items() if dtypes == {self._lower}}

    @staticmethod
    def _key(entry: Entry) -> tuple[int, int]:
        return id(entry.node), entry.output

    def _cast(self, entry: Entry, dtype: str) -> Entry:
        key = (*self._key(entry), dtype)
        if key not in self._casts:
            name = f"{_name_of(entry)}_amp_cast_{dtype}"
            self._casts[key] = Entry(Node("amp_cast", name, {"dtype": dtype}, [self._made[key[:2]]]))
        return self._casts[key]

    def _convert(self, node: Node) -> None:
        if node.op is None:
            self._keep(node, Node(None, node.name, dict(node.attributes), []), None)
            return
        known = [self._dtypes[self._key(each)] for each in node.inputs]
        if self._lists.is_single(node):
            inputs = [
                self._made[self._key(each)] if each.node.op is None or dtype == _SINGLE else self._cast(each, _SINGLE)
                for each, dtype in zip(node.inputs, known)
            ]
            result: str | None = _SINGLE
        elif node.op in self._lists.lower:
            kept = self._lists.kept.get(node.op, ())
            names = input_names(node.spec, node.parsed, (), len(node.inputs)) if kept else []  # type: ignore[arg-type]
            inputs = [
                self._made[self._key(each)]
                if dtype == self._lower or (kept and names[place] in kept)
                else self._cast(each, self._lower)
                for place, (each, dtype) in enumerate(zip(node.inputs, known))
            ]
            result = self._lower
        elif node.op in self._lists.widest:
            inputs, result = self._widened(node, known)
        else:
            inputs, result = [self._made[self._key(each)] for each in node.inputs], self._passed(node, known)
        for entry, made in zip(node.inputs, inputs):
            if entry.node.op is None:
                self._reads.setdefault(entry.node.name, set()).add(
                    self._lower if made.node.attributes.get("dtype") == self._lower and made.node.op else None
                )
        self._keep(node, Node(node.op, node.name, dict(node.attributes), inputs, node.graphs), result)

    def _widened(self, node: Node, known: Sequence[str | None]) -> tuple[list[Entry], str | None]:
        if None in known and len(node.inputs) > 1:
            made = [self._made[self._key(each)] for each in node.inputs]
            name = f"{_name_of(node.inputs[0])}_amp_multicast"
            wide = Node("amp_multicast", name, {"num_outputs": str(len(made))}, made)
            return [Entry(wide, place) for place in range(len(made))], None
        if len(set(known)) <= 1:
            return [self._made[self._key(each)] for each in node.inputs], known[0] if known else None
        return [
            self._made[self._key(each)] if dtype == _SINGLE else self._cast(each, _SINGLE)
            for each, dtype in zip(node.inputs, known)
        ], _SINGLE

    def _passed(self, node: Node, known: Sequence[str | None]) -> str | None:
        """What an operator makes of what it is given: its own dtype, else that of its first input."""
        dtype = node.parsed.get("dtype")
        if dtype is not None:
            return self._lower if same_dtype(dtype, self._lower) else _SINGLE
        others = {each for each, entry in zip(known[1:], node.inputs[1:]) if entry.node.op is not None}
        return known[0] if known and others <= {known[0]} else None

    def _keep(self, node: Node, made: Node, dtype: str | None) -> None:
        for output in range(node.total):
            self._made[id(node), output] = Entry(made, output)
            self._dtypes[id(node), output] = dtype


def _name_of(entry: Entry) -> str:
    """What a cast of a value is called after."""
    return entry.node.name if entry.node.op is None else output_names(entry.node)[entry.output]


def _converted(
    sym: Symbol, lower: str, lists: _Lists, data_names: Sequence[str] | None, cast_optional_params: bool
) -> Symbol:
    conversion = _Conversion(lower, lists)
    result = sym._wrap(conversion.run(sym._entries))
    if data_names is not None:
        strangers = sorted({*data_names} - {*sym.list_inputs()})
        if strangers:
            sym.infer_type(**dict.fromkeys(strangers, "float32"))  # says which there are
        lowered = conversion.only_cast() - {*data_names} if cast_optional_params else set()
        for node in topological(result._entries):
            node.inputs = [_without_cast(each, lowered) for each in node.inputs]
        for node in topological(result._entries):
            if node.op is None and node.name not in data_names:
                dtype = lower if node.name in lowered else _SINGLE
                node.attributes["__dtype__"] = str(DTYPE_CODES[to_torch_dtype(dtype)])
    return result


def _without_cast(entry: Entry, lowered: set[str]) -> Entry:
    """A variable that has the lower dtype itself, in place of its cast."""
    node = entry.node
    casts_one = node.op is not None and node.attributes.keys() == {"dtype"} and node.inputs[0].node.name in lowered
    return node.inputs[0] if casts_one else entry


def convert_symbol(
    sym: Symbol,
    target_dtype: Any = "float16",
    target_dtype_ops: Sequence[str] | None = None,
    fp32_ops: Sequence[str] | None = None,
    conditional_fp32_ops: Sequence[tuple[str, str, Sequence[str]]] | None = None,
    excluded_sym_names: Sequence[str] | None = None,
    data_names: Sequence[str] | None = None,
    cast_optional_params: bool = False,
) -> Symbol:
    """A graph with casts in it.

    Parameters
    ----------
    sym : Symbol
        the graph, which stays as it is
    target_dtype : dtype
        float16 or bfloat16
    target_dtype_ops, fp32_ops : list of str, optional
        in place of the lists of what computes in it, and in float32
    conditional_fp32_ops : list of (str, str, list of str), optional
        in place of the list of what computes in float32 for some values of an attribute
    excluded_sym_names : list of str, optional
        nodes that compute in float32
    data_names : list of str, optional
        the variables that are no parameters; the others get a dtype
    cast_optional_params : bool
        parameters that are only read in the lower dtype get it

    Raises
    ------
    AssertionError
        another dtype, or lists that contradict each other

    Examples
    --------
    >>> from mxnet.contrib import amp
    >>> net = mx.sym.FullyConnected(mx.sym.var('x'), num_hidden=3, no_bias=True, name='dense')
    >>> amp.convert_symbol(net, 'bfloat16').name
    'dense_output_amp_cast_float32'
    """
    if not isinstance(sym, Symbol):
        raise AssertionError(f"amp.convert_symbol: sym={sym!r}; expected a Symbol")
    lower = lower_dtype("amp.convert_symbol", target_dtype)
    lists = _Lists(lower, target_dtype_ops, fp32_ops, conditional_fp32_ops, excluded_sym_names)
    return _converted(sym, lower, lists, data_names, cast_optional_params)


def convert_model(
    sym: Symbol,
    arg_params: Mapping[str, NDArray],
    aux_params: Mapping[str, NDArray],
    target_dtype: Any = "float16",
    target_dtype_ops: Sequence[str] | None = None,
    fp32_ops: Sequence[str] | None = None,
    conditional_fp32_ops: Sequence[tuple[str, str, Sequence[str]]] | None = None,
    excluded_sym_names: Sequence[str] | None = None,
    cast_optional_params: bool = False,
) -> tuple[Symbol, dict[str, NDArray], dict[str, NDArray]]:
    """A graph with casts in it, and its parameters and states.

    Parameters
    ----------
    sym : Symbol
        the graph
    arg_params, aux_params : dict of str to NDArray
        its parameters and states
    target_dtype, target_dtype_ops, fp32_ops, conditional_fp32_ops, excluded_sym_names, cast_optional_params
        as for :func:`convert_symbol`

    Raises
    ------
    AssertionError
        as for :func:`convert_symbol`, or parameters that are none
    """
    for name, each in (("arg_params", arg_params), ("aux_params", aux_params)):
        if not isinstance(each, Mapping):
            raise AssertionError(f"amp.convert_model: {name}={each!r}; expected a dict of names and arrays")
    inputs = [name for name in sym.list_inputs() if name not in arg_params and name not in aux_params]
    converted = convert_symbol(
        sym, target_dtype, target_dtype_ops, fp32_ops, conditional_fp32_ops, excluded_sym_names, inputs,
        cast_optional_params,
    )  # fmt: skip
    dtypes = _dtypes_of(converted)
    return converted, _cast_to(arg_params, dtypes), _cast_to(aux_params, dtypes)


def _dtypes_of(sym: Symbol) -> dict[str, str]:
    """The dtypes that variables say they have."""
    names = {str(code): dtype_name(dtype) for dtype, code in DTYPE_CODES.items()}
    variables = (node for node in topological(sym._entries) if node.op is None)
    return {node.name: names[node.attributes["__dtype__"]] for node in variables if "__dtype__" in node.attributes}


def _cast_to(arrays: Mapping[str, NDArray], dtypes: Mapping[str, str]) -> dict[str, NDArray]:
    return {
        name: each.astype(dtypes[name]) if name in dtypes and not same_dtype(each.dtype, dtypes[name]) else each
        for name, each in arrays.items()
    }


def convert_hybrid_block(
    block: HybridBlock,
    target_dtype: Any = "float16",
    target_dtype_ops: Sequence[str] | None = None,
    fp32_ops: Sequence[str] | None = None,
    conditional_fp32_ops: Sequence[tuple[str, str, Sequence[str]]] | None = None,
    excluded_sym_names: Sequence[str] | None = None,
    ctx: Context | Sequence[Context] = gpu(0),  # noqa: B008 - MXNet's default
    cast_optional_params: bool = False,
) -> SymbolBlock:
    """A block of a block's graph with casts in it, and of its parameters.

    Parameters
    ----------
    block : HybridBlock
        hybridized, and called once
    target_dtype, target_dtype_ops, fp32_ops, conditional_fp32_ops, excluded_sym_names, cast_optional_params
        as for :func:`convert_symbol`
    ctx : Context or list of Context
        where its parameters are

    Raises
    ------
    RuntimeError
        the block was not called as a graph
    AssertionError
        as for :func:`convert_symbol`, or it is no HybridBlock
    """
    if not isinstance(block, HybridBlock):
        raise AssertionError(f"amp.convert_hybrid_block: block={block!r}; expected a HybridBlock")
    if not block._cached_graph:
        raise RuntimeError(
            f"amp.convert_hybrid_block: {block.name} was not called yet; hybridize() it and call it once"
        )
    inputs, sym = block._cached_graph
    states = set(sym.list_auxiliary_states())
    parameters = {name: each._reduce() for name, each in block.collect_params().items()}
    converted, args, aux = convert_model(
        sym,
        {name: each for name, each in parameters.items() if name not in states},
        {name: each for name, each in parameters.items() if name in states},
        target_dtype, target_dtype_ops, fp32_ops, conditional_fp32_ops, excluded_sym_names, cast_optional_params,
    )  # fmt: skip
    made = SymbolBlock(converted, inputs)
    for name, each in made.collect_params().items():
        array = {**args, **aux}[name]
        each.cast(array.dtype)
        each.shape = array.shape
        each._load_init(array, ctx)
    return made


def convert_bucketing_module(
    bucketing_mod: BucketingModule,
    target_dtype: Any = "float16",
    target_dtype_ops: Sequence[str] | None = None,
    fp32_ops: Sequence[str] | None = None,
    conditional_fp32_ops: Sequence[tuple[str, str, Sequence[str]]] | None = None,
    excluded_sym_names: Sequence[str] | None = None,
    cast_optional_params: bool = False,
) -> BucketingModule:
    """A module whose graphs have casts in them, to be bound and given parameters anew.

    Parameters
    ----------
    bucketing_mod : BucketingModule
        which
    target_dtype, target_dtype_ops, fp32_ops, conditional_fp32_ops, excluded_sym_names, cast_optional_params
        as for :func:`convert_symbol`

    Raises
    ------
    AssertionError
        as for :func:`convert_symbol`, or it is no BucketingModule
    """
    if not isinstance(bucketing_mod, BucketingModule):
        raise AssertionError(f"amp.convert_bucketing_module: {bucketing_mod!r}; expected a BucketingModule")
    made = copy.copy(bucketing_mod)
    generate = bucketing_mod._sym_gen

    def generated(key: Any) -> tuple[Any, Sequence[str], Sequence[str]]:
        sym, data_names, label_names = generate(key)
        converted = convert_symbol(
            sym, target_dtype, target_dtype_ops, fp32_ops, conditional_fp32_ops, excluded_sym_names,
            [*data_names, *(label_names or ())], cast_optional_params,
        )  # fmt: skip
        return converted, data_names, label_names

    made._sym_gen = generated
    made._reset_bind()
    return made
