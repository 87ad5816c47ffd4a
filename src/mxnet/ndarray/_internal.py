"""Operators of the ``_internal`` namespace (names with a leading underscore), made from the table."""

from .namespaces import populate

__all__ = populate(globals(), "_internal")
