"""Loggers whose lines begin with a letter for the level, the time and the place, in the level's colour."""

from __future__ import annotations

import logging
from logging import CRITICAL, DEBUG, ERROR, INFO, NOTSET, WARNING

from ._tracebacks import warn

__all__ = ["CRITICAL", "DEBUG", "ERROR", "INFO", "NOTSET", "WARNING", "getLogger", "get_logger"]

_LETTERS = {CRITICAL: "C", ERROR: "E", WARNING: "W", INFO: "I", DEBUG: "D"}
_RED, _GREEN, _BLUE, _PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[34m", "\x1b[0m"


class _Formatter(logging.Formatter):
    """One line: ``W0131 12:00:00 PID file:function:line] message``, the part before the message coloured."""

    def __init__(self) -> None:
        super().__init__(datefmt="%m%d %H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line for a record."""
        colour = _RED if record.levelno >= WARNING else _GREEN if record.levelno >= INFO else _BLUE
        letter = _LETTERS.get(record.levelno, "U")
        place = f"{record.pathname}:{record.funcName}:{record.lineno}"
        time = self.formatTime(record, self.datefmt)
        text = f"{colour}{letter}{time} {record.process} {place}]{_PLAIN} {record.getMessage()}"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return text


def get_logger(
    name: str | None = None, filename: str | None = None, filemode: str | None = None, level: int = WARNING
) -> logging.Logger:
    """A logger that writes to standard error in colour, or to a file.

    Parameters
    ----------
    name : str, optional
        the logger's name; the root logger, left as it is, where None
    filename : str, optional
        a file to write to instead of standard error, the messages alone
    filemode : str, optional
        'a' to append, the default, or 'w'
    level : int
        messages below are dropped

    Returns
    -------
    logging.Logger
        the same one for the same name; it is set up the first time only
    """
    logger = logging.getLogger(name)
    if name is None or getattr(logger, "_has_mxnet_handler", False):
        return logger
    logger._has_mxnet_handler = True  # type: ignore[attr-defined]
    handler: logging.Handler
    if filename:
        handler = logging.FileHandler(filename, filemode or "a")
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(_Formatter())
    logger.addHandler(handler)
    logger.setLevel(level)
    return logger


def getLogger(
    name: str | None = None, filename: str | None = None, filemode: str | None = None, level: int = WARNING
) -> logging.Logger:
    """:func:`get_logger` under its old name."""
    warn("getLogger is deprecated; use get_logger", DeprecationWarning)
    return get_logger(name, filename, filemode, level)
