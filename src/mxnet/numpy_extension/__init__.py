"""What NumPy does not have: the switches of NumPy semantics and the neural operators on ``mx.np`` arrays."""

from ..context import cpu, cpu_pinned, current_context, gpu, gpu_memory_info, num_gpus
from ..ndarray import waitall
from ..ndarray.namespaces import populate as _populate
from ..numpy.array import ndarray as _ndarray
from ..util import is_np_array, is_np_shape, np_array, np_shape, reset_np, set_np, use_np, use_np_array, use_np_shape

__all__ = [
    "cpu", "cpu_pinned", "current_context", "gpu", "gpu_memory_info", "is_np_array", "is_np_shape",
    "np_array", "np_shape", "num_gpus", "reset_np", "set_np", "use_np", "use_np_array", "use_np_shape",
    "waitall",
]  # fmt: skip
__all__.extend(_populate(globals(), "npx", _ndarray))
