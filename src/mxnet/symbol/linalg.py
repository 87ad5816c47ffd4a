"""Operators of the ``linalg`` namespace for symbols, made from the table."""

from .namespaces import populate

__all__: list[str] = []
__all__.extend(populate(globals(), "linalg"))
