"""The operators of ``nd.contrib`` under the name that programs of the first years import."""

from ..ndarray import contrib as _contrib

__all__ = [name for name in dir(_contrib) if not name.startswith("_")]
globals().update({name: getattr(_contrib, name) for name in __all__})
