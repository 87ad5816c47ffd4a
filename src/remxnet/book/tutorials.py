"""The module of the tutorials the books grew from: `import utils`."""

from . import common
from .common import *  # noqa: F403
from .datasets import load_data_fashion_mnist_as_floats as load_data_fashion_mnist
from .linear import sgd_of_sums as SGD
from .metering import mean_accuracy as accuracy

__all__ = common.__all__ + ["SGD", "accuracy", "load_data_fashion_mnist"]
