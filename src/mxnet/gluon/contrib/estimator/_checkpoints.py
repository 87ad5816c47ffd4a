"""Saving what an estimator trains, and going on from what was saved."""

from __future__ import annotations

import os
import re
import warnings
from typing import Any

import numpy as np

from ....metric import EvalMetric
from ...hybrid import HybridBlock
from ._events import BatchEnd, EpochEnd, TrainBegin, comparison, first_best, is_time, one_more

__all__ = ["CheckpointHandler"]


class CheckpointHandler(TrainBegin, BatchEnd, EpochEnd):
    """Saves the network's parameters and the trainer's states after so many epochs or batches.

    The files are ``PREFIX-epochNbatchM.params`` and ``.states``; a hybridized network's graph is
    ``PREFIX-symbol.json``, and the best parameters, if asked for, are ``PREFIX-best.params``.

    Parameters
    ----------
    model_dir : str
        the folder, which is made if it is not there
    model_prefix : str
        what the files' names begin with
    monitor : EvalMetric, optional
        which of the estimator's metrics says what is best
    verbose : int
        0 logs nothing of saving
    save_best : bool
        also save the best
    mode : str
        'min' where less of the metric is better, 'max' where more is, 'auto' for more
    epoch_period : int, optional
        after every how many epochs
    batch_period : int, optional
        after every how many batches
    max_checkpoints : int
        how many are kept, beside the best
    resume_from_checkpoint : bool
        begin with the last one that is in the folder

    Raises
    ------
    ValueError
        the best is to be saved and `monitor` is no metric
    """

    def __init__(
        self,
        model_dir: str,
        model_prefix: str = "model",
        monitor: Any = None,
        verbose: int = 0,
        save_best: bool = False,
        mode: str = "auto",
        epoch_period: int | None = 1,
        batch_period: int | None = None,
        max_checkpoints: int = 5,
        resume_from_checkpoint: bool = False,
    ) -> None:
        self.monitor, self.verbose = monitor, verbose
        self.model_dir, self.model_prefix = model_dir, model_prefix
        self.save_best = save_best
        if save_best and not isinstance(monitor, EvalMetric):
            raise ValueError(
                f"CheckpointHandler: save_best=True and monitor={monitor!r}; expected one of estimator.train_metrics "
                "or estimator.val_metrics"
            )
        self.epoch_period, self.batch_period = epoch_period, batch_period
        self.current_batch = self.current_epoch = 0
        self.max_checkpoints, self.resume_from_checkpoint = max_checkpoints, resume_from_checkpoint
        self.saved_checkpoints: list[str] = []
        if save_best:
            self.monitor_op = comparison("CheckpointHandler", monitor, mode)
            self.best = first_best(self.monitor_op)

    def train_begin(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Begin to count, with the last checkpoint if asked for."""
        self.current_batch = self.current_epoch = 0
        if self.save_best:
            self.best = first_best(self.monitor_op)
        os.makedirs(self.model_dir, exist_ok=True)
        if self.resume_from_checkpoint:
            self._resume_from_checkpoint(estimator)

    def batch_end(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Save if it is time to."""
        if not self.current_batch:
            self._save_symbol(estimator)
        self._count("batch", estimator)

    def epoch_end(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Save if it is time to."""
        self._count("epoch", estimator)

    def _count(self, what: str, estimator: Any) -> None:
        """Save where a period is over; names of files have the counts of what was over before."""
        if is_time(getattr(self, f"current_{what}") + 1, getattr(self, f"{what}_period")):
            self._save_checkpoint(estimator)
        one_more(self, what)

    # --- saving -------------------------------------------------------------------------------------------------

    def _path(self, file_prefix: str, suffix: str = "") -> str:
        return os.path.join(self.model_dir, file_prefix + suffix)

    def _save_checkpoint(self, estimator: Any) -> None:
        epoch, batch = self.current_epoch, self.current_batch
        if self.resume_from_checkpoint:
            epoch += self.trained_epoch + 1
            batch += self.trained_batch + (0 if estimator.max_epoch else 1)
        file_prefix = f"{self.model_prefix}-epoch{epoch}batch{batch}"
        self._save_params_and_trainer(estimator, file_prefix)
        if self.verbose > 0:
            estimator.logger.info(
                "[Epoch %d] CheckpointHandler: trained total %d batches, saving model at %s with prefix: %s",
                self.current_epoch,
                self.current_batch + 1,
                self.model_dir,
                file_prefix,
            )
        if self.save_best:
            self._save_if_best(estimator)

    def _save_if_best(self, estimator: Any) -> None:
        name, value = self.monitor.get()
        if np.isnan(value):
            warnings.warn(
                f"CheckpointHandler: {name} is not updated; take one of estimator.train_metrics or "
                "estimator.val_metrics as monitor",
                RuntimeWarning,
                stacklevel=4,
            )
            return
        if self.monitor_op(value, self.best):
            self.best = value
            best_prefix = f"{self.model_prefix}-best"
            self._save_params_and_trainer(estimator, best_prefix, counted=False)
            if self.verbose > 0:
                estimator.logger.info(
                    "[Epoch %d] CheckpointHandler: %s improved from %0.5f to %0.5f, updating best model at %s with "
                    "prefix: %s",
                    self.current_epoch, name, self.best, value, self.model_dir, best_prefix,
                )  # fmt: skip
        elif self.verbose > 0:
            estimator.logger.info(
                "[Epoch %d] CheckpointHandler: %s did not improve from %0.5f, skipping updating best model",
                self.current_batch,
                name,
                self.best,
            )

    def _save_symbol(self, estimator: Any) -> None:
        """Save the graph of a hybridized network, or log that there is none."""
        path = self._path(self.model_prefix, "-symbol.json")
        graph = estimator.net._cached_graph if isinstance(estimator.net, HybridBlock) else ()
        if graph:
            graph[1].save(path)
        else:
            estimator.logger.info(
                "Model architecture(symbol file) is not saved, please use HybridBlock to construct your model, and "
                "call net.hybridize() before passing to Estimator in order to save model architecture as %s.",
                path,
            )

    def _save_params_and_trainer(self, estimator: Any, file_prefix: str, counted: bool = True) -> None:
        estimator.net.save_parameters(self._path(file_prefix, ".params"))
        estimator.trainer.save_states(self._path(file_prefix, ".states"))
        if counted:
            self.saved_checkpoints.append(file_prefix)
            while len(self.saved_checkpoints) > self.max_checkpoints:
                oldest = self.saved_checkpoints.pop(0)
                for suffix in (".params", ".states"):
                    if os.path.exists(self._path(oldest, suffix)):
                        os.remove(self._path(oldest, suffix))

    # --- going on -----------------------------------------------------------------------------------------------

    def _resume_from_checkpoint(self, estimator: Any) -> None:
        """Load the last checkpoint, and train for what is left of the epochs or batches."""
        by_epochs = bool(estimator.max_epoch)
        if bool(self.epoch_period) is not by_epochs or bool(self.batch_period) is by_epochs:
            raise AssertionError(
                f"CheckpointHandler: epoch_period={self.epoch_period}, batch_period={self.batch_period}; to go on with "
                f"a number of {'epochs' if by_epochs else 'batches'}, expected that period alone"
            )
        self.trained_epoch, self.trained_batch = self._last()
        left = f"{estimator.max_epoch} epochs" if estimator.max_epoch else f"{estimator.max_batch} batches"
        if self.trained_epoch < 0:
            estimator.logger.info("CheckpointHandler: No checkpoint found, training from scratch for %s", left)
            return
        if estimator.max_epoch:
            estimator.max_epoch = self._left("epochs", estimator.max_epoch, self.trained_epoch)
            left = f"{estimator.max_epoch} epochs"
        else:
            estimator.max_batch = self._left("batches", estimator.max_batch, self.trained_batch)
            left = f"{estimator.max_batch} batches"
        file_prefix = f"{self.model_prefix}-epoch{self.trained_epoch}batch{self.trained_batch}"
        for suffix in (".params", ".states"):
            if not os.path.exists(self._path(file_prefix, suffix)):
                raise AssertionError(f"CheckpointHandler: {self._path(file_prefix, suffix)} is not there")
        estimator.net.load_parameters(self._path(file_prefix, ".params"), ctx=estimator.context)
        estimator.trainer.load_states(self._path(file_prefix, ".states"))
        estimator.logger.info(
            "CheckpointHandler: Checkpoint resumed from epoch %d batch %d, continue to train for %s ",
            self.trained_epoch,
            self.trained_batch,
            left,
        )

    def _left(self, unit: str, wanted: int, trained: int) -> int:
        if trained >= wanted - 1:
            raise ValueError(
                f"CheckpointHandler: {self.model_dir} has a checkpoint of {unit} {trained}, and {wanted} are "
                "asked for; resume_from_checkpoint=False begins again"
            )
        return wanted - trained - 1

    def _last(self) -> tuple[int, int]:
        """The last epoch, and its last batch, of which there is a checkpoint; -1 where there is none."""
        found = (-1, -1)
        for name in os.listdir(self.model_dir):
            if not name.endswith(".params") or not name.startswith(f"{self.model_prefix}-epoch"):
                continue
            numbers = re.fullmatch(r"epoch(\d+)batch(\d+)\.params", name[len(self.model_prefix) + 1 :])
            if numbers is None:
                raise ValueError(
                    f"CheckpointHandler: the name of {self._path(name)} is none of a checkpoint; expected "
                    f"{self.model_prefix}-epochNbatchM.params"
                )
            found = max(found, (int(numbers[1]), int(numbers[2])))
        return found
