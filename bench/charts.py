"""The pictures of the page: how the medians compare, with the targets, and how cost grows. matplotlib draws them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mxnet.serialization.files import replacing

from .case import MXNET, OURS
from .cases import CASES
from .results import Record, verdicts

__all__ = ["draw", "growth", "ratios"]

# of Okabe and Ito's palette, which colour-blind readers can tell apart
LEAST = 0.01  # the shortest ratio that is drawn to scale
COLOURS = {"PyTorch": "#0072B2", "MXNet": "#E69F00", OURS: "#009E73"}


def draw(place: Path, records: dict[str, Record]) -> None:
    """Write the pictures for which there are records, as SVG."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "benchmarks"  # or every run would name its elements anew
    place.mkdir(parents=True, exist_ok=True)
    for name, figure in (("ratios", ratios(records)), ("growth", growth(records))):
        if figure is not None:
            with replacing(place / f"benchmark-{name}.svg") as file:
                figure.savefig(file, format="svg", metadata={"Date": None})


def ratios(records: dict[str, Record]) -> Any:
    """Bars of our median by PyTorch's and by MXNet's, with a mark at each target; None without records."""
    from matplotlib.figure import Figure

    names = [name for name in CASES if name in records and not CASES[name].group]
    names = [name for name in names if any(v.value for v in verdicts(CASES[name], records[name])[:2])]
    if not names:
        return None
    figure = Figure(figsize=(9, 1.2 + 0.42 * len(names)), layout="constrained")
    axes = figure.subplots()
    for position, name in enumerate(names):
        for shift, verdict in zip((-0.19, 0.19), verdicts(CASES[name], records[name])):
            if verdict.value is None:
                continue
            y = position + shift
            value = max(verdict.value, LEAST)
            axes.barh(y, value - 1, 0.36, left=1, color=COLOURS[verdict.about], label=verdict.about, zorder=2)
            near = {"ha": "right", "xytext": (-3, 0)} if value < 1 else {"ha": "left", "xytext": (3, 0)}
            axes.annotate(f"{verdict.value:.2g}", (value, y), va="center", size=8, textcoords="offset points", **near)
            if verdict.most is not None:
                axes.plot([verdict.most] * 2, [y - 0.2, y + 0.2], color="black", linewidth=2, zorder=3, label="target")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.margins(x=0.08, y=0.02)
    axes.axvline(1, color="grey", linewidth=1, zorder=1)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlabel("remxnet's median divided by the other's (left of 1: remxnet is faster)")
    axes.grid(axis="x", color="#dddddd", zorder=0)
    handles = dict(zip(*reversed(axes.get_legend_handles_labels())))
    figure.legend(
        handles.values(), [f"to {n}" if n != "target" else n for n in handles], loc="outside upper right", ncols=3
    )
    return figure


def growth(records: dict[str, Record]) -> Any:
    """Time per image over the size of the batch; None without records."""
    from matplotlib.figure import Figure

    names = [name for name in CASES if name in records and name.startswith("batch-")]
    if not names:
        return None
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    for who, label, colour, marker in (
        (OURS, OURS, COLOURS[OURS], "o"),
        ("torch eager", "PyTorch eager", COLOURS["PyTorch"], "s"),
        ("torch channels-last", "PyTorch channels-last", "#56B4E9", "^"),
        (MXNET, "MXNet 1.9.1", COLOURS["MXNet"], "D"),
    ):
        points = [(CASES[n].point, records[n].timings[who].median * 1e6) for n in names if who in records[n].timings]
        if points:
            axes.plot(*zip(*points), marker=marker, color=colour, label=label)
    axes.set(xlabel="images in a batch", ylabel="µs for each image", title="LeNet, training step, hybridized")
    axes.set_xscale("log", base=4)
    axes.set_yscale("log")
    axes.set_xticks([CASES[name].point for name in names], [f"{CASES[name].point:g}" for name in names])
    for formatter in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
        formatter(lambda value, _: f"{value:g}")
    axes.grid(color="#dddddd")
    axes.legend()
    return figure
