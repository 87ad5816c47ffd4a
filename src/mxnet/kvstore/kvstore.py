"""The store within one process, under MXNet's name of its module."""

from .base import KVStoreBase
from .local import KVStore

__all__ = ["KVStore", "KVStoreBase"]
