"""What compares: families of networks with as many parameters each, trained alike, and what that says.

`comparing` plans and carries out, `comparison` is what comes of it as data and tables, `findings` and `spread` what may
be said of it, `figure` its picture, `console` what is shown meanwhile.
"""

from .comparing import HOMEWORK, CompareWatcher, compare, open_comparison, resume_comparison
from .comparison import Comparison

__all__ = ["HOMEWORK", "CompareWatcher", "Comparison", "compare", "open_comparison", "resume_comparison"]
