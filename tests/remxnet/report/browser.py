"""A page as headless Chromium shows it: what it measures, and what its console says."""

import json
import os
import re
import shutil
import subprocess
from html import escape, unescape

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --enable-logging=stderr --v=0"
).split()
POLICY = "default-src 'none'; "

# Runs before anything else of the page does.
LISTEN = """<script>
const problems = [];
addEventListener("error", event => problems.push(event.message || "cannot load " + event.target.outerHTML), true);
addEventListener("unhandledrejection", event => problems.push(String(event.reason)));
addEventListener("securitypolicyviolation", event => problems.push("blocked: " + event.blockedURI));
addEventListener("load", () => {
  const all = selector => [...document.querySelectorAll(selector)];
  const boxes = element => element.getBoundingClientRect();
  const scrolls = element => element && (element.classList.contains("scroll") || scrolls(element.parentElement));
  const width = document.documentElement.clientWidth;
  const measured = {
    problems, width,
    scrollWidth: document.documentElement.scrollWidth,
    outside: all("body *").filter(it => boxes(it).right > width + 1 && !scrolls(it) && !it.closest("svg, .hidden"))
      .map(it => it.outerHTML.slice(0, 120)),
    images: all("img").map(it => ({shown: it.naturalWidth, wide: boxes(it).width, alt: it.alt})),
    charts: all("svg.chart").map(it => ({
      wide: boxes(it).width, high: boxes(it).height, paths: it.querySelectorAll("path").length,
      text: [...it.querySelectorAll("text")].map(t => t.textContent.trim()), label: it.getAttribute("aria-label"),
      smallest: Math.min(...[...it.querySelectorAll("text")].map(t => t.getBoundingClientRect().height)),
    })),
    links: all("a").map(it => it.getAttribute("href")),
    ids: all("[id]").map(it => it.id).filter(id => id),
    title: document.title,
    text: document.body.innerText,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
  };
  const out = document.createElement("pre");
  out.id = "measured";
  out.textContent = JSON.stringify(measured);
  document.body.append(out);
});
</script>
"""


# The browser's own window has a smallest width that is wider than a phone; a frame has none.
FRAME = """<!DOCTYPE html>
<meta charset="utf-8">
<iframe width="{width}" height="800" style="border: 0" srcdoc="{page}"></iframe>
<script>
addEventListener("load", () => {{
  document.body.append(document.querySelector("iframe").contentDocument.getElementById("measured"));
  document.querySelector("iframe").remove();
}});
</script>
"""


def find_chromium():
    """The browser's path; without one the test is skipped, but on a machine that tests for everyone it fails."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = f"there is no {' and no '.join(NAMES)} to open the report in"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def look(page, directory, width=1200, dark=False):
    """Open a copy of a page that measures itself.

    Returns
    -------
    dict of what was measured; its `console` are the lines that the browser's console got.
    """
    html = page.read_text(encoding="utf-8")
    assert POLICY in html
    copy = directory / f"measured-{width}.html"
    html = html.replace(POLICY, f"{POLICY}script-src 'unsafe-inline'; ").replace("<link", f"{LISTEN}<link", 1)
    copy.write_text(FRAME.format(width=width, page=escape(html)), encoding="utf-8")
    command = [
        find_chromium(),
        *OPTIONS,
        *(["--blink-settings=preferredColorScheme=0"] if dark else []),
        f"--user-data-dir={directory / 'profile'}",
        "--window-size=1300,900",
        "--dump-dom",
        copy.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    found = re.search(r'<pre id="measured">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    measured = json.loads(unescape(found[1]))
    measured["console"] = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return measured
