"""Operators of the ``random`` namespace, made from the table."""

from .namespaces import populate

__all__: list[str] = []
__all__.extend(populate(globals(), "random"))
