"""Somebody else's local Stripe, pinned, and the environment of its own that it runs in.

localstripe (PyPI, GPL-3.0-or-later) is run as a program; nothing of it is part of the product.
"""

from pathlib import Path

from tests import environments

HERE = Path(__file__).parent


def localstripe() -> list[str]:
    """Its command, but for the port."""
    return [environments.python("localstripe", HERE / "localstripe.lock"), str(HERE / "localstripe_app.py")]
