"""Where MXNet made its array functions from the C library's list; here they are made from the operator table."""

from ..base import _Null
from .contrib import adamw_update, mp_adamw_update

__all__ = ["_Null", "adamw_update", "mp_adamw_update"]
