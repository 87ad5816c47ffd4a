"""``mx.init`` is :mod:`mxnet.initializer` under its short name: the very same module."""

import sys

from . import initializer

sys.modules[__name__] = initializer
