"""Layers and samplers that MXNet kept apart from ``gluon.nn`` and ``gluon.data``."""

from . import data, nn

__all__ = ["data", "nn"]
