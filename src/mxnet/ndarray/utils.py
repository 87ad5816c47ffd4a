"""Making arrays, and reading and writing files of them, under MXNet's name of the module for any storage type."""

from .creation import array, empty, zeros
from .functions import load, load_frombuffer, save

__all__ = ["array", "empty", "load", "load_frombuffer", "save", "zeros"]
