"""Operators of the ``contrib`` namespace for symbols, made from the table."""

from .namespaces import populate

__all__: list[str] = []
__all__.extend(populate(globals(), "contrib"))
