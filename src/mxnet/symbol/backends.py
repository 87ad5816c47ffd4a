"""Backends of graphs: what MXNet's own would fuse, the executor fuses in any graph, so the graph stays as it is.

What is to be quantized is fused in the graph itself, as its file is MXNet's then.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ..base import MXNetError

__all__ = ["FUSING", "check_backend", "check_partition"]

#: those for which the graph itself is fused
FUSING = ("MKLDNN_QUANTIZE", "ONEDNN_QUANTIZE")
_BACKENDS = ("MKLDNN", "ONEDNN", *FUSING)


def check_backend(call: str, backend: str) -> None:
    """Refuse a backend that MXNet has not; 'default' is of MXNet's tests and asks for names of operators."""
    if backend not in _BACKENDS:
        raise MXNetError(f"{call}: backend={backend!r} is not there; expected {', '.join(map(repr, _BACKENDS))}")


def check_partition(call: str, backend: str, options: Mapping[str, Any]) -> None:
    """Refuse what MXNet refuses of a call that takes parts of a graph out for a backend, and log an unknown one."""
    if options:
        raise MXNetError(f"{call}: options {sorted(options)} are not supported")
    if backend == "default":
        check_backend(call, backend)
    if backend not in _BACKENDS:
        logging.error("%s: backend %r is not there; the graph stays as it is", call, backend)
