"""Ctrl-C that waits for a good moment."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Interrupts", "interrupts_noted"]


class Interrupts:
    """Whether Ctrl-C came."""

    came = False


@contextmanager
def interrupts_noted() -> Iterator[Interrupts]:
    """Note the first Ctrl-C instead of raising KeyboardInterrupt; a second one raises as usual.

    Outside the main thread, and where interrupts are ignored or handled by somebody else, nothing changes.
    """
    interrupts = Interrupts()
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
        yield interrupts
        return

    def note(number: int, frame: object) -> None:
        interrupts.came = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, note)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)
