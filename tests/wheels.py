"""The wheel of this checkout, and fresh environments with it, made without the network."""

import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
INSTALLED = Path(sysconfig.get_path("purelib"))
OWN = ("penguinmails", "__editable__", "_editable")


def build(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True, timeout=120)
    return next(folder.glob("penguinmails_bot-*.whl"))


def fresh(folder: Path, wheel: Path, lent: Iterable[str]) -> Path:
    """The folder of programs of a new environment with the wheel in it; of what is installed here it is lent these."""
    home, lending = folder / "venv", folder / "lent"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True, timeout=180)
    lending.mkdir()
    for name in lent:
        (lending / name).symlink_to(INSTALLED / name)
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True, timeout=120)
    own = next((home / "lib").glob("python*")) / "site-packages"
    (own / "lent.pth").write_text(f"{lending}\n")
    return home / "bin"


def needed(requirements: Iterable[str]) -> set[str]:
    """What these requirements bring in, and what that brings in: names at the top of site-packages."""
    waiting, seen, found = [Requirement(one) for one in requirements], set(), set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in seen or not _applies(requirement):
            continue
        seen.add(name)
        distribution = metadata.distribution(name)
        found |= {path.parts[0] for path in distribution.files or () if path.parts[0] not in ("..", "__pycache__")}
        waiting += [Requirement(one) for one in distribution.requires or ()]
    return found


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})
