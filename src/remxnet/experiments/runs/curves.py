"""Loss and accuracy over the epochs of a run, as a matplotlib figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .run import EpochResult

__all__ = ["curves"]

TRAIN_COLOUR, TEST_COLOUR = "#E69F00", "#0072B2"  # Okabe and Ito's: told apart by everybody


def curves(figure: Any, results: Sequence[EpochResult]) -> Any:
    """Draw loss on the left and accuracy on the right into a matplotlib figure, and return it."""
    epochs = [result.epoch for result in results]
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy")):
        for part, colour, marker in (("train", TRAIN_COLOUR, "."), ("test", TEST_COLOUR, "x")):
            values = [getattr(result, f"{part}_{name}") for result in results]
            label = "training" if part == "train" else part
            axes.plot(epochs, values, color=colour, marker=marker, label=label)
        axes.set(xlabel="epoch", ylabel="cross-entropy loss" if name == "loss" else name)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        if results:
            axes.legend()
    return figure
