import subprocess
import sys

import pytest

from mxnet import nd
from remxnet.book import plotting
from remxnet.book.plotting import Animator

pytestmark = pytest.mark.usefixtures("warm")


def test_animator_collects_points_and_passes_over_none():
    animator = Animator(xlabel="epoch", xlim=[0, 5], legend=["train loss", "train acc", "test acc"])
    animator.add(0.5, (2.0, 0.25, None))
    animator.add(1, (None, None, 0.5))
    animator.add(1.5, (1.0, 0.5, None))
    assert animator.X == [[0.5, 1.5], [0.5, 1.5], [1]]
    assert animator.Y == [[2.0, 1.0], [0.25, 0.5], [0.5]]


def test_animator_takes_single_numbers():
    animator = Animator()
    animator.add(1, 2.0)
    assert (animator.X, animator.Y) == ([[1]], [[2.0]])


def test_a_script_draws_nothing_unless_asked():
    code = (
        "import sys; from remxnet.book.plotting import Animator; Animator(legend=['a']).add(1, (2,));"
        "print('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_what_draws_names_the_extra_that_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install 'remxnet\[train\]'"):
        plotting.plot([1, 2, 3])
    monkeypatch.setattr(plotting, "in_jupyter", lambda: True)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'remxnet\[train\]'"):
        plotting.Animator().drawing()


class TestWithMatplotlib:
    @pytest.fixture(autouse=True)
    def pyplot(self):
        pyplot = pytest.importorskip("matplotlib.pyplot")
        yield pyplot
        pyplot.close("all")

    def test_animator_saves_what_it_collected(self, tmp_path):
        animator = Animator(legend=["loss"], ylabel="loss", yscale="log")
        animator.add(1, (2.0,))
        animator.save(tmp_path / "curve.png")
        assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
        assert animator.axes[0].get_yscale() == "log"
        assert animator.fig is animator.axes[0].figure

    @pytest.mark.parametrize(
        ("arguments", "wanted"),
        [
            (([1.0, 4.0, 9.0],), [([0, 1, 2], [1, 4, 9])]),
            (([1, 2], [3, 4]), [([1, 2], [3, 4])]),
            (([1, 2], [[3, 4], [5, 6]]), [([1, 2], [3, 4]), ([1, 2], [5, 6])]),
            ((nd.array([1, 2]), [nd.array([3, 4])]), [([1, 2], [3, 4])]),
        ],
    )
    def test_plot_takes_one_curve_or_several(self, pyplot, arguments, wanted):
        plotting.plot(*arguments, xlabel="x", legend=["a", "b"][: len(wanted)], xlim=[0, 3])
        axes = pyplot.gca()
        assert [tuple(map(list, line.get_data())) for line in axes.lines] == wanted
        assert axes.get_xlabel() == "x"

    def test_images_get_their_titles(self):
        axes = plotting.show_images([nd.zeros((28, 28))] * 3, 1, 3, titles=["a", "b", "c"])
        assert [one.get_title() for one in axes] == ["a", "b", "c"]

    def test_fashion_mnist_images_may_have_a_channel(self):
        axes = plotting.show_fashion_mnist(nd.zeros((2, 1, 28, 28)), ["coat", "bag"])
        assert [one.get_title() for one in axes] == ["coat", "bag"]
