"""The window of an operation, moving over its input: a GIF, or a page that needs no network."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.figure import Figure

from mxnet.serialization.files import replacing

from ..experiments.training.console import progress_bar
from .figures import operation_of
from .operations import Operation
from .sheet import Layout, paint

__all__ = ["WindowAnimation", "animate"]

MOST_FRAMES = 200
MOST_MEGABYTES = 100  # more than that many frames come to; matplotlib would leave out what is beyond its own limit

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>img {{ max-width: 100%; }}</style>
</head>
<body>
{player}
</body>
</html>
"""

# matplotlib's player takes the signs on its buttons from a font on the network; these are in every font.
BUTTONS = {
    "minus": "−",
    "plus": "+",
    "fast-backward": "|◀◀",
    "step-backward": "|◀",
    "play": "▶",
    "pause": "▮▮",
    "step-forward": "▶|",
    "fast-forward": "▶▶|",
}
ICON_FONT = re.compile(r'<link rel="stylesheet"\s+href="https?://[^"]*font-awesome[^"]*">')


class WindowAnimation:
    """An animation of one window over its input; made by `animate`.

    Jupyter shows it as a player. `save` writes a GIF or an HTML page.

    Attributes
    ----------
    title : str
    positions : list of (channel, row, column)
        The elements of the output, one for each frame.
    seconds : float
        How long each stands.
    figure : matplotlib.figure.Figure
        What is drawn on.
    """

    def __init__(self, operation: Operation, seconds: float) -> None:
        self.operation, self.seconds, self.title = operation, seconds, operation.title
        self.drawn: Callable[[], None] = nothing
        self.positions = operation.positions()
        self.reserve = max(len(Layout(operation.sheet(at)).lines) for at in self.positions)
        self.figure = paint(operation.sheet(self.positions[0], self.reserve))

    def draw(self, at: tuple[int, int, int]) -> None:
        """Show one position, and the output as far as it goes."""
        paint(self.operation.sheet(at, self.reserve, reached=at), self.figure)
        self.drawn()

    def frames(self) -> FuncAnimation:
        """Matplotlib's own animation, for its other writers; it warns if it is thrown away unused."""
        # Not the annotated types, but what they return matters with blit=True alone. Without init_func the first frame
        # would be drawn twice.
        draw: Any = self.draw
        start: Any = nothing
        return FuncAnimation(
            self.figure,
            draw,
            frames=self.positions,
            init_func=start,
            interval=round(1000 * self.seconds),
            cache_frame_data=False,
        )

    def to_html(self) -> str:
        """A player as HTML, with the pictures inside it and nothing taken from the network."""
        with rc_context({"animation.embed_limit": MOST_MEGABYTES}):
            player = self.frames().to_jshtml(default_mode="loop")
        signs = "".join(
            f'.animation .fa-{name}::before {{ content: "{sign}"; font-style: normal; }}\n'
            for name, sign in BUTTONS.items()
        )
        signs += ".animation .fa-flip-horizontal { display: inline-block; transform: scaleX(-1); }\n"
        player, found = ICON_FONT.subn(f"<style>\n{signs}</style>", player)
        if not found:
            raise RuntimeError("matplotlib's player is not the one that remxnet knows how to take off the network")
        return player

    @contextmanager
    def progress(self) -> Iterator[None]:
        """A bar in a terminal: many positions take their time."""
        bar = progress_bar()
        if bar is None:
            yield
            return
        with bar:
            task = bar.add_task("drawing", total=len(self.positions), figures="")
            self.drawn = lambda: bar.advance(task)
            try:
                yield
            finally:
                self.drawn = nothing

    def _repr_html_(self) -> str:
        return self.to_html()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the animation to a file, which is replaced only once the new one is complete.

        Parameters
        ----------
        path
            Ends in .gif or .html.

        Raises
        ------
        ValueError
            For another suffix.
        OSError
            If it cannot be written.
        """
        suffix = Path(path).suffix.lower()
        if suffix == ".html":
            with self.progress():
                page = PAGE.format(title=escape(self.title), player=self.to_html())
            with replacing(path, "w") as stream:
                stream.write(page)
        elif suffix == ".gif":
            with tempfile.TemporaryDirectory() as directory, self.progress():
                drawn = Path(directory) / "animation.gif"
                rate: Any = 1 / self.seconds  # the annotation says int, the file counts in hundredths of a second
                self.frames().save(drawn, writer=PillowWriter(fps=rate))
                with replacing(path) as stream:
                    stream.write(drawn.read_bytes())
        else:
            raise ValueError(f"save: {str(path)!r} ends in {suffix or 'no suffix'}; expected .gif or .html")


def nothing() -> None:
    """What is done after a frame if nobody wants to know."""


def animate(draw: Callable[..., Figure], *arrays: Any, seconds: float = 0.8, **settings: Any) -> WindowAnimation:
    """Animate one of the figures: the window moves over the input, and the output is filled element by element.

    Parameters
    ----------
    draw : function
        `cross_correlation`, `convolution`, `pointwise`, `max_pooling` or `average_pooling`.
    *arrays, **settings
        What that function takes, without `at`.
    seconds : float
        How long each position stands.

    Returns
    -------
    WindowAnimation
        Shown by Jupyter as a player; `save("name.gif")` and `save("name.html")` write it.

    Raises
    ------
    ValueError
        As the function, and if the output has more than 200 elements.

    Examples
    --------
    >>> from remxnet import draw
    >>> film = draw.animate(draw.cross_correlation, nd.ones((3, 3)), nd.ones((2, 2)))
    >>> len(film.positions)
    4
    >>> film.save("window.gif")  # doctest: +SKIP
    """
    if not 0 < seconds < 3600:
        raise ValueError(f"animate: seconds is {seconds!r}; expected a number of seconds for each position")
    if "at" in settings:
        raise ValueError("animate: at is the animation's to choose")
    operation = operation_of(draw, *arrays, **settings)
    frames = operation.output.size
    if frames > MOST_FRAMES:
        raise ValueError(f"{draw.__name__}: the output has {frames} elements; an animation shows {MOST_FRAMES} at most")
    try:
        return WindowAnimation(operation, seconds)
    except ValueError as error:
        raise ValueError(f"{draw.__name__}: {error}") from None
