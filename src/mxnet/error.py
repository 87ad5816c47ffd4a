"""Error classes, and registering those of one's own by name."""

from __future__ import annotations

from .base import MXNetError, register_error

__all__ = ["InternalError", "MXNetError", "register"]

register = register_error


@register
class InternalError(MXNetError):
    """Something is wrong in the library itself."""

    def __init__(self, msg: str) -> None:
        super().__init__(
            f"{msg}\nThis is an error of the library itself: please report it with the program that met it."
        )
