"""Reading `differences.toml`, the one place where every expected difference stands with its reason."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_ENTRIES = tomllib.loads((Path(__file__).parent / "differences.toml").read_text(encoding="utf-8"))

CASES: list[dict[str, Any]] = _ENTRIES.get("difference", [])
OPERATORS: dict[str, str] = {e["operator"]: e["reason"] for e in _ENTRIES.get("declaration", [])}
SIGNATURES: dict[str, str] = {e["name"]: e["reason"] for e in _ENTRIES.get("signature", [])}
