"""What NumPy does not have: the switches of NumPy semantics and the neural operators on ``mx.np`` arrays."""

from ..context import cpu, cpu_pinned, current_context, gpu, gpu_memory_info, num_gpus
from ..ndarray import from_dlpack, from_numpy, to_dlpack_for_read, to_dlpack_for_write, waitall
from ..ndarray import load as _nd_load
from ..ndarray import save as _nd_save
from ..ndarray.namespaces import populate as _populate
from ..numpy.array import ndarray as _ndarray
from ..util import (
    get_cuda_compute_capability,
    is_np_array,
    is_np_shape,
    np_array,
    np_shape,
    reset_np,
    set_np,
    use_np,
    use_np_array,
    use_np_shape,
)
from . import image, random
from .later import *  # noqa: F403
from .later import __all__ as _later

__all__ = [
    "cpu", "cpu_pinned", "current_context", "from_dlpack", "from_numpy", "get_cuda_compute_capability", "gpu",
    "gpu_memory_info", "image", "is_np_array", "is_np_shape", "load", "np_array", "np_shape", "num_gpus", "random",
    "reset_np", "save", "set_np", "to_dlpack_for_read", "to_dlpack_for_write", "use_np", "use_np_array",
    "use_np_shape", "waitall",
]  # fmt: skip


def save(file: str, arr: object) -> None:
    """Write an array, a list or a dict of arrays to a file in MXNet's ``.params`` format."""
    _nd_save(file, arr)


def load(file: str) -> object:
    """The arrays of a ``.params`` file: a dict where they have names, else a list."""
    arrays = _nd_load(file)
    if isinstance(arrays, dict):
        return {name: array.as_np_ndarray() for name, array in arrays.items()}
    return [array.as_np_ndarray() for array in arrays]


__all__.extend(_later)
__all__.extend(_populate(globals(), "npx", _ndarray))
