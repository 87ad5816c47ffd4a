"""Notebooks run as written: in a kernel of their own, with figures, and held against the outputs stored in them.

`document` reads and writes the files, `parameters` sets values from outside, `kernel` runs a cell, `running` a
notebook, `comparison` compares, `console` shows.
"""

from .console import NotebookConsole
from .document import read_notebook, write_notebook
from .kernel import Failure, Outcome
from .parameters import read_settings
from .running import Report, Watcher, run_notebook

__all__ = [
    "Failure",
    "NotebookConsole",
    "Outcome",
    "Report",
    "Watcher",
    "read_notebook",
    "read_settings",
    "run_notebook",
    "write_notebook",
]
