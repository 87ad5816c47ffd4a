"""`remxnet report`: one HTML page about one or several runs."""

import argparse
from typing import Any

from .arguments import add_json, json_alone

SUMMARY = "write an HTML page about training runs"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """The runs, and where the page goes."""
    sub.add_argument("runs", nargs="+", metavar="RUN", help="the directory of a run; several are compared")
    sub.add_argument("--output", metavar="FILE", help="the page; default: report.html in the first RUN")
    sub.add_argument("--weights", choices=("best", "last"), default="best", help="which weights to try; default: best")
    sub.add_argument("--device", default="cpu", help="cpu, gpu or gpu(1); default: cpu")
    add_json(sub)


def run(options: argparse.Namespace) -> int:
    """Try the weights of the runs and write the page; a bar in a terminal shows how far it is."""
    from ..experiments.training.console import progress_bar
    from ..experiments.training.learner import find_device
    from ..report import write_report

    with json_alone(options.json) as result:
        context = find_device(options.device)
        bar: Any = progress_bar()
        if bar is None:
            path = write_report(options.runs, options.output, weights=options.weights, context=context)
        else:
            with bar:
                task = bar.add_task("opening", total=None, figures="", left="")

                def heard(name: str, done: int, total: int) -> None:
                    bar.update(task, description="testing", completed=done, total=total)

                path = write_report(options.runs, options.output, weights=options.weights, context=context, heard=heard)
        print(f"report   {path}")
        result({"report": str(path), "runs": options.runs, "weights": options.weights})
    return 0
