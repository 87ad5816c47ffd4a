"""Graphs written as ONNX models.

:func:`write` walks a graph whose shapes and dtypes are known (:mod:`mxnet.symbol.typed`) and asks each operator's rule
of kind "onnx" for its nodes. The rules stand in ``rules``. A rule is called with :class:`~.walking.At`, which
knows the call and makes nodes, and the inputs as terms (:class:`~.terms.Term`), None for one that is not given; it
returns a term for each output, which is cast to the output's dtype where it has another, or raises a refusal with a
reason.

Lengths of axes that may be others when the model runs are no numbers (:mod:`.lengths`): a rule that needs one as a
number is refused by asking for it, and others need not think of it.
"""

from . import rules  # noqa: F401 - they have the rules
from .model import OLDEST_OPSET, refused, write

__all__ = ["OLDEST_OPSET", "refused", "write"]
