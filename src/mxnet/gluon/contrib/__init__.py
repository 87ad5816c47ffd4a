"""Layers, samplers and an estimator that MXNet kept apart from ``gluon``."""

from . import data, estimator, nn

__all__ = ["data", "estimator", "nn"]
