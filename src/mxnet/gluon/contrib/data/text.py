"""Texts to learn a language from: WikiText-2 and WikiText-103, word by word, read from files on this machine."""

from __future__ import annotations

import collections
import os
import zipfile
from typing import Any

import numpy as np

from ....base import MXNetError, brief, data_dir, upper
from ....ndarray import array
from ....serialization.files import replacing
from ...data.dataset import _DownloadedDataset
from ...utils import _get_repo_file_url, check_sha1, download
from ._constants import EOS_TOKEN

__all__ = ["WikiText2", "WikiText103"]

_LARGEST = 1 << 31  # bytes of text, decompressed; four times what WikiText-103 holds


class _LanguageModelDataset(_DownloadedDataset):
    """Numbers of words, each sample with the words that follow.

    Parameters
    ----------
    root : str
        the folder of its files
    namespace : str
        the set's name
    vocabulary : mxnet.contrib.text.vocab.Vocabulary, optional
        which numbers the words have; by default by how often they occur
    """

    def __init__(self, root: str, namespace: str, vocabulary: Any) -> None:
        self._vocab, self._namespace = vocabulary, namespace
        self._counter: collections.Counter[str] | None = None
        super().__init__(root, None)

    @property
    def vocabulary(self) -> Any:
        """The vocabulary that numbers the words."""
        return self._vocab

    @property
    def frequencies(self) -> collections.Counter[str] | None:
        """How often each word occurs."""
        return self._counter


class _WikiText(_LanguageModelDataset):
    """Articles of Wikipedia."""

    _archive_file: tuple[str, str]
    _data_file: dict[str, tuple[str, str]]

    def __init__(self, root: str, namespace: str, segment: str, vocab: Any, seq_len: int) -> None:
        if segment not in self._data_file:
            raise KeyError(f"{type(self).__name__}: segment={segment!r}; expected {', '.join(self._data_file)}")
        if seq_len < 1:
            raise ValueError(f"{type(self).__name__}: seq_len={seq_len}; expected at least 1")
        self._segment, self._seq_len = segment, seq_len
        super().__init__(root, namespace, vocab)

    def __getitem__(self, idx: Any) -> tuple[Any, Any]:
        return array(self._data[idx], dtype="int32"), array(self._label[idx], dtype="int32")

    def __len__(self) -> int:
        return len(self._data)

    def _get_data(self) -> None:
        name, sha1 = self._data_file[self._segment]
        path = os.path.join(self._root, name)
        if not os.path.exists(path):
            self._unpack()
        if not check_sha1(path, sha1):
            raise MXNetError(f"{path!r} is damaged: its SHA-1 sum is not {sha1}; remove the file to have it made again")
        numbers = self._numbers(path)
        usable = (len(numbers) - 1) // self._seq_len * self._seq_len
        self._data = numbers[:usable].reshape(-1, self._seq_len)
        self._label = numbers[1 : usable + 1].reshape(-1, self._seq_len)

    def _unpack(self) -> None:
        """Have the files in the folder, out of the archive there, or of one that is downloaded."""
        name, sha1 = self._archive_file
        path = os.path.join(self._root, name)
        if not (os.path.exists(path) and check_sha1(path, sha1)):
            os.makedirs(self._root, exist_ok=True)
            url = _get_repo_file_url(f"gluon/dataset/{self._namespace}", name)
            download(url, path=path, sha1_hash=sha1, retries=1)
        try:
            with zipfile.ZipFile(path) as archive:
                for entry in archive.infolist():
                    wanted = os.path.basename(entry.filename)
                    if wanted not in {file for file, _ in self._data_file.values()}:
                        continue
                    if entry.file_size > _LARGEST:
                        raise MXNetError(f"{path!r} holds {entry.filename!r} of {entry.file_size} bytes")
                    with replacing(os.path.join(self._root, wanted)) as stream:
                        stream.write(archive.read(entry))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise MXNetError(f"{path!r} is no archive of {type(self).__name__}: {brief(error)}") from error

    def _numbers(self, path: str) -> np.ndarray:
        """The number of every word of a file, lines ending with their own."""
        with open(path, encoding="utf-8") as stream:
            content = stream.read()
        text = upper("contrib.text")
        self._counter = text.utils.count_tokens_from_str(content)
        if self._vocab is None:
            self._vocab = text.vocab.Vocabulary(self._counter, reserved_tokens=[EOS_TOKEN])
        lines = (line.split() for line in content.splitlines())
        words = [word for line in lines if line for word in (*line, EOS_TOKEN)]
        return np.array(self._vocab.to_indices(words), dtype=np.int32)


class WikiText2(_WikiText):
    """WikiText-2: two million words of good articles, `seq_len` in a sample, with those that follow as its label.

    Parameters
    ----------
    root : str
        the folder of ``wiki.train.tokens`` and the others, or of ``wikitext-2-v1.zip``;
        ``~/.mxnet/datasets/wikitext-2`` by default
    segment : str
        'train', 'validation' or 'test'
    vocab : Vocabulary, optional
        which numbers the words have; by default one is made of this segment
    seq_len : int
        how many words a sample has, whatever sentences they belong to

    Raises
    ------
    KeyError
        there is no such segment
    MXNetError
        a file is damaged
    """

    _archive_file = ("wikitext-2-v1.zip", "3c914d17d80b1459be871a5039ac23e752a53cbe")
    _data_file = {
        "train": ("wiki.train.tokens", "863f29c46ef9d167fff4940ec821195882fe29d1"),
        "validation": ("wiki.valid.tokens", "0418625c8b4da6e4b5c7a0b9e78d4ae8f7ee5422"),
        "test": ("wiki.test.tokens", "c7b8ce0aa086fb34dab808c5c49224211eb2b172"),
    }

    def __init__(
        self,
        root: str | None = None,
        segment: str = "train",
        vocab: Any = None,
        seq_len: int = 35,
    ) -> None:
        super().__init__(
            root or os.path.join(data_dir(), "datasets", "wikitext-2"), "wikitext-2", segment, vocab, seq_len
        )


class WikiText103(_WikiText):
    """WikiText-103: a hundred million words, otherwise like :class:`WikiText2`.

    Parameters
    ----------
    root, segment, vocab, seq_len
        as for :class:`WikiText2`; ``~/.mxnet/datasets/wikitext-103`` is the folder by default
    """

    _archive_file = ("wikitext-103-v1.zip", "0aec09a7537b58d4bb65362fee27650eeaba625a")
    _data_file = {
        "train": ("wiki.train.tokens", "b7497e2dfe77e72cfef5e3dbc61b7b53712ac211"),
        "validation": ("wiki.valid.tokens", "c326ac59dc587676d58c422eb8a03e119582f92b"),
        "test": ("wiki.test.tokens", "8a5befc548865cec54ed4273cf87dbbad60d1e47"),
    }

    def __init__(
        self,
        root: str | None = None,
        segment: str = "train",
        vocab: Any = None,
        seq_len: int = 35,
    ) -> None:
        folder = root or os.path.join(data_dir(), "datasets", "wikitext-103")
        super().__init__(folder, "wikitext-103", segment, vocab, seq_len)
