"""What a program spends its time with: operators, tasks of its own, and what torch does beneath them.

Torch's profiler measures, on accelerators too; the tables, the trace (for ``chrome://tracing`` or Perfetto) and the
objects that a program names stretches of its own by are MXNet's.
"""

from __future__ import annotations

import threading
import time
import warnings
from typing import Any

from . import spans
from ._profiling import Profile, Record
from .base import MXNetError
from .ops.registry import OPERATORS

__all__ = [
    "Counter", "Domain", "Event", "Frame", "Marker", "Task", "dump", "dump_profile", "dumps", "pause",
    "profiler_set_config", "profiler_set_state", "resume", "set_config", "set_kvstore_handle", "set_state",
]  # fmt: skip

_DEFAULTS: dict[str, Any] = {
    "profile_all": False, "profile_symbolic": True, "profile_imperative": True, "profile_memory": True,
    "profile_api": True, "filename": "profile.json", "continuous_dump": True, "dump_period": 1.0,
    "aggregate_stats": False, "profile_process": "worker",
}  # fmt: skip
_PROCESSES = {"worker": 0, "server": 1}
_STATES = {"stop": 0, "run": 1}
#: the letters that a trace knows of how far a marker's line is drawn
_SCOPES = {"global": "g", "marker": "p", "process": "p", "task": "p", "thread": "t"}

profiler_kvstore_handle: Any = None
_config = dict(_DEFAULTS)
_profile: Profile | None = None
_dumped = False
_running = False
_lock = threading.RLock()


def set_kvstore_handle(handle: Any) -> None:
    """Say which store is meant by the process 'server'."""
    global profiler_kvstore_handle
    profiler_kvstore_handle = handle


def set_config(**kwargs: Any) -> None:
    """Say what is measured and where it is written; what is not given has its default.

    Parameters
    ----------
    filename : str
        the file of the trace, ``profile.json`` by default
    profile_all : bool
        measure everything
    profile_symbolic, profile_imperative : bool
        the operators of graphs, and those called on arrays
    profile_memory : bool
        the memory that operators ask for
    profile_api : bool
        what torch does beneath them
    continuous_dump, dump_period : bool, float
        taken and not needed: the trace is kept until it is written
    aggregate_stats : bool
        keep what :func:`dumps` prints
    profile_process : str
        'worker', or 'server', which needs a store of several processes

    Raises
    ------
    MXNetError
        an unknown argument, or a value that it cannot have
    """
    global _config
    unknown = sorted(kwargs.keys() - _DEFAULTS)
    if unknown:
        raise MXNetError(f"profiler.set_config: no argument {unknown[0]!r}; there are {', '.join(_DEFAULTS)}")
    process = str(kwargs.get("profile_process", "worker"))
    if process not in _PROCESSES:
        raise MXNetError(f"profiler.set_config: profile_process={process!r}; expected 'worker' or 'server'")
    if _is_servers("set_config", process):
        return
    chosen = {**_DEFAULTS, **kwargs}
    for name, default in _DEFAULTS.items():
        if isinstance(default, bool):
            chosen[name] = _flag(name, chosen[name])
    chosen["filename"] = str(chosen["filename"])
    with _lock:
        _config = chosen
        if _profile is not None:
            _profile.configure(chosen)


def _flag(name: str, value: Any) -> bool:
    """A switch, as a bool or number, or as the text of one."""
    known = {"true": True, "false": False, "1": True, "0": False}
    if str(value).lower() not in known:
        raise MXNetError(f"profiler.set_config: {name}={value!r}; expected True or False")
    return known[str(value).lower()]


def set_state(state: str = "stop", profile_process: str = "worker") -> None:
    """Begin to measure ('run') or end it ('stop').

    Parameters
    ----------
    state : str
        'run' or 'stop'
    profile_process : str
        'worker', or 'server', which needs a store of several processes

    Raises
    ------
    KeyError
        another state or process
    """
    global _profile, _dumped, _running
    wanted = bool(_STATES[state])
    if _is_servers("set_state", profile_process):
        return
    with _lock:
        if wanted and (_profile is None or _dumped):
            _profile, _dumped = Profile(_config), False
        _running = wanted
        _measure(wanted)


def pause(profile_process: str = "worker") -> None:
    """Leave out what follows, until :func:`resume`."""
    if not _is_servers("pause", profile_process):
        with _lock:
            _measure(False)


def resume(profile_process: str = "worker") -> None:
    """Go on after :func:`pause`."""
    if not _is_servers("resume", profile_process):
        with _lock:
            _measure(_running)


def _is_servers(call: str, process: str) -> bool:
    """Whether a call is meant for servers, of which a store of one process has none."""
    if not _PROCESSES[process]:
        return False
    if profiler_kvstore_handle is None:
        raise MXNetError(f"profiler.{call}: profile_process='server', and there is no store with servers")
    return True


def _measure(on: bool) -> None:
    """Have torch measure and operators say their names, or not."""
    if _profile is None or _profile.measuring is on:
        return
    everything = on and _config["profile_all"]
    spans.names.graphs = everything or (on and _config["profile_symbolic"])
    spans.names.eager = everything or (on and _config["profile_imperative"])
    for spec in set(OPERATORS.values()):
        function = spans.plain(spec.function)
        spec.function = spans.recorded(function, spec.name) if spans.names.eager else function
    if on:
        _profile.begin()
    else:
        _profile.end()


def dump(finished: bool = True, profile_process: str = "worker") -> None:
    """Write the trace of what was measured so far.

    Parameters
    ----------
    finished : bool
        this was the last time, and measuring begins anew
    profile_process : str
        'worker', or 'server', which needs a store of several processes

    Raises
    ------
    MXNetError
        nothing was measured
    """
    global _profile, _dumped
    if _is_servers("dump", profile_process):
        return
    with _lock:
        if _profile is None or _dumped:
            raise MXNetError("profiler.dump: nothing was measured; call set_config and set_state('run') first")
        _profile.write(_config["filename"])
        if finished:
            _measure(False)
            _profile.finish()
            _dumped = True


def dumps(reset: bool = False, format: str = "table", sort_by: str = "total", ascending: bool = False) -> str:
    """What was measured so far, by name: how often, and how long in all, at least, at most and on average.

    Parameters
    ----------
    reset : bool
        forget it then
    format : str
        'table' or 'json'
    sort_by : str
        'total', 'avg', 'min', 'max' or 'count'
    ascending : bool
        the least first

    Returns
    -------
    str
        empty where ``aggregate_stats`` was not set

    Raises
    ------
    AssertionError
        another format, or another column to sort by
    """
    if format not in ("table", "json"):
        raise AssertionError(f"profiler.dumps: format={format!r}; expected 'table' or 'json'")
    if sort_by not in ("total", "avg", "min", "max", "count"):
        raise AssertionError(f"profiler.dumps: sort_by={sort_by!r}; expected 'total', 'avg', 'min', 'max' or 'count'")
    with _lock:
        if _profile is None or not _config["aggregate_stats"]:
            return ""
        said = _profile.summary(format, sort_by, ascending)
        if reset:
            _profile.forget()
        return said


# --- earlier names --------------------------------------------------------------------------------------------------


def _deprecated(name: str, instead: str) -> None:
    warnings.warn(f"profiler.{name}() is deprecated. Please use profiler.{instead}() instead", stacklevel=3)


def profiler_set_config(mode: str = "symbolic", filename: str = "profile.json") -> None:
    """Earlier name of :func:`set_config`; `mode` is 'symbolic' or 'all'."""
    _deprecated("profiler_set_config", "set_config")
    set_config(profile_symbolic=mode in ("symbolic", "all"), profile_imperative=mode == "all", filename=filename)


def profiler_set_state(state: str = "stop") -> None:
    """Earlier name of :func:`set_state`."""
    _deprecated("profiler_set_state", "set_state")
    set_state(state)


def dump_profile() -> None:
    """Earlier name of :func:`dump`."""
    _deprecated("dump_profile", "dump")
    dump(True)


# --- stretches, numbers and moments of a program's own --------------------------------------------------------------


def _now() -> float:
    """The time as the trace has it, in microseconds."""
    return time.time_ns() / 1000


def _note(record: Record) -> None:
    with _lock:
        if _profile is not None and _profile.measuring:
            _profile.add(record)


class _Named:
    """Something with a name."""

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise AttributeError(f"profiler.{type(self).__name__}: name={name!r}; expected a string")
        self.name = name

    def __str__(self) -> str:
        return self.name


class Domain(_Named):
    """A part of a program, by which its tasks, frames, counters and markers are grouped.

    Parameters
    ----------
    name : str
        what it is called

    Examples
    --------
    >>> reading = mx.profiler.Domain('reading')
    >>> task = reading.new_task('a file')
    >>> task.start(); task.stop()
    >>> print(task)
    a file
    """

    def new_task(self, name: str) -> Task:
        """A task of it."""
        return Task(self, name)

    def new_frame(self, name: str) -> Frame:
        """A frame of it."""
        return Frame(self, name)

    def new_counter(self, name: str, value: int | None = None) -> Counter:
        """A counter of it."""
        return Counter(self, name, value)

    def new_marker(self, name: str) -> Marker:
        """A marker of it."""
        return Marker(self, name)


class _InDomain(_Named):
    def __init__(self, domain: Domain, name: str) -> None:
        if not isinstance(domain, Domain):
            raise AttributeError(f"profiler.{type(self).__name__}: domain={domain!r}; expected a profiler.Domain")
        super().__init__(name)
        self.domain = domain


class _Stretch:
    """What has a beginning and an end."""

    _category: str
    _kind: str
    _begun: float | None = None

    def start(self) -> None:
        """Begin."""
        self._begun = _now()

    def stop(self) -> None:
        """End; without a beginning nothing is noted."""
        if self._begun is not None:
            begun, self._begun = self._begun, None
            thread = threading.get_ident()
            _note(Record(self._kind, self._category, str(self), begun, _now() - begun, thread))


class Task(_InDomain, _Stretch):
    """A stretch of a domain, such as the reading of a file; several may overlap.

    Parameters
    ----------
    domain : Domain
        what it belongs to
    name : str
        what it is called
    """

    _kind = "task"

    @property
    def _category(self) -> str:  # type: ignore[override]
        return self.domain.name


class Frame(_InDomain, _Stretch):
    """One of many stretches that follow each other in a domain, such as the pictures of a film.

    Parameters
    ----------
    domain : Domain
        what it belongs to
    name : str
        what it is called
    """

    _kind = "frame"

    @property
    def _category(self) -> str:  # type: ignore[override]
        return f"{self.domain.name},frame"


class Event(_Named, _Stretch):
    """A stretch of one thread.

    Parameters
    ----------
    name : str
        what it is called
    """

    _kind = _category = "event"


class Counter(_InDomain):
    """A number that changes.

    Parameters
    ----------
    domain : Domain
        what it belongs to
    name : str
        what it is called
    value : int, optional
        what it is at the beginning; without it nothing is noted before it is set

    Examples
    --------
    >>> waiting = mx.profiler.Domain('reading').new_counter('waiting', 3)
    >>> waiting += 2
    >>> waiting.decrement()
    """

    def __init__(self, domain: Domain, name: str, value: int | None = None) -> None:
        super().__init__(domain, name)
        self._value = 0
        if value is not None:
            self.set_value(value)

    def set_value(self, value: int) -> None:
        """Set it to a whole number; a fraction is cut off."""
        self._value = int(value)
        _note(Record("counter", self.domain.name, self.name, _now(), self._value, threading.get_ident()))

    def increment(self, delta: int = 1) -> None:
        """Add to it."""
        self.set_value(self._value + int(delta))

    def decrement(self, delta: int = 1) -> None:
        """Take from it."""
        self.set_value(self._value - int(delta))

    def __iadd__(self, delta: int) -> Counter:
        self.increment(delta)
        return self

    def __isub__(self, delta: int) -> Counter:
        self.decrement(delta)
        return self


class Marker(_InDomain):
    """A moment.

    Parameters
    ----------
    domain : Domain
        what it belongs to
    name : str
        what it is called
    """

    def mark(self, scope: str = "process") -> None:
        """Note the moment.

        Parameters
        ----------
        scope : str
            'global', 'process', 'thread', 'task' or 'marker': how far the line is drawn

        Raises
        ------
        MXNetError
            another scope
        """
        if scope not in _SCOPES:
            raise MXNetError(f"profiler.Marker.mark: scope={scope!r}; expected {', '.join(map(repr, _SCOPES))}")
        category = f"{self.domain.name},instant_marker"
        _note(Record("marker", category, self.name, _now(), _SCOPES[scope], threading.get_ident()))
