"""Documents name code that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMED = re.compile(r"\*\*`(?:(\w+)\.)?(\w+)`\*\*")
STEP = re.compile(r"((?:\*\*`[\w.]+`\*\*(?:, | and )?)+)\s+\(`([\w/]+\.py)`")


def steps() -> list[tuple[str, str, str]]:
    """(class or "", function, file) of each step in one-sample.md."""
    text = (ROOT / "docs/one-sample.md").read_text()
    return [(*named, file) for names, file in STEP.findall(text) for named in NAMED.findall(names)]


def test_the_walk_of_one_sample_has_its_steps() -> None:
    assert len(steps()) >= 18


@pytest.mark.parametrize(("owner", "function", "file"), steps())
def test_every_function_on_the_way_exists_where_the_walk_says(owner: str, function: str, file: str) -> None:
    source = (ROOT / file).read_text()
    assert re.search(rf"^\s*def {function}\(", source, re.MULTILINE)
    assert not owner or re.search(rf"^class {owner}\b", source, re.MULTILINE)


def test_every_link_in_the_documents_leads_somewhere() -> None:
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    links = [
        (document, link)
        for document in documents
        for link in re.findall(r"\]\(([^)#]+)\)", document.read_text())
        if "://" not in link
    ]
    assert [f"{d.name}: {link}" for d, link in links if not (d.parent / link).exists()] == []


def test_every_test_that_the_safe_states_name_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "safe-states.md").read_text()))
    sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 50
    assert [name for name in sorted(named) if f"def {name}(" not in sources] == []
