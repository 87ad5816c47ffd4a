"""Symbols made runnable."""

from .executor import Executor, bind, simple_bind
from .plan import Plan

__all__ = ["Executor", "Plan", "bind", "simple_bind"]
