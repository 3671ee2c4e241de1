"""`make mutation`: the share of small mistakes in what is pure that the tests notice, module by module.

mutmut makes the mistakes and runs the tests; here they are counted. What asks the database (each async function) is not
pure: tests/integration is where mistakes in it are noticed, which takes too long for thousands of them.
"""

import ast
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

LEAST = 85  # per cent of them all
FOUND = ("killed", "timeout", "suspicious", "segfault")
NAME = re.compile(r"(?P<module>[\w.]+)\.x(?:ǁ\w+ǁ|_)(?P<function>\w+)__mutmut_\d+$")


def asks(module: str) -> set[str]:
    """Its async functions."""
    tree = ast.parse(Path(*module.split(".")).with_suffix(".py").read_text("utf-8"))
    return {one.name for one in ast.walk(tree) if isinstance(one, ast.AsyncFunctionDef)}


def counted(results: str) -> dict[str, Counter[str]]:
    """How many of each outcome a module has, from what `mutmut results --all true` prints."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for line in results.splitlines():
        name, _, outcome = line.strip().partition(": ")
        if (parts := NAME.match(name)) and parts["function"] not in asks(parts["module"]):
            found[parts["module"]][outcome] += 1
    return dict(found)


def share(outcomes: Counter[str]) -> float:
    """Per cent that were noticed; what no test runs at all was not."""
    return 100 * sum(outcomes[one] for one in FOUND) / outcomes.total() if outcomes else 0.0


def main() -> None:
    """A table; ends with 1 when too few were noticed."""
    command = [str(Path(sys.executable).with_name("mutmut")), "results", "--all", "true"]
    modules = counted(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    everything = sum(modules.values(), Counter[str]())
    for name, outcomes in (*sorted(modules.items()), ("all", everything)):
        others = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()) if outcome not in FOUND)
        print(f"{name:<32} {share(outcomes):5.1f} % of {outcomes.total():>4}   {others}")  # noqa: T201
    sys.exit(share(everything) < LEAST)


if __name__ == "__main__":
    main()
