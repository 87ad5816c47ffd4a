"""Sentences as numbers, and batches of sentences of about the same length."""

from __future__ import annotations

import bisect
import logging
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..io import DataBatch, DataDesc, DataIter
from ..ndarray import NDArray, array

__all__ = ["BucketSentenceIter", "encode_sentences"]


def encode_sentences(
    sentences: Sequence[Sequence[Any]],
    vocab: dict[Any, int] | None = None,
    invalid_label: int = -1,
    invalid_key: Any = "\n",
    start_label: int = 0,
    unknown_token: Any = None,
) -> tuple[list[list[int]], dict[Any, int]]:
    r"""Replace words by numbers.

    Parameters
    ----------
    sentences : list of list of str
        the words of each
    vocab : dict of str to int, optional
        known numbers; without it words are numbered as they come
    invalid_label, invalid_key : int, str
        a number that no word gets, and what stands for it in a new vocabulary
    start_label : int
        the first number
    unknown_token : str, optional
        stands for words that a given vocabulary lacks

    Returns
    -------
    list of list of int, dict of str to int
        the sentences, and the vocabulary

    Raises
    ------
    AssertionError
        a word is not in the given vocabulary, and nothing stands for it

    Examples
    --------
    >>> import mxnet as mx
    >>> mx.rnn.encode_sentences([["a", "b"], ["b", "c"]], start_label=1, invalid_label=0)
    ([[1, 2], [2, 3]], {'\n': 0, 'a': 1, 'b': 2, 'c': 3})
    """
    grows = vocab is None
    numbers: dict[Any, int] = {invalid_key: invalid_label} if vocab is None else vocab
    following = start_label
    encoded = []
    for sentence in sentences:
        codes = []
        for word in sentence:
            known = word if word in numbers or unknown_token is None else unknown_token
            if known not in numbers:
                if not grows and unknown_token is None:
                    raise AssertionError(f"encode_sentences: {word!r} is not in vocab; unknown_token may stand for it")
                following += following == invalid_label
                numbers[known] = following
                following += 1
            codes.append(numbers[known])
        encoded.append(codes)
    return encoded, numbers


class BucketSentenceIter(DataIter):
    """Batches of sentences of numbers, each from one bucket of about the same length.

    The label of a word is the word after it. Both orders, of batches and of sentences in a bucket, are drawn anew for
    each pass, by Python's and by NumPy's global generators as in MXNet.

    Parameters
    ----------
    sentences : list of list of int
        the words' numbers
    batch_size : int
        sentences in a batch; what is left over in a bucket waits for another order
    buckets : list of int, optional
        lengths; a sentence goes into the shortest it fits into, or is left out. By default all lengths that at least
        a batch of sentences has
    invalid_label : int
        what stands after the end of a sentence
    data_name, label_name : str
        what the arrays are called
    dtype : str
        of the arrays
    layout : {'NT', 'TN'}
        sentences × words, or the other way round

    Raises
    ------
    ValueError
        the layout, the batch size, or there is no bucket

    Examples
    --------
    >>> import mxnet as mx
    >>> batches = mx.rnn.BucketSentenceIter([[1, 2, 3], [4, 5], [6, 7, 8], [9, 1]], 2, buckets=[2, 3])
    >>> sorted(batch.bucket_key for batch in batches)
    [2, 3]
    """

    def __init__(
        self,
        sentences: Sequence[Sequence[int]],
        batch_size: int,
        buckets: Sequence[int] | None = None,
        invalid_label: int = -1,
        data_name: str = "data",
        label_name: str = "softmax_label",
        dtype: str = "float32",
        layout: str = "NT",
    ) -> None:
        super().__init__()
        if batch_size < 1:
            raise ValueError(f"BucketSentenceIter: batch_size={batch_size}; expected 1 or more")
        if layout not in ("NT", "TN"):
            raise ValueError(f"BucketSentenceIter: layout={layout!r}; expected 'NT' or 'TN'")
        lengths = [len(sentence) for sentence in sentences]
        if not buckets:
            counts = np.bincount(np.asarray(lengths, np.int64))
            buckets = [length for length, count in enumerate(counts) if count >= batch_size]
        if not buckets:
            raise ValueError(
                f"BucketSentenceIter: no length has the {batch_size} sentences of a batch; expected buckets"
            )
        self.buckets = sorted(buckets)
        kept: list[list[np.ndarray]] = [[] for _ in self.buckets]
        left_out = 0
        for sentence, length in zip(sentences, lengths):
            place = bisect.bisect_left(self.buckets, length)
            if place == len(self.buckets):
                left_out += 1
                continue
            row = np.full((self.buckets[place],), invalid_label, dtype=dtype)
            row[:length] = sentence
            kept[place].append(row)
        if left_out:
            logging.warning("BucketSentenceIter: %d sentences are longer than all buckets and left out", left_out)
        self.data = [
            np.asarray(rows, dtype=dtype).reshape(len(rows), length) for rows, length in zip(kept, self.buckets)
        ]
        self.batch_size, self.invalid_label, self.dtype, self.layout = batch_size, invalid_label, dtype, layout
        self.data_name, self.label_name = data_name, label_name
        self.major_axis = layout.find("N")
        self.default_bucket_key = self.buckets[-1]
        self.provide_data = [self._described(data_name, self.default_bucket_key)]
        self.provide_label = [self._described(label_name, self.default_bucket_key)]
        self.idx = [
            (place, first)
            for place, rows in enumerate(self.data)
            for first in range(0, len(rows) - batch_size + 1, batch_size)
        ]
        self.nddata: list[NDArray] = []
        self.ndlabel: list[NDArray] = []
        self.curr_idx = 0
        self.reset()

    def _described(self, name: str, length: int) -> DataDesc:
        shape = (self.batch_size, length) if self.major_axis == 0 else (length, self.batch_size)
        return DataDesc(name, shape, layout=self.layout)

    def reset(self) -> None:
        """Begin another pass, in another order."""
        self.curr_idx = 0
        random.shuffle(self.idx)
        for rows in self.data:
            np.random.shuffle(rows)
        following = [np.full_like(rows, self.invalid_label) for rows in self.data]
        for labels, rows in zip(following, self.data):
            labels[:, :-1] = rows[:, 1:]
        self.nddata = [array(rows, dtype=self.dtype) for rows in self.data]
        self.ndlabel = [array(rows, dtype=self.dtype) for rows in following]

    def next(self) -> DataBatch:
        """The next batch, with the length of its bucket as its key; StopIteration at the end of a pass."""
        if self.curr_idx == len(self.idx):
            raise StopIteration
        place, first = self.idx[self.curr_idx]
        self.curr_idx += 1
        data, label = (arrays[place][first : first + self.batch_size] for arrays in (self.nddata, self.ndlabel))
        if self.major_axis == 1:
            data, label = data.T, label.T
        return DataBatch(
            [data],
            [label],
            pad=0,
            bucket_key=self.buckets[place],
            provide_data=[self._described(self.data_name, self.buckets[place])],
            provide_label=[self._described(self.label_name, self.buckets[place])],
        )
