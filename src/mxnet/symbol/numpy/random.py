"""``mx.sym.np.random``: random numbers of ``mx.np`` in graphs, drawn anew by every run."""

from ...numpy import random as _random
from ._symbol import fill as _fill

__all__: list[str] = []
_NAMES = (
    "beta chisquare choice exponential gamma gumbel logistic lognormal multinomial multivariate_normal normal pareto "
    "power rand randint randn rayleigh shuffle uniform weibull"
)
__all__.extend(_fill(globals(), _random, _NAMES))
