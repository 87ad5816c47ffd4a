"""Operators of the ``contrib`` namespace, made from the table."""

from .namespaces import populate

__all__ = populate(globals(), "contrib")
