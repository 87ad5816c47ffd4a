"""Names that NumPy took away, put back into this process for a program that was written before.

NumPy 1.20 to 2.4 removed what programs of MXNet's years say everywhere: `np.float`, `np.asscalar`, `a.tostring()`,
`float(a)` of an array with one element. `names` has the functions and types, `arrays` what arrays did, `creation` how
`np.array` read its arguments. Nothing that is installed changes, and what NumPy still has stays as it is.

What is no name does not come back: how dtypes go together since NumPy 2.0, integers that no longer wrap around when
they are made, the texts of scalars. `pip install 'remxnet[old-programs]'` takes the last NumPy with most of that.
"""

from __future__ import annotations

from .arrays import METHODS, put_back_conversions, put_back_methods
from .creation import put_back_creation
from .names import NAMES, put_back_names

__all__ = ["METHODS", "NAMES", "put_back"]


def put_back() -> list[str]:
    """Put back whatever this NumPy lacks; a second call changes nothing.

    Returns
    -------
    list of str
        what was put back, `numpy.float` and `numpy.ndarray.tostring` among others

    Raises
    ------
    RuntimeError
        what arrays did cannot be put back on this interpreter
    """
    return [*put_back_names(), *put_back_methods(), *put_back_conversions(), *put_back_creation()]
