"""Payments and interest, which NumPy had until 1.20 and ``mx.np`` passed on to it.

The equation behind ``pv``, ``ppmt`` and ``rate`` is the balance of an annuity: a present value ``pv`` grows by ``rate``
each of ``nper`` periods, ``pmt`` is paid at the end (or beginning) of each, and ``fv`` is what is there in the end:

    fv + pv (1 + rate)^nper + pmt (1 + rate when) ((1 + rate)^nper - 1) / rate = 0
"""

from __future__ import annotations

from typing import Any

import numpy as onp

__all__ = ["mirr", "npv", "ppmt", "pv", "rate"]

_WHEN = {"end": 0, "e": 0, "finish": 0, 0: 0, "begin": 1, "b": 1, "beginning": 1, "start": 1, 1: 1}


def _begins(when: Any) -> Any:
    """1 where payments are due at the beginning of a period, 0 where at its end."""
    if isinstance(when, (list, tuple, onp.ndarray)):
        return onp.array([_WHEN[each] for each in onp.asarray(when).ravel().tolist()]).reshape(onp.shape(when))
    return _WHEN[when]


def npv(rate: float, values: Any) -> Any:
    """The net present value of cash flows, the first of which is due now."""
    flows = onp.asarray(values)
    return (flows / (1 + rate) ** onp.arange(len(flows))).sum(axis=0)


def _annuity(rate: Any, nper: Any, when: Any) -> Any:
    """What payments of 1 are worth in the end."""
    growth = (1 + rate) ** nper
    safe = onp.where(rate == 0, 1, rate)
    return onp.where(rate == 0, nper, (1 + rate * when) * (growth - 1) / safe)


def pv(rate: Any, nper: Any, pmt: Any, fv: Any = 0, when: Any = "end") -> Any:
    """The present value of payments and of what is there in the end."""
    rate, nper, pmt, fv = (onp.asarray(each, float) for each in (rate, nper, pmt, fv))
    return -(fv + pmt * _annuity(rate, nper, _begins(when))) / (1 + rate) ** nper


def _payment(rate: Any, nper: Any, present: Any, fv: Any, when: Any) -> Any:
    return -(fv + present * (1 + rate) ** nper) / _annuity(rate, nper, when)


def ppmt(rate: Any, per: Any, nper: Any, pv: Any, fv: Any = 0, when: Any = "end") -> Any:
    """The part of a period's payment that goes into the principal, the rest of it being interest."""
    rate, per, nper, present, fv = (onp.asarray(each, float) for each in (rate, per, nper, pv, fv))
    begins = _begins(when)
    payment = _payment(rate, nper, present, fv, begins)
    balance = present * (1 + rate) ** (per - 1) + payment * _annuity(rate, per - 1, begins)
    interest = -balance * rate
    interest = onp.where(onp.asarray(begins) == 1, interest / (1 + rate), interest)
    interest = onp.where((onp.asarray(begins) == 1) & (per == 1), 0.0, interest)
    return payment - interest


def rate(
    nper: Any, pmt: Any, pv: Any, fv: Any, when: Any = "end", guess: float = 0.1, tol: float = 1e-6, maxiter: int = 100
) -> Any:
    """The interest of each period, by the secant through neighbouring guesses; NaN where it does not settle."""
    nper, pmt, present, fv = (onp.asarray(each, float) for each in (nper, pmt, pv, fv))
    begins = _begins(when)

    def balance(at: Any) -> Any:
        return fv + present * (1 + at) ** nper + pmt * _annuity(at, nper, begins)

    before, now = onp.asarray(guess, float), onp.asarray(guess * 1.01 + 1e-4, float)
    for _ in range(maxiter):
        slope = (balance(now) - balance(before)) / onp.where(now == before, 1, now - before)
        step = onp.where(slope == 0, 0, balance(now) / onp.where(slope == 0, 1, slope))
        before, now = now, now - step
        if bool(onp.all(onp.abs(step) < tol)):
            return now
    return onp.nan


def mirr(values: Any, finance_rate: float, reinvest_rate: float) -> Any:
    """The modified internal rate of return: gains are invested again at one rate, losses financed at another.

    NaN where there are no gains, or no losses.
    """
    flows = onp.asarray(values, float)
    gains, losses = flows > 0, flows < 0
    if not (gains.any() and losses.any()):
        return onp.nan
    grown = abs(npv(reinvest_rate, flows * gains))
    financed = abs(npv(finance_rate, flows * losses))
    return (grown / financed) ** (1 / (len(flows) - 1)) * (1 + reinvest_rate) - 1
