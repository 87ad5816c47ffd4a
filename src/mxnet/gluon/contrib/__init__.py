"""Layers, samplers and an estimator that MXNet kept apart from ``gluon``."""

from . import cnn, data, estimator, nn, rnn

__all__ = ["cnn", "data", "estimator", "nn", "rnn"]
