"""Figures made without pyplot are shown by Jupyter only once its formatters know them; this tells them."""

import sys

__all__ = ["ready_for_jupyter"]


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
