"""Shapes and dtypes of a graph, without memory, from those of some of its variables and outputs.

What is known of a value is its shape, None or a tuple in which lengths may be -1 (not known), and its dtype or None; ()
is the shape of a scalar. :mod:`.worklist` carries what is known from node to node both ways until nothing is new,
:mod:`.forward` asks an operator for its outputs, :mod:`.notation` reads and writes MXNet's ways to say "unknown".
"""

from .notation import as_numpy, is_complete, shape_given, shape_told
from .worklist import Inferred, infer, infer_shapes, infer_types

__all__ = [
    "Inferred",
    "as_numpy",
    "infer",
    "infer_shapes",
    "infer_types",
    "is_complete",
    "shape_given",
    "shape_told",
]
