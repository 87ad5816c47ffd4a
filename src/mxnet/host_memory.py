"""The host memory of freed arrays is kept for the next ones.

Every step of a training loop frees and takes the same megabytes. The C library gives large blocks back to the system,
which then hands them out page by page and zeroed: an eighth of the time of a ResNet's training step. glibc can be told
to keep them, as MXNet's own pools did. The switch concerns the whole process, and speed alone;
``REMXNET_KEEP_MEMORY=0`` in the environment leaves it as it is.
"""

from __future__ import annotations

import ctypes
import os

__all__ = ["keep_freed_memory"]

# numbers of glibc's mallopt
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
_LARGEST = 2**31 - 1


def keep_freed_memory() -> bool:
    """Have the C library keep freed memory; whether it does (glibc only)."""
    if os.environ.get("REMXNET_KEEP_MEMORY", "1") == "0":
        return False
    try:
        libc = ctypes.CDLL(None)
        libc.gnu_get_libc_version  # noqa: B018 - other C libraries have a mallopt that means something else
        mallopt = libc.mallopt
    except (AttributeError, OSError, TypeError):
        return False
    mallopt.argtypes, mallopt.restype = [ctypes.c_int, ctypes.c_int], ctypes.c_int
    # glibc before 2.35 refuses so large a threshold; there no block at all is mapped on its own
    kept = mallopt(_MMAP_THRESHOLD, _LARGEST) or mallopt(_MMAP_MAX, 0)
    return bool(kept and mallopt(_TRIM_THRESHOLD, _LARGEST))
