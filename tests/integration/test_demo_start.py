"""`pm demo` before anything slow: what cannot work is said at once, and a used port is no reason to stop."""

import socket
from pathlib import Path

from bot.demo.run import USUAL_PORTS, page_socket
from tests.integration.command_line import pm


def test_a_policy_that_cannot_be_read_is_told_before_anything_is_written(tmp_path: Path) -> None:
    """Which entry is wrong, and no database is filled for nothing."""
    policy = tmp_path / "policy.toml"
    policy.write_text("on_call = 5\n")
    done = pm("demo", "--policy", str(policy))
    assert done.returncode == 1
    assert done.stdout.startswith(f"Error: The policy {policy} cannot be read: ")
    assert "on_call" in done.stdout


def test_a_port_that_was_asked_for_and_is_taken_is_said_in_a_sentence() -> None:
    """With what to do; nothing is started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = pm("demo", "--port", str(port))
    assert done.returncode == 1
    assert done.stdout == (
        f"Error: Port {port} of this machine cannot be used. Leave --port out: the demo finds a free one itself.\n"
    )


def test_without_a_port_the_demo_takes_a_free_one() -> None:
    """Two demos at a time are two pages."""
    with page_socket(None) as first, page_socket(None) as second:
        assert first.getsockname()[1] != second.getsockname()[1]
        assert first.getsockname()[1] in USUAL_PORTS
