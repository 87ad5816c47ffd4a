"""What MXNet kept apart as experimental."""

from . import io

__all__ = ["io"]
