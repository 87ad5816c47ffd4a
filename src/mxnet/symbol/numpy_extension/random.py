"""``mx.sym.npx.random``: coins, and blocks of numbers for every element of the parameters, in graphs."""

from ...numpy_extension import random as _random
from ..numpy._symbol import fill as _fill

__all__: list[str] = []
__all__.extend(_fill(globals(), _random, "bernoulli normal_n uniform_n"))
