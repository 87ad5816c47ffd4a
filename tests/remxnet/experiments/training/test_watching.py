import io
import re
import sys
from dataclasses import replace

import pytest

from remxnet import cli
from remxnet.errors import InputError
from remxnet.experiments import resume, train
from remxnet.experiments.training import console
from remxnet.experiments.training.live_plot import LivePlot
from remxnet.experiments.training.loop import Training
from remxnet.experiments.training.watchers import Watcher, Watchers


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self):
        return True


def test_a_terminal_shows_bars_with_loss_and_accuracy(settings, monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setattr(Training, "live_every", 0.0)
    for name in ("NO_COLOR", "TERM", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    with console.TrainingConsole() as shown:
        shown.bar.live.auto_refresh = False
        refreshed = []
        update = shown.bar.update

        def noting(*args, **kwargs):
            update(*args, **kwargs)
            refreshed.append(str(shown.bar.tasks[0].description) + " " + shown.bar.tasks[0].fields["figures"])
            shown.bar.refresh()

        monkeypatch.setattr(shown.bar, "update", noting)
        shown.finished(train(settings, shown))
    text = "\n".join(refreshed)
    assert "loading sample" in text
    assert re.search(r"epoch 1/1 loss \d\.\d{4}  accuracy 0\.\d{4}", text)
    assert "testing 1/1" in text
    assert "\x1b[" in screen.getvalue()
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())
    assert re.search(r"epoch 1/1 ━* 6/6 loss 1\.\d{4}  accuracy 0\.\d{4} 0:00 left", plain)


def test_without_a_terminal_there_are_lines_alone(settings, capsys):
    assert cli.main(["train", "mlp", "--data", "sample", "--epochs", "2", "--output", settings.output]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\r" not in out
    assert len(out.splitlines()) == 7


def test_several_watchers_hear_the_same(settings):
    class Noting(Watcher):
        def __init__(self):
            self.heard = []

        def __getattribute__(self, name):
            if name in ("heard", "__class__"):
                return super().__getattribute__(name)
            return lambda *arguments: self.heard.append((name, arguments))

    first, second = Noting(), Noting()
    train(replace(settings, epochs=2, patience=1, min_delta=0.9, output=settings.output), Watchers(first, second))
    assert first.heard == second.heard
    names = {name for name, _ in first.heard}
    hooks = {name for name in vars(Watcher) if not name.startswith("_")}
    assert names >= hooks - {"resumed", "live", "stopped", "noted"}
    assert {name for name in vars(Watchers) if not name.startswith("_")} == hooks


def test_a_plot_grows_in_a_notebook(settings, monkeypatch):
    pytest.importorskip("matplotlib")
    display = pytest.importorskip("IPython.display")
    shown = []

    class Handle:
        def update(self, image):
            shown.append(image)

    def show(image, display_id):
        assert display_id is True
        shown.append(image)
        return Handle()

    monkeypatch.setattr(display, "display", show)
    monkeypatch.setattr(Training, "live_every", 0.0)
    run = train(settings, LivePlot(every=0.0))
    assert len(shown) == 1 + 6 + 1
    assert all(image.data.startswith(b"\x89PNG") for image in shown)
    shown.clear()
    resume(run.directory, LivePlot(), epochs=2)
    assert len(shown) >= 2


def test_a_plot_without_ipython_is_an_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)
    with pytest.raises(InputError, match=r"a live plot needs IPython and matplotlib: pip install"):
        LivePlot()


def scalars(directory):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulator.EventAccumulator(str(directory / "tensorboard"))
    events.Reload()
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def test_tensorboard_reads_the_metrics_each_epoch_once(settings):
    pytest.importorskip("tensorboardX")
    run = train(replace(settings, tensorboard=True))
    run = resume(run.directory, epochs=2)
    found = scalars(run.directory)
    assert [step for step, _ in found["accuracy/test"]] == [1, 2]
    for tag, name in (("loss/train", "train_loss"), ("loss/test", "test_loss"), ("learning_rate", "learning_rate")):
        assert [value for _, value in found[tag]] == pytest.approx([getattr(each, name) for each in run.results])


def test_tensorboard_that_is_missing_is_an_error(settings, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(InputError, match=r"--tensorboard needs tensorboardX: pip install 'remxnet\[tensorboard\]'"):
        train(replace(settings, tensorboard=True))
    assert list(tmp_path.iterdir()) == []
