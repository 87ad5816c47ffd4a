"""The page of benchmarks: tables in Markdown from the records, and the lines a terminal shows meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mxnet.serialization.files import replacing

from .case import MXNET, OURS, VARIANTS, Case
from .cases import CASES
from .results import Record, Timing, Verdict, best_rival, verdicts

__all__ = ["line", "quantity", "terminal", "write"]

# the page's words: what stands above the tables, and what a person has to say about the figures
INTRODUCTION, NOTES = (Path(__file__).parent / name for name in ("introduction.md", "notes.md"))
HEADER = ("case", "remxnet", "best of PyTorch", "ratio", "MXNet 1.9.1", "ratio", "targets", "met")


def quantity(value: float, unit: str) -> str:
    """A time or an amount of memory in the unit that suits it."""
    scales = {
        "s": (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)),
        "bytes": (("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0)),
    }[unit]
    name, size = next((pair for pair in scales if abs(value) >= pair[1]), scales[-1])
    return f"{value / size:.3g} {name}"


def spread(timing: Timing, unit: str) -> str:
    """The median, and where the middle half lies."""
    text = quantity(timing.median, unit)
    return text if timing.samples == 1 else f"{text} ({quantity(timing.low, unit)} to {quantity(timing.high, unit)})"


def times(value: float | None) -> str:
    """A ratio."""
    return "–" if value is None else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def target(verdict: Verdict) -> str:
    """What a verdict is held against."""
    assert verdict.most is not None
    if verdict.unit == "×":
        return f"{verdict.about} {verdict.most:g}"
    return f"{verdict.about} {quantity(verdict.most, verdict.unit)}"


def judgement(verdict: Verdict) -> str:
    """Whether it is met, in a word."""
    return {True: "yes", False: "**no**", None: "?"}[verdict.met]


def row(case: Case, record: Record) -> list[str]:
    """A line of the main table."""
    rival, targets = best_rival(case, record), [each for each in verdicts(case, record) if each.most is not None]
    torch, mxnet = (each.value for each in verdicts(case, record)[:2])

    def cell(name: str | None) -> str:
        return spread(record.timings[name], case.unit) if name in record.timings and name else "–"

    ways = len(case.variants) if case.torch else 0
    which = f", {rival.removeprefix('torch ')}" if rival and ways > 1 else ""
    return [
        case.title,
        cell(OURS),
        cell(rival) + which,
        times(torch),
        cell(MXNET),
        times(mxnet),
        ", ".join(map(target, targets)) or "–",
        ", ".join(map(judgement, targets)) or "–",
    ]


def markdown(rows: Iterable[Iterable[str]]) -> str:
    """A table of these rows, the first of which heads it."""
    first, *others = [list(each) for each in rows]
    lines = [first, ["---"] * len(first), *others]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def line(case: Case, record: Record) -> str:
    """What the terminal shows when a case is finished."""
    times_of = ", ".join(f"{name} {quantity(t.median, case.unit)}" for name, t in record.timings.items())
    words = {True: "met", False: "NOT met", None: "?"}
    held = [f"{target(each)}: {words[each.met]}" for each in verdicts(case, record) if each.most is not None]
    return f"{case.name}: {times_of or 'nothing was measured'}" + (f"  [{'; '.join(held)}]" if held else "")


def terminal(records: dict[str, Record]) -> str:
    """The main table in columns."""
    rows = [["case", *HEADER[1:]]]
    rows += [[name, *row(CASES[name], record)[1:]] for name, record in records.items()]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(HEADER))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(cells, widths)).rstrip() for cells in rows)


# --- the page --------------------------------------------------------------------------------------------------------


def circumstances(records: dict[str, Record]) -> str:
    """Machine and versions, once if all cases share them."""
    kinds: dict[str, list[str]] = {}
    for name, record in records.items():
        facts = record.machine
        machine = (
            f"{facts['processor']}, vectors of {facts['vector bits']} bits, {facts['cores']} cores, {facts['system']}"
        )
        kinds.setdefault(machine, []).append(name)
    versions: dict[str, set[str]] = {}
    for record in records.values():
        for what, version in record.versions.items():
            versions.setdefault(what, set()).add(version)
    lines = [
        f"- **Machine:** {machine}" + ("" if len(kinds) == 1 else f" ({', '.join(names)})")
        for machine, names in kinds.items()
    ]
    listed = ", ".join(f"{what} {' and '.join(sorted(which))}" for what, which in sorted(versions.items()))
    lines.append(f"- **Versions:** {listed}")
    dates = sorted(record.date for record in records.values())
    lines.append(f"- **Measured** {dates[0]} to {dates[-1]} UTC; the date of each case is in the last table.")
    busiest = max(records.values(), key=lambda record: record.load)
    cores = busiest.machine["cores"]
    if busiest.load > cores + 0.5:
        lines.append(f"- **The machine was busy** with other work: load {busiest.load:g} on {cores} cores. Repeat it.")
    return "\n".join(lines)


def details(records: dict[str, Record]) -> str:
    """Every implementation's time, how far the outcomes lay apart, how much was measured, and when."""
    rows = [["case", *(f"PyTorch {each}" for each in VARIANTS), "outcomes apart", "rounds × samples", "measured"]]
    for name, record in records.items():
        case = CASES[name]
        timings = [record.timings.get(f"torch {each}") for each in VARIANTS]
        apart = "–" if record.agreement is None else f"{record.agreement:.1g} of {case.tolerance:g}"
        ours = record.timings.get(OURS)
        effort = f"{len(ours.rounds)} × {ours.samples / len(ours.rounds):.0f}" if ours else "–"
        rows.append([f"`{name}`", *(spread(t, case.unit) if t else "–" for t in timings), apart, effort, record.date])
    return markdown(rows)


def curves(records: dict[str, Record]) -> str:
    """A table for every group of cases that are points of a curve."""
    groups: dict[str, list[str]] = {}
    for name in records:
        if CASES[name].group:
            groups.setdefault(str(CASES[name].group), []).append(name)
    parts = []
    for title, names in groups.items():
        rows = [["", *HEADER[1:6]], *(row(CASES[name], records[name])[:6] for name in names)]
        parts.append(f"### {title}\n\n{markdown(rows)}")
    return "\n\n".join(parts)


def remarks(records: dict[str, Record]) -> str:
    """Notes of the cases, what their processes said, and what was left out."""
    lines = []
    for name, record in records.items():
        said = [f"{who}: {t.remark}" for who, t in record.timings.items() if t.remark]
        left_out = [f"{who} left out: {why}" for who, why in record.missing.items()]
        notes = [*([CASES[name].note] if CASES[name].note and CASES[name].point in (0, 1) else []), *said, *left_out]
        if notes:
            lines.append(f"- `{name}`: {'; '.join(notes)}")
    return "\n".join(lines)


def page(records: dict[str, Record], introduction: str, notes: str) -> str:
    """The whole page."""
    records = {name: records[name] for name in CASES if name in records}
    table = [HEADER, *(row(CASES[name], record) for name, record in records.items() if not CASES[name].group)]
    unmeasured = [name for name in CASES if name not in records]
    parts = [
        introduction.rstrip() + "\n" + circumstances(records),
        markdown(table) if len(table) > 1 else "",
        "![ratios to PyTorch and MXNet](images/benchmark-ratios.svg)",
        notes.strip(),
        "## How cost grows\n\n" + curves(records) if curves(records) else "",
        "![time per image over the size of the batch](images/benchmark-growth.svg)" if curves(records) else "",
        "## Everything that was measured\n\n" + details(records),
        remarks(records),
        f"Not measured: {', '.join(f'`{name}`' for name in unmeasured)}." if unmeasured else "",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def write(path: Path, records: dict[str, Record]) -> None:
    """Put the page where it is, in one move."""
    with replacing(path, "w") as file:
        file.write(page(records, *(text.read_text(encoding="utf-8") for text in (INTRODUCTION, NOTES))))
