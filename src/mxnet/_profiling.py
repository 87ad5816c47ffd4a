"""What was measured: taking it from torch's profiler, tables of it, and the trace."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import torch
from torch.autograd import profiler as torch_profiler

from . import spans
from .serialization.files import replacing

__all__ = ["Profile", "Record"]

#: what torch calls the running of a node of its graph in the backward
_BACKWARD = "autograd::engine::evaluate_function: "
_HEAD = "\nProfile Statistics:\n\tNote the difference in units for different entries.\n"
_MEMORY = "Device Storage"


class Record(NamedTuple):
    """One thing that was measured.

    Attributes
    ----------
    kind : 'operator', 'task', 'frame', 'event', 'counter', 'marker' or 'memory'
    category : what tables group it by
    name : its name
    at : when it began, in microseconds
    value : how long it took in microseconds; of counters and memory the number, of markers the scope's letter
    thread : in which thread
    """

    kind: str
    category: str
    name: str
    at: float
    value: Any
    thread: int


class Profile:
    """Records of several stretches of measuring.

    Parameters
    ----------
    config : mapping
        what ``set_config`` was given
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._records: list[Record] = []  # since measuring began: the trace
        self._forgotten = 0  # how many of the first the tables leave out
        self._session: Any = None
        self.configure(config)

    def configure(self, config: Mapping[str, Any]) -> None:
        """Have another config from now on."""
        self._memory = config["profile_memory"] or config["profile_all"]
        self._api = config["profile_api"] or config["profile_all"]

    @property
    def measuring(self) -> bool:
        """Whether torch's profiler runs."""
        return self._session is not None

    def begin(self) -> None:
        """Have torch measure."""
        if self._session is None:
            device = "cuda" if torch.cuda.is_available() else None
            self._session = torch_profiler.profile(profile_memory=self._memory, use_device=device)
            self._session.__enter__()

    def end(self) -> None:
        """Take over what torch measured."""
        if self._session is not None:
            session, self._session = self._session, None
            session.__exit__(None, None, None)
            self._records += _records_of(session, self._memory, self._api)

    def add(self, record: Record) -> None:
        """Note something of the program's own."""
        self._records.append(record)

    def forget(self) -> None:
        """Leave what there is out of the tables."""
        self._forgotten = len(self._records)

    def finish(self) -> None:
        """Leave what there is out of the next trace."""
        self._forgotten = max(0, self._forgotten - len(self._records))
        self._records = []

    def _so_far(self) -> list[Record]:
        if self._session is not None:
            self.end()
            self.begin()
        return self._records

    # --- tables -------------------------------------------------------------------------------------------------

    def summary(self, format: str, sort_by: str, ascending: bool) -> str:
        """The tables, or the same as JSON."""
        groups: dict[str, dict[str, list[Record]]] = {}
        for each in self._so_far()[self._forgotten :]:
            rows = groups.setdefault(each.category, {})
            if each.kind != "marker":
                rows.setdefault(each.name, []).append(each)
        rows_of = {
            category: _ordered({name: _row(records) for name, records in rows.items()}, sort_by, ascending)
            for category, rows in sorted(groups.items(), key=lambda item: (item[0] != _MEMORY, item[0]))
        }
        return _json(rows_of) if format == "json" else _HEAD + "".join(_table(*each) for each in rows_of.items())

    # --- the trace ----------------------------------------------------------------------------------------------

    def write(self, path: str) -> None:
        """Write the trace, as ``chrome://tracing`` reads it."""
        process = os.getpid()
        name = {"ph": "M", "args": {"name": "mxnet"}, "pid": process, "name": "process_name"}
        found = [event for number, each in enumerate(self._so_far()) for event in _events(each, process, number)]
        events = [name, *sorted(found, key=lambda event: event["ts"])]
        with replacing(path) as stream:
            stream.write(json.dumps({"traceEvents": events, "displayTimeUnit": "ms"}).encode())


class _Row(NamedTuple):
    """A line of a table; times are in milliseconds, memory in kB."""

    times: int
    total: float
    min: float
    max: float
    avg: float


def _records_of(session: Any, memory: bool, api: bool) -> Iterable[Record]:
    """The operators among torch's events, what torch did beneath them if asked for, and the memory in use."""
    base = session.kineto_results.trace_start_ns() / 1000
    used: dict[str, int] = {}
    for event in sorted(session.function_events, key=lambda each: each.time_range.end):
        begun = event.time_range.start
        length = event.device_time_total or event.time_range.elapsed_us()  # what a gpu took, where it computed
        if event.name.startswith(spans.PREFIX):
            yield Record("operator", "operator", event.name[len(spans.PREFIX) :], base + begun, length, event.thread)
        elif event.name.startswith(_BACKWARD):
            yield Record("operator", "operator", event.name[len(_BACKWARD) :], base + begun, length, event.thread)
        elif api and event.name != "[memory]":
            yield Record("operator", "PyTorch", event.name, base + begun, length, event.thread)
        if memory:
            for device, change in (("cpu/0", event.self_cpu_memory_usage), ("gpu/0", event.self_device_memory_usage)):
                if change:
                    used[device] = used.get(device, 0) + change
                    at = base + event.time_range.end
                    yield Record("memory", _MEMORY, f"Memory: {device}", at, used[device], event.thread)


def _row(records: list[Record]) -> _Row:
    """The line of one name; a number that changes has its last value as total, and half of its range as average."""
    values = [each.value / 1000 for each in records]
    least, most = min(values), max(values)
    if records[0].kind in ("counter", "memory"):
        return _Row(len(values), values[-1], least, most, (most - least) / 2)
    return _Row(len(values), sum(values), least, most, sum(values) / len(values))


def _ordered(rows: dict[str, _Row], sort_by: str, ascending: bool) -> dict[str, _Row]:
    column = "times" if sort_by == "count" else sort_by
    return dict(sorted(rows.items(), key=lambda item: getattr(item[1], column), reverse=not ascending))


def _table(category: str, rows: Mapping[str, _Row]) -> str:
    columns = ["Min Use  (kB)", "Max Use  (kB)", "Avg Use  (kB)"]
    if category != _MEMORY:
        columns = ["Time (ms)", "Min Time (ms)", "Max Time (ms)", "Avg Time (ms)"]
    width = {each: max(len(each), 13) for each in columns}
    lines = [
        f"{'Name':<25}{'Total Count':>16}" + "".join(f"{each:>17}" for each in columns),
        f"{'----':<25}{'-----------':>16}" + "".join(f"{'-' * len(each):>17}" for each in width),
    ]
    for name, row in rows.items():
        numbers = row[2:] if category == _MEMORY else row[1:]
        lines.append(f"{name:<25}{row.times:>16}" + "".join(f"{each:>17.4f}" for each in numbers))
    return "\n".join([category, "=" * 17, *lines, "", ""])


def _json(groups: Mapping[str, Mapping[str, _Row]]) -> str:
    def numbers(category: str, row: _Row) -> dict[str, float]:
        total = {} if category == _MEMORY else {"Total": row.total}
        return {"Count": row.times, **total, "Min": row.min, "Max": row.max, "Avg": row.avg}

    found: dict[str, Any] = {"Time": {}, "Memory": {}, "Unit": {"Time": "ms", "Memory": "kB"}}
    for category, rows in groups.items():
        part = found["Memory" if category == _MEMORY else "Time"]
        part[category] = {name: numbers(category, row) for name, row in rows.items()}
    return json.dumps(found, indent=4)


#: how a trace marks the beginning and the end of a kind
_PHASES = {"operator": ("B", "E"), "event": ("B", "E"), "task": ("b", "e"), "frame": ("(", ")")}


def _events(record: Record, process: int, number: int) -> list[dict[str, Any]]:
    """What the trace has of a record."""
    common = {"name": record.name, "cat": record.category, "pid": process, "tid": record.thread}
    if record.kind in ("counter", "memory"):
        return [{**common, "ph": "C", "ts": record.at, "args": {record.name: record.value}}]
    if record.kind == "marker":
        return [{**common, "ph": "n", "ts": record.at, "s": record.value}]
    begin, end = _PHASES[record.kind]
    if begin == "b":
        common["id"] = number
    return [
        {**common, "ph": begin, "ts": record.at},
        {**common, "ph": end, "ts": record.at + record.value},
    ]
