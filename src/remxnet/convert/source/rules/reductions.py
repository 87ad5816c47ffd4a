"""Reductions over axes, positions of extremes, order."""

from __future__ import annotations

from collections.abc import Callable

from mxnet.ops.registry import rule

from ..steps import At, Tuple, literal
from .carried import carried

__all__: list[str] = []


def _axes(at: At) -> tuple[int, ...] | None:
    """The axes that are reduced; None for all."""
    axis, rank = at.attributes["axis"], at.rank()
    if axis is None or axis == ():
        return None
    axes = [axis] if isinstance(axis, int) else list(axis)
    if at.attributes.get("exclude"):
        given = {each % rank for each in axes}
        return tuple(each for each in range(rank) if each not in given)
    return tuple(axes)


def _arguments(at: At, axes: tuple[int, ...] | None, word: str = "") -> str:
    """What a reduction is called with."""
    keep = at.attributes["keepdims"]
    if axes is None and not keep and not word:
        return ""
    if axes is None:
        axes = tuple(range(at.rank()))
    shown = repr(axes[0]) if len(axes) == 1 else literal(axes)
    return f"{shown}{', keepdim=True' if keep else ''}"


def _with_axis(at: At, text: str, axes: tuple[int, ...] | None) -> str:
    """A result of MXNet's, which keeps an axis where all are reduced."""
    everything = axes is None or len(axes) == at.rank()
    return f"{text}.reshape(1)" if everything and not at.attributes["keepdims"] else text


def _reduced(method: str) -> Callable[[At], str]:
    def write(at: At) -> str:
        axes = _axes(at)
        if axes == ():
            return at.data
        data = at.data
        if at.is_float():
            return _with_axis(at, f"{data}.{method}({_arguments(at, axes)})", axes)
        if method == "mean":
            inner = f"{data}.double().mean({_arguments(at, axes)}).to({data}.dtype)"
        else:
            inner = f"{data}.{method}({_arguments(at, axes, 'all')}, dtype={data}.dtype)"
        return _with_axis(at, inner, axes)

    return write


rule("source", "sum")(_reduced("sum"))
rule("source", "mean")(_reduced("mean"))


@rule("source", "nansum")
def _nansum(at: At) -> str:
    return _reduced("nansum" if at.is_float() else "sum")(at)


@rule("source", "prod", "nanprod")
def _prod(at: At) -> str:
    axes, keep = _axes(at), at.attributes["keepdims"]
    if axes == ():
        return at.data
    data = f"{at.data}.nan_to_num(1)" if at.call.spec.name == "nanprod" and at.is_float() else at.data
    if "nan_to_num" in data:
        data = f"torch.where({at.data}.isnan(), 1, {at.data})"
    if axes is None and not keep:
        return f"{data}.prod().reshape(1)"
    rank = at.rank()
    for axis in sorted((each % rank for each in (range(rank) if axes is None else axes)), reverse=True):
        data = f"{data}.prod({axis}{', keepdim=True' if keep else ''})"
    return _with_axis(at, data, axes)


@rule("source", "_square_sum")
def _square_sum(at: At) -> str:
    axes = _axes(at)
    return _with_axis(at, f"{at.data}.square().sum({_arguments(at, axes)})", axes)


@rule("source", "max", "min")
def _extreme(at: At) -> str:
    axes = _axes(at)
    if axes == ():
        return at.data
    return _with_axis(at, f"{at.data}.a{at.call.spec.name}({_arguments(at, axes)})", axes)


@rule("source", "argmax", "argmin", "argmax_channel")
def _position(at: At) -> str:
    method = at.call.spec.name.removesuffix("_channel")
    axis = 1 if at.call.spec.name == "argmax_channel" else at.attributes["axis"]
    keep = at.attributes.get("keepdims")
    number = ".float()" if at.dtype() == "float32" else f".to({at.data}.dtype)"
    if axis is None:
        shape = ", ".join(["1"] * at.rank()) if keep else "1"
        return f"{at.data}.{method}().reshape({shape}){number}"
    text = f"{at.data}.{method}({axis}{', keepdim=True' if keep else ''}){number}"
    return f"{text}.reshape(1)" if at.rank() == 1 and not keep else text


def _as_number(at: At) -> str:
    return f".to({literal(at.attributes['dtype'])})"


@rule("source", "sort")
def _sort(at: At) -> str:
    data, axis = (f"{at.data}.flatten()", 0) if at.attributes["axis"] is None else (at.data, at.attributes["axis"])
    down = "" if at.attributes["is_ascend"] else ", descending=True"
    return f"{data}.sort(dim={axis}, stable=True{down})[0]"


@rule("source", "argsort")
def _argsort(at: At) -> str:
    data, axis = (f"{at.data}.flatten()", 0) if at.attributes["axis"] is None else (at.data, at.attributes["axis"])
    down = "" if at.attributes["is_ascend"] else ", descending=True"
    return f"{data}.argsort(dim={axis}, stable=True{down}){_as_number(at)}"


@rule("source", "topk")
def _topk(at: At) -> str:
    kind = at.attributes["ret_typ"]
    text = at.call_of(
        "topk", at.data, k=at.attributes["k"], axis=at.attributes["axis"], ascending=at.attributes["is_ascend"]
    )  # fmt: skip
    if kind == "value":
        return f"{text}[0]"
    if kind == "indices":
        return f"{text}[1]{_as_number(at)}"
    if kind == "mask":
        axis = at.attributes["axis"]
        if axis is None:
            return f"torch.zeros_like({at.data}).flatten().scatter(0, {text}[1], 1).reshape({at.data}.shape)"
        return f"torch.zeros_like({at.data}).scatter({axis}, {text}[1], 1)"
    at.uses("topk_as_numbers")
    return Tuple(text.replace("topk(", "topk_as_numbers(", 1)[:-1] + f", dtype={literal(at.attributes['dtype'])})")


@rule("source", "_np_sum", "_npi_mean", "_np_max", "_np_min", "_np_any", "_np_all")
def _numpys(at: At) -> str:
    attributes, name = at.attributes, at.call.spec.name
    method = {"_np_max": "amax", "_np_min": "amin"}.get(name, name.rsplit("_", 1)[1])
    plain = attributes.get("dtype") is None and attributes.get("initial") is None
    if not plain or (not at.is_float() and name in ("_np_sum", "_npi_mean")) or name in ("_np_any", "_np_all"):
        return carried(at)
    axes = _axes(at)
    if axes == () or not at.rank():
        return carried(at)
    return f"{at.data}.{method}({_arguments(at, axes)})"
