"""Operators of the ``linalg`` namespace, made from the table."""

from .namespaces import populate

__all__ = populate(globals(), "linalg")
