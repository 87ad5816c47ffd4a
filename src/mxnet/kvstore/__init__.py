"""Key-value stores: they add up the gradients of several devices, and may hold the weights and the optimizer.

`base` is the interface and the registry, `local` the store within one process, which MXNet had in `kvstore`, and
`kvstore_server` what a server would run.
"""

from . import kvstore, kvstore_server
from .base import KVStoreBase, create
from .kvstore_server import KVStoreServer
from .local import KVStore

__all__ = ["KVStore", "KVStoreBase", "KVStoreServer", "create", "kvstore", "kvstore_server"]
