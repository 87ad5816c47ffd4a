"""Curves and pictures: live in Jupyter, silent in a script, and never a window that waits.

matplotlib is optional. What draws asks for it when it draws; an `Animator` outside Jupyter only collects its points.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import Any

from .datasets import get_fashion_mnist_labels

__all__ = [
    "Animator",
    "plot",
    "plt",
    "set_axes",
    "set_figsize",
    "show_fashion_mnist",
    "show_images",
    "use_svg_display",
]

LINE_FORMATS = ("-", "m--", "g-.", "r:")


class MissingPlots(ImportError):
    """Something is to be drawn and matplotlib is not installed."""


class Pyplot:
    """`matplotlib.pyplot`, imported when it is first used."""

    def __getattr__(self, name: str) -> Any:
        try:
            pyplot = importlib.import_module("matplotlib.pyplot")
        except ImportError as error:
            raise MissingPlots(
                "matplotlib, which draws the figures, is missing: pip install 'remxnet[train]'"
            ) from error
        return getattr(pyplot, name)


plt = Pyplot()


def in_jupyter() -> bool:
    """Whether a notebook front end shows what this process displays."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and "IPKernelApp" in shell.config


def use_svg_display() -> None:
    """Sharp figures in Jupyter; nothing elsewhere."""
    if in_jupyter():
        plt.get_backend()  # says what to install where there is no matplotlib, which the next line needs
        importlib.import_module("matplotlib_inline.backend_inline").set_matplotlib_formats("svg")


def set_figsize(figsize: tuple[float, float] = (3.5, 2.5)) -> None:
    """The size of the figures to come, (width, height) in inches."""
    use_svg_display()
    plt.rcParams["figure.figsize"] = figsize


def set_axes(
    axes: Any,
    xlabel: str | None,
    ylabel: str | None,
    xlim: Sequence[float] | None,
    ylim: Sequence[float] | None,
    xscale: str,
    yscale: str,
    legend: Sequence[str] | None,
) -> None:
    """Label, limit and scale matplotlib axes; draws a legend if there is one, and a grid."""
    axes.set(xlabel=xlabel or "", ylabel=ylabel or "", xscale=xscale, yscale=yscale)
    if xlim:
        axes.set_xlim(xlim)
    if ylim:
        axes.set_ylim(ylim)
    if legend:
        axes.legend(legend)
    axes.grid(True)


def plot(
    X: Any,
    Y: Any = None,
    xlabel: str | None = None,
    ylabel: str | None = None,
    legend: Sequence[str] | None = None,
    xlim: Sequence[float] | None = None,
    ylim: Sequence[float] | None = None,
    xscale: str = "linear",
    yscale: str = "linear",
    fmts: Sequence[str] = LINE_FORMATS,
    figsize: tuple[float, float] = (3.5, 2.5),
    axes: Any = None,
) -> None:
    """Draw one or several curves.

    `X` and `Y` are each one sequence of numbers or a sequence of such; one `X` serves every `Y`. With `X` alone its
    values are drawn over their positions.
    """
    set_figsize(figsize)
    axes = axes if axes is not None else plt.gca()
    curves_x, curves_y = curves(X), curves(Y) if Y is not None else None
    if curves_y is None:
        curves_x, curves_y = [range(len(values)) for values in curves_x], curves_x
    if len(curves_x) != len(curves_y):
        curves_x = list(curves_x) * len(curves_y)
    axes.cla()
    for index, (x, y) in enumerate(zip(curves_x, curves_y)):
        axes.plot(x, y, fmts[index % len(fmts)])
    set_axes(axes, xlabel, ylabel, xlim, ylim, xscale, yscale, legend)


def curves(values: Any) -> list[Any]:
    """A list of host-side curves, whether one or several came."""
    if hasattr(values, "asnumpy"):
        values = values.asnumpy()
    several = getattr(values, "ndim", 1) > 1 or (len(values) > 0 and hasattr(values[0], "__len__"))
    return [on_host(curve) for curve in values] if several else [values]


def on_host(array: Any) -> Any:
    """The array as NumPy's, or the value itself if it is not one of ours."""
    return array.asnumpy() if hasattr(array, "asnumpy") else array


class Animator:
    """Curves that grow while a model trains.

    In Jupyter every point added redraws the figure in place. In a script or a terminal the points are collected in
    `X` and `Y` and nothing is shown; `save(path)` draws them into a file.

    Parameters
    ----------
    xlabel, ylabel : str, optional
    legend : sequence of str, optional
        One name per curve.
    xlim, ylim : pair of numbers, optional
    xscale, yscale : str
        matplotlib's names of scales.
    fmts : sequence of str, optional
        matplotlib's line formats, used in turn.
    nrows, ncols : int
        The grid of axes; the curves are in the first.
    figsize : pair of numbers
        Width and height in inches.

    Examples
    --------
    >>> animator = Animator(xlabel="epoch", legend=["train loss", "test acc"])
    >>> animator.add(0.5, (1.25, None))
    >>> animator.add(1, (None, 0.5))
    >>> animator.X, animator.Y
    ([[0.5], [1]], [[1.25], [0.5]])
    """

    def __init__(
        self,
        xlabel: str | None = None,
        ylabel: str | None = None,
        legend: Sequence[str] | None = None,
        xlim: Sequence[float] | None = None,
        ylim: Sequence[float] | None = None,
        xscale: str = "linear",
        yscale: str = "linear",
        fmts: Sequence[str] | None = None,
        nrows: int = 1,
        ncols: int = 1,
        figsize: tuple[float, float] = (3.5, 2.5),
    ) -> None:
        self.X: list[list[float]] = []
        self.Y: list[list[float]] = []
        self.fmts = fmts or LINE_FORMATS
        self.grid = (nrows, ncols)
        self.figsize = figsize
        self.labels = (xlabel, ylabel, xlim, ylim, xscale, yscale, legend)
        self.figure_and_axes: tuple[Any, list[Any]] | None = None

    @property
    def fig(self) -> Any:
        """The matplotlib figure, made when first asked for."""
        return self.drawing()[0]

    @property
    def axes(self) -> list[Any]:
        """Its axes, row by row."""
        return self.drawing()[1]

    def add(self, x: Any, y: Any) -> None:
        """Add a point to each curve: `y` is a number or one per curve, `x` likewise; None leaves a curve as it is."""
        ys = list(y) if hasattr(y, "__len__") else [y]
        xs = list(x) if hasattr(x, "__len__") else [x] * len(ys)
        while len(self.Y) < len(ys):
            self.X.append([])
            self.Y.append([])
        for curve_x, curve_y, one_x, one_y in zip(self.X, self.Y, xs, ys):
            if one_x is not None and one_y is not None:
                curve_x.append(one_x)
                curve_y.append(one_y)
        if in_jupyter():
            self.show()

    def show(self) -> None:
        """Redraw the figure in the notebook, in place of the one before."""
        self.draw()
        display = importlib.import_module("IPython.display")
        display.display(self.fig)
        display.clear_output(wait=True)

    def save(self, path: str) -> None:
        """Draw the curves into an image file."""
        self.draw()
        self.fig.savefig(path)

    def draw(self) -> None:
        """Draw all points anew."""
        axes = self.axes[0]
        axes.cla()
        for index, (x, y) in enumerate(zip(self.X, self.Y)):
            axes.plot(x, y, self.fmts[index % len(self.fmts)])
        set_axes(axes, *self.labels)

    def drawing(self) -> tuple[Any, list[Any]]:
        """Figure and axes, made once."""
        if self.figure_and_axes is None:
            use_svg_display()
            figure, axes = plt.subplots(*self.grid, figsize=self.figsize, squeeze=False)
            self.figure_and_axes = figure, list(axes.flat)
        return self.figure_and_axes


def show_images(
    imgs: Any, num_rows: int, num_cols: int, titles: Sequence[str] | None = None, scale: float = 1.5
) -> Any:
    """A grid of images without axes, with a title above each if there are titles; returns the matplotlib axes."""
    _, grid = plt.subplots(num_rows, num_cols, figsize=(num_cols * scale, num_rows * scale), squeeze=False)
    for index, (axes, image) in enumerate(zip(grid.flat, imgs)):
        axes.imshow(on_host(image))
        axes.set_axis_off()
        if titles:
            axes.set_title(titles[index])
    return grid.reshape(-1)


def show_fashion_mnist(images: Any, labels: Sequence[str]) -> Any:
    """One row of 28×28 images with the names of their classes above."""
    use_svg_display()
    pictures = [on_host(image).reshape((28, 28)) for image in images]
    return show_images(pictures, 1, len(pictures), titles=list(labels))


def show_predictions(images: Any, true_labels: Any, predicted_labels: Any) -> Any:
    """One row of Fashion-MNIST images, each with its true class over the predicted one."""
    names = zip(get_fashion_mnist_labels(true_labels), get_fashion_mnist_labels(predicted_labels))
    return show_fashion_mnist(images, [f"{true}\n{predicted}" for true, predicted in names])
