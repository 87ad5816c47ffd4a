"""Vocabularies: the number of each token, by how often it occurs."""

from __future__ import annotations

import collections
from collections.abc import Hashable, Sequence
from typing import Any

__all__ = ["Vocabulary"]

#: the number of the unknown token
UNKNOWN_IDX = 0


class Vocabulary:
    """The number of each token: 0 is the unknown token, then come reserved ones, then those counted, by frequency.

    Parameters
    ----------
    counter : collections.Counter, optional
        how often each token occurs
    most_freq_count : int, optional
        how many tokens are taken at most, the unknown and the reserved ones not counted
    min_freq : int
        how often a token has to occur
    unknown_token : hashable
        stands for all tokens that are not in the vocabulary
    reserved_tokens : list of hashable, optional
        are in it anyway

    Raises
    ------
    AssertionError
        min_freq is not positive, the counter is none, or reserved tokens repeat each other or the unknown token

    Examples
    --------
    >>> import collections
    >>> from mxnet.contrib import text
    >>> words = text.vocab.Vocabulary(collections.Counter('abbccc'), min_freq=2, reserved_tokens=['<pad>'])
    >>> words.to_indices(['c', 'a']), words.idx_to_token
    ([2, 0], ['<unk>', '<pad>', 'c', 'b'])
    """

    def __init__(
        self,
        counter: collections.Counter[Any] | None = None,
        most_freq_count: int | None = None,
        min_freq: int = 1,
        unknown_token: Hashable = "<unk>",
        reserved_tokens: Sequence[Hashable] | None = None,
    ) -> None:
        if min_freq <= 0:
            raise AssertionError(f"Vocabulary: min_freq={min_freq}; expected a positive number")
        if reserved_tokens is not None:
            if unknown_token in reserved_tokens:
                raise AssertionError(f"Vocabulary: the unknown token {unknown_token!r} is among reserved_tokens")
            if len(set(reserved_tokens)) != len(reserved_tokens):
                raise AssertionError(f"Vocabulary: reserved_tokens={reserved_tokens!r} repeat a token")
        self._unknown_token: Any = unknown_token
        self._reserved_tokens = None if reserved_tokens is None else list(reserved_tokens)
        self._idx_to_token: list[Any] = [unknown_token, *(reserved_tokens or ())]
        self._token_to_idx = {token: place for place, token in enumerate(self._idx_to_token)}
        if counter is not None:
            self._count_in(counter, most_freq_count, min_freq)

    def _count_in(self, counter: collections.Counter[Any], most_freq_count: int | None, min_freq: int) -> None:
        """Number the tokens of a counter, those of one frequency in the order of the alphabet."""
        if not isinstance(counter, collections.Counter):
            raise AssertionError(f"Vocabulary: counter is a {type(counter).__name__}; expected a collections.Counter")
        ordered = sorted(sorted(counter.items(), key=lambda item: item[0]), key=lambda item: -item[1])
        frequent = [token for token, count in ordered if count >= min_freq and token not in self._token_to_idx]
        if most_freq_count is not None and most_freq_count >= 0:
            frequent = frequent[:most_freq_count]
        for token in frequent:
            self._token_to_idx[token] = len(self._idx_to_token)
            self._idx_to_token.append(token)

    def __len__(self) -> int:
        return len(self._idx_to_token)

    @property
    def token_to_idx(self) -> dict[Any, int]:
        """The number of each token."""
        return self._token_to_idx

    @property
    def idx_to_token(self) -> list[Any]:
        """The token of each number."""
        return self._idx_to_token

    @property
    def unknown_token(self) -> Any:
        """What stands for all other tokens."""
        return self._unknown_token

    @property
    def reserved_tokens(self) -> list[Any] | None:
        """The tokens that are in it anyway."""
        return self._reserved_tokens

    def to_indices(self, tokens: Any) -> Any:
        """The number of a token, or of each in a list; 0 for tokens that are not in the vocabulary."""
        if isinstance(tokens, list):
            return [self._token_to_idx.get(token, UNKNOWN_IDX) for token in tokens]
        return self._token_to_idx.get(tokens, UNKNOWN_IDX)

    def to_tokens(self, indices: Any) -> Any:
        """The token of a number, or of each in a list.

        Raises
        ------
        ValueError
            there is no token of that number
        TypeError
            an index is no number
        """
        tokens = []
        for index in indices if isinstance(indices, list) else [indices]:
            if not isinstance(index, (int, float)):
                raise TypeError(f"to_tokens: index {index!r} of type {type(index).__name__}; expected an int")
            if not isinstance(index, int) or index >= len(self):
                raise ValueError(f"to_tokens: index {index}; expected an int from 0 to {len(self) - 1}")
            tokens.append(self._idx_to_token[index])
        return tokens if isinstance(indices, list) else tokens[0]
