"""What MXNet infers about every operator: shapes and dtypes, forwards and backwards, from a part of what a call tells.

`operator_calls.json` has a call of every operator, with shapes and dtypes of its inputs. :func:`questions` makes of
each a graph, ``outputs + variables`` so that something can be said of its outputs, and asks with one thing or another
left unknown. It runs under both interpreters.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Iterator

import numpy as np

from . import interface

CALLS = Path(__file__).parent / "operator_calls.json"
FILE = Path(__file__).parent / "recorded" / "inference.json"


def calls() -> list[list[Any]]:
    """Return the calls: operator, [shape, dtype] or null for each input, attributes as a graph holds them."""
    return json.loads(CALLS.read_text(encoding="utf-8"))


def firsts() -> list[bool]:
    """Return for each call whether it is its operator's first, of which dtypes are asked for too."""
    names = [call[0] for call in calls()]
    return [name not in names[:place] for place, name in enumerate(names)]


def graph(mx: Any, call: list[Any]) -> tuple[Any, list[str], list[str]] | None:
    """Return the symbol of a call with its outputs added to variables, and the names of inputs and these variables."""
    operator, inputs, attributes = call
    names = [f"x{place}" for place, given in enumerate(inputs) if given is not None]

    def made(count: int) -> Any:
        nodes = [{"op": "null", "name": name, "inputs": []} for name in names]
        sources = [[place, 0, 0] for place in range(len(names))]
        nodes.append({"op": operator, "name": "call", "attrs": attributes, "inputs": sources})
        place = len(names)
        if not count:
            return mx.sym.load_json(_text(nodes, [[place, 0, 0]]))
        heads = []
        for number in range(count):
            nodes.append({"op": "null", "name": f"z{number}", "inputs": []})
            addends = [[place, number, 0], [len(nodes) - 1, 0, 0]]
            nodes.append({"op": "elemwise_add", "name": f"sum{number}", "inputs": addends})
            heads.append([len(nodes) - 1, 0, 0])
        return mx.sym.load_json(_text(nodes, heads))

    shown = [name for name in made(0).get_internals().list_outputs() if name.startswith("call_")]
    if not shown:
        return None
    return made(len(shown)), names, [f"z{number}" for number in range(len(shown))]


def _text(nodes: list[dict], heads: list[list[int]]) -> str:
    leaves = [place for place, node in enumerate(nodes) if node["op"] == "null"]
    return json.dumps({"nodes": nodes, "arg_nodes": leaves, "heads": heads, "attrs": {"mxnet_version": ["int", 10901]}})


def shapes_given(inputs: dict[str, tuple], outputs: dict[str, tuple]) -> Iterator[tuple[str, dict[str, tuple]]]:
    """Yield what is told of shapes, with the question's name; what is left out is not known, nor is a length of 0."""
    yield "outputs", dict(outputs)
    for name, shape in inputs.items():
        others = {other: known for other, known in inputs.items() if other != name}
        yield f"{name} but its first axis", {**others, name: (0, *shape[1:])}
        yield f"{name} but its last axis", {**others, name: (*shape[:-1], 0)}
        yield f"all but {name}", {**others, **outputs}
        yield f"all but {name}, of which the rank", {**others, **outputs, name: (0,) * len(shape)}
        if others:
            yield f"inputs but {name}", dict(others)
            yield f"{name}", {name: shape}
            yield f"{name} and outputs", {name: shape, **outputs}


def types_given(inputs: dict[str, str], outputs: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what is told of dtypes, with the question's name."""
    yield "nothing", {}
    yield "outputs", dict(outputs)
    for name, kind in inputs.items():
        if len(inputs) > 1:
            yield f"{name}", {name: kind}
            yield f"all but {name}", {other: known for other, known in inputs.items() if other != name}


def answered(symbol: Any, what: str, given: dict[str, Any]) -> dict[str, Any] | None:
    """Return the shapes (of `what` "shape") or dtypes ("type") by the variable's name, None where there is an error."""
    try:
        arguments, _, states = getattr(symbol, f"infer_{what}_partial")(**given)
    except Exception:  # noqa: BLE001 - whatever it raises, it does not infer
        return None
    names = symbol.list_arguments() + symbol.list_auxiliary_states()
    plain = list if what == "shape" else lambda kind: kind and np.dtype(kind).name
    return {name: plain(found) for name, found in zip(names, arguments + states) if found}


def questions(mx: Any, call: list[Any], typed: bool = True, told: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return all answers about a call.

    Parameters
    ----------
    mx : module
        the module under test
    call : list
        from :func:`calls`
    typed : bool
        whether dtypes are asked for
    told : dict, optional
        what MXNet answered, whose outputs are what the outputs are known to be

    Returns
    -------
    dict
        "shapes": by question what is known of each variable, in "inputs" where all inputs are known; "types": the same
        by the dtypes of the inputs
    """
    found: dict[str, Any] = {"shapes": {}, "types": {}}
    try:
        made = graph(mx, call)
    except mx.base.MXNetError:  # an operator of Python's alone, or attributes that only Python takes
        return found
    if made is None:
        return found
    symbol, names, sums = made
    known = [given for given in call[1] if given is not None]
    inputs = {name: tuple(shape) for name, (shape, _) in zip(names, known)}
    found["shapes"]["inputs"] = answered(symbol, "shape", inputs)
    complete = (told or found)["shapes"].get("inputs") or {}
    outputs = {name: tuple(complete[name]) for name in sums if name in complete}
    if complete and all(shape and 0 not in shape for shape in [*inputs.values(), *outputs.values()]):
        for question, given in shapes_given(inputs, outputs):
            found["shapes"][question] = answered(symbol, "shape", given)
    for kinds in _dtypes(known) if typed else ():
        here = found["types"][" ".join(kinds)] = {}
        given_kinds = dict(zip(names, kinds))
        here["inputs"] = answered(symbol, "type", given_kinds)
        complete = ((told or found)["types"].get(" ".join(kinds)) or {}).get("inputs") or {}
        results = {name: complete[name] for name in sums if name in complete}
        for question, given in types_given(given_kinds, results):
            here[question] = answered(symbol, "type", given)
    return found


def _dtypes(known: list[Any]) -> Iterator[list[str]]:
    """Yield the dtypes of the call, and those with another dtype in the place of each float32."""
    own = [kind for _, kind in known]
    yield own
    for other in ("float16", "int32"):
        changed = [other if kind == "float32" else kind for kind in own]
        if changed != own:
            yield changed


def key(call: list[Any]) -> str:
    """Return what a call's recording is found by: its line."""
    return json.dumps(call)


def recorded() -> dict[str, dict[str, Any]]:
    """Return what MXNet infers, by the key of the call."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def record(mx: Any) -> None:
    """Write what MXNet infers about every call of an operator that it has."""
    known = interface.operator_names()
    asked = sorted((key(call), call, typed) for call, typed in zip(calls(), firsts()) if call[0] in known)
    rows = [
        f" {json.dumps(name)}: {json.dumps(questions(mx, call, typed), separators=(',', ':'))}"
        for name, call, typed in asked
    ]
    FILE.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
    print(f"inference: {len(rows)} calls recorded")


# ---------------------------------------------------------------- comparing


def shortcomings(call: list[Any], mxnets: dict[str, Any], ours: dict[str, Any]) -> Iterator[str]:
    """Yield what MXNet infers of a call and we do not, or otherwise.

    Every question leaves out a part of one call, whose shapes and dtypes are known: what MXNet infers that does not fit
    the call it got wrong (it counts an unknown length as 0 in places), and nothing is asked of us.
    """
    truth = mxnets["shapes"].get("inputs")
    for question, theirs in mxnets["shapes"].items():
        for name, shape in (theirs or {}).items() if truth else ():
            found = (ours["shapes"].get(question) or {}).get(name, [])
            right = truth.get(name, [])
            if len(shape) != len(right):
                continue
            for axis, (length, real) in enumerate(zip(shape, right)):
                if length and length == real and (len(found) != len(right) or found[axis] != length):
                    yield f"{call[0]}: from {question} MXNet infers {name} {tuple(shape)}, we {tuple(found)}: {call}"
                    break
    for kinds, answers in mxnets["types"].items():
        right_kinds = answers.get("inputs")
        for question, theirs in answers.items() if right_kinds else ():
            for name, kind in (theirs or {}).items():
                if question == "nothing" and any(
                    (other.get("inputs") or {}).get(name, kind) != kind for other in mxnets["types"].values()
                ):
                    continue
                found_kind = ((ours["types"].get(kinds) or {}).get(question) or {}).get(name)
                if kind == right_kinds.get(name) and found_kind != kind:
                    yield f"{call[0]}: of {kinds} from {question} MXNet infers {name} {kind}, we {found_kind}: {call}"
