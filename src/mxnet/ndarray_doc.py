"""Classes that extended the docstrings of array functions; here a docstring stands with its operator."""

from __future__ import annotations

__all__ = ["BroadcastToDoc", "CustomDoc", "NDArrayDoc", "ReshapeDoc", "StackDoc", "elemwise_addDoc"]


class NDArrayDoc:
    """More about an array function, in a subclass named after it."""


class ReshapeDoc(NDArrayDoc):
    """More about ``reshape``."""


class elemwise_addDoc(NDArrayDoc):
    """More about ``elemwise_add``."""


class BroadcastToDoc(NDArrayDoc):
    """More about ``broadcast_to``."""


class CustomDoc(NDArrayDoc):
    """More about ``Custom``."""


class StackDoc(NDArrayDoc):
    """More about ``stack``."""
