"""``mx.sym.np.linalg``: linear algebra of ``mx.np`` for symbols."""

from ...numpy import linalg as _linalg
from ._symbol import fill as _fill

__all__: list[str] = []
__all__.extend(
    _fill(
        globals(),
        _linalg,
        "cholesky det eig eigh eigvals eigvalsh inv norm pinv slogdet solve svd tensorinv tensorsolve",
    )
)
