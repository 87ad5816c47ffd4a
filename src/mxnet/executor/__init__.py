"""Symbols made runnable."""

from .binding import bind, simple_bind
from .cached import CachedGraph
from .executor import Executor
from .plan import Plan
from .table import PlanTable

__all__ = ["CachedGraph", "Executor", "Plan", "PlanTable", "bind", "simple_bind"]
