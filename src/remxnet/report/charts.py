"""Curves over the epochs as SVG that stands in a page: its text stays text, its colours are the page's.

matplotlib draws with colours that stand for others; they are replaced with the names of the page's own colours, so that
one drawing serves light and dark pages.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

__all__ = ["Series", "curve_chart", "key"]

SERIES = 7  # colours that the page has
MARKERS = "os^Dv*P"  # a shape for each, so that colour is not all that tells them apart
PAPER_MARKS = {f"#0a0b{number:02x}": f"var(--series-{number})" for number in range(1, SERIES + 1)}
INK, GRID = "#0a0c01", "#0a0c02"
PAPER_MARKS |= {INK: "currentColor", GRID: "var(--line)"}

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 11,
    "font.family": "sans-serif",
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": GRID,
    "savefig.transparent": True,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "path.simplify": True,
}


@dataclass(frozen=True)
class Series:
    """One curve: its name, (x, y) points, the number of its colour from 0, and whether it is dashed."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: int
    dashed: bool = False


def curve_chart(name: str, series: Sequence[Series]) -> str:
    """Curves over the epochs.

    Parameters
    ----------
    name : str
        What is drawn, for the axis and for those who do not see it.
    series : list of Series

    Returns
    -------
    str
        An <svg> element.
    """
    with rc_context({**STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(4.6, 3.1), layout="constrained")
        axes = figure.add_subplot()
        for one in series:
            epochs = [x for x, _ in one.points]
            axes.plot(
                epochs,
                [y for _, y in one.points],
                color=colour(one.colour),
                linestyle=(0, (4, 2)) if one.dashed else "-",
                linewidth=1.6,
                marker=marker(one.colour),
                markersize=4.5,
                markevery=max(1, len(epochs) // 8),
                markerfacecolor="none" if one.dashed else colour(one.colour),
            )
        axes.set(xlabel="epoch", ylabel=name)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
        axes.grid(True, linewidth=0.6)
        axes.set_axisbelow(True)
        names = ", ".join(dict.fromkeys(one.name for one in series))
        return inline(figure, f"{name} over the epochs: {names}")


def key(number: int, dashed: bool) -> str:
    """A short sample of a curve for a legend, as an <svg> element."""
    dash = ' stroke-dasharray="5 3"' if dashed else ""
    fill = "none" if dashed else f"var(--series-{number % SERIES + 1})"
    stroke = f'stroke="var(--series-{number % SERIES + 1})"'
    shapes: dict[str, str] = {
        "o": f'<circle cx="16" cy="7" r="3" fill="{fill}" {stroke}/>',
        "s": f'<rect x="13" y="4" width="6" height="6" fill="{fill}" {stroke}/>',
        "^": f'<path d="M16 3l4 7h-8z" fill="{fill}" {stroke}/>',
        "D": f'<path d="M16 2.5l4.5 4.5-4.5 4.5-4.5-4.5z" fill="{fill}" {stroke}/>',
        "v": f'<path d="M16 11l4-7h-8z" fill="{fill}" {stroke}/>',
        "*": f'<path d="M16 2l1.5 3.5 3.5.3-2.7 2.4.9 3.6-3.2-2-3.2 2 .9-3.6-2.7-2.4 3.5-.3z" fill="{fill}" {stroke}/>',
        "P": f'<path d="M14.5 3h3v2.5H20v3h-2.5V11h-3V8.5H12v-3h2.5z" fill="{fill}" {stroke}/>',
    }
    shape = shapes[marker(number)]
    line = f'<line x1="1" y1="7" x2="31" y2="7" {stroke} stroke-width="2"{dash}/>'
    return f'<svg class="key" width="32" height="14" viewBox="0 0 32 14" aria-hidden="true">{line}{shape}</svg>'


def colour(number: int) -> str:
    """What stands for the page's colour of that number."""
    return f"#0a0b{number % SERIES + 1:02x}"


def marker(number: int) -> str:
    """The shape that goes with that colour; when the colours come round again, it is the next one."""
    return MARKERS[(number + number // SERIES) % len(MARKERS)]


def inline(figure: Any, text: str) -> str:
    """The figure as an <svg> that scales with its box and says in words what it shows."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"#0a0[bc][0-9a-f]{2}", lambda found: PAPER_MARKS[found[0]], svg)
    used = set(re.findall(r"[\"(]#([^\")]+)", svg))
    svg = re.sub(r' id="([^"]+)"', lambda found: found[0] if found[1] in used else "", svg)  # the same in every figure
    head, body = svg.split(">", 1)
    box = re.search(r'viewBox="[^"]+"', head)
    assert box, "matplotlib writes a viewBox"
    namespaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg class="chart" role="img" aria-label="{escape(text)}" {box[0]} {namespaces}>{body}'
