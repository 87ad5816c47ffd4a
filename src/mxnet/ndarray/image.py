"""Operators of the ``image`` namespace, made from the table."""

from .namespaces import populate

__all__ = populate(globals(), "image")
