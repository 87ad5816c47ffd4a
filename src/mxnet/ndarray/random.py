"""Operators of the ``random`` namespace, made from the table."""

from .namespaces import populate

__all__ = populate(globals(), "random")
