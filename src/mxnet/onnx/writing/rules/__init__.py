"""What operators become, by the rooms of :mod:`mxnet.ops`."""

from . import array, control, left_out, math, nn, vision  # noqa: F401 - they have the rules
