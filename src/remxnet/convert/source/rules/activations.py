"""Activations, poolings and dropout."""

from __future__ import annotations

from collections.abc import Sequence

from mxnet.ops.registry import rule

from ..steps import At
from .carried import carried
from .layers import full, one_or_all

__all__: list[str] = []

_ACTIVATIONS = {
    "relu": "F.relu({})", "sigmoid": "torch.sigmoid({})", "tanh": "torch.tanh({})", "softrelu": "F.softplus({})",
    "softsign": "F.softsign({})",
}  # fmt: skip


@rule("source", "Activation")
def activation(at: At) -> str:
    """One of torch's functions."""
    return _ACTIVATIONS[at.attributes["act_type"]].format(at.data)


@rule("source", "Pooling", "Pooling_v1")
def pooling(at: At) -> str:
    """The pooling of torch where it has the same windows, else the operator's function."""
    attributes, axes, data = at.attributes, at.rank() - 2, at.data
    kind, kernel = attributes["pool_type"], attributes["kernel"]
    last = (attributes.get("layout") or "NCHW").endswith("C")
    if kind not in ("max", "avg") or last or not 1 <= axes <= 3:
        return carried(at)
    if attributes["global_pool"]:
        return f"F.adaptive_{kind}_pool{axes}d({data}, 1)"
    stride, pad = full(attributes["stride"], axes, 1), full(attributes["pad"], axes, 0)
    ceil = _rounds_up(at, kernel, stride, pad)
    first_form = at.call.spec.name == "Pooling_v1"
    if ceil is None or any(2 * border > width for border, width in zip(pad, kernel)) or (first_form and any(pad)):
        return carried(at)
    if kind == "avg" and (ceil or axes == 3) and (first_form or any(pad)):
        return carried(at)
    named = f", stride={one_or_all(stride)}" if tuple(stride) != tuple(kernel) else ""
    named += f", padding={one_or_all(pad)}" if any(pad) else ""
    named += ", ceil_mode=True" if ceil else ""
    if kind == "avg" and any(pad) and attributes.get("count_include_pad") is False:
        named += ", count_include_pad=False"
    return f"F.{kind}_pool{axes}d({data}, {one_or_all(kernel)}{named})"


def _rounds_up(at: At, kernel: Sequence[int], stride: Sequence[int], pad: Sequence[int]) -> bool | None:
    """Whether torch has the windows by rounding up; None where it has them not.

    It drops a window that would begin in the border after the data, which MXNet keeps, and has nothing like 'same'.
    """
    convention = at.attributes["pooling_convention"]
    if convention == "valid":
        return False
    if convention == "same":
        return None
    rests = [(n + 2 * b - k) % s for n, k, s, b in zip(at.shape()[2:], kernel, stride, pad)]
    if not any(rests):
        return False
    counts = [-(-(n + 2 * b - k) // s) + 1 for n, k, s, b in zip(at.shape()[2:], kernel, stride, pad)]
    dropped = [(count - 1) * s >= n + b for n, s, b, count in zip(at.shape()[2:], stride, pad, counts)]
    return None if any(dropped) else True
