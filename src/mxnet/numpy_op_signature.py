"""Signatures of the functions made from operators: they have them from the beginning on."""

from . import numpy as mx_np
from . import numpy_extension as mx_npx

__all__ = ["mx_np", "mx_npx"]
