"""What the documents say is there: their links, the documents that comments cite, and every promise's safeguards."""

import re
from pathlib import Path

import pytest

import tests.promises
from tests import journeys
from tests.promises import safeguards  # noqa: F401 - with those of all the others
from tests.promises.mutations import MUTATIONS

ROOT = Path(__file__).parents[2]
DOCUMENTS = {path.name: path for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md"))}
DOCUMENTS["localslack/README.md"] = ROOT / "localslack" / "README.md"
DOCUMENTS["localpay/README.md"] = ROOT / "localpay" / "README.md"
LINK = re.compile(r"\[[^]]*\]\((?P<to>[^)\s]+)\)")
LINE = re.compile(r"L(\d+)")
CITED = re.compile(r"\b[a-z]+\.md\b")
SECTION = re.compile(r"design\.md, section (\d+)")
CODE = [
    path
    for top in ("bot", "localpay", "localslack", "tests", "bench", "templates")
    for path in (ROOT / top).rglob("*.*")
]


def anchors(text: str) -> set[str]:
    """Of its headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name: str) -> None:
    document = DOCUMENTS[name]
    for link in LINK.finditer(document.read_text("utf-8")):
        place, _, anchor = link["to"].partition("#")
        if place.startswith(("http://", "https://")):
            continue
        target = (document.parent / place).resolve() if place else document
        assert target.exists(), link["to"]
        if line := LINE.fullmatch(anchor):
            assert int(line[1]) <= len(target.read_text("utf-8").splitlines()), link["to"]
        elif anchor:
            assert anchor in anchors(target.read_text("utf-8")), link["to"]


def test_no_comment_cites_a_document_that_is_not_there() -> None:
    """Nor a section."""
    sections = set(re.findall(r"^## (\d+)\.", DOCUMENTS["design.md"].read_text("utf-8"), re.MULTILINE))
    for path in CODE:
        if path.suffix in {".py", ".toml", ".j2"} and path != Path(__file__):
            text = path.read_text("utf-8")
            assert set(CITED.findall(text)) <= {one.lower() for one in DOCUMENTS} | set(DOCUMENTS), path
            assert set(SECTION.findall(text)) <= sections, path


def test_every_promise_and_every_safeguard_is_told_of() -> None:
    text = DOCUMENTS["promises.md"].read_text("utf-8")
    assert {name for name in MUTATIONS if f"`{name}`" not in text} == set()
    modules = {path.name[:15] for path in Path(tests.promises.__file__).parent.glob("test_promise_*.py")}
    assert {name for name in modules if f"`{name}_*`" not in text} == set()


def test_the_journeys_are_played_where_the_document_says() -> None:
    """Every row has its step in a scenario; `make journeys` writes the lines anew."""
    assert journeys.FILE.read_text("utf-8") == journeys.document()
