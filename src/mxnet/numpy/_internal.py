"""The operators behind ``mx.np`` under their own names, made from the table."""

from ..ndarray.namespaces import populate
from .array import ndarray

__all__: list[str] = []
__all__.extend(populate(globals(), "np", ndarray))
