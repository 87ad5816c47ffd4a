"""What a program of MXNet asks for that is not here, told by reading it: nothing of it is imported or run.

`sources` reads scripts and notebooks, `names` knows what is here and what MXNet had, `scopes` which name stands for
which module at a line, `checking` goes through a program, `differences` has what answers otherwise, `report` tells.
"""

from .report import Report, lint

__all__ = ["Report", "lint"]
