"""Output layers, as they predict: what they give without their labels."""

from __future__ import annotations

from .....ops.registry import rule
from ...lengths import product
from ...terms import Term
from ...walking import At


@rule("onnx", "SoftmaxOutput")
def softmax_output(at: At, data: Term, label: Term) -> Term:
    rank = data.rank
    if at["multi_output"]:
        return at.op("Softmax", data, axis=1)
    if at["preserve_shape"] or rank == 2:
        return at.op("Softmax", data, axis=-1)
    lengths = data.lengths  # over all axes of a sample
    flat = data.reshape(lengths[0], product(lengths[1:]))
    return at.op("Softmax", flat, axis=1).reshape(*lengths)


@rule("onnx", "LogisticRegressionOutput")
def logistic_regression_output(at: At, data: Term, label: Term) -> Term:
    return at.op("Sigmoid", data)


@rule(
    "onnx", "LinearRegressionOutput", "MAERegressionOutput", "SVMOutput", "IdentityAttachKLSparseReg", "MakeLoss",
    "make_loss", "BlockGrad",
)  # fmt: skip
def unchanged(at: At, data: Term, *others: Term | None) -> Term:
    return data
