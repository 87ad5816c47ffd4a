"""The operators of ``sym.contrib`` under the name that programs of the first years import."""

from ..symbol import contrib as _contrib

__all__ = [name for name in dir(_contrib) if not name.startswith("_")]
globals().update({name: getattr(_contrib, name) for name in __all__})
