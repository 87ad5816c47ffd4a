"""Which array front end a value belongs to: the books came in an `nd` edition and in an `np` edition."""

from collections.abc import Sequence
from typing import Any

from mxnet import nd, np

__all__ = ["front_end", "scalar", "stack"]


def front_end(array: Any) -> Any:
    """`mx.np` for an `mx.np.ndarray`, otherwise `mx.nd`."""
    return np if isinstance(array, np.ndarray) else nd


def stack(arrays: Sequence[Any]) -> Any:
    """The arrays along a new first axis."""
    return np.stack(list(arrays)) if front_end(arrays[0]) is np else nd.stack(*arrays)


def scalar(value: Any) -> float:
    """A number, or the one number in an array of size 1 whatever its shape, as a Python float."""
    return float(value.asnumpy().reshape(()) if hasattr(value, "asnumpy") else value)
