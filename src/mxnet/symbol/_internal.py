"""Operators of the ``_internal`` namespace for symbols, made from the table."""

from .namespaces import populate

__all__: list[str] = []
__all__.extend(populate(globals(), "_internal"))
