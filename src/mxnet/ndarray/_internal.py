"""Operators of the ``_internal`` namespace (names with a leading underscore), made from the table."""

from .namespaces import populate

__all__: list[str] = []
__all__.extend(populate(globals(), "_internal"))
