"""The bar of a comparison: figures of one network do not stay for the next, and what is left is that of all runs."""

from remxnet.experiments.compare.console import CompareConsole


class Bar:
    """Notes what a bar is told."""

    def __init__(self):
        self.told = []
        self.console = self

    def print(self, line, **options):
        """Take a line."""

    def update(self, task, **changes):
        self.told.append(changes)


def test_the_next_network_begins_without_the_figures_of_the_last():
    console = CompareConsole()
    console.bar, console.task = Bar(), 0
    console.live(1, 2.3, 0.1)
    console.run_starts(2, 6, "conv", 0, False)
    assert [changes["figures"] for changes in console.bar.told] == ["loss 2.3000  accuracy 0.1000", ""]


def test_what_is_behind_counts_all_runs():
    console = CompareConsole()
    console.epochs = 2
    console.run_starts(2, 4, "conv", 0, False)
    assert console.passed(2, 5, 10) == (1 + 0.75) / 4
