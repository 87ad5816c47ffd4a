"""Metrics: how good predictions are, over many batches.

`base` is what they share, `classification` has those of classes and `regression` those of numbers.
"""

from .. import ndarray
from .base import CompositeEvalMetric, CustomMetric, EvalMetric, alias, check_label_shapes, create, register
from .base import np_metric as np
from .classification import (
    F1,
    MCC,
    PCC,
    Accuracy,
    CrossEntropy,
    NegativeLogLikelihood,
    Perplexity,
    TopKAccuracy,
    _BinaryClassificationMetrics,
)
from .regression import MAE, MSE, RMSE, Caffe, Loss, PearsonCorrelation, Torch

__all__ = [
    "F1", "MAE", "MCC", "MSE", "PCC", "RMSE", "Accuracy", "Caffe", "CompositeEvalMetric", "CrossEntropy",
    "CustomMetric", "EvalMetric", "Loss", "NegativeLogLikelihood", "PearsonCorrelation", "Perplexity", "TopKAccuracy",
    "Torch", "_BinaryClassificationMetrics", "alias", "check_label_shapes", "create", "ndarray", "np", "register",
]  # fmt: skip
