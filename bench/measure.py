"""Measures one case: prepares every implementation, compares their outcomes, then lets them take turns."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .agreement import Disagreement, disagreement
from .case import MXNET, OURS, Case
from .machine import load, machine
from .results import Record, Timing
from .workers import CaseUnavailable, Places, Team, WorkerFailed

__all__ = ["Effort", "measure"]

NO_MXNET = "MXNet 1.9.1 is not here"


@dataclass(frozen=True)
class Effort:
    """How much is measured: rounds and seconds of a turn, where the case does not say it, and what is left out."""

    rounds: int = 5
    pace: float = 1.0  # all turns are so many times as long
    without: tuple[str, ...] = ()  # implementations

    def rounds_of(self, case: Case) -> int:
        """A case may ask for fewer, never for more."""
        return min(self.rounds, case.rounds or self.rounds)


class Measurement:
    """One case on its way."""

    def __init__(self, case: Case, places: Places, effort: Effort, say: Callable[[str], None]) -> None:
        self.case, self.places, self.effort, self.say = case, places, effort, say
        date = datetime.datetime.now(datetime.timezone.utc)
        self.record = Record(f"{date:%Y-%m-%d %H:%M}", machine=machine(), threads=case.threads, load=load())
        self.samples: dict[str, list[list[float]]] = {}
        self.remarks: dict[str, str] = {}
        for name in case.implementations():
            if name in effort.without:
                self.record.missing[name] = "left out"
            elif name.split()[0] not in places.libraries():
                self.record.missing[name] = NO_MXNET
            elif case.needs_data and places.data is None:
                self.record.missing[name] = "Fashion-MNIST cannot be had"
            else:
                self.samples[name] = []

    def order(self) -> list[list[str]]:
        """Who is asked in each round; with a single round ours comes again at its end."""
        names, rounds = list(self.samples), self.effort.rounds_of(self.case)
        return [names] * rounds if rounds > 1 else [names + [OURS] * (OURS in names and len(names) > 1)]

    def leave_out(self, name: str, reason: Exception) -> None:
        """Go on without it, and say so in the record."""
        self.say(f"{self.case.name}: {name} is left out: {reason}")
        self.record.missing[name] = str(reason)
        self.samples.pop(name, None)

    def in_turns(self, team: Team) -> None:
        """Workers that stay: prepare, compare, take turns."""
        with tempfile.TemporaryDirectory(dir=self.places.scratch) as folder:
            outcomes: dict[str, Path] = {}
            for name in list(self.samples):
                outcome = Path(folder) / f"{name.replace(' ', '-')}.npz"
                try:
                    reply = team.ask(name, "prepare", case=self.case.name, implementation=name, outcome=str(outcome))
                    if reply["compared"]:
                        outcomes[name] = outcome
                except (WorkerFailed, CaseUnavailable) as reason:
                    self.leave_out(name, reason)
            self.compare(outcomes)
        for names in self.order():
            for name in names:
                if name not in self.samples:
                    continue
                try:
                    seconds = self.case.turn * self.effort.pace
                    self.samples[name].append(team.ask(name, "turn", implementation=name, seconds=seconds)["samples"])
                except WorkerFailed as reason:
                    self.leave_out(name, reason)
        for library in list(team.workers):
            self.record.versions.update(versions(library, team.ask(library, "about")))
            team.ask(library, "drop")

    def compare(self, outcomes: dict[str, Path]) -> None:
        """Hold all against one: PyTorch's first way, which is nobody's own code here, or else ours."""
        standard = next((name for name in outcomes if name.startswith("torch")), OURS)
        for name in outcomes:
            if name == standard or standard not in outcomes:
                continue
            try:
                apart = disagreement(outcomes[name], outcomes[standard], self.case.tolerance)
            except Disagreement as reason:
                self.leave_out(name, Disagreement(f"computes something else than {standard}: {reason}"))
            else:
                self.record.agreement = max(apart, self.record.agreement or 0.0)

    def in_processes(self) -> None:
        """A process for every sample, which measures itself."""
        for names in self.order():
            for name in names:
                if name not in self.samples:
                    continue
                team = Team(self.places, self.case.threads)
                try:
                    reply = team.ask(name, "prepare", case=self.case.name, implementation=name, outcome="")
                    self.samples[name].append(reply["samples"])
                    self.remarks[name] = reply["remark"]
                    self.record.versions.update(versions(name.split()[0], team.ask(name, "about")))
                except (WorkerFailed, CaseUnavailable) as reason:
                    self.leave_out(name, reason)
                finally:
                    team.close()

    def finished(self) -> Record:
        """The record, with what was measured."""
        for name, rounds in self.samples.items():
            self.record.timings[name] = Timing.of(rounds, self.case.per, self.remarks.get(name, ""))
        return self.record


def versions(library: str, facts: dict[str, str]) -> dict[str, str]:
    """The versions of interest, by a name that tells the libraries apart."""
    python = "MXNet's Python" if library == MXNET else "Python"
    numpy = "MXNet's NumPy" if library == MXNET else "NumPy"
    found = {python: facts["python"], numpy: facts["numpy"]}
    if "torch" in facts:
        found["PyTorch"] = facts["torch"]
        found["PyTorch's vectors"] = facts["vectors"]
    if library == MXNET and "mxnet" in facts:
        found["MXNet"] = facts["mxnet"]
    return found


def measure(case: Case, team: Team, effort: Effort, say: Callable[[str], None]) -> Record:
    """Measure a case with these workers; what fails is left out, and the record says why."""
    measurement = Measurement(case, team.places, effort, say)
    if case.fresh:
        measurement.in_processes()
    else:
        measurement.in_turns(team)
    return measurement.finished()
