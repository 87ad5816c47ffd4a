"""A graph as JSON, in MXNet's layout to the last blank, and back, from files of any version since 0.8.

A file is untrusted: whatever is wrong with it is an MXNetError that says what and where.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import Any

from ..base import MXNetError, brief
from ..ops import OPERATORS
from ..ops.registry import contributed, operator_of
from ..util import is_np_shape
from .graph import HIDDEN_KEYS, Entry, Node, hidden_key, input_names, started, topological, variable, wires_of

__all__ = ["dumps", "loads"]

#: the version written, 1.9.1
_VERSION = 10901
#: before 1.0 operators of detection (MultiBoxPrior, Proposal, …) were kept beside MXNet, under names without a prefix
_FIRST_WITH_CONTRIB = 10000
#: how deep graphs may hold each other
_DEEPEST = 32
#: lists longer than this have one element on each line
_LINE = 10
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


# --- writing ------------------------------------------------------------------------------------------------------


def _quoted(text: str) -> str:
    return '"' + text.translate(_ESCAPES) + '"'


def _list(elements: Sequence[str], indent: str) -> str:
    if len(elements) <= _LINE:
        return f"[{', '.join(elements)}]"
    return "[\n" + ", \n".join(f"{indent}  {element}" for element in elements) + f"\n{indent}]"


def _dict(items: dict[str, str], indent: str) -> str:
    lines = [f"{_quoted(key)}: {_quoted(items[key])}" for key in sorted(items, key=lambda key: key.encode())]
    if len(lines) <= 1:
        return "{" + "".join(lines) + "}"
    return "{\n" + ", \n".join(f"{indent}  {line}" for line in lines) + f"\n{indent}}}"


def _entries(entries: Sequence[Entry], numbers: dict[int, int], indent: str) -> str:
    return _list([f"[{numbers[id(node)]}, {index}, {version}]" for node, index, version in entries], indent)


def _node(node: Node, numbers: dict[int, int]) -> str:
    fields = [f'"op": {_quoted(node.op or "null")}', f'"name": {_quoted(node.name)}']
    if node.attributes:
        fields.append(f'"attrs": {_dict(node.attributes, "      ")}')
    fields.append(f'"inputs": {_entries(node.inputs, numbers, "      ")}')
    if node.graphs:
        graphs = [textwrap.indent("{\n" + _graph(graph) + "\n}", " " * 8) for graph in node.graphs]
        fields.append('"subgraphs": [\n' + ", \n".join(graphs) + "\n      ]")
    return "    {\n" + ", \n".join(f"      {field}" for field in fields) + "\n    }"


def _graph(heads: Sequence[Entry]) -> str:
    """The lines of a graph, that of a node or the whole one."""
    order = topological(heads)
    numbers = {id(node): number for number, node in enumerate(order)}
    arguments = [str(number) for number, node in enumerate(order) if node.op is None]
    rows, total = ["0"], 0
    for node in order:
        total += node.total
        rows.append(str(total))
    nodes = ", \n".join(_node(node, numbers) for node in order)
    return (
        f'  "nodes": [\n{nodes}\n  ], \n'
        f'  "arg_nodes": {_list(arguments, "  ")}, \n'
        f'  "node_row_ptr": {_list(rows, "  ")}, \n'
        f'  "heads": {_entries(heads, numbers, "  ")}'
    )


def dumps(heads: Sequence[Entry]) -> str:
    """The text of a graph."""
    version = f'"mxnet_version": ["int", {_VERSION}]'
    if is_np_shape():  # then a length of 0 in it is a length
        attributes = '{\n    "is_np_shape": ["int", 1], \n    ' + version + "\n  }"
    else:
        attributes = "{" + version + "}"
    return "{\n" + _graph(heads) + f', \n  "attrs": {attributes}\n}}'


# --- reading ------------------------------------------------------------------------------------------------------


def _bad(what: str) -> MXNetError:
    return MXNetError(f"symbol: {what}")


def _number(value: Any, below: int, what: str) -> int:
    if type(value) is not int or not 0 <= value < below:
        raise _bad(f"{what} is {value!r}; expected an integer from 0 to {below - 1}")
    return value


def _attributes(fields: dict[str, Any], where: str) -> dict[str, str]:
    """The attributes of a node, which older versions kept under ``param`` and ``attr``."""
    merged: dict[str, str] = {}
    for key in ("param", "attr", "attrs"):
        items = fields.get(key, {})
        if not isinstance(items, dict) or not all(isinstance(value, str) for value in items.values()):
            raise _bad(f"{key} of {where} is {str(items)[:80]}; expected an object of strings")
        merged.update({hidden_key(name): value for name, value in items.items()})
    return merged


def _entry(value: Any, nodes: Sequence[Node], where: str, count: int = 0) -> Entry:
    """An input or head; `count` nodes are in the file, of which `nodes` are read."""
    if not isinstance(value, list) or len(value) not in (2, 3):
        raise _bad(f"{where} is {str(value)[:80]}; expected [node, output] or [node, output, version]")
    if type(value[0]) is int and len(nodes) <= value[0] < count:
        raise _bad(f"{where} is node {value[0]}, which does not come before it: nodes in a circle or in a wrong order")
    node = nodes[_number(value[0], len(nodes), f"the node of {where}")]
    index = _number(value[1], max(node.total, 1), f"the output of {where}")
    return Entry(node, index, _number(value[2], 2**31, f"the version of {where}") if len(value) == 3 else 0)


def _pass_down(attributes: dict[str, str], names: Sequence[str], inputs: Sequence[Entry]) -> None:
    """Give ``weight_lr_mult`` of an operator, an old way to say it, to the weight."""
    for key in list(attributes):
        for hidden in HIDDEN_KEYS:
            if key.endswith(f"_{hidden}") and not key.startswith("__"):
                value = attributes.pop(key)
                for name, entry in zip(names, inputs):
                    if name == key[: -len(hidden) - 1] and entry.node.op is None:
                        entry.node.attributes[f"__{hidden}__"] = value
                break


def _graphs(fields: dict[str, Any], where: str, version: int, depth: int) -> list[list[Entry]]:
    """The graphs of a node."""
    given = fields.get("subgraphs", [])
    if not isinstance(given, list):
        raise _bad(f"subgraphs of {where} are {str(given)[:80]}; expected a list")
    found = []
    for number, graph in enumerate(given):
        try:
            found.append(_read(graph, version, depth + 1))
        except MXNetError as error:
            raise _bad(f"graph {number} of {where}: {str(error).removeprefix('symbol: ')}") from error
    return found


def _operator(
    op: str,
    name: str,
    attributes: dict[str, str],
    inputs: list[Entry],
    graphs: list[list[Entry]],
    where: str,
    version: int,
) -> Node:
    if version < _FIRST_WITH_CONTRIB and op not in OPERATORS and contributed(op) in OPERATORS:
        op = contributed(op)
    known = operator_of(op)
    upgrade = None if known is None else known.rule("upgrade")
    if upgrade is not None:
        attributes = upgrade(attributes, version)
    passed_down = {key: attributes[key] for key in attributes if key.endswith(HIDDEN_KEYS) and not key.startswith("__")}
    own = {key: value for key, value in attributes.items() if key not in passed_down}
    try:
        node = Node(op, name, own, inputs, graphs)
    except MXNetError as error:
        raise _bad(f"{where} cannot be read: {brief(error)}") from error
    spec = node.spec
    assert spec is not None
    if graphs:
        _check_wires(node, where)
    if spec.variadic and "named" not in spec.rules:
        return node
    names = input_names(spec, node.parsed, count=len(inputs))
    if len(inputs) > len(names):
        raise _bad(f"{where} has {len(inputs)} inputs; {op} takes {', '.join(names) or 'none'}")
    _pass_down(dict(passed_down), names, inputs)
    for missing in names[len(inputs) :]:  # before 0.9 a file had no states
        inputs.append(Entry(variable(f"{name}_{missing}", started(spec, missing, own))))
    return node


def _check_wires(node: Node, where: str) -> None:
    """Refuse a node whose attributes do not say of each variable of its graphs which input it is."""
    for number, (graph, places) in enumerate(zip(node.graphs, wires_of(node))):
        count = sum(each.op is None for each in topological(graph))
        if len(places) != count or not all(0 <= place < len(node.inputs) for place in places):
            raise _bad(
                f"{where}: the variables of graph {number} are said to be the inputs {list(places)}; expected {count} "
                f"numbers from 0 to {len(node.inputs) - 1}"
            )


def loads(text: str) -> list[Entry]:
    """The outputs of the graph in a text.

    Raises
    ------
    MXNetError
        the text is no JSON, or no graph, or has operators or attributes that are not known
    """
    try:
        graph = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _bad(f"the text is not JSON ({brief(error)})") from None
    if not isinstance(graph, dict):
        raise _bad(f"the text is a JSON {type(graph).__name__}; expected an object")
    own = graph.get("attrs", {})
    version = own.get("mxnet_version", ["int", 800]) if isinstance(own, dict) else None
    if not (isinstance(version, list) and len(version) == 2 and type(version[1]) is int):
        raise _bad(f"attrs is {str(graph['attrs'])[:80]}; expected mxnet_version as ['int', number]")
    return _read(graph, version[1], 0)


def _read(graph: Any, version: int, depth: int) -> list[Entry]:
    """The outputs of a graph, that of a node (which `depth` counts) or the whole one."""
    if not isinstance(graph, dict):
        raise _bad(f"the graph is {str(graph)[:80]}; expected an object")
    if depth > _DEEPEST:
        raise _bad(f"graphs hold each other {depth} deep; expected at most {_DEEPEST}")
    for key in ("nodes", "arg_nodes", "heads"):
        if not isinstance(graph.get(key), list):
            raise _bad(f"field {key!r} is missing or no list")
    nodes: list[Node] = []
    count = len(graph["nodes"])
    for number, fields in enumerate(graph["nodes"]):
        where = f"node {number}"
        if not isinstance(fields, dict):
            raise _bad(f"{where} is {str(fields)[:80]}; expected an object")
        op, name = fields.get("op"), fields.get("name")
        if not isinstance(op, str) or not isinstance(name, str):
            raise _bad(f"{where} has op {op!r} and name {name!r}; expected strings")
        where = f"node {number} ({name}, {op})"
        graphs = _graphs(fields, where, version, depth)
        given = fields.get("inputs", [])
        if not isinstance(given, list):
            raise _bad(f"inputs of {where} are {str(given)[:80]}; expected a list")
        inputs = [_entry(value, nodes, f"input {place} of {where}", count) for place, value in enumerate(given)]
        attributes = _attributes(fields, where)
        if op == "null":
            if inputs or graphs:
                raise _bad(f"{where} is a variable and has {'inputs' if inputs else 'graphs'}")
            nodes.append(variable(name, attributes))
            continue
        nodes.append(_operator(op, name, attributes, inputs, graphs, where, version))
    for value in graph["arg_nodes"]:
        if nodes[_number(value, len(nodes), "an element of arg_nodes")].op is not None:
            raise _bad(f"arg_nodes has {value}, which is an operator; expected variables")
    if not graph["heads"]:
        raise _bad("heads is empty; expected at least one output")
    return [_entry(value, nodes, f"head {place}") for place, value in enumerate(graph["heads"])]
