"""Operators without a namespace of their own, made from the table."""

from .namespaces import populate

__all__ = populate(globals(), "")
