"""Take the picture of a report for docs/reports.md: the upper part of a run's report, as headless Chromium shows it.

usage: python tools/report_picture.py RUN     # the picture there is of `remxnet train lenet-bn --epochs 3`
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "report.png"
SIZE = (900, 1300)
sys.path.insert(0, str(ROOT / "src"))

from remxnet.report import write_report  # noqa: E402


def main() -> None:
    """Write the report, and the picture of it."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if len(sys.argv) != 2 or browser is None:
        sys.exit("name the directory of a run" if browser else "Chromium is needed to take the picture")
    with tempfile.TemporaryDirectory() as directory:
        page = write_report([sys.argv[1]], Path(directory) / "report.html")
        shot = Path(directory) / "report.png"
        options = f"--headless --no-sandbox --disable-gpu --hide-scrollbars --window-size={SIZE[0]},{SIZE[1]}".split()
        place = [f"--user-data-dir={directory}/profile", f"--screenshot={shot}", page.as_uri()]
        subprocess.run([browser, *options, *place], check=True, stderr=subprocess.DEVNULL)
        with Image.open(shot) as picture:
            small = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        small.save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
