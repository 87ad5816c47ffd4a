"""``mx.sym.npx.image``: operators of the ``image`` namespace on symbols of ``mx.sym.np``."""

from ..namespaces import populate
from ..numpy._symbol import _Symbol

__all__: list[str] = []
__all__.extend(populate(globals(), "image", _Symbol))
