"""What trains: data sets as batches, one network with its optimizer, the loop, and who hears how it goes.

`datasets` and `batches` are what is trained on, `learner` with `schedules` and `precision` what learns. `loop` goes
over epochs and batches, counts in `progress` and stops where `interrupts` asks for it; `watchers` and the consoles,
plots and logs derived from them hear it.
"""

from .datasets import load_images
from .loop import Diverged, Interrupted, resume, train
from .watchers import Watcher

__all__ = ["Diverged", "Interrupted", "Watcher", "load_images", "resume", "train"]
