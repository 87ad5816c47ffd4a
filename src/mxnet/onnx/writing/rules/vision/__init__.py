"""Boxes and detection."""

from . import boxes, detection  # noqa: F401 - they have the rules
