"""Where MXNet made its symbol functions from the C library's list; here they are made from the operator table."""

from ..attribute import AttrScope
from ..base import _Null
from ..name import NameManager

__all__ = ["AttrScope", "NameManager", "_Null"]
