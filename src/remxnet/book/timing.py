"""Stopwatches."""

import time
from types import TracebackType

__all__ = ["Benchmark", "PrefixBenchmark", "Timer"]


class Timer:
    """A stopwatch that remembers every interval it measured; it runs from the moment it is made.

    Examples
    --------
    >>> timer = Timer()
    >>> seconds = timer.stop()
    >>> len(timer.times), timer.sum() == seconds
    (1, True)
    """

    def __init__(self) -> None:
        self.times: list[float] = []
        self.start()

    def start(self) -> None:
        """Begin an interval."""
        self.start_time = time.perf_counter()

    def stop(self) -> float:
        """End the interval, keep it, and return its length in seconds."""
        self.times.append(time.perf_counter() - self.start_time)
        return self.times[-1]

    def avg(self) -> float:
        """The mean interval in seconds."""
        return sum(self.times) / len(self.times)

    def sum(self) -> float:
        """All intervals together, in seconds."""
        return sum(self.times)

    def cumsum(self) -> list[float]:
        """The running total after each interval, in seconds."""
        totals: list[float] = []
        for seconds in self.times:
            totals.append(seconds + (totals[-1] if totals else 0.0))
        return totals


class Benchmark:
    """Print how long the block under `with` took: `Done: 0.1234 sec`."""

    def __init__(self, description: str = "Done") -> None:
        self.description = description

    def __enter__(self) -> "Benchmark":
        self.timer = Timer()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        print(self.report(self.timer.stop()))

    def report(self, seconds: float) -> str:
        """The line to print."""
        return f"{self.description}: {seconds:.4f} sec"


class PrefixBenchmark(Benchmark):
    """The same with the Chinese edition's line: an optional prefix, then `time: 0.1234 sec`."""

    def __init__(self, prefix: str | None = None) -> None:
        super().__init__(prefix + " " if prefix else "")

    def report(self, seconds: float) -> str:
        """The line to print."""
        return f"{self.description}time: {seconds:.4f} sec"
