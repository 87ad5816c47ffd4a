"""Random numbers by device: on the host the very streams of MXNet 1.9.1, elsewhere torch's generators.

Everything random in the package draws from here; NumPy's and Python's own global generators are left alone. The README
beside this file tells how MXNet's streams work.
"""

from __future__ import annotations

import threading

import torch

from ..context import Context, as_context
from .device import DeviceStreams
from .host import HostStreams
from .parallel import ParallelStreams
from .serial import SerialStream

__all__ = ["DeviceStreams", "HostStreams", "ParallelStreams", "SerialStream", "for_context", "seed"]

_streams: dict[torch.device, HostStreams | DeviceStreams] = {}
_lock = threading.Lock()
_seed = 0


def for_device(device: torch.device) -> HostStreams | DeviceStreams:
    """The streams of a torch device; those of meta, where only shapes are computed, are nobody else's."""
    found = _streams.get(device)
    if found is None:
        with _lock:
            found = _streams.get(device)
            if found is None:
                found = HostStreams(_seed) if device.type in ("cpu", "meta") else DeviceStreams(device, _seed)
                _streams[device] = found
    return found


def for_context(ctx: Context | str | None = None) -> HostStreams | DeviceStreams:
    """The streams that draws in a context come from; all cpu contexts share theirs.

    Parameters
    ----------
    ctx : Context, str or None
        None is the current context

    Raises
    ------
    MXNetError
        a gpu that is not there
    """
    return for_device(as_context(ctx).torch_device)


def seed(seed: int, ctx: Context | str = "all") -> None:
    """Start streams again from a seed.

    Parameters
    ----------
    seed : int
        taken modulo 2**32
    ctx : Context or 'all'
        whose; with 'all' also those of devices that have not been used yet
    """
    global _seed
    seed &= 0xFFFFFFFF
    if ctx == "all":
        with _lock:
            _seed = seed
            existing = list(_streams.values())
        for streams in existing:
            streams.seed(seed)
    else:
        for_context(ctx).seed(seed)
