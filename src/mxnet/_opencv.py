"""OpenCV, where it is installed: what MXNet decodes, encodes and resizes images with, and so do we."""

from __future__ import annotations

from types import ModuleType

from .base import MXNetError


def require_opencv(caller: str) -> ModuleType:
    """Import OpenCV, or say how to get it.

    Parameters
    ----------
    caller
        The function that needs it, for the error.

    Raises
    ------
    MXNetError
        OpenCV is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        raise MXNetError(f"{caller}: OpenCV is missing; install it with: pip install 'remxnet[images]'") from error
    return cv2
