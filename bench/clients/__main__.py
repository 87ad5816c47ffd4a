"""Try packages of MXNet's years on this one: install, import, run, and write a table.

    python -m bench.clients [--only NAME ...] [--place DIR] [--output FILE]

Each client is unpacked into a folder of its own, without its own mxnet and without dependencies; what they need beside
it, into one for all. Nothing else is installed, and this environment stays as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from .packages import CLIENTS, NEEDED, Client

ROOT = Path(__file__).parents[2]
SECONDS = 900  # that a client may take


def main() -> int:
    """Run a command line; 1 where something fails."""
    top = argparse.ArgumentParser(prog="python -m bench.clients", description="Try packages of MXNet's years.")
    top.add_argument("--only", nargs="+", metavar="NAME", choices=[each.name for each in CLIENTS], help="these clients")
    top.add_argument("--place", type=Path, default=ROOT / "build" / "clients", help="where they are unpacked")
    top.add_argument("--output", type=Path, metavar="FILE", help="write the table here as well")
    options = top.parse_args()
    rows = []
    for client in CLIENTS:
        if options.only and client.name not in options.only:
            continue
        where = unpacked(client, options.place)
        if isinstance(where, str):
            rows.append({"client": client, "of": 0, "modules": 0, "failed": {client.name: where}, "paths": []})
        else:
            rows.append(tried(client, where, options.place / "needed"))
        print(line(rows[-1]), flush=True)
    text = table(rows)
    print(f"\n{text}")
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    return int(any(row["failed"] or any("error" in path for path in row["paths"]) for row in rows))


def unpacked(client: Client, place: Path) -> Path | str:
    """The folder with the client, installed into if it is not there; or why that failed."""
    needed, own = place / "needed", place / client.name
    for folder, wanted in ((needed, NEEDED), (own, ["--ignore-requires-python", *client.requirement.split()])):
        if folder.is_dir():
            continue
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), *wanted]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"pip: {(done.stderr.strip().splitlines() or ['failed'])[-1]}"
    return own


def tried(client: Client, own: Path, needed: Path) -> dict[str, Any]:
    """What came of a client, in a process of its own, with the names that NumPy took away."""
    environment = {
        **os.environ, **client.environment, "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "src", own, needed))),
        "MPLBACKEND": "agg",
    }  # fmt: skip
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "remxnet",
        "run",
        "--old-numpy",
        str(Path(__file__).with_name("child.py")),
    ]
    try:
        done = subprocess.run(
            [*command, client.name], env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
        )
        output, error = (
            done.stdout,
            "" if done.returncode == 0 else f"ended with {done.returncode}: {done.stderr[-300:]}",
        )
    except subprocess.TimeoutExpired as late:
        output, error = (late.stdout or b"").decode(), f"longer than {SECONDS} s"
    told = [json.loads(text[7:]) for text in output.splitlines() if text.startswith("CLIENT ")]
    counts = next((each for each in told if "modules" in each), {"modules": 0, "of": 0, "failed": {}})
    paths = [each for each in told if "path" in each] + ([{"path": "process", "error": error}] if error else [])
    return {"client": client, **counts, "paths": paths}


def line(row: dict[str, Any]) -> str:
    """A client in short, with whatever fails."""
    went = sum("error" not in each for each in row["paths"])
    package = row["client"].requirement.split()[0]
    text = [f"{package}: {row['modules']} of {row['of']} modules, {went} of {len(row['paths'])} paths"]
    text += [f"    {name}: {why}" for name, why in row["failed"].items()]
    text += [f"    {each['path']}: {each['error']}" for each in row["paths"] if "error" in each]
    return "\n".join(text)


def table(rows: list[dict[str, Any]]) -> str:
    """All of them in Markdown."""
    lines = ["| package | modules that import | main paths that run | what fails |", "| --- | ---: | ---: | --- |"]
    for row in rows:
        went = sum("error" not in each for each in row["paths"])
        fails = [f"`{name}`: {why}" for name, why in row["failed"].items()]
        fails += [f"{each['path']}: {each['error']}" for each in row["paths"] if "error" in each]
        text = "; ".join(fails[:4]).replace("|", "\\|") + (f" and {len(fails) - 4} more" if len(fails) > 4 else "")
        counts = f"{row['modules']} of {row['of']} | {went} of {len(row['paths'])}"
        lines.append(f"| {row['client'].requirement.split()[0].replace('==', ' ')} | {counts} | {text or 'nothing'} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
