"""Networks from the literature, ready to be built and to have saved weights loaded."""

from . import model_store, vision

__all__ = ["model_store", "vision"]
