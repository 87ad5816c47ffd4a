"""Arithmetic, reductions, products and drawn numbers."""

from . import arithmetic, functions, linalg, products, random, reduction  # noqa: F401 - they have the rules
