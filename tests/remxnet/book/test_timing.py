import re

import pytest

from remxnet.book.timing import Benchmark, PrefixBenchmark, Timer


@pytest.fixture
def timer():
    timer = Timer()
    timer.times = [1.0, 2.0, 6.0]
    return timer


def test_timer_adds_up_its_intervals(timer):
    assert timer.sum() == 9.0
    assert timer.avg() == 3.0
    assert list(timer.cumsum()) == [1.0, 3.0, 9.0]


def test_timer_runs_from_the_start_and_can_be_restarted():
    timer = Timer()
    first = timer.stop()
    timer.start()
    second = timer.stop()
    assert timer.times == [first, second]
    assert min(timer.times) >= 0


@pytest.mark.parametrize(
    ("benchmark", "line"),
    [
        (Benchmark("Copied"), r"Copied: \d+\.\d{4} sec\n"),
        (Benchmark(), r"Done: \d+\.\d{4} sec\n"),
        (PrefixBenchmark("Workloads are queued."), r"Workloads are queued\. time: \d+\.\d{4} sec\n"),
        (PrefixBenchmark(), r"time: \d+\.\d{4} sec\n"),
    ],
)
def test_benchmark_prints_its_editions_line(benchmark, line, capsys):
    with benchmark:
        pass
    assert re.fullmatch(line, capsys.readouterr().out)
