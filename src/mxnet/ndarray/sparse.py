"""Operators of the ``sparse`` namespace, made from the table."""

from .namespaces import populate

__all__ = populate(globals(), "sparse")
