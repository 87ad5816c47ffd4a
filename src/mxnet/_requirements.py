"""What has to be there; where it is not, one line says so: a package of MXNet's time brings a NumPy of its time."""

import re
import warnings

import numpy

__all__ = ["OLDEST_NUMPY", "check"]

#: as in pyproject.toml
OLDEST_NUMPY = (1, 26)


def check() -> None:
    """Warn where NumPy is older than remxnet is made for."""
    found = tuple(int(number) for number in re.findall(r"\d+", numpy.__version__)[:2])
    if found < OLDEST_NUMPY:
        oldest = ".".join(map(str, OLDEST_NUMPY))
        warnings.warn(
            f"mxnet: NumPy is {numpy.__version__}, and remxnet needs {oldest} or later; "
            "remxnet info says how to repair it",
            RuntimeWarning,
            stacklevel=2,
        )
