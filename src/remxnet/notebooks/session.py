"""What a kernel of the kind that `remxnet kernel install` registers does before its first cell.

The books' helpers can be imported, after what lies beside the notebook and what is installed; and a cell that would
install what is provided here under the same name leaves that out and says so.
"""

import sys
from collections.abc import Callable
from typing import Any

from ..book import module_directory
from ..installs import without_provided_installs

__all__ = ["begin", "cleaned"]


def begin(old_numpy: bool = False) -> None:
    """Prepare the running IPython session, with NumPy's old names if wanted; a second call changes nothing."""
    from IPython import get_ipython

    if old_numpy:
        from ..old_numpy import put_back

        put_back()

    helpers = str(module_directory())
    if helpers not in sys.path:
        sys.path.append(helpers)
    shell: Any = get_ipython()
    if shell is not None and cleaned not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(cleaned)


def cleaned(lines: list[str], say: Callable[[str], Any] = print) -> list[str]:
    """The lines of a cell without the installation of what is provided.

    Parameters
    ----------
    lines : list of str
        with their ends, as IPython hands them out
    say : callable(str)
        hears what is left out
    """
    source, names = without_provided_installs("".join(lines))
    if not names:
        return lines
    say(f"left out, as it comes with remxnet: pip install {' '.join(names)}")
    return source.splitlines(keepends=True)
