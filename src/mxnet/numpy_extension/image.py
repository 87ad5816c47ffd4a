"""Operators of the ``image`` namespace on ``mx.np`` arrays, made from the table."""

from ..ndarray.namespaces import populate
from ..numpy.array import ndarray

__all__: list[str] = []
__all__.extend(populate(globals(), "image", ndarray))
