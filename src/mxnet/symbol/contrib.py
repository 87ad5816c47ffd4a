"""Operators of ``contrib`` for symbols, made from the table, control flow, AdamW, and a way to draw classes."""

import math

from .control import cond, foreach, while_loop
from .namespaces import populate
from .random import uniform
from .symbol import Symbol
from .updates import adamw_update, mp_adamw_update

__all__ = ["adamw_update", "cond", "foreach", "mp_adamw_update", "rand_zipfian", "while_loop"]


def rand_zipfian(true_classes: Symbol, num_sampled: int, range_max: int) -> tuple[Symbol, Symbol, Symbol]:
    """Classes drawn with probabilities that fall as Zipf's law says, for sampled losses.

    Parameters
    ----------
    true_classes : Symbol
        classes that are the answers
    num_sampled : int
        how many are drawn
    range_max : int
        how many classes there are

    Returns
    -------
    samples, expected_count_true, expected_count_sampled
        the classes (int64), and how often the answers and the classes drawn are expected among them (float64)
    """
    scale = math.log(range_max + 1)
    drawn = uniform(0, scale, shape=(num_sampled,), dtype="float64")
    samples = (drawn.exp() - 1).astype("int64") % range_max

    def expected(classes: Symbol) -> Symbol:
        numbers = classes.astype("float64")
        return ((numbers + 2.0) / (numbers + 1.0)).log() / scale * num_sampled

    return samples, expected(true_classes), expected(samples)


__all__.extend(populate(globals(), "contrib"))
