"""Training without a loop of one's own: an estimator trains a network, and event handlers look on."""

from . import batch_processor, estimator, event_handler, utils
from .batch_processor import BatchProcessor
from .estimator import Estimator
from .event_handler import *  # noqa: F403
from .event_handler import __all__ as _handlers

__all__ = ["BatchProcessor", "Estimator", "batch_processor", "estimator", "event_handler", "utils"]
__all__.extend(_handlers)
