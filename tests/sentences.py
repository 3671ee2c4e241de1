"""Every sentence that the bot, its page or its command line can say, one on a line with its place: `make sentences`.

Read from the source without running it: templates by Jinja's own parser, Python by its own, the page's JavaScript by
its text. What is filled in is `{…}`, alternatives of a template are joined by `|`. It rather lists a string too many.
"""

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, nodes

ROOT = Path(__file__).parents[1]
FILLED = "{…}"
OUTSIDE = ("bot/demo/scenarios", "bot/migrations", "bot/platform/tables", "bot/demo/data.py")
"""Of the Python: what stands in for Slack and the platform, or is data."""
LOGS = {"debug", "info", "warning", "error", "exception", "critical"}
TECHNICAL = {
    "ValueError",
    "KeyError",
    "RuntimeError",
    "LookupError",
    "AssertionError",
    "text",
    "compile",
    "Index",
    "Counter",
}
TECHNICAL |= {"Gauge", "Histogram", "Field", "Column", "CheckConstraint", "add_column", "field"}
SQL = re.compile(
    r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|GRANT|REVOKE|LISTEN|WHERE|INSERT OR DELETE|COPY|SET ROLE"
    r"|JOIN|DROP DATABASE|REPEATABLE READ|IS DISTINCT FROM|EXECUTE FUNCTION|NOT NULL|IS NULL|REFERENCES)\b|= (ANY\()?%s"
)
HEADER = re.compile(r"Bearer ")
LABELLED = {"fact", "button", "_plain", "plain_text", "Suggestion", "menu", "bold", "begins"}
"""Calls whose words reach people even where there is only one."""
TEXT_NODE = re.compile(r"(?<![=\s])>([^<>`]*?[A-Za-z]{2}[^<>`]*?)(?=<|`)")  # no arrow, no comparison
QUOTED = re.compile(r"""'"'|"((?:[^"\\\n]|\\.)*)\"""")
SPELT = re.compile(r"`([^`<>]*)`")
UNSEEN = re.compile(
    r'class=\$\{[^}]*\}|(?:class|rel)[=:]\s*"[^"]*"|"M[\d.]+[ hlv][^"]*"'
    r'|(?:querySelector(?:All)?|closest|matches)\("[^"]*"\)'
)
"""Of the page: names of styles, selectors, and the paths that icons are drawn by."""


class Sentence(NamedTuple):
    """Something that can be said, and where it is written."""

    place: str
    words: str


def sentences(root: Path = ROOT) -> list[Sentence]:
    """All of them, in the order of their files."""
    found = [
        *(one for file in sorted(root.glob("templates/**/*.j2")) for one in of_template(file, root)),
        *(one for file in sorted(root.glob("bot/**/*.py")) if _speaks(file, root) for one in of_python(file, root)),
        *(one for file in sorted(root.glob("local*/page/**/*.js")) for one in of_page(file, root)),
    ]
    return list(dict.fromkeys(found))


def _speaks(file: Path, root: Path) -> bool:
    return not str(file.relative_to(root)).startswith(OUTSIDE)


def _said(file: Path, root: Path, line: int, words: str) -> Iterator[Sentence]:
    plain = " ".join(words.split()).strip(" |")
    if re.search(r"[A-Za-z]{2}", plain.replace(FILLED, "")):
        yield Sentence(f"{file.relative_to(root)}:{line}", plain)


# Templates


def of_template(file: Path, root: Path) -> Iterator[Sentence]:
    """Each block and each macro as one sentence, each word on a button as another."""
    tree = Environment().parse(file.read_text("utf-8"))
    for one in tree.find_all((nodes.CallBlock, nodes.Macro)):
        if isinstance(one, nodes.CallBlock | nodes.Macro) and not _blocks_in(one):
            yield from _said(file, root, one.lineno, _body(one.body))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in {"button", "menu", "grid"}:
            for constant in call.find_all(nodes.Const):
                if isinstance(constant.value, str) and re.search(r"[A-Z][a-z]|\s", constant.value):
                    yield from _said(file, root, constant.lineno, constant.value)
    for pair in tree.find_all(nodes.Pair):
        yield from _said(file, root, pair.lineno, _words(pair.value))


def _blocks_in(node: nodes.CallBlock | nodes.Macro) -> bool:
    return any(True for part in node.body for _ in _found(part))


def _found(node: nodes.Node) -> Iterator[nodes.Node]:
    if isinstance(node, nodes.CallBlock):
        yield node
    yield from node.find_all(nodes.CallBlock)


def _body(parts: Sequence[nodes.Node]) -> str:
    return "".join(_words(part) for part in parts)


def _words(node: nodes.Node) -> str:  # noqa: PLR0911 - a kind of node each
    match node:
        case nodes.TemplateData():
            return str(node.data)
        case nodes.Output():
            return _body(node.nodes)
        case nodes.Const():
            return str(node.value)
        case nodes.If():
            ways = [_body(node.body), *(_words(one) for one in node.elif_), _body(node.else_)]
            return " | ".join(way for way in ways if way.strip())
        case nodes.For():
            return _body(node.body) + _body(node.else_)
        case nodes.CondExpr():
            return " | ".join(_words(way) for way in (node.expr1, node.expr2) if way is not None)
        case nodes.Call() if isinstance(node.node, nodes.Name) and node.node.name == "bold" and node.args:
            return _words(node.args[0])
        case nodes.Concat():
            return _body(node.nodes)
    return FILLED if isinstance(node, nodes.Expr) else ""


# Python


def of_python(file: Path, root: Path) -> Iterator[Sentence]:
    """Each string of more than a word that is no comment to programmers; labels of one word; what help quotes."""
    tree = ast.parse(file.read_text("utf-8"))
    for node, within in _strings(tree, ()):
        words = _literal(node)
        if _is_said(words, within):
            yield from _said(file, root, node.lineno, words)
    for one in ast.walk(tree):
        if isinstance(one, ast.ClassDef | ast.FunctionDef) and _shown_by_help(one):
            yield from _said(file, root, one.lineno, (ast.get_docstring(one) or "").partition("\n\n")[0])


def _shown_by_help(node: ast.ClassDef | ast.FunctionDef) -> bool:
    names = {name.id for each in node.decorator_list for name in ast.walk(each) if isinstance(name, ast.Name)}
    commands = {name.attr for each in node.decorator_list for name in ast.walk(each) if isinstance(name, ast.Attribute)}
    return "register" in names or "command" in commands or "group" in commands


def _strings(node: ast.AST, within: tuple[str, ...]) -> Iterator[tuple[ast.expr, tuple[str, ...]]]:
    """Strings with the calls that they stand in; a whole of several pieces once; no docstrings."""
    if isinstance(node, ast.Constant | ast.JoinedStr):
        if isinstance(node, ast.JoinedStr) or isinstance(node.value, str):
            yield node, within
        return
    if isinstance(node, ast.Call):
        within = (*within, getattr(node.func, "id", getattr(node.func, "attr", "")))
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant):
                continue
            if isinstance(part, ast.AST):
                yield from _strings(part, within)


def _literal(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    return "".join(str(part.value) if isinstance(part, ast.Constant) else FILLED for part in parts)


def _is_said(words: str, within: tuple[str, ...]) -> bool:
    if SQL.search(words) or HEADER.match(words) or LOGS.intersection(within) or TECHNICAL.intersection(within):
        return False
    plain = words.replace(FILLED, "x").strip()
    if within and within[-1] in LABELLED and re.fullmatch(r"[A-Z]\w+", plain):
        return True
    return " " in plain and re.search(r"[a-z]{2} |[A-Z]\w* ", plain) is not None


# The page


def of_page(file: Path, root: Path) -> Iterator[Sentence]:
    """Text between tags, and quoted text of more than a word."""
    if "vendor" in file.parts:
        return
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if line.lstrip().startswith("//") or line.startswith("import "):
            continue
        seen = UNSEEN.sub('""', line)
        for found in (*TEXT_NODE.finditer(seen), *QUOTED.finditer(seen), *SPELT.finditer(seen)):
            words = re.sub(r"\$\{.*?\}", FILLED, found.group(1) or "")
            if found.re is SPELT and (re.search(r"[=;$&?\[\]]", words) or not re.search(r"[a-z]{2}", words)):
                continue
            if " " in words.strip() or (found.re is TEXT_NODE and words.strip().isalpha()):
                yield from _said(file, root, number, words)


if __name__ == "__main__":
    sys.stdout.writelines(f"{one.place}  {one.words}\n" for one in sentences())
