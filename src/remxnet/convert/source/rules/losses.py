"""Outputs with a gradient of their own. A program does without their label, which a prediction has none of."""

from __future__ import annotations

from mxnet.ops.registry import rule

from ..steps import At, Cannot
from .carried import carried

__all__: list[str] = []


@rule("source", "SoftmaxOutput")
def _softmax_output(at: At) -> str:
    at.optional(1)
    attributes = dict(at.attributes)
    ignored = attributes.pop("use_ignore")
    if not ignored:
        attributes["ignore_label"] = None
    return at.call_of("softmax_output", *at.inputs, **attributes)


@rule("source", "LinearRegressionOutput", "MAERegressionOutput", "LogisticRegressionOutput")
def _regression_output(at: At) -> str:
    at.optional(1)
    kind = at.call.spec.name
    return at.call_of(
        "regression_output", *at.inputs, absolute=kind.startswith("MAE"), logistic=kind.startswith("Logistic"),
        grad_scale=at.attributes["grad_scale"],
    )  # fmt: skip


@rule("source", "SVMOutput")
def _svm_output(at: At) -> str:
    at.optional(1)
    return at.call_of("svm_output", *at.inputs, **at.attributes)


rule("source", "BlockGrad")(lambda at: f"{at.data}.detach()")


@rule("source", "IdentityAttachKLSparseReg")
def _sparse(at: At) -> str:
    attributes = at.attributes
    layer = at.module(
        at.uses("SparseActivations"),
        {"units": at.shape()[1], **{name: attributes[name] for name in ("sparseness_target", "penalty", "momentum")}},
        ("units",), {"sparseness_target": 0.1, "penalty": 0.001, "momentum": 0.9}, {"moving_avg": 1},
    )  # fmt: skip
    if layer is None:
        raise Cannot("its running mean is no parameter of its own")
    return f"{layer}({at.data})"


@rule("source", "softmax", "log_softmax", "softmin")
def _softmax(at: At) -> str:
    attributes, name = at.attributes, at.call.spec.name
    if attributes["use_length"] and name == "softmax":
        return carried(at)
    data = f"-{at.data}" if name == "softmin" else at.data
    if attributes["temperature"] not in (None, 1.0):
        data = f"{data} / {attributes['temperature']}"
    function = "log_softmax" if name == "log_softmax" else "softmax"
    dtype = attributes["dtype"]
    return f"F.{function}({data}, {attributes['axis']}{f', dtype={dtype}' if dtype is not None else ''})"


@rule("source", "SoftmaxActivation")
def _softmax_activation(at: At) -> str:
    return f"F.softmax({at.data}, {1 if at.attributes['mode'] == 'channel' else -1})"
