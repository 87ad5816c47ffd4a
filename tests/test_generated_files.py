"""What is generated from the operator table is current."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parent.parent


def tool(name):
    spec = importlib.util.spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_coverage_page_is_current():
    assert (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8") == tool("coverage").page(), "run: make coverage"


def test_the_page_of_conversions_is_current():
    assert (ROOT / "docs" / "conversions.md").read_text(encoding="utf-8") == tool("conversions").page(), "make coverage"


def test_the_tables_of_what_a_declaration_can_say_are_current():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert text == tool("declarations").page(text), "run: make coverage"


def test_the_stubs_are_current():
    wanted = tool("stubs").contents()
    stale = [
        str(path.relative_to(ROOT))
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert not stale, f"run: make stubs ({', '.join(stale)})"
    assert set((ROOT / "src").rglob("*.pyi")) == set(wanted)


def test_the_functions_for_programs_are_current():
    wanted = tool("carried").contents()
    stale = [str(path.relative_to(ROOT)) for path, text in wanted.items() if path.read_text(encoding="utf-8") != text]
    assert not stale, f"run: make carried ({', '.join(stale)})"
    folder = next(iter(wanted)).parent
    assert set(folder.glob("*.py")) == {*wanted, folder / "__init__.py"}


def test_the_page_of_a_network_as_pytorch_is_current():
    assert (ROOT / "docs" / "as-pytorch.md").read_text(encoding="utf-8") == tool("pytorch_page").page(), (
        "run: make coverage"
    )
