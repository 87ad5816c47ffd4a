"""What was measured: one record for each case with its date and machine, in one JSON file that grows case by case."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mxnet.serialization.files import replacing

from .case import MXNET, OURS, Case

__all__ = ["Record", "Timing", "best_rival", "read", "verdicts", "write"]

FORMAT = 1


@dataclass
class Timing:
    """The samples of one implementation, summed up: median, middle half, medians of the rounds, how many samples."""

    median: float
    low: float
    high: float
    rounds: list[float]
    samples: int
    remark: str = ""

    @classmethod
    def of(cls, rounds: list[list[float]], per: int = 1, remark: str = "") -> Timing:
        """From the samples of each round, each divided by `per`."""
        samples = sorted(sample / per for each in rounds for sample in each)
        low, high = samples[0], samples[-1]
        if len(samples) > 1:
            low, _, high = statistics.quantiles(samples, n=4, method="inclusive")
        medians = [rounded(statistics.median(each) / per) for each in rounds if each]
        median = statistics.median(samples)
        return cls(rounded(median), rounded(low), rounded(high), medians, len(samples), remark)


@dataclass
class Record:
    """One case as it was measured.

    Attributes
    ----------
    date : when, UTC, to the minute
    timings : implementation -> Timing
    missing : implementation -> why it was not measured
    agreement : the largest distance between outcomes, or None where none were compared
    machine, versions, threads, load : what it ran on; the load is that of the minute before
    """

    date: str
    timings: dict[str, Timing] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    agreement: float | None = None
    machine: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    threads: int = 2
    load: float = 0.0


def rounded(value: float) -> float:
    """Four digits are more than a clock on a busy machine has."""
    return float(f"{value:.4g}")


def read(path: Path) -> dict[str, Record]:
    """The records in a file, by case; none if there is no file.

    Raises
    ------
    ValueError
        It is no such file.
    """
    if not path.exists():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise ValueError(f"format {document['format']}, and {FORMAT} is expected")
        return {
            name: Record(**{**each, "timings": {who: Timing(**times) for who, times in each["timings"].items()}})
            for name, each in document["cases"].items()
        }
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path} holds no measurements of this benchmark ({error}); move it away") from error


def write(path: Path, records: dict[str, Record]) -> None:
    """Put the records where the file is, in one move."""
    document = {"format": FORMAT, "cases": {name: asdict(records[name]) for name in sorted(records)}}
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n")


# --- against the targets ---------------------------------------------------------------------------------------------


def best_rival(case: Case, record: Record) -> str | None:
    """The fastest of PyTorch's ways that the target is about."""
    measured = [name for name in case.rivals() if name in record.timings]
    return min(measured, key=lambda name: record.timings[name].median, default=None)


@dataclass(frozen=True)
class Verdict:
    """One target: what it is about, the figure, the most it may be, in times ('×') or in the unit of the case."""

    about: str
    value: float | None
    most: float | None
    unit: str = "×"

    @property
    def met(self) -> bool | None:
        """Whether it is reached; None where there is no target or no figure."""
        return None if self.value is None or self.most is None else self.value <= self.most


def verdicts(case: Case, record: Record) -> list[Verdict]:
    """The ratios to both, and what else the case has to keep to."""
    ours, mxnet = record.timings.get(OURS), record.timings.get(MXNET)
    name = best_rival(case, record)
    torch = record.timings[name] if name else None

    def ratio(other: Timing | None) -> float | None:
        return ours.median / other.median if ours and other and other.median > 0 else None

    found = [Verdict("PyTorch", ratio(torch), case.torch_target), Verdict("MXNet", ratio(mxnet), case.mxnet_target)]
    if case.most is not None:
        found.append(Verdict("at most", ours.median if ours else None, case.most, case.unit))
    if case.over_torch is not None:
        beyond = ours.median - torch.median if ours and torch else None
        found.append(Verdict("over PyTorch", beyond, case.over_torch, case.unit))
    return found
