"""Which operators compute in which precision, for the two lower ones."""

from . import symbol_bf16, symbol_fp16

__all__ = ["symbol_bf16", "symbol_fp16"]
