"""Counting words."""

from __future__ import annotations

import collections
import re

__all__ = ["count_tokens_from_str"]


def count_tokens_from_str(
    source_str: str,
    token_delim: str = " ",
    seq_delim: str = "\n",
    to_lower: bool = False,
    counter_to_update: collections.Counter[str] | None = None,
) -> collections.Counter[str]:
    r"""How often each token occurs in a text.

    Parameters
    ----------
    source_str : str
        the text
    token_delim, seq_delim : str
        what stands between tokens and between sequences, as regular expressions
    to_lower : bool
        count capitals with the small letters
    counter_to_update : collections.Counter, optional
        is added to and returned

    Examples
    --------
    >>> from mxnet.contrib import text
    >>> text.utils.count_tokens_from_str('a rose is\na rose').most_common(2)
    [('a', 2), ('rose', 2)]
    """
    tokens = re.split(f"{token_delim}|{seq_delim}", source_str.lower() if to_lower else source_str)
    counter = collections.Counter() if counter_to_update is None else counter_to_update
    counter.update(token for token in tokens if token)
    return counter
