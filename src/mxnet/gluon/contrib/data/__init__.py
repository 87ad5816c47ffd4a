"""Samplers and texts that MXNet kept apart from `gluon.data`."""

from . import sampler, text
from .sampler import IntervalSampler
from .text import WikiText2, WikiText103

__all__ = ["IntervalSampler", "WikiText2", "WikiText103", "sampler", "text"]
