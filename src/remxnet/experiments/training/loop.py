"""Train a named model on a named data set, or go on with a run: one loop, for Python and for the command line."""

from __future__ import annotations

import math
import pickle
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import mxnet as mx
from mxnet.serialization import params

from ...errors import InputError
from ...info import versions
from ..models import Model
from ..names import find_model
from ..runs.checkpoints import get_random_state, set_random_state
from ..runs.durable import durably
from ..runs.recording import RecordedRun, weights_of
from ..runs.run import EpochResult, Run, default_directory, has_stalled, open_run
from ..settings import Settings
from .datasets import DATA_SETS, ImageData, load_images
from .interrupts import Interrupts, interrupts_noted
from .learner import Learner, accuracy, correct, count_parameters, evaluate, find_device
from .progress import Progress
from .tensorboard import TensorBoardLog, check_tensorboard
from .watchers import Watcher, Watchers

__all__ = [
    "Diverged", "EpochResult", "Interrupted", "Settings", "Watcher", "accuracy", "count_parameters", "evaluate",
    "find_device", "resume", "train",
]  # fmt: skip


class Interrupted(KeyboardInterrupt):
    """Ctrl-C came; `run` holds what was finished, and `epoch` and `done` say up to which batch it can be resumed."""

    def __init__(self, run: Run, epoch: int, done: int) -> None:
        super().__init__("training was interrupted")
        self.run, self.epoch, self.done = run, epoch, done


class Diverged(Exception):
    """The loss is no number any more; the message says where, and where the batch is that did it."""


class Pause(Exception):
    """The loop is to be left at the next point where nothing is lost."""


def train(settings: Settings, watcher: Watcher | None = None) -> Run:
    """Train as the settings say.

    Parameters
    ----------
    settings : Settings
    watcher : Watcher, optional
        Hears how it goes; by default what the command line shows is shown. `Watcher()` says nothing.

    All random numbers of the process start again from the seed: MXNet's, NumPy's, Python's and torch's.

    Returns
    -------
    Run
        With an `EpochResult` per epoch in `results`.

    Raises
    ------
    InputError
        If the model, data set, device or another setting cannot be used, or the directory cannot be written to.
    Diverged
        The loss became infinite or no number; the batch and the weights are kept in the directory.
    Interrupted
        On Ctrl-C; `resume` goes on.

    Examples
    --------
    >>> from remxnet.experiments import Settings, train
    >>> run = train(Settings("lenet", "sample", epochs=20, schedule="cosine"))  # doctest: +SKIP
    >>> run.best.test_accuracy  # doctest: +SKIP
    """
    with watched(watcher) as told:
        return _trained(settings, told)


@contextmanager
def watched(watcher: Watcher | None) -> Iterator[Watcher]:
    """The watcher that was given, or one that shows what the command line does, up to the last lines."""
    if watcher is not None:
        yield watcher
        return
    from .console import TrainingConsole

    with TrainingConsole() as console:
        yield console


def _trained(settings: Settings, watcher: Watcher) -> Run:
    model = find_model(settings.model)
    overwrite, settings = settings.overwrite, settings.completed(model)
    context = find_device(settings.device)
    images = load(settings, model, watcher)
    learner = Learner(model, settings, images, context)
    notes = take_weights(learner, settings)
    directory = Path(settings.output or default_directory(f"{model.name}-{images.name}".replace("/", "-")))
    settings = replace(settings, output=str(directory))
    config = {
        "settings": settings.as_json(),
        "data": images.name,
        "images": describe(images),
        "environment": versions(),
    }
    run = RecordedRun.create(directory, config, overwrite)
    for note in notes:
        run.log(note)
        watcher.noted(note)
    return Training(run, settings, learner, images, watcher).go(None)


def resume(directory: str | Path, watcher: Watcher | None = None, **changes: Any) -> Run:
    """Go on with a run that was interrupted or killed, to end where it would have ended.

    On a CPU with the same number of threads and the same versions, weights, optimizer and metrics end bit for bit the
    same. A run that is finished is left as it is.

    Parameters
    ----------
    directory : path
    watcher : Watcher, optional
        As `train` takes it.
    **changes
        Settings to change: `checkpoint_every`, `tensorboard`, and under a constant schedule `epochs`. Others may be
        named if they have the value that the run was started with.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        There is no run, it is damaged or in use, the data are not those it was started with, or a setting disagrees.
    Diverged, Interrupted
        As `train` does.
    """
    with watched(watcher) as told:
        return _resumed(Path(directory), told, changes)


def _resumed(directory: Path, watcher: Watcher, changes: dict[str, Any]) -> Run:
    run = RecordedRun.reopen(directory)
    try:
        before = run.settings
        settings = replace(before.changed(changes), output=str(run.directory), overwrite=False)
        if settings.epochs < len(run.results):
            raise InputError(f"{run.directory} has {len(run.results)} epochs already and cannot end after fewer")
        model = find_model(settings.model)
        context = find_device(settings.device)
        images = load(replace(settings, data=run.config["data"]), model, watcher)
        different = differences(run.config["images"], describe(images))
        if different:
            raise InputError(f"{run.directory} cannot be resumed: {images.name} has changed, {different}")
        learner = Learner(model, settings, images, context)
        state = run.checkpoint
        if state is not None:
            try:
                progress = Progress.from_tree(
                    state["progress"], len(run.results) + 1, len(images.train), images.train_size
                )
                learner.set_state(state["learner"])
                set_random_state(state["random"], context)
            except (
                AttributeError,
                IndexError,
                KeyError, OverflowError, TypeError, ValueError, RuntimeError, pickle.UnpicklingError, mx.MXNetError
            ) as error:  # fmt: skip
                raise InputError(f"{run.directory / 'checkpoint'} does not fit the run: {error}") from error
        else:
            progress = Progress()
            take_weights(learner, settings)
        with writing(run):
            run.repair(learner.net, at_epoch_end=progress.done == 0)
            run.change_settings(settings)
    except BaseException:
        run.close()
        raise
    return Training(run, settings, learner, images, watcher).go(progress)


def take_weights(learner: Learner, settings: Settings) -> list[str]:
    """Give a network that is to be trained the best weights of the run that the settings name; what there is to say."""
    if settings.weights is None:
        return []
    source = Path(settings.weights)
    taken, left = learner.take(open_run(source), "best")
    note = f"weights of {source}: {taken} of {taken + len(left)} arrays taken"
    return [note + (f"; new are {', '.join(left)}" if left else "")]


def load(settings: Settings, model: Model, watcher: Watcher) -> ImageData:
    """The images that the settings name, if the model can take them."""
    if settings.tensorboard:
        check_tensorboard()
    watcher.loading(settings.data)
    images = load_images(
        settings.data, settings.batch_size, settings.resize, seed=settings.seed, augment=settings.augment
    )
    if min(images.shape[1:]) < model.smallest:
        raise InputError(
            f"{model.name} needs images of {model.smallest}×{model.smallest} pixels or more and gets "
            f"{images.shape[1]}×{images.shape[2]}; choose a larger --resize"
        )
    return images


def describe(images: ImageData) -> dict[str, Any]:
    """What of the images a run depends on."""
    return {
        "train": images.train_size,
        "test": images.test_size,
        "shape": list(images.shape),
        "class_names": list(images.class_names),
    }


def differences(before: dict[str, Any], now: dict[str, Any]) -> str | None:
    """The first thing in which images differ, in words."""
    for name, value in now.items():
        if before.get(name) != value:
            return f"{name} was {before.get(name)} and is {value}"
    return None


@contextmanager
def writing(run: Run) -> Iterator[None]:
    """Say which run it was that could not be written, and that it is not lost."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"cannot write to {run.directory}: {error.strerror or error}; what was saved before is untouched, and "
            f"--resume {run.directory} goes on from there"
        ) from error


class Training:
    """The loop over epochs and batches of one run.

    Parameters
    ----------
    run : RecordedRun
        Closed when the loop ends.
    settings : Settings
        Completed.
    learner : Learner
    images : ImageData
    watcher : Watcher
    """

    live_every = 0.5  # seconds

    def __init__(
        self, run: RecordedRun, settings: Settings, learner: Learner, images: ImageData, watcher: Watcher
    ) -> None:
        self.run, self.settings, self.learner, self.images = run, settings, learner, images
        self.scalars = TensorBoardLog() if settings.tensorboard else None
        self.watcher = watcher if self.scalars is None else Watchers(watcher, self.scalars)
        self.progress = Progress(epoch=len(run.results) + 1)
        self.interrupts = Interrupts()
        self.every_batches, self.every_seconds = settings.checkpoint_interval()
        self.saved_at = self.shown_at = time.monotonic()

    def go(self, progress: Progress | None) -> Run:
        """Train to the end, from `progress` on where the run is resumed, and leave everything on disk."""
        run = self.run
        with closing(run):
            try:
                with writing(run), interrupts_noted() as self.interrupts:
                    self.begin(progress)
                    self.epochs()
            except InputError as error:
                with suppress(OSError, InputError):  # the disk may be full, or the log a link, which the error says
                    run.log(f"stopped: {error}")
                raise
            except (Pause, KeyboardInterrupt):
                with writing(run):
                    run.log(f"interrupted in epoch {self.progress.epoch} after batch {self.progress.done}")
                raise Interrupted(run, self.progress.epoch, self.progress.done) from None
            finally:
                with suppress(OSError):  # both can be made again from the metrics
                    run.draw_curves()
                    if self.scalars is not None:
                        self.scalars.close()
        return run

    def begin(self, progress: Progress | None) -> None:
        """Say what is trained on what."""
        run, settings = self.run, self.settings
        parameters = count_parameters(self.learner.net)
        if progress is None:
            run.log(
                f"{settings.model}, {parameters} parameters, on {self.images.name}, {self.images.train_size} training "
                f"and {self.images.test_size} test images, {settings.device}"
            )
            run.log(" ".join(f"{name}={value}" for name, value in settings.as_json().items()))
            run.log(", ".join(f"{name} {version}" for name, version in versions().items()))
        else:
            self.progress = progress
            place = f"in epoch {progress.epoch} after batch {progress.done}"
            run.log(f"resumed {'where it was finished' if run.finished else place}")
            before, now = run.config.get("environment"), versions()
            if before != now:
                run.log(f"the environment has changed, results may differ in the last digits: {before} to {now}")
        self.watcher.started(run, self.images, parameters)
        if progress is not None:
            self.watcher.resumed(run, progress.epoch, progress.done)

    def epochs(self) -> None:
        """Train and test, epoch by epoch."""
        run, settings = self.run, self.settings
        while len(run.results) < settings.epochs:
            if has_stalled(run.results, settings):
                reason = f"test accuracy has not improved for {settings.patience} epochs"
                run.log(f"stopped early: {reason}")
                self.watcher.stopped(reason)
                return
            self.train_epoch()
            result = self.test_epoch()
            run.results.append(result)
            self.progress = Progress(epoch=result.epoch + 1)
            run.finish_epoch(self.learner.net, self.state())
            self.saved_at = time.monotonic()
            run.log(line_of(result))
            self.watcher.epoch(result)
        if run.unmoved:
            run.log("it has not learned yet: its loss and accuracy are those of guessing")
        run.log(f"finished; best test accuracy {run.best.test_accuracy:.4f} after epoch {run.best.epoch}")

    def train_epoch(self) -> None:
        """Train on what is left of an epoch."""
        progress, learner, images = self.progress, self.learner, self.images
        images.train.start(progress.epoch, progress.done)
        total = len(images.train)
        start = time.perf_counter()
        for inputs, labels in self.loaded(images.train, "training"):
            inputs, labels = inputs.as_in_context(learner.context), labels.as_in_context(learner.context)
            scores, losses = learner.forward(inputs, labels)
            # Read before backward: on a CPU that costs nothing, and elsewhere the weights are still what they were.
            loss_sum = float(losses.sum().asscalar())
            if not math.isfinite(loss_sum):
                raise self.divergence(loss_sum / len(labels), inputs, labels)
            learner.update(losses)
            progress.add(loss_sum, correct(scores, labels), len(labels))
            now = time.perf_counter()
            progress.seconds += now - start
            start = now
            self.watcher.batch(progress.epoch, progress.done, total)
            self.show()
            if self.is_due():
                self.save()
                start = time.perf_counter()
            self.pause_if_asked()
        progress.settle()

    def test_epoch(self) -> EpochResult:
        """Test after an epoch, and put together what it came to."""
        progress, learner = self.progress, self.learner
        learner.precision.gather()

        def heard(done: int, total: int) -> None:
            self.watcher.testing(progress.epoch, done, total)
            self.pause_if_asked()

        data = self.loaded(self.images.test, "test")
        test_loss, test_accuracy = evaluate(learner.net, data, learner.context, heard)
        train_loss, train_accuracy = progress.means()
        return EpochResult(
            epoch=progress.epoch,
            train_loss=train_loss,
            train_accuracy=train_accuracy,
            test_loss=test_loss,
            test_accuracy=test_accuracy,
            seconds=round(progress.seconds, 3),
            images_per_second=round(progress.examples / progress.seconds, 1),
            learning_rate=float(learner.trainer.learning_rate),
        )

    def loaded(self, batches: Any, part: str) -> Loaded:
        """Batches, with a name for their images in case they turn out to be damaged."""
        hint = "" if self.settings.resize or self.images.name in DATA_SETS else "; if sizes differ, add --resize"
        return Loaded(batches, f"{self.images.name}: the {part} images", hint)

    # --- between batches --------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Everything that decides how the run goes on."""
        return {
            "progress": self.progress.as_tree(),
            "learner": self.learner.get_state(),
            "random": get_random_state(self.learner.context),
        }

    def is_due(self) -> bool:
        """Whether a checkpoint is."""
        if self.every_batches is not None:
            return self.progress.done % self.every_batches == 0
        return self.every_seconds is not None and time.monotonic() - self.saved_at >= self.every_seconds

    def save(self) -> None:
        """Write a checkpoint."""
        self.run.save(self.state())
        self.saved_at = time.monotonic()

    def show(self) -> None:
        """Tell the watcher from time to time what the epoch comes to."""
        now = time.monotonic()
        if now - self.shown_at >= self.live_every:
            self.shown_at = now
            self.watcher.live(self.progress.epoch, *self.progress.means())

    def pause_if_asked(self) -> None:
        """After Ctrl-C, save everything and leave the loop."""
        if self.interrupts.came:
            self.save()
            raise Pause

    def divergence(self, loss: float, inputs: Any, labels: Any) -> Diverged:
        """Keep the batch and the weights, and put into words what happened."""
        run, progress = self.run, self.progress
        batch, weights = run.directory / "nan-batch.npz", run.directory / "nan-weights.params"
        step = (progress.epoch - 1) * len(self.images.train) + progress.done + 1
        self.learner.precision.gather()
        with durably(batch) as stream:
            np.savez(
                stream,
                inputs=inputs.asnumpy(),
                labels=labels.asnumpy(),
                step=step,
                epoch=progress.epoch,
                batch=progress.done + 1,
            )
        with durably(weights) as stream:
            stream.write(params.dumps(weights_of(self.learner.net)))
        sound = all(np.isfinite(value).all() for value in self.learner.get_state()["weights"].values())
        culprit = "the weights were still finite" if sound else "the step before had made weights infinite"
        error = Diverged(
            f"the loss is {loss} in epoch {progress.epoch}, batch {progress.done + 1}; {culprit}. The batch is in "
            f"{batch}, the weights before it in {weights}; a lower --lr or a --warmup may help"
        )
        run.log(f"stopped: {error}")
        return error


class Loaded:
    """Batches whose images may turn out to be damaged when their turn comes: that is an error of the input."""

    def __init__(self, batches: Any, name: str, hint: str) -> None:
        self.batches, self.name, self.hint = batches, name, hint

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self.batches
        except (mx.MXNetError, ValueError, OSError) as error:
            raise InputError(f"{self.name} cannot be loaded: {error}{self.hint}") from error


def line_of(result: EpochResult) -> str:
    """An epoch's results in a line."""
    return (
        f"epoch {result.epoch}  loss {result.train_loss:.4f}  train accuracy {result.train_accuracy:.4f}  "
        f"test loss {result.test_loss:.4f}  test accuracy {result.test_accuracy:.4f}  "
        f"{result.seconds:.1f} s  {result.images_per_second:.0f} images/s"
    )
