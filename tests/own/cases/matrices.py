"""Operators on the triangles and diagonals of matrices."""

import numpy as np

from fidelity.support import data
from own.case import Case, of


@of("_npi_triu")
def upper_triangle():
    x = data((2, 3, 4))
    return Case(inputs=[x], attributes={"k": 1}, expected=np.triu(x, 1))


@of("_npi_triu")
def upper_triangle_and_what_is_below():
    x = data((3, 2), seed=1)
    return Case(inputs=[x], attributes={"k": -1}, expected=np.triu(x, -1))
