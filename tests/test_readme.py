"""The README's example prints what the README says it prints."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("warm")

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]\d+)?")


def test_the_example_prints_what_the_readme_shows():
    code, shown = re.search(r"```python\n(.*?)```\s+```(?:text)?\n(.*?)```", README, re.DOTALL).groups()
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    words = [" ".join(NUMBER.sub("#", text).split()) for text in (run.stdout, shown)]
    assert words[0] == words[1]
    printed, wanted = ([float(n) for n in NUMBER.findall(text)] for text in (run.stdout, shown))
    assert printed == pytest.approx(wanted, rel=1e-5)
