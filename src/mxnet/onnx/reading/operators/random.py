"""Numbers that are drawn: other ones each time, and others than another runtime's."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..files import package
from ..table import At, reads
from ..values import DependsOnLength, Value

__all__: list[str] = []


def _kind(at: At, default: Any) -> np.dtype[Any]:
    given = at.attribute("dtype")
    return np.dtype(default if given is None else package().helper.tensor_dtype_to_np_dtype(given))


def _ends(at: At) -> dict[str, float]:
    if at.op.startswith("RandomUniform"):
        return {"low": at.attribute("low", 0.0), "high": at.attribute("high", 1.0)}
    return {"loc": at.attribute("mean", 0.0), "scale": at.attribute("scale", 1.0)}


@reads("RandomNormal", "RandomUniform")
def drawn(at: At) -> Any:
    """Of a shape that the node says."""
    op = "_random_normal" if at.op == "RandomNormal" else "_random_uniform"
    shape, kind = tuple(at.attribute("shape")), _kind(at, np.float32)
    return at.result(at.cast(at.call(op, shape=shape, dtype="float32", **_ends(at)), kind), kind)


@reads("RandomNormalLike", "RandomUniformLike")
def drawn_like(at: At) -> Any:
    """Of the shape of an array."""
    op = "_random_normal_like" if at.op == "RandomNormalLike" else "_random_uniform_like"
    kind = _kind(at, at.value(0).dtype)
    like = at.cast(at.symbol(0), np.float32)
    return at.result(at.cast(at.call(op, like, **_ends(at)), kind), kind)


@reads("Bernoulli")
def coins(at: At) -> Any:
    """1 with the chance that an element is."""
    kind = _kind(at, at.value(0).dtype)
    chance = at.cast(at.symbol(0), np.float32)
    thrown = at.call("_random_uniform_like", chance, low=0.0, high=1.0)
    return at.result(at.cast(at.call("broadcast_lesser", thrown, chance), kind), kind)


@reads("Multinomial")
def classes(at: At) -> Any:
    """Places along rows of logarithms of chances."""
    kind = np.dtype(package().helper.tensor_dtype_to_np_dtype(at.attribute("dtype", 6)))
    count = at.attribute("sample_size", 1)
    chances = at.call("softmax", at.cast(at.symbol(0), np.float32), axis=-1)
    shapes = tuple((shape[0], count) for shape in at.value(0).shapes)
    if shapes[0] != shapes[1]:
        raise DependsOnLength(f"{at!r}: of an open number of rows")
    found = at.call("_sample_multinomial", chances, shape=(count,), dtype="int32")
    return Value(at.name, kind, shapes, symbol=at.cast(found, kind))
