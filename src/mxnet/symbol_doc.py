"""Classes that extended the docstrings of symbol functions; here a docstring stands with its operator."""

from __future__ import annotations

from typing import Any

__all__ = [
    "ActivationDoc", "BroadcastPlusDoc", "ConcatDoc", "DropoutDoc", "EmbeddingDoc", "FlattenDoc", "FullyConnectedDoc",
    "SymbolDoc",
]  # fmt: skip


class SymbolDoc:
    """More about a symbol function, in a subclass named after it."""

    @staticmethod
    def get_output_shape(sym: Any, **input_shapes: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
        """The shapes of a symbol's outputs by name, for shapes of its inputs.

        Examples
        --------
        >>> dense = mx.sym.FullyConnected(mx.sym.var("x"), num_hidden=3, name="dense")
        >>> mx.symbol_doc.SymbolDoc.get_output_shape(dense, x=(2, 4))
        {'dense_output': (2, 3)}
        """
        return dict(zip(sym.list_outputs(), sym.infer_shape(**input_shapes)[1]))


class ActivationDoc(SymbolDoc):
    """More about ``Activation``."""


class DropoutDoc(SymbolDoc):
    """More about ``Dropout``."""


class EmbeddingDoc(SymbolDoc):
    """More about ``Embedding``."""


class FlattenDoc(SymbolDoc):
    """More about ``Flatten``."""


class FullyConnectedDoc(SymbolDoc):
    """More about ``FullyConnected``."""


class ConcatDoc(SymbolDoc):
    """More about ``Concat``."""


class BroadcastPlusDoc(SymbolDoc):
    """More about ``broadcast_plus``."""
