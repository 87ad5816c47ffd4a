"""The module of the Chinese edition and of early drafts of the English one: `import gluonbook`, or `import d2lzh`."""

from . import common
from .common import *  # noqa: F403
from .datasets import load_data_fashion_mnist
from .metering import mean_accuracy as accuracy
from .timing import PrefixBenchmark as Benchmark

__all__ = common.__all__ + ["Benchmark", "accuracy", "load_data_fashion_mnist"]
