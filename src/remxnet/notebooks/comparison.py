"""Two outputs of a cell, the stored and the new one, as a readable difference."""

import difflib
import re

__all__ = ["difference"]


def difference(stored: str, printed: str) -> str:
    r"""A unified difference of two outputs, empty if there is none that matters.

    Runs of blanks, empty lines and addresses of objects do not matter.

    Examples
    --------
    >>> difference("a   b", "a b")
    ''
    >>> print(difference("one\ntwo", "one\n2"))
    --- stored
    +++ printed
    @@ -1,2 +1,2 @@
     one
    -two
    +2
    """
    lines = difflib.unified_diff(comparable(stored), comparable(printed), "stored", "printed", lineterm="", n=2)
    return "\n".join(lines)


def comparable(text: str) -> list[str]:
    """The lines of an output, without what differs from run to run or from front end to front end."""
    folded = (re.sub(r"\s+", " ", line.strip()) for line in text.split("\n"))
    return [re.sub(r"\b0x[0-9a-fA-F]{6,}\b", "0x…", line) for line in folded if line]
