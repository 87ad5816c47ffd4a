"""``mx.sym.np``: the functions of ``mx.np`` for symbols, which make the nodes of a graph.

Each is the function of :mod:`mxnet.numpy` itself (:mod:`mxnet.numpy.calling`), so what it takes is written once. Left
out are those that need elements, or shapes that a graph does not know.
"""

from ... import numpy as _numpy
from . import _internal, linalg, random
from ._symbol import _Symbol
from ._symbol import fill as _fill

__all__ = ["_Symbol", "_internal", "linalg", "random"]

#: functions of mx.np that operators of the table serve
_NAMES = (
    "abs absolute add all amax amin any append arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax "
    "argmin argsort around array_split atleast_1d atleast_2d atleast_3d average bincount bitwise_and bitwise_not "
    "bitwise_or bitwise_xor blackman broadcast_to cbrt ceil clip column_stack concatenate copy copysign cos cosh "
    "cumsum deg2rad degrees delete diag diag_indices_from diagflat diagonal diff divide dot dsplit dstack ediff1d "
    "einsum empty empty_like equal exp expand_dims expm1 eye fabs fix flip fliplr flipud floor fmod full "
    "full_like greater greater_equal hamming hanning histogram hsplit hstack hypot identity indices inner insert "
    "invert isfinite isinf isnan isneginf isposinf lcm ldexp less less_equal linspace log log10 log1p log2 "
    "logical_not logspace matmul max maximum may_share_memory mean min minimum mod moveaxis multiply nan_to_num "
    "negative not_equal ones ones_like outer pad percentile polyval power prod product quantile rad2deg radians "
    "ravel reciprocal remainder repeat reshape resize rint roll rot90 round round_ row_stack shares_memory sign "
    "sin sinh sometrue sort split sqrt square squeeze stack std subtract sum swapaxes take tan tanh tensordot "
    "tile trace transpose tril triu true_divide trunc unique unravel_index var vdot vsplit vstack where zeros "
    "zeros_like"
)
__all__.extend(_fill(globals(), _numpy, _NAMES))
