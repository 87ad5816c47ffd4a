"""A graph as a program for PyTorch that a person would have written: modules, a ``forward``, weights beside it.

``steps`` has a rule of kind "source" say what each call becomes · ``grouping`` finds blocks and stages · ``writing``
names locals and members and writes the text · ``names`` makes identifiers · ``library`` has functions that torch has
not, from ``functions/`` · ``rules/`` says what operators become.
"""

from __future__ import annotations

from .program_text import Source, refused, written
from .steps import Cannot

__all__ = ["Cannot", "Source", "refused", "written"]
