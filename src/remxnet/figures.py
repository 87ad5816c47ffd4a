"""New figures that a notebook shows, whether pyplot was imported there or not."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["new_figure", "ready_for_jupyter"]


def new_figure(size: tuple[float, float], **options: Any) -> Any:
    """An empty matplotlib figure of a size in inches, made without pyplot, which Jupyter shows as a picture.

    Raises
    ------
    ModuleNotFoundError
        Without matplotlib.
    """
    from matplotlib.figure import Figure

    ready_for_jupyter()
    return Figure(figsize=size, **{"layout": "constrained", **options})


def ready_for_jupyter() -> None:
    """In IPython, let matplotlib's figures be shown as pictures; nothing elsewhere.

    IPython does this when pyplot is imported. A format the user chose stays.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "display_formatter"):
        return
    from IPython.core.pylabtools import select_figure_formats
    from matplotlib.figure import Figure

    formatters = shell.display_formatter.formatters.values()
    if not any(formatter.lookup_by_type(Figure) for formatter in formatters if Figure in formatter):
        select_figure_formats(shell, {"png"})
