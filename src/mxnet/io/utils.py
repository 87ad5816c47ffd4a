"""What programs reach for of the making of iterators."""

from .arrays import _init_data

__all__ = ["_init_data"]
