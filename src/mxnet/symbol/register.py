"""Where MXNet made its symbol functions from the C library's list; here they are made from the operator table."""

from ..attribute import AttrScope
from ..base import _Null
from ..name import NameManager
from .contrib import adamw_update, mp_adamw_update

__all__ = ["AttrScope", "NameManager", "_Null", "adamw_update", "mp_adamw_update"]
