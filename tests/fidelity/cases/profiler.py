"""``mx.profiler``: a program's own stretches and numbers in tables and in the trace, settings, errors."""

import json
import os
import re
import tempfile

from fidelity.tensor_support import outcomes

_PLAIN = {"profile_memory": False, "profile_api": False, "profile_symbolic": False, "profile_imperative": False}


def _own(profiler):
    """Notes something of every kind."""
    reading = profiler.Domain("reading")
    for made in (reading.new_task("a task"), reading.new_frame("a frame"), profiler.Event("an event")):
        for _ in range(2):
            made.start()
            made.stop()
    counter = reading.new_counter("a counter", 5)
    counter.set_value(7)
    counter.increment(3)
    counter.decrement()
    counter += 2
    counter -= 1
    profiler.Counter(reading, "another").set_value(2.7)
    marker = profiler.Marker(reading, "a marker")
    for scope in ("global", "process", "thread", "task", "marker"):
        marker.mark(scope)
    return [str(reading), str(counter), str(profiler.Task(reading, "x")), str(profiler.Event("y"))]


def _timeless(table):
    """A table without the numbers of what takes time, but with those of counters."""
    lines = []
    for line in table.splitlines():
        timed = re.match(r"(a task|a frame|an event) ", line)
        lines.append(re.sub(r"\d+\.\d{4}", lambda found: "-" * len(found[0]), line) if timed else line)
    return sorted(lines)  # rows stand by how long they took


def own_stretches_in_tables_and_traces(mx):
    profiler = mx.profiler
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "trace.json")
        profiler.set_config(filename=path, aggregate_stats=True, **_PLAIN)
        profiler.set_state("run")
        names = _own(profiler)
        profiler.pause()
        _own(profiler)
        profiler.resume()
        profiler.Event("an event").start()
        table = _timeless(profiler.dumps())
        by_count = profiler.dumps(sort_by="count", ascending=True).splitlines()
        by_count = [line.split("  ")[0] for line in by_count if line.startswith("a")]
        as_json = json.loads(profiler.dumps(format="json"))
        profiler.set_state("stop")
        profiler.dumps(reset=True)
        empty = profiler.dumps()
        profiler.dump()
        with open(path, encoding="utf8") as stream:
            trace = json.load(stream)
    kinds = sorted(
        {
            (each["cat"], each["ph"], each["name"], *sorted(set(each) - {"cat", "ph", "name"}))
            for each in trace["traceEvents"]
            if each.get("cat", "").startswith(("reading", "event"))
        }
    )
    counts = [each["args"] for each in trace["traceEvents"] if each.get("ph") == "C" and each["cat"] == "reading"]
    scopes = [each["s"] for each in trace["traceEvents"] if each.get("ph") == "n"]
    return [
        names, table, by_count, sorted(as_json), as_json["Time"]["reading"]["a counter"], as_json["Unit"], empty,
        sorted(trace), [list(each) for each in kinds], counts, scopes,
    ]  # fmt: skip


def states_and_errors(mx):
    profiler = mx.profiler
    domain = profiler.Domain("d")
    counter = profiler.Counter(domain, "c")
    calls = [
        lambda: profiler.set_config(nothing=1), lambda: profiler.set_config(profile_all="x"),
        lambda: profiler.set_config(profile_process="x"), lambda: profiler.set_state("x"),
        lambda: profiler.set_state("run", "x"), lambda: profiler.pause("x"), lambda: profiler.dump(profile_process="x"),
        lambda: profiler.set_config(profile_process="server"), lambda: profiler.set_state("run", "server"),
        lambda: profiler.dump(profile_process="server"), lambda: profiler.dumps(format="x"),
        lambda: profiler.dumps(sort_by="x"), lambda: counter.set_value("x"),
        lambda: profiler.Marker(domain, "m").mark("x"),
    ]  # fmt: skip
    return outcomes(*calls)
