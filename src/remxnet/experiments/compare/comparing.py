"""Compare families of networks that have as many parameters each: plan, train each family with each seed, keep it all.

A comparison is a directory:

    compare.json         the plan, the networks, and the results so far
    FAMILY-seed-N/       a run for each family and seed, as `remxnet train` leaves one
    table.txt, table.md  the results, what they say, and the layers of each network
    compare.png          the picture (with matplotlib)
    lock                 held by the process that trains

Everything is decided by the plan: what was killed goes on where it was with `resume_comparison`; finished runs stay.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import mxnet as mx
from mxnet.base import brief

from ...errors import InputError
from ...info import versions
from ..budget import solve
from ..families import Shape
from ..layers import layer_table
from ..names import blamed_on_its_file, family_model, find_family, split_name
from ..runs.durable import durably
from ..runs.recording import lock_of
from ..runs.run import Run, default_directory, open_run
from ..settings import Settings
from ..training.datasets import load_images
from ..training.loop import Diverged, resume, train
from ..training.watchers import Watcher
from .comparison import Comparison, Contestant, Plan

__all__ = ["HOMEWORK", "CompareWatcher", "compare", "open_comparison", "resume_comparison"]

FORMAT = 1
HOMEWORK = ("mlp", "conv", "conv-pool")  # only fully connected layers; with convolutions; with pooling, too


class CompareWatcher(Watcher):
    """Hears how a comparison goes, and as a `Watcher` how each of its runs goes; this one says nothing."""

    def planned(self, comparison: Comparison) -> None:
        """The networks are found and runs are about to start; finished ones are in the comparison already."""

    def run_starts(self, number: int, total: int, label: str, seed: int, resumed: bool) -> None:
        """The next of all runs is about to be trained."""

    def run_ends(self, comparison: Comparison, label: str, seed: int, run: Run) -> None:
        """It is finished."""

    def run_diverges(self, comparison: Comparison, label: str, seed: int, reason: str) -> None:
        """Its loss became no number, and it ends without a result; the others go on."""


def compare(
    families: Sequence[str] = HOMEWORK,
    budget: int = 100_000,
    *,
    epochs: int = 100,
    learning_rate: float = 1e-3,
    seeds: int | Sequence[int] = 3,
    data: str = "fashion-mnist",
    optimizer: str = "adam",
    batch_size: int = 256,
    schedule: str = "constant",
    warmup: float = 0.0,
    weight_decay: float = 0.0,
    augment: bool = False,
    device: str = "cpu",
    resize: int | None = None,
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    watcher: CompareWatcher | None = None,
) -> Comparison:
    """Train networks of several families with as many parameters each, alike, and compare them.

    The width of each family is solved for the budget. For a seed, all families see the same batches in the same order.

    Parameters
    ----------
    families : sequence of str
        `mlp`, `conv`, `conv-pool`, or `FILE.py:FAMILY` for one of your own.
    budget : int
        Number of parameters, met within half a percent.
    epochs : int
    learning_rate : float
    seeds : int or sequence of int
        How many (0, 1, …), or which.
    data : str
        As for `remxnet train`.
    optimizer, batch_size, schedule, warmup, weight_decay, augment, device, resize
        As in `Settings`.
    output : path, optional
        The directory; by default a new one under `runs/`.
    overwrite : bool
        Replace the comparison that is there.
    watcher : CompareWatcher, optional
        Hears how it goes.

    Returns
    -------
    Comparison
        A run whose loss became infinite or no number has no part in it, which it says.

    Raises
    ------
    InputError
        If a family, the budget, the data or a setting cannot be used, or the directory cannot be written to.
    Interrupted
        On Ctrl-C; `resume_comparison` goes on.

    Examples
    --------
    >>> from remxnet.experiments.compare import compare
    >>> print(compare(["mlp", "conv-pool"], 20_000, epochs=3, seeds=2, data="sample"))  # doctest: +SKIP
    """
    settings = Settings(
        data=data,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        optimizer=optimizer,
        schedule=schedule,
        warmup=warmup,
        weight_decay=weight_decay,
        augment=augment,
        device=device,
        resize=resize,
    )
    plan = Plan(tuple(families), budget, seeds_of(seeds), settings)
    comparison = prepare(plan, None if output is None else Path(output))
    with locked(comparison.directory):
        begin(comparison, overwrite)
        return carry_out(comparison, watcher or CompareWatcher())


def resume_comparison(directory: str | os.PathLike[str], watcher: CompareWatcher | None = None) -> Comparison:
    """Go on with a comparison that was interrupted or killed: finished runs stay, the others are trained to the end.

    Parameters
    ----------
    directory : path
    watcher : CompareWatcher, optional

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        There is no comparison, it is damaged or in use, or a family or the data are not what they were.
    Interrupted
        As `compare` does.
    """
    directory = Path(directory)
    read_plan(directory)  # before a lock is put where there is no comparison
    with locked(directory):
        return carry_out(open_comparison(directory), watcher or CompareWatcher())


def open_comparison(directory: str | os.PathLike[str]) -> Comparison:
    """Open a comparison that is finished, was killed or is still going on, to look at it.

    Families are solved and described anew, so their files are run; a family that changed since is an error.

    Raises
    ------
    InputError
        There is no comparison, it is damaged, or a family or the data are not what they were.
    """
    directory = Path(directory)
    plan, written = read_plan(directory)
    comparison = prepare(plan, directory)
    before = [(each.get("model"), each.get("description")) for each in written["networks"]]
    for (model, description), now in zip(before, comparison.contestants, strict=True):
        if (model, description) != (now.model, now.description):
            raise InputError(
                f"{directory} was made with another family {now.label!r} than there is now ({model} then, {now.model} "
                "now); start a comparison of its own"
            )
    images = {"shape": list(comparison.shape), "train": comparison.train_size, "test": comparison.test_size}
    if images != written["images"]:
        raise InputError(f"{directory} was made with other data: {written['images']} then, {images} now")
    comparison.environment = written["environment"]
    for each in comparison.contestants:
        for seed in plan.seeds:
            run = existing(comparison, each, seed)
            if run is not None and run.finished:
                each.runs[seed] = run
    return comparison


# --- planning --------------------------------------------------------------------------------------------------------


def seeds_of(seeds: int | Sequence[int]) -> tuple[int, ...]:
    """The seeds themselves, where only their number may be given."""
    if isinstance(seeds, int) and not isinstance(seeds, bool):
        if not 1 <= seeds <= 1000:
            raise InputError(f"seeds is {seeds}; expected from 1 to 1000 of them, or a list")
        return tuple(range(seeds))
    chosen = tuple(seeds) if isinstance(seeds, Sequence) else ()
    whole = all(isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed < 1 << 32 for seed in chosen)
    if not chosen or not whole or len(set(chosen)) < len(chosen):
        raise InputError(f"seeds is {seeds!r:.80}; expected how many, or a list of different whole numbers from 0 up")
    return chosen


def prepare(plan: Plan, directory: Path | None) -> Comparison:
    """Check the plan, load the data for their shape, and find every family's network; writes nothing."""
    if not plan.families:
        raise InputError("no family to compare; there are mlp, conv and conv-pool")
    for name in plan.families:
        find_family(name)  # before the data are loaded
    plan.settings.check()
    images = load_images(plan.settings.data, plan.settings.batch_size, plan.settings.resize)
    contestants: list[Contestant] = []
    for name in plan.families:
        contestant = contestant_of(name, plan.budget, images.shape, images.classes)
        if contestant.label in (each.label for each in contestants):
            raise InputError(f"two families are called {contestant.label!r}; a comparison needs different names")
        contestants.append(contestant)
    settings = plan.settings.completed(family_model(contestants[0].model))
    return Comparison(
        directory=directory or default_directory(f"compare-{Path(images.name).name}"),
        plan=replace(plan, settings=settings),
        data=images.name,
        shape=tuple(images.shape),
        train_size=images.train_size,
        test_size=images.test_size,
        contestants=contestants,
        environment=versions(),
        notice=images.notice,
    )


def contestant_of(name: str, budget: int, shape: Shape, classes: int) -> Contestant:
    """A family's network for a budget."""
    family = find_family(name)
    with blamed_on_its_file(split_name(name)[0]):
        solution = solve(family, budget, shape, classes)
        net = family.build(classes, solution.width, solution.free)
        try:
            layers = layer_table(net, shape)
        except mx.MXNetError as error:
            raise InputError(f"family {family.name!r} does not run on images of {shape}: {error}") from error
    if layers.parameters != solution.parameters:
        raise InputError(
            f"family {family.name!r} counts {solution.parameters:,} parameters and its network has "
            f"{layers.parameters:,}; one of its layers' `parameters` is wrong"
        )
    return Contestant(
        label=family.name, model=f"{name}:{solution.size}", description=repr(family.layers), layers=layers
    )


# --- carrying out ----------------------------------------------------------------------------------------------------


def carry_out(comparison: Comparison, watcher: CompareWatcher) -> Comparison:
    """Train what is not finished, seed by seed, so that all families have as many at any time."""
    write(comparison)
    watcher.planned(comparison)
    total = len(comparison.plan.seeds) * len(comparison.contestants)
    number = total - comparison.missing
    for seed in comparison.plan.seeds:
        for contestant in comparison.contestants:
            if seed in contestant.runs:
                continue
            started = existing(comparison, contestant, seed) is not None
            number += 1
            watcher.run_starts(number, total, contestant.label, seed, started)
            try:
                run = train_one(comparison, contestant, seed, started, watcher)
            except Diverged as error:
                contestant.diverged[seed] = str(error)
                write(comparison)
                watcher.run_diverges(comparison, contestant.label, seed, str(error))
            else:
                contestant.runs[seed] = run
                write(comparison)
                watcher.run_ends(comparison, contestant.label, seed, run)
    return comparison


def train_one(comparison: Comparison, contestant: Contestant, seed: int, started: bool, watcher: Watcher) -> Run:
    """Train or go on with the run of a family and a seed."""
    if started:
        return resume(comparison.run_directory(contestant.label, seed), watcher)
    return train(settings_of(comparison, contestant, seed), watcher)


def settings_of(comparison: Comparison, contestant: Contestant, seed: int) -> Settings:
    """The settings of a run; what a killed start left of it before there was a config is replaced."""
    return replace(
        comparison.plan.settings,
        model=contestant.model,
        data=comparison.data,
        seed=seed,
        output=str(comparison.run_directory(contestant.label, seed)),
        overwrite=True,
    )


def existing(comparison: Comparison, contestant: Contestant, seed: int) -> Run | None:
    """The run that is there for a family and a seed, if there is one, and it is that."""
    directory = comparison.run_directory(contestant.label, seed)
    check_own(directory)
    if not (directory / "config.json").exists():
        return None
    run = open_run(directory)
    wanted = settings_of(comparison, contestant, seed).as_json()
    free = ("output", "checkpoint_every", "tensorboard")  # no result depends on these
    different = [name for name, value in run.settings.as_json().items() if name not in free and value != wanted[name]]
    if different:
        raise InputError(f"{directory} holds a run with another {different[0]} than the comparison's")
    return run


# --- the directory ---------------------------------------------------------------------------------------------------


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Have the directory, made if it is not there, for this process."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write a comparison to {directory}: {error.strerror or error}") from error
    lock = lock_of(directory)
    try:
        yield
    finally:
        lock.release()


def begin(comparison: Comparison, overwrite: bool) -> None:
    """Make sure that nothing is lost which is in the directory, or remove the runs that are to be replaced."""
    directory = comparison.directory
    there = [path for path in directory.iterdir() if path.name != "lock"]
    if not there:
        return
    mine = (directory / "compare.json").exists()
    if not overwrite or not mine:
        way_out = f"; name another --output, or add --overwrite, or go on with it: --resume {directory}" if mine else ""
        raise InputError(f"{directory} holds {'a comparison' if mine else 'something else'} already{way_out}")
    runs = list(directory.glob("*-seed-*"))
    for path in runs:
        check_own(path)
    (directory / "compare.json").unlink()
    for path in runs:
        if (path / "config.json").exists():
            (path / "config.json").unlink()  # training it anew replaces the rest


def check_own(run: Path) -> None:
    """Raise InputError where the directory of a run is a link to what somebody else may have trained."""
    if run.is_symlink():
        raise InputError(f"{run} is a link; the runs of a comparison are directories of its own: remove it")


def write(comparison: Comparison) -> None:
    """Write the plan and the results so far."""
    directory = comparison.directory
    try:
        with durably(directory / "compare.json", "w") as stream:
            json.dump({"format": FORMAT, **comparison.as_json()}, stream, indent=2)
            stream.write("\n")
        with durably(directory / "table.txt", "w") as stream:
            stream.write(f"{comparison}\n\n{comparison.layer_tables()}\n")
        with durably(directory / "table.md", "w") as stream:
            stream.write(comparison.markdown())
        draw(comparison)
    except OSError as error:
        raise InputError(
            f"cannot write to {directory}: {error.strerror or error}; finished runs are untouched, and --resume "
            f"{directory} goes on from there"
        ) from error


def draw(comparison: Comparison) -> None:
    """Draw compare.png, once there is a finished run, and where there is matplotlib."""
    if not any(each.runs for each in comparison.contestants):
        return
    try:
        figure = comparison.figure()
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        return
    with durably(comparison.directory / "compare.png") as stream:
        figure.savefig(stream, format="png", dpi=150)


def read_plan(directory: Path) -> tuple[Plan, dict[str, Any]]:
    """The plan in compare.json, checked, and all that it holds."""
    path = directory / "compare.json"
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{directory} holds no comparison: there is no compare.json") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is damaged: {brief(error)}") from error
    version = written.get("format", "none") if isinstance(written, dict) else "none"
    if version != FORMAT:
        raise InputError(
            f"{directory} was written by another version of remxnet: its format is {version!s:.40}, this version reads "
            f"{FORMAT}"
        )
    try:
        families, networks, data = written["families"], written["networks"], written["data"]
        if not all(isinstance(name, str) for name in (*families, data)) or len(networks) != len(families):
            raise InputError("families, networks and data do not fit together")
        settings = Settings.from_json({**written["settings"], "data": data})
        plan = Plan(tuple(families), written["budget"], seeds_of(written["seeds"]), settings)
        if not isinstance(written["images"], dict) or not all(isinstance(each, dict) for each in networks):
            raise InputError("images and networks are no objects")
        if not isinstance(written["environment"], dict):
            raise InputError("environment is no object")
    except (KeyError, TypeError, InputError) as error:
        what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else error
        raise InputError(f"{path} is damaged: {what}") from error
    return plan, written
