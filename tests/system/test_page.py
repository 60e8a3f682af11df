"""The HTML report in a real browser: its script runs under its own policy, filters, and is quick."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from finops_lint.model.report import Report
from finops_lint.reports import RenderOptions, render
from tests.reports.builders import project, report, stack, web

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome-headless-shell")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
# Stands around the page, does what a person would, and leaves what it saw in its own title.
AROUND = """<!DOCTYPE html><title>nothing</title><iframe src="report.html" width="1200" height="900"></iframe><script>
const started = performance.now();
const frame = document.querySelector("iframe");
frame.addEventListener("load", async () => {
  const seen = { load: performance.now() - started };
  const page = frame.contentDocument;
  const told = () => page.getElementById("told").textContent;
  const search = page.querySelector("input[type=search]");
  seen.visible = !page.getElementById("filter").hidden;
  seen.all = told();
  search.value = WORDS;
  const typed = performance.now();
  search.dispatchEvent(new Event("input"));
  const before = told();
  while (told() === before && performance.now() - typed < 5000) await new Promise((go) => setTimeout(go, 10));
  seen.filter = performance.now() - typed;
  seen.found = told();
  seen.rows = page.querySelectorAll("#resources tbody tr:not([hidden])").length;
  seen.wide = page.documentElement.scrollWidth <= page.documentElement.clientWidth;
  document.title = JSON.stringify(seen);
});
</script>"""

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(BROWSER is None, reason=f"no browser on PATH: {', '.join(BROWSERS)}"),
]


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing of each request."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/around.html"
        finally:
            server.shutdown()
            thread.join()


def looked_at(thing: Report, words: str, folder: Path) -> tuple[dict[str, Any], str]:
    """What the page around saw, and what the browser complained of."""
    (folder / "report.html").write_text(render("html", thing, RenderOptions()), "utf-8")
    (folder / "around.html").write_text(AROUND.replace("WORDS", json.dumps(words)), "utf-8")
    assert BROWSER is not None
    with served(folder) as address:
        command = [
            BROWSER,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            f"--user-data-dir={folder / 'profile'}",
            "--enable-logging=stderr",
            "--virtual-time-budget=20000",
            "--dump-dom",
            address,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    title = re.search(r"<title>(.*?)</title>", done.stdout)
    assert title, done.stderr
    return json.loads(title[1].replace("&amp;", "&")), "\n".join(re.findall(r".*CONSOLE.*", done.stderr))


def test_a_person_can_search(tmp_path: Path) -> None:
    seen, complaints = looked_at(stack(), "network.tf nat", tmp_path)
    assert seen["visible"] is True
    assert seen["all"] == "7 of 7 resources, $1,328.49 a month"
    assert seen["found"] == "1 of 7 resources, $32.85 a month"
    assert seen["rows"] == 1
    assert seen["wide"] is True, "the page scrolls sideways"
    assert "Content Security Policy" not in complaints
    assert "Uncaught" not in complaints


def test_five_thousand_resources_are_quick(tmp_path: Path) -> None:
    many = [replace(web(), address=f"aws_instance.web[{n}]") for n in range(5000)]
    seen, _ = looked_at(report(project(many)), "web[4321]", tmp_path)
    assert seen["found"] == "1 of 5,000 resources, $565.64 a month"
    assert seen["load"] < 15_000
    assert seen["filter"] < 3_000
