"""The helpers that the books of the MXNet years import: `d2l`, `d2lzh`, `gluonbook` and `utils`.

Notebooks written beside *Dive into Deep Learning* (https://d2l.ai, Zhang, Lipton, Li and Smola) and its
forerunners lean on a small module of the book's. What they need of it is written here anew, from how the
notebooks use it, and in plain MXNet: the helpers run under any MXNet 1.9 interface. The idea and the names are
the book's authors'; the code is not.

One implementation, several names: `modules/` holds the thin files that carry them, and is put on the import path
only when somebody asks for it (`remxnet run` does, at its end; `remxnet book-path` prints it for PYTHONPATH). So an
installed package of one of these names is the one that is imported, unless the caller says otherwise.
"""

from pathlib import Path

__all__ = ["MODULE_NAMES", "module_directory"]

MODULE_NAMES = ("d2l", "d2lzh", "gluonbook", "utils")


def module_directory() -> Path:
    """The directory to put on the import path so that a notebook finds the books' modules."""
    return Path(__file__).resolve().parent / "modules"
