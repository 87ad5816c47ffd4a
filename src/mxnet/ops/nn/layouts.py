"""What the axes of images and sequences of features are called, for messages."""

from __future__ import annotations

from ..registry import Shape

__all__ = ["wrong_axes"]

_SPATIAL = ("depth", "height", "width")


def wrong_axes(data: Shape, axes: int, layout: str | None = None) -> str:
    """What to say of data with another number of axes than a kernel over `axes` of them goes over.

    Examples
    --------
    >>> wrong_axes((1, 28, 28), 2)
    'data (1, 28, 28) has 3 axes; expected 4: batch × channels × height × width (x.expand_dims(0) is a batch of one)'
    """
    spatial = _SPATIAL[3 - axes :]
    last = layout is not None and layout.endswith("C")
    words = ("batch", *spatial, "channels") if last else ("batch", "channels", *spatial)
    single = " (x.expand_dims(0) is a batch of one)" if len(data) == axes + 1 else ""
    return f"data {tuple(data)} has {len(data)} axes; expected {axes + 2}: {' × '.join(words)}{single}"
