import re

import pytest

from mxnet import nd

pytest.importorskip("matplotlib")
from PIL import Image

from remxnet import draw


@pytest.fixture
def film():
    return draw.animate(draw.cross_correlation, nd.arange(9).reshape((3, 3)), nd.ones((2, 2)), seconds=0.5)


def test_a_gif_has_a_frame_for_each_element_and_all_differ(film, tmp_path):
    film.save(tmp_path / "window.gif")
    with Image.open(tmp_path / "window.gif") as picture:
        assert picture.n_frames == 4
        assert picture.info["loop"] == 0
        assert picture.info["duration"] == 500
        frames = []
        for frame in range(4):
            picture.seek(frame)
            frames.append(picture.convert("RGB").tobytes())
    assert len(set(frames)) == 4


def test_a_page_needs_no_network(film, tmp_path):
    film.save(tmp_path / "window.html")
    page = (tmp_path / "window.html").read_text(encoding="utf-8")
    assert len(re.findall(r"frames\[\d+\] = \"data:image/png;base64,", page)) == 4
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", page)
    assert "<title>Cross-correlation</title>" in page


def test_jupyter_is_given_the_player(film):
    assert "data:image/png;base64," in film._repr_html_()


def test_the_output_is_filled_as_the_window_moves(film):
    shown = []
    for at in film.positions:
        film.draw(at)
        texts = [text.get_text() for text in film.figure.axes[0].texts]
        after = texts.index("output  2×2") + 1
        shown.append([text for text in texts[after:] if text.isdecimal()])
    assert shown == [["8"], ["8", "12"], ["8", "12", "20"], ["8", "12", "20", "24"]]


def test_every_frame_has_the_same_size():
    film = draw.animate(draw.average_pooling, -nd.arange(20).reshape((4, 5)) / 3, 3, pad=1, stride=2)
    sizes = set()
    for at in film.positions:
        film.draw(at)
        sizes.add((tuple(film.figure.get_size_inches()), film.figure.axes[0].texts[1].get_position()))
    assert len(sizes) == 1


@pytest.mark.parametrize(
    ("function", "second", "frames"),
    [
        (draw.convolution, nd.ones((2, 2, 2, 2)), 2),
        (draw.pointwise, nd.ones((2, 2)), 8),
        (draw.max_pooling, (2, 1), 4),
        (draw.average_pooling, 2, 2),
    ],
)
def test_every_figure_can_move(function, second, frames):
    film = draw.animate(function, nd.ones((2, 2, 2)), second)
    assert len(film.positions) == frames


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: draw.animate(print), "cannot be animated; expected one of cross_correlation, convolution"),
        (lambda: draw.animate(draw.max_pooling, nd.ones((3, 3)), 2, at=(0, 0)), "at is the animation's to choose"),
        (lambda: draw.animate(draw.max_pooling, nd.ones((3, 3)), 2, seconds=0), "seconds is 0"),
        (lambda: draw.animate(draw.max_pooling, nd.ones((2, 12, 12)), 1), "an animation shows 200 at most"),
    ],
)
def test_what_cannot_be_animated_is_said(call, complaint):
    with pytest.raises(ValueError) as raised:
        call()
    assert complaint in str(raised.value)


def test_a_failed_save_leaves_what_was_there(film, tmp_path, monkeypatch):
    path = tmp_path / "window.gif"
    path.write_bytes(b"before")

    draw_one = film.draw

    def fails_later(at):
        if at == film.positions[-1]:
            raise KeyboardInterrupt
        draw_one(at)

    monkeypatch.setattr(film, "draw", fails_later)
    with pytest.raises(KeyboardInterrupt):
        film.save(path)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ValueError, match="expected .gif or .html"):
        film.save(tmp_path / "window.mp4")
