"""A hook of the documentation's build: files of the repository that pages link to are put onto the site.

In the repository a page links to a notebook as `../examples/lenet.ipynb`; on the site there is no `..`, so the file is
copied and the link made to lead to the copy. Links to files that do not exist stay, and mkdocs complains of them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\]\(\.\./([^)#\s]+)(#[^)\s]*)?\)")


def on_files(files: Any, config: Any) -> Any:
    """Add what the pages at the top of docs/ link to; called by mkdocs."""
    from mkdocs.structure.files import File

    wanted = {
        match[1]
        for page in sorted(Path(config.docs_dir).glob("*.md"))
        for match in LINK.finditer(page.read_text(encoding="utf-8"))
    }
    for name in sorted(wanted):
        if is_in_repository(name):
            files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Any, **context: Any) -> str:
    """Make the links of a page lead to the copies; called by mkdocs for every page."""
    if "/" in page.file.src_uri or not context:
        return markdown
    return LINK.sub(
        lambda match: f"]({match[1]}{match[2] or ''})" if is_in_repository(match[1]) else match[0], markdown
    )


def is_in_repository(name: str) -> bool:
    """Whether it is a file of the repository."""
    path = (ROOT / name).resolve()
    return path.is_file() and path.is_relative_to(ROOT)
