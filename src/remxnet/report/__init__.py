"""Reports on training runs: one HTML page that needs nothing beside it.

`write_report` opens the runs, tries their weights on the test images, and writes the page: curves, confusion matrix,
accuracy by class, the most confident mistakes, the first layer's kernels, feature maps, layers, settings, environment.

Examples
--------
>>> from remxnet.report import write_report
>>> write_report(["runs/first", "runs/second"], "compared.html")  # doctest: +SKIP
"""

from .writing import write_report

__all__ = ["write_report"]
