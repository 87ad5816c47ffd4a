"""Why no graph of an accelerator can hold an operator: the words for ``host=`` in a declaration.

What runs on an accelerator from a recorded graph of its calls may not wait for the host or depend on it.
"""

__all__ = ["CHECKS", "COMPUTES", "DECOMPOSES", "DRAWS", "ELEMENTS", "NUMBERS"]

ELEMENTS = "the shape of its result depends on elements"
CHECKS = "it looks at elements on the host before it computes"
COMPUTES = "it computes on the host"
DRAWS = "a number drawn decides on the host what is done"
NUMBERS = "it brings numbers from the host"
DECOMPOSES = "torch waits to see on the host whether a decomposition succeeded"
