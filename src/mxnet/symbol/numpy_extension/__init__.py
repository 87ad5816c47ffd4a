"""``mx.sym.npx``: the neural operators on symbols of ``mx.sym.np``."""

from ...numpy_extension import later as _later
from ..namespaces import populate as _populate
from ..numpy._symbol import _Symbol
from ..numpy._symbol import fill as _fill
from . import image, random

__all__ = ["image", "random"]

# those of mxnet.numpy_extension.later that operators of the table serve
__all__.extend(_fill(globals(), _later, "broadcast_like masked_log_softmax masked_softmax stop_gradient"))
__all__.extend(_populate(globals(), "npx", _Symbol))
