"""Symbols made runnable."""

from . import _whole  # noqa: F401 - before what could not be imported
from .binding import bind, simple_bind
from .cached import CachedGraph
from .executor import Executor
from .plan import Plan
from .table import PlanTable

__all__ = ["CachedGraph", "Executor", "Plan", "PlanTable", "bind", "simple_bind"]
