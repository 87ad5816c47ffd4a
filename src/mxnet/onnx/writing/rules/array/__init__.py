"""Shapes, parts and places of arrays."""

from . import creating, indexing, joining, ordering, shapes, slicing, tiling  # noqa: F401 - they have the rules
