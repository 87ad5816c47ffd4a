"""The Chinese book's helpers under their first name."""

from .d2lzh import PATHS

__all__ = ["PATHS"]
