"""The module of the English edition, *Dive into Deep Learning*: `import d2l`, later `from d2l import mxnet as d2l`."""

from . import common
from .common import *  # noqa: F403
from .datasets import load_data_fashion_mnist
from .metering import correct_predictions as accuracy
from .timing import Benchmark

__all__ = common.__all__ + ["Benchmark", "accuracy", "load_data_fashion_mnist"]
