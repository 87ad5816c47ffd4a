"""Operators of the ``contrib`` namespace for symbols, made from the table."""

from .control import cond, foreach, while_loop
from .namespaces import populate

__all__ = ["cond", "foreach", "while_loop"]
__all__.extend(populate(globals(), "contrib"))
