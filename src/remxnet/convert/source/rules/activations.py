"""Activations, poolings and dropout."""

from __future__ import annotations

from mxnet.ops.registry import rule

from ..steps import At
from .layers import full, one_or_all

__all__: list[str] = []

rule("source", "relu")(lambda at: f"F.relu({at.data})")
rule("source", "sigmoid")(lambda at: f"torch.sigmoid({at.data})")
rule("source", "Flatten")(lambda at: f"{at.data}.flatten(1)")


_ACTIVATIONS = {
    "relu": "F.relu({})", "sigmoid": "torch.sigmoid({})", "tanh": "torch.tanh({})", "softrelu": "F.softplus({})",
    "softsign": "F.softsign({})",
}  # fmt: skip


@rule("source", "Activation")
def activation(at: At) -> str:
    """One of torch's functions."""
    return _ACTIVATIONS[at.attributes["act_type"]].format(at.data)


@rule("source", "Pooling")
def pooling(at: At) -> str:
    """The pooling of torch where it has the same windows."""
    attributes, axes, data = at.attributes, at.rank() - 2, at.data
    kind = attributes["pool_type"]
    if attributes["global_pool"]:
        if kind == "avg":
            return f"F.adaptive_avg_pool{axes}d({data}, 1)"
        return f"F.adaptive_max_pool{axes}d({data}, 1)"
    stride, pad = full(attributes["stride"], axes, 1), full(attributes["pad"], axes, 0)
    kernel = attributes["kernel"]
    named = f", stride={one_or_all(stride)}" if stride != tuple(kernel) else ""
    named += f", padding={one_or_all(pad)}" if any(pad) else ""
    return f"F.{kind}_pool{axes}d({data}, {one_or_all(kernel)}{named})"


rule("source", "broadcast_add", "elemwise_add")(lambda at: f"{at.inputs[0]} + {at.inputs[1]}")
