"""What a run is made of: its settings, checked, completed with what the model does well with, and read back.

Nothing is built here: `training.schedules` makes the optimizer, `training.loop` the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

from mxnet.optimizer import Optimizer

from ..errors import InputError, or_rather
from .models import Model
from .names import find_model

__all__ = ["SCHEDULES", "Settings", "optimizers"]

SCHEDULES = ("constant", "step", "cosine", "poly")
NEUTRAL = frozenset({"output", "overwrite", "checkpoint_every", "tensorboard"})  # what no result depends on
LARGEST = float(np.finfo(np.float32).max)
TUNED_WITH = ("sgd", "nag", "ccsgd")  # the optimizers that a model's own learning rate and momentum are meant for
RECIPE = (
    "epochs",
    "batch_size",
    "optimizer",
    "weight_decay",
    "schedule",
    "warmup",
    "augment",
)  # what a `Model` has too


@dataclass(frozen=True)
class Settings:
    """What a run is made of; None takes what the model does well with.

    `Settings.of_model` takes all that a model does well with: its number of epochs and its schedule, too.

    Attributes
    ----------
    model, data : str
        Names, see `MODELS` and `DATA_SETS`; `data` may be a folder of images, see `load_images`.
    epochs, batch_size : int
    learning_rate : float, optional
        By default the model's, or for an optimizer that the model was not tuned with, the optimizer's own.
    momentum : float, optional
        By default the model's, for optimizers that have one.
    device : str
        `cpu`, `gpu` or `gpu(1)`.
    seed : int
        Of initial weights, data order, augmentation and dropout; below 2³².
    resize : int, optional
        Side in pixels to scale the images to.
    output : str, optional
        The run's directory; by default a new one under `runs/`.
    overwrite : bool
        Replace a run that is there.
    optimizer : str
        The name of a registered `mx.optimizer.Optimizer`.
    weight_decay : float
    schedule : str
        How the learning rate falls: `constant`, `step` (to a tenth after half and again after three quarters of the
        training), `cosine` (to nothing along half a wave) or `poly` (to nothing, quadratically).
    warmup : float
        Epochs over which the learning rate first rises from nothing.
    augment : bool
        Shift training images at random, and mirror half of them where the data set is one of things, not of digits.
    amp : bool
        Compute in bfloat16 and keep the weights in float32 (automatic mixed precision).
    patience : int, optional
        Stop once the test accuracy has not improved for so many epochs.
    min_delta : float
        By how much it must improve to count.
    checkpoint_every : str
        How often to save within an epoch: a number of batches (`200`) or seconds (`60s`).
    tensorboard : bool
        Also write the metrics for TensorBoard.
    weights : str, optional
        The directory of a run whose best weights to start from, as far as they fit.
    """

    model: str = "lenet"
    data: str = "fashion-mnist"
    epochs: int = 10
    batch_size: int = 256
    learning_rate: float | None = None
    momentum: float | None = None
    device: str = "cpu"
    seed: int = 0
    resize: int | None = None
    output: str | None = None
    overwrite: bool = False
    optimizer: str = "sgd"
    weight_decay: float = 0.0
    schedule: str = "constant"
    warmup: float = 0.0
    augment: bool = False
    amp: bool = False
    patience: int | None = None
    min_delta: float = 0.0
    checkpoint_every: str = "60s"
    tensorboard: bool = False
    weights: str | None = None

    @classmethod
    def of_model(cls, model: str = "lenet", **given: Any) -> Settings:
        """The settings that a model is trained with where nothing else is asked for, and what is given in their place.

        Parameters
        ----------
        model : str
            Its name.
        **given
            Settings.

        Raises
        ------
        InputError
            If there is no such model.

        Examples
        --------
        >>> settings = Settings.of_model("resnet18", epochs=3)
        >>> settings.epochs, settings.schedule, settings.augment
        (3, 'cosine', True)
        """
        recipe = {name: getattr(find_model(model), name) for name in RECIPE}
        if str(given.get("optimizer", recipe["optimizer"])).lower() not in TUNED_WITH:
            recipe["weight_decay"] = 0.0
        epochs = given.get("epochs", recipe["epochs"])
        if isinstance(epochs, int):
            recipe["warmup"] = min(recipe["warmup"], float(epochs))
        return cls(model, **{**recipe, **given})

    def completed(self, model: Model) -> Settings:
        """The settings checked, with everything that was left to the model or the optimizer filled in.

        Raises
        ------
        InputError
            If one of them is none, or they contradict each other.
        """
        self.check()
        optimizer = find_optimizer(self.optimizer)
        try:
            own = optimizer()
        except TypeError as error:
            raise InputError(
                f"optimizer {self.optimizer} cannot be made without arguments of its own: {error}"
            ) from error
        tuned = self.optimizer.lower() in TUNED_WITH
        learning_rate, momentum = self.learning_rate, self.momentum
        if learning_rate is None:
            learning_rate = model.learning_rate if tuned else float(own.lr)
        if hasattr(own, "momentum"):
            if momentum is None:
                momentum = model.momentum if tuned else float(own.momentum)
        elif momentum is not None:
            raise InputError(f"optimizer {self.optimizer} has no momentum; leave --momentum out")
        return replace(
            self, learning_rate=learning_rate, momentum=momentum, resize=self.resize or model.side, overwrite=False
        )

    def check(self) -> None:
        """Raise InputError where a value can mean nothing."""
        for name in ("epochs", "batch_size", "resize", "patience"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or value < 1):
                raise InputError(f"{option(name)} is {value!r:.80}; expected a whole number from 1 up")
        for name in ("learning_rate", "momentum", "weight_decay", "warmup", "min_delta"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, (int, float)) and 0 <= value <= LARGEST):
                raise InputError(f"{option(name)} is {value!r:.80}; expected a number from 0 up that float32 can hold")
        if not isinstance(self.seed, int) or not 0 <= self.seed < 1 << 32:
            raise InputError(f"{option('seed')} is {self.seed!r:.80}; expected a whole number from 0 to 4294967295")
        if self.schedule not in SCHEDULES:
            rather = or_rather(self.schedule, SCHEDULES)
            raise InputError(f"no schedule is called {self.schedule!r:.80}{rather}; there are {', '.join(SCHEDULES)}")
        if self.warmup > self.epochs:
            raise InputError(
                f"a warm-up (--warmup) of {self.warmup:g} epochs does not fit into {self.epochs} (--epochs)"
            )
        if self.min_delta and self.patience is None:
            raise InputError("min_delta (--min-delta) means nothing without patience; give --patience too")
        find_optimizer(self.optimizer)
        self.checkpoint_interval()

    def checkpoint_interval(self) -> tuple[int | None, float | None]:
        """After how many batches and after how many seconds to save; one of them is None."""
        text = str(self.checkpoint_every)
        if re.fullmatch(r"\d{1,9}", text) and int(text):
            return int(text), None
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?s", text) and float(text[:-1]):
            return None, float(text[:-1])
        raise InputError(
            f"checkpoints (--checkpoint-every) cannot come every {text!r:.80}; expected batches, as in 200, or "
            "seconds, as in 60s"
        )

    def changed(self, changes: Mapping[str, Any]) -> Settings:
        """These settings of a run, to go on with; `changes` may ask for what the run was not started with.

        What no result depends on may change, and so may the number of epochs where nothing that is done depends on it.

        Raises
        ------
        InputError
            If something else would change.
        """
        for name, value in changes.items():
            now = getattr(self, name)
            if value == now or name in NEUTRAL:
                continue
            if name != "epochs":
                raise InputError(
                    f"the run was started with {option(name)} {now!r:.80} and cannot go on with {value!r:.80}; leave "
                    "it out, or start a run of its own"
                )
            if self.schedule != "constant":
                raise InputError(
                    f"the run was started for {now} epochs, which its {self.schedule} schedule goes by, and cannot go "
                    f"on for {value}; start a run of its own"
                )
        kept = {name: value for name, value in changes.items() if name not in ("output", "overwrite")}
        settings = replace(self, **kept)
        settings.check()
        return settings

    def as_json(self) -> dict[str, Any]:
        """The settings as config.json has them."""
        values = asdict(self)
        del values["overwrite"]
        return values

    @classmethod
    def from_json(cls, values: Any) -> Settings:
        """What :meth:`as_json` gave, from a file that anybody may have written.

        Raises
        ------
        InputError
            If it is something else.
        """
        if not isinstance(values, dict):
            raise InputError(f"settings are a {type(values).__name__}; expected an object")
        known = {field.name: field for field in fields(cls)}
        strange = sorted(set(values) - set(known))
        if strange:
            raise InputError(f"settings hold {strange[0]!r:.80}, which is none")
        for name, value in values.items():
            kinds: dict[str, Any] = {"str": str, "int": int, "float": (int, float), "bool": bool}
            kind, _, optional = str(known[name].type).partition(" | ")
            if value is None and optional:
                continue
            if not isinstance(value, kinds[kind]) or (isinstance(value, bool) and kind != "bool"):
                raise InputError(f"{name} is {value!r:.80}; expected {known[name].type}")
        settings = cls(**values)
        settings.check()
        return settings


def option(name: str) -> str:
    """A setting by its name in Python and on the command line, for messages.

    Examples
    --------
    >>> option("learning_rate"), option("seed")
    ('learning_rate (--lr)', 'seed (--seed)')
    """
    short = {"learning_rate": "lr", "weight_decay": "wd"}.get(name, name.replace("_", "-"))
    return f"{name} (--{short})"


def optimizers() -> dict[str, type[Optimizer]]:
    """All optimizers by their names, but for those that a module has for itself."""
    return {name: each for name, each in Optimizer.opt_registry.items() if not name.startswith("_")}


def find_optimizer(name: str) -> type[Optimizer]:
    """The optimizer class of that name.

    Raises
    ------
    InputError
        If there is none.
    """
    registry = optimizers()
    if not isinstance(name, str) or name.lower() not in registry:
        rather = or_rather(name, registry)
        raise InputError(f"no optimizer is called {name!r:.80}{rather}; there are {', '.join(sorted(registry))}")
    return registry[name.lower()]
