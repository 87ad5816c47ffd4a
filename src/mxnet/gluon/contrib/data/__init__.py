"""Samplers that MXNet kept apart from `gluon.data`."""

from . import sampler
from .sampler import IntervalSampler

__all__ = ["IntervalSampler", "sampler"]
