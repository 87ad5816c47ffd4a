"""Embeddings: a vector for each token, read from files on this machine.

A file has one token on each line, and its vector after it. Nothing is downloaded: the servers MXNet knew are gone.
"""

from __future__ import annotations

import os
from array import array as numbers
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from ... import ndarray as nd
from ... import registry
from ..._tracebacks import warn
from ...base import data_dir
from ...ndarray import NDArray
from ...util import is_np_array
from . import _files
from .vocab import UNKNOWN_IDX, Vocabulary

__all__ = [
    "CompositeEmbedding", "CustomEmbedding", "FastText", "GloVe", "create", "get_pretrained_file_names", "register",
]  # fmt: skip

_Class = TypeVar("_Class", bound=type)
#: how many characters a line may have: a vector of a million numbers has less
_LONGEST_LINE = 1 << 25


def register(embedding_cls: _Class) -> _Class:
    """Make an embedding known by its class's name, for :func:`create`; a decorator.

    Raises
    ------
    AssertionError
        it is no subclass of the embeddings here
    """
    return registry.get_register_func(_TokenEmbedding, "token embedding")(embedding_cls)


def create(embedding_name: str, **kwargs: Any) -> _TokenEmbedding:
    """An embedding by its name ('glove', 'fasttext', or one that was registered), made with `kwargs`.

    Raises
    ------
    AssertionError
        nothing is registered by that name
    KeyError
        it knows no file of that name
    FileNotFoundError
        the file is not on this machine
    """
    return registry.get_create_func(_TokenEmbedding, "token embedding")(embedding_name, **kwargs)


def get_pretrained_file_names(embedding_name: str | None = None) -> Any:
    """The names of the files that an embedding knows, or of all by the embedding's name.

    Raises
    ------
    KeyError
        there is no such embedding

    Examples
    --------
    >>> from mxnet.contrib import text
    >>> text.embedding.get_pretrained_file_names('glove')[:2]
    ['glove.42B.300d.txt', 'glove.6B.50d.txt']
    """
    known: dict[str, Any] = registry.get_registry(_TokenEmbedding)
    if embedding_name is None:
        return {name: list(kind.pretrained_file_name_sha1) for name, kind in known.items()}
    if embedding_name not in known:
        raise KeyError(
            f"get_pretrained_file_names: embedding_name={embedding_name!r}; there are {', '.join(sorted(known))}"
        )
    return list(known[embedding_name].pretrained_file_name_sha1)


class _TokenEmbedding(Vocabulary):
    """A vocabulary in which each token has a vector.

    Attributes
    ----------
    pretrained_file_name_sha1 : mapping
        the names of the files that it knows
    """

    pretrained_file_name_sha1: Any = {}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._vectors: NDArray | None = None
        self._length = 0

    @classmethod
    def _check_pretrained_file_names(cls, pretrained_file_name: str) -> None:
        name = cls.__name__.lower()
        if pretrained_file_name not in cls.pretrained_file_name_sha1:
            known = ", ".join(cls.pretrained_file_name_sha1)
            raise KeyError(f"{name}: pretrained_file_name={pretrained_file_name!r}; there are {known}")

    @classmethod
    def _get_pretrained_file(cls, embedding_root: str, pretrained_file_name: str) -> str:
        """The path of a file that has been put where MXNet would have put it.

        Raises
        ------
        FileNotFoundError
            it is not there
        """
        folder = os.path.join(os.path.expanduser(embedding_root), cls.__name__.lower())
        path = os.path.join(folder, pretrained_file_name)
        if not os.path.isfile(path):
            raise FileNotFoundError(
                f"{cls.__name__}: {path} is not there, and nothing is downloaded; put the file "
                f"{pretrained_file_name}, unpacked, into {folder}"
            )
        return path

    # --- reading ------------------------------------------------------------------------------------------------

    def _load_embedding(
        self,
        pretrained_file_path: str,
        elem_delim: str,
        init_unknown_vec: Callable[..., Any] = nd.zeros,
        encoding: str = "utf8",
    ) -> None:
        """Take the tokens and vectors of a file.

        Raises
        ------
        ValueError
            there is no such file, it has no vectors, or an element is no number
        AssertionError
            a line has no vector, or one of another length
        """
        path = os.path.expanduser(pretrained_file_path)
        if not os.path.isfile(path):
            raise ValueError(f"{type(self).__name__}: {path} is no file with an embedding")
        elements, unknown, length = numbers("f"), None, None
        for number, token, vector in _lines(path, elem_delim, encoding):
            where = f"{path}, line {number}"
            if token == self.unknown_token and unknown is None:
                unknown = vector
            elif token in self._token_to_idx:
                warn(f"{where}: token {token!r} has a vector already; this one is passed over")
            elif len(vector) == 1:
                warn(f"{where}: token {token!r} has a vector of one element, as a header has; it is passed over")
            else:
                if length is None:
                    length = len(vector)
                if len(vector) != length:
                    raise AssertionError(
                        f"{where}: {token!r} has a vector of {len(vector)}; expected {length} elements"
                    )
                self._token_to_idx[token] = len(self._idx_to_token)
                self._idx_to_token.append(token)
                elements.extend(vector)
        if length is None:
            raise ValueError(f"{path}: no line has a token and a vector of at least two elements")
        if unknown is not None and len(unknown) != length:
            raise AssertionError(
                f"{path}: {self.unknown_token!r} has a vector of {len(unknown)}; expected {length} elements"
            )
        table = np.zeros((len(self), length), "float32")
        table[len(self) - len(elements) // length :] = np.frombuffer(elements, "float32").reshape(-1, length)
        if unknown is None:
            table[UNKNOWN_IDX] = init_unknown_vec(shape=length).asnumpy()
        else:
            table[UNKNOWN_IDX] = unknown
        self._set_vectors(table)

    def _set_vectors(self, table: np.ndarray) -> None:
        self._length = table.shape[1]
        vectors = nd.array(table)
        self._vectors = vectors.as_np_ndarray() if is_np_array() else vectors

    # --- for a vocabulary ---------------------------------------------------------------------------------------

    def _index_tokens_from_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Be an embedding of these tokens from now on."""
        self._token_to_idx = dict(vocabulary.token_to_idx)
        self._idx_to_token = list(vocabulary.idx_to_token)
        self._unknown_token = vocabulary.unknown_token
        self._reserved_tokens = None if vocabulary.reserved_tokens is None else list(vocabulary.reserved_tokens)

    def _set_idx_to_vec_by_embeddings(
        self, token_embeddings: Sequence[_TokenEmbedding], vocab_idx_to_token: Sequence[Any]
    ) -> None:
        """Take the vectors of tokens from embeddings, one after the other."""
        tables = []
        for each in token_embeddings:
            table = each._table().asnumpy()
            tables.append(table[each.to_indices(list(vocab_idx_to_token))])
        self._set_vectors(np.concatenate(tables, axis=1))

    def _build_embedding_for_vocabulary(self, vocabulary: Vocabulary | None) -> None:
        if vocabulary is None:
            return
        if not isinstance(vocabulary, Vocabulary):
            raise AssertionError(
                f"{type(self).__name__}: vocabulary is a {type(vocabulary).__name__}; expected a Vocabulary"
            )
        self._set_idx_to_vec_by_embeddings([self], vocabulary.idx_to_token)
        self._index_tokens_from_vocabulary(vocabulary)

    # --- vectors ------------------------------------------------------------------------------------------------

    def _table(self) -> NDArray:
        if self._vectors is None:
            raise ValueError(f"{type(self).__name__}: no vectors have been read")
        return self._vectors

    @property
    def vec_len(self) -> int:
        """The length of each vector."""
        return self._length

    @property
    def idx_to_vec(self) -> Any:
        """The vectors in the order of the tokens' numbers: an array of (tokens, vec_len); None before any is read."""
        return self._vectors

    def get_vecs_by_tokens(self, tokens: Any, lower_case_backup: bool = False) -> Any:
        """The vectors of tokens.

        Parameters
        ----------
        tokens : str or list of str
            which
        lower_case_backup : bool
            whether a token that is not there is looked for in small letters

        Returns
        -------
        NDArray
            (vec_len,) for one token, (tokens, vec_len) for a list; the unknown token's vector where one is not there
        """
        known = self._token_to_idx
        asked = tokens if isinstance(tokens, list) else [tokens]
        if lower_case_backup:
            asked = [token if token in known else token.lower() for token in asked]
        found = self._table()[self.to_indices(asked)]
        return found if isinstance(tokens, list) else found[0]

    def update_token_vectors(self, tokens: Any, new_vectors: Any) -> None:
        """Give tokens other vectors.

        Parameters
        ----------
        tokens : str or list of str
            which
        new_vectors : NDArray
            (tokens, vec_len); for one token (vec_len,) too

        Raises
        ------
        ValueError
            a token is not there
        AssertionError
            the vectors have another shape, or no vectors were read
        """
        table = self.idx_to_vec
        if table is None:
            raise AssertionError("update_token_vectors: no vectors have been read")
        asked = tokens if isinstance(tokens, list) else [tokens]
        shape = getattr(new_vectors, "shape", None)
        fits = {(len(asked), self.vec_len)} | ({(self.vec_len,)} if len(asked) == 1 else set())
        if not isinstance(new_vectors, NDArray) or shape not in fits:
            got = f"an array of shape {shape}" if shape is not None else f"a {type(new_vectors).__name__}"
            raise AssertionError(
                f"update_token_vectors: new_vectors is {got}; expected an NDArray of shape {(len(asked), self.vec_len)}"
            )
        for token in asked:
            if token not in self._token_to_idx:
                raise ValueError(
                    f"update_token_vectors: token {token!r} is not there; for the vector of all unknown tokens give "
                    f"{self.unknown_token!r}"
                )
        table[nd.array(self.to_indices(asked), dtype="int64")] = new_vectors.reshape((len(asked), self.vec_len))


def _lines(path: str, elem_delim: str, encoding: str) -> Iterator[tuple[int, str, list[float]]]:
    """Number, token and vector of each line of a file."""
    with open(path, encoding=encoding, newline="\n") as stream:
        number = 0
        while line := stream.readline(_LONGEST_LINE):
            number += 1
            if len(line) == _LONGEST_LINE:
                raise AssertionError(f"{path}, line {number}: it has more than {_LONGEST_LINE} characters")
            parts = line.rstrip().split(elem_delim)
            if len(parts) < 2:
                raise AssertionError(f"{path}, line {number}: {line[:80]!r} is no token and a vector after it")
            try:
                yield number, parts[0], [float(part) for part in parts[1:]]
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from error


def _root() -> str:
    return os.path.join(data_dir(), "embeddings")


@register
class GloVe(_TokenEmbedding):
    """The vectors of GloVe, from a file on this machine.

    Parameters
    ----------
    pretrained_file_name : str
        one of ``get_pretrained_file_names('glove')``
    embedding_root : str
        the folder in which ``glove/`` has the file; ``~/.mxnet/embeddings`` by default
    init_unknown_vec : callable
        makes the vector of unknown tokens from ``shape=``
    vocabulary : Vocabulary, optional
        the tokens whose vectors are kept, and their numbers

    Raises
    ------
    KeyError
        there is no file of that name
    FileNotFoundError
        it is not on this machine
    """

    pretrained_file_name_sha1 = dict.fromkeys(_files.GLOVE)

    def __init__(
        self,
        pretrained_file_name: str = "glove.840B.300d.txt",
        embedding_root: str = _root(),
        init_unknown_vec: Callable[..., Any] = nd.zeros,
        vocabulary: Vocabulary | None = None,
        **kwargs: Any,
    ) -> None:
        self._check_pretrained_file_names(pretrained_file_name)
        super().__init__(**kwargs)
        path = self._get_pretrained_file(embedding_root, pretrained_file_name)
        self._load_embedding(path, " ", init_unknown_vec)
        self._build_embedding_for_vocabulary(vocabulary)


@register
class FastText(_TokenEmbedding):
    """The vectors of fastText, from a file on this machine.

    Parameters
    ----------
    pretrained_file_name : str
        one of ``get_pretrained_file_names('fasttext')``
    embedding_root : str
        the folder in which ``fasttext/`` has the file; ``~/.mxnet/embeddings`` by default
    init_unknown_vec : callable
        makes the vector of unknown tokens from ``shape=``
    vocabulary : Vocabulary, optional
        the tokens whose vectors are kept, and their numbers

    Raises
    ------
    KeyError
        there is no file of that name
    FileNotFoundError
        it is not on this machine
    """

    pretrained_file_name_sha1 = dict.fromkeys(_files.FASTTEXT)

    def __init__(
        self,
        pretrained_file_name: str = "wiki.simple.vec",
        embedding_root: str = _root(),
        init_unknown_vec: Callable[..., Any] = nd.zeros,
        vocabulary: Vocabulary | None = None,
        **kwargs: Any,
    ) -> None:
        self._check_pretrained_file_names(pretrained_file_name)
        super().__init__(**kwargs)
        path = self._get_pretrained_file(embedding_root, pretrained_file_name)
        self._load_embedding(path, " ", init_unknown_vec)
        self._build_embedding_for_vocabulary(vocabulary)


class CustomEmbedding(_TokenEmbedding):
    """The vectors in a file of one's own.

    Parameters
    ----------
    pretrained_file_path : str
        a file with a token and its vector on each line
    elem_delim : str
        what stands between them and between the elements
    encoding : str
        of the file
    init_unknown_vec : callable
        makes the vector of unknown tokens from ``shape=``, where the file has none
    vocabulary : Vocabulary, optional
        the tokens whose vectors are kept, and their numbers

    Raises
    ------
    ValueError
        there is no such file, it has no vectors, or an element is no number
    AssertionError
        a line has no vector, or one of another length
    """

    def __init__(
        self,
        pretrained_file_path: str,
        elem_delim: str = " ",
        encoding: str = "utf8",
        init_unknown_vec: Callable[..., Any] = nd.zeros,
        vocabulary: Vocabulary | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._load_embedding(pretrained_file_path, elem_delim, init_unknown_vec, encoding)
        self._build_embedding_for_vocabulary(vocabulary)


class CompositeEmbedding(_TokenEmbedding):
    """The vectors that several embeddings have for the tokens of a vocabulary, one after the other.

    Parameters
    ----------
    vocabulary : Vocabulary
        the tokens
    token_embeddings : embedding or list of embeddings
        where their vectors come from

    Raises
    ------
    AssertionError
        the arguments are something else
    """

    def __init__(self, vocabulary: Vocabulary, token_embeddings: Any) -> None:
        if not isinstance(vocabulary, Vocabulary):
            raise AssertionError(
                f"CompositeEmbedding: vocabulary is a {type(vocabulary).__name__}; expected a Vocabulary"
            )
        found = token_embeddings if isinstance(token_embeddings, list) else [token_embeddings]
        for each in found:
            if not isinstance(each, _TokenEmbedding):
                raise AssertionError(f"CompositeEmbedding: {each!r} in token_embeddings is no embedding")
        super().__init__()
        self._index_tokens_from_vocabulary(vocabulary)
        self._set_idx_to_vec_by_embeddings(found, self.idx_to_token)
