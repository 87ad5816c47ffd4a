"""Symbols made runnable."""

from .cached import CachedGraph
from .executor import Executor, bind, simple_bind
from .plan import Plan
from .table import PlanTable

__all__ = ["CachedGraph", "Executor", "Plan", "PlanTable", "bind", "simple_bind"]
