"""Put a finished comparison into docs/compare.md, and its figure into docs/images/.

usage: python tools/comparison.py DIR
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "compare.md"
FIGURE = ROOT / "docs" / "images" / "compare.png"
BEGIN, END = "<!-- results: begin -->\n", "<!-- results: end -->"
sys.path.insert(0, str(ROOT / "src"))


def with_results(page: str, results: str) -> str:
    """Return the page with what stands between the marks replaced."""
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"{PAGE} has no place for results: {BEGIN.strip()} … {END}")
    return f"{before}{BEGIN}{results}{END}{after}"


def main() -> None:
    """Write the page."""
    from remxnet.experiments.compare import open_comparison

    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    comparison = open_comparison(sys.argv[1])
    if comparison.missing:
        raise SystemExit(f"{comparison.directory}: {comparison.missing} runs are not finished")
    FIGURE.parent.mkdir(exist_ok=True)
    shutil.copyfile(comparison.directory / "compare.png", FIGURE)
    named = ("remxnet", "python", "torch", "numpy", "system")
    environment = ", ".join(f"{name} {comparison.environment[name]}" for name in named)
    results = f"{comparison.markdown()}\n![{FIGURE_TEXT}](images/compare.png)\n\nMade with {environment}.\n"
    PAGE.write_text(with_results(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")


FIGURE_TEXT = "Test accuracy of each family over the epochs, with the range of the seeds, and after the last epoch"

if __name__ == "__main__":
    main()
