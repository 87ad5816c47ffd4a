"""Callbacks that keep what training measures in tables of pandas."""

from __future__ import annotations

import datetime
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

__all__ = ["PandasLogger", "args_wrapper"]


def _table() -> Any:
    """An empty table.

    Raises
    ------
    ImportError
        pandas is not installed
    """
    try:
        import pandas
    except ImportError as error:
        raise ImportError("mxnet.notebook.callback.PandasLogger keeps tables of pandas: pip install pandas") from error
    return pandas.DataFrame()


class PandasLogger:
    """Keeps what a module's training measures in three tables: of batches, of evaluations and of epochs.

    Parameters
    ----------
    batch_size : int
        how many samples a batch has
    frequent : int
        every how many batches a row is added to the table of batches

    Raises
    ------
    ImportError
        pandas is not installed
    """

    def __init__(self, batch_size: int, frequent: int = 50) -> None:
        self.batch_size, self.frequent = batch_size, frequent
        self._dataframes = {name: _table() for name in ("train", "eval", "epoch")}
        begun = datetime.datetime.now()
        self.start_time, self.last_epoch_time, self.last_time = begun, begun, time.time()

    @property
    def train_df(self) -> Any:
        """The table of batches."""
        return self._dataframes["train"]

    @property
    def eval_df(self) -> Any:
        """The table of evaluations."""
        return self._dataframes["eval"]

    @property
    def epoch_df(self) -> Any:
        """The table of epochs."""
        return self._dataframes["epoch"]

    @property
    def all_dataframes(self) -> dict[str, Any]:
        """The tables by name: train, eval and epoch."""
        return self._dataframes

    def elapsed(self) -> datetime.timedelta:
        """The time since the start."""
        return datetime.datetime.now() - self.start_time

    def append_metrics(self, metrics: Mapping[str, Any], df_name: str) -> None:
        """Add a row to a table, with new columns where the table has not all.

        Parameters
        ----------
        metrics : mapping
            a value for each column
        df_name : str
            'train', 'eval' or 'epoch'

        Raises
        ------
        KeyError
            there is no such table
        """
        table = self._dataframes[df_name]
        for name in metrics:
            if name not in table.columns:
                table[name] = None
        table.loc[len(table)] = {**dict.fromkeys(table.columns), **metrics}
        self._dataframes[df_name] = table.infer_objects()

    def train_cb(self, param: Any) -> None:
        """What is called after a batch."""
        if param.nbatch % self.frequent == 0:
            self._process_batch(param, "train")

    def eval_cb(self, param: Any) -> None:
        """What is called after an evaluation."""
        self._process_batch(param, "eval")

    def _process_batch(self, param: Any, dataframe: str) -> None:
        now = time.time()
        metrics = {} if param.eval_metric is None else dict(param.eval_metric.get_name_value())
        speed = self.frequent / max(now - self.last_time, 1e-9)
        row = {
            "batches_per_sec": speed,
            **metrics,
            "minibatch_count": param.nbatch,
            "epoch": param.epoch,
            "elapsed": self.elapsed(),
            "records_per_sec": speed * self.batch_size,
        }
        self.append_metrics(row, dataframe)
        self.last_time = now

    def epoch_cb(self, *args: Any) -> None:
        """What is called after an epoch, with the epoch, the symbol and its parameters or with nothing."""
        now = datetime.datetime.now()
        self.append_metrics({"epoch_time": now - self.last_epoch_time, "elapsed": self.elapsed()}, "epoch")
        self.last_epoch_time = now

    def callback_args(self) -> dict[str, Any]:
        """The callbacks as keyword arguments of ``Module.fit``."""
        return {
            "batch_end_callback": self.train_cb,
            "eval_end_callback": self.eval_cb,
            "epoch_end_callback": self.epoch_cb,
        }


def args_wrapper(*args: Any) -> dict[str, list[Any]]:
    """The callbacks of several loggers as keyword arguments of ``Module.fit``.

    Parameters
    ----------
    *args : objects with ``callback_args()``
        the loggers

    Examples
    --------
    >>> from mxnet.notebook.callback import args_wrapper
    >>> class Silent:
    ...     def callback_args(self):
    ...         return {"eval_end_callback": print}
    >>> args_wrapper(Silent(), Silent())["eval_end_callback"] == [print, print]
    True
    """
    together: dict[str, list[Any]] = defaultdict(list)
    for each in args:
        for name, callback in each.callback_args().items():
            together[name].append(callback)
    return dict(together)
