"""The operators behind ``mx.sym.np`` under their own names, made from the table."""

from ..namespaces import populate
from ._symbol import _Symbol

__all__: list[str] = []
__all__.extend(populate(globals(), "np", _Symbol))
