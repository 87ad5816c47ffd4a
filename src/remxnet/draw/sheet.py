"""Grids of numbers and lines of text, put on a matplotlib figure with every length known in inches.

Knows colours, text widths and places, and nothing of convolutions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.textpath import text_to_path

__all__ = ["Column", "Grid", "Sheet", "paint"]

# Okabe and Ito's colours, lightened where a number stands on them; every pair is also told apart by its outline.
FILLS = {
    "plain": "#FFFFFF",
    "pad": "#ECECEC",
    "window": "#9AD3F3",  # sky blue
    "kernel": "#F6CF7A",  # orange
    "result": "#7FD1B5",  # bluish green
    "later": "#FFFFFF",  # not computed yet, so without its number
}
FRAMES = {"window": "#0072B2", "kernel": "#B45F00", "result": "#00664B"}
INK, QUIET_INK, LINE = "#111111", "#444444", "#8A8A8A"

FAMILY = "DejaVu Sans"  # comes with matplotlib, so that widths are the same everywhere
CELL_POINTS = (11.0, 10.0, 9.0, 8.0)  # tried in this order until the figure is not too wide
TITLE_POINTS, TEXT_POINTS, NOTE_POINTS, SIGN_POINTS = 12.0, 11.0, 9.5, 16.0
MARGIN, GAP, SIGN_WIDTH, LINE_HEIGHT = 0.2, 0.25, 0.42, 0.25
NARROWEST = 5.0  # inches; room for the equation
WIDE, WIDEST, HIGHEST = 11.0, 16.0, 15.0  # inches: smaller numbers are tried beyond the first, the rest is the limit


@dataclass(frozen=True)
class Grid:
    """One matrix: its name, the text of each cell, what each cell is, and frames around some.

    Attributes
    ----------
    title : str
    texts : list of rows of str
    kinds : list of rows of str
        Keys of `FILLS`.
    frames : list of (row, column, rows, columns, kind)
        Outlines, with a key of `FRAMES`; a frame may hang over the grid's end by being cut.
    """

    title: str
    texts: Sequence[Sequence[str]]
    kinds: Sequence[Sequence[str]]
    frames: Sequence[tuple[int, int, int, int, str]] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return len(self.texts), len(self.texts[0])


@dataclass(frozen=True)
class Column:
    """Grids below each other, and the sign that stands before them.

    Attributes
    ----------
    grids : list of Grid
    sign : str
        Drawn at the left, such as "=".
    in_rows : bool
        Put on the common rows of all such columns, instead of in the middle of the height.
    """

    grids: Sequence[Grid]
    sign: str = ""
    in_rows: bool = False


@dataclass(frozen=True)
class Sheet:
    """All that a figure shows.

    Attributes
    ----------
    title : str
    columns : list of Column
    equation : list of lists of str
        Each line in pieces; a new line of the figure may start before any piece.
    notes : list of str
        Small lines below.
    reserve : int
        The number of lines to leave room for, so that figures with shorter equations have the same size.
    """

    title: str
    columns: Sequence[Column]
    equation: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default_factory=tuple)
    reserve: int = 0


class TooLarge(ValueError):
    """What is to be drawn would not be legible."""


def width_of(text: str, points: float, bold: bool = False) -> float:
    """The width of a text in inches."""
    font = FontProperties(family=FAMILY, size=points, weight="bold" if bold else "normal")
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / 72


class Layout:
    """Where everything on a sheet goes, in inches from the upper left corner."""

    def __init__(self, sheet: Sheet) -> None:
        texts = {text for column in sheet.columns for grid in column.grids for row in grid.texts for text in row}
        for self.points in CELL_POINTS:
            widest = max(width_of(text, self.points) for text in texts)
            self.cell = max(widest + 0.09, self.points * 0.036)
            self.widths = [max(self.grid_width(grid) for grid in column.grids) for column in sheet.columns]
            signs = sum(SIGN_WIDTH if column.sign else GAP for column in sheet.columns[1:])
            self.content = sum(self.widths) + signs
            if self.content + 2 * MARGIN <= WIDE:
                break
        notes = [width_of(note, NOTE_POINTS) for note in sheet.notes] + [width_of(sheet.title, TITLE_POINTS, bold=True)]
        inner = max(NARROWEST, self.content, *notes)
        self.width = inner + 2 * MARGIN
        self.top = MARGIN + 0.35
        self.place_rows(sheet)
        self.lines = [line for pieces in sheet.equation for line in wrapped(pieces, inner)]
        self.below = self.top + self.body + 0.28
        lines = max(len(self.lines), sheet.reserve) + len(sheet.notes)
        self.height = self.below + (lines - 1) * LINE_HEIGHT + (0.08 if sheet.notes else 0) + 0.1 + MARGIN
        self.check()

    def grid_width(self, grid: Grid) -> float:
        """The width that a grid and its title need."""
        return max(grid.shape[1] * self.cell, width_of(grid.title, NOTE_POINTS))

    def grid_height(self, grid: Grid) -> float:
        """The height that a grid needs with its title."""
        return grid.shape[0] * self.cell + 0.24

    def place_rows(self, sheet: Sheet) -> None:
        """Find the tops of the grids: common rows, and the middle for the rest."""
        common = [column for column in sheet.columns if column.in_rows]
        rows = max((len(column.grids) for column in common), default=0)
        heights = [
            max(self.grid_height(column.grids[row]) for column in common if row < len(column.grids))
            for row in range(rows)
        ]
        stacks = [
            heights if column.in_rows else [self.grid_height(grid) for grid in column.grids] for column in sheet.columns
        ]
        totals = [sum(stack) + GAP * 0.7 * (len(stack) - 1) for stack in stacks]
        self.body = max(totals)
        self.tops = []
        for column, stack, total in zip(sheet.columns, stacks, totals):
            at, tops = self.top + (self.body - total) / 2, []
            for grid, height in zip(column.grids, stack):
                tops.append(at + (height - self.grid_height(grid)) / 2)
                at += height + GAP * 0.7
            self.tops.append(tops)

    def check(self) -> None:
        """Refuse what would have to be scaled down until nobody can read it."""
        if self.width > WIDEST or self.height > HIGHEST:
            raise TooLarge(
                f"the figure would be {ceil(self.width)} × {ceil(self.height)} inches and could not be read (at most "
                f"{WIDEST:.0f} × {HIGHEST:.0f}); draw a part of the arrays, such as data[..., :8, :8]"
            )


def wrapped(pieces: Sequence[str], width: float) -> list[str]:
    """The pieces as lines that are no wider than `width` inches; all but the first are indented."""
    lines, indent = [""], "      "
    for piece in pieces:
        if lines[-1].strip() and width_of(lines[-1] + piece, TEXT_POINTS) > width:
            lines.append(indent)
        lines[-1] += piece.lstrip() if lines[-1] == indent else piece
    return lines


def paint(sheet: Sheet, figure: Figure | None = None, layout: Layout | None = None) -> Figure:
    """Draw a sheet on a new figure, or on one that is given (and emptied first).

    Raises
    ------
    ValueError
        If it would be too large to be read.
    """
    layout = layout or Layout(sheet)
    if figure is None:
        figure = Figure(facecolor="white", dpi=100)
        FigureCanvasAgg(figure)
    figure.clear()
    figure.set_size_inches(layout.width, layout.height)
    axes = figure.add_axes((0, 0, 1, 1), facecolor="white")
    axes.set(xlim=(0, layout.width), ylim=(layout.height, 0))
    axes.axis("off")
    write(axes, MARGIN, MARGIN + 0.1, sheet.title, TITLE_POINTS, weight="bold")
    x = (layout.width - layout.content) / 2
    for column, width, tops in zip(sheet.columns, layout.widths, layout.tops):
        if column is not sheet.columns[0]:
            if column.sign:
                middle = layout.top + layout.body / 2 + 0.12
                points = SIGN_POINTS * (1.7 if column.sign == "⋆" else 1)  # the font's star is a small one
                write(axes, x + SIGN_WIDTH / 2, middle, column.sign, points, ha="center")
            x += SIGN_WIDTH if column.sign else GAP
        for grid, top in zip(column.grids, tops):
            write(axes, x + width / 2, top + 0.1, grid.title, NOTE_POINTS, ha="center", color=QUIET_INK)
            paint_grid(axes, grid, x + (width - grid.shape[1] * layout.cell) / 2, top + 0.24, layout)
        x += width
    y = layout.below
    for line in layout.lines:
        write(axes, MARGIN, y, line, TEXT_POINTS)
        y += LINE_HEIGHT
    y = layout.below + max(len(layout.lines), sheet.reserve) * LINE_HEIGHT + 0.08
    for note in sheet.notes:
        write(axes, MARGIN, y, note, NOTE_POINTS, color=QUIET_INK)
        y += LINE_HEIGHT
    return figure


def paint_grid(axes: Any, grid: Grid, left: float, top: float, layout: Layout) -> None:
    """Cells, their texts, and the frames above them."""
    side = layout.cell
    corners, colours = [], []
    for row, kinds in enumerate(grid.kinds):
        for column, kind in enumerate(kinds):
            x, y = left + column * side, top + row * side
            corners.append([(x, y), (x + side, y), (x + side, y + side), (x, y + side)])
            colours.append(FILLS[kind])
    axes.add_collection(PolyCollection(corners, facecolors=colours, edgecolors=LINE, linewidths=0.8))
    for row, texts in enumerate(grid.texts):
        for column, text in enumerate(texts):
            kind = grid.kinds[row][column]
            if kind != "later":
                write(
                    axes,
                    left + (column + 0.5) * side,
                    top + (row + 0.5) * side,
                    text,
                    layout.points,
                    ha="center",
                    color=QUIET_INK if kind == "pad" else INK,
                )
    for row, column, rows, columns, kind in grid.frames:
        rows, columns = min(rows, grid.shape[0] - row), min(columns, grid.shape[1] - column)
        axes.add_patch(
            Rectangle(
                (left + column * side, top + row * side),
                columns * side,
                rows * side,
                fill=False,
                edgecolor=FRAMES[kind],
                linewidth=2.4,
                joinstyle="miter",
            )
        )


def write(axes: Any, x: float, y: float, text: str, points: float, **style: Any) -> None:
    """One line of text, its middle at the height y; dollar signs mean nothing."""
    style = {"color": INK, "va": "center_baseline", "family": FAMILY, "parse_math": False, **style}
    axes.text(x, y, text, fontsize=points, **style)
