"""Words as numbers and vectors: vocabularies, and embeddings from files."""

from . import embedding, utils, vocab

__all__ = ["embedding", "utils", "vocab"]
