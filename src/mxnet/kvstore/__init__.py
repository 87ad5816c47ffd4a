"""Key-value stores: they add up the gradients of several devices, and may hold the weights and the optimizer.

`base` is the interface and the registry, `local` the store within one process.
"""

from .base import KVStoreBase, create
from .local import KVStore

__all__ = ["KVStore", "KVStoreBase", "create"]
