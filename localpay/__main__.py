"""Run the local Stripe alone: python -m localpay --help"""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from localpay.account import KEY
from localpay.errors import Refusal
from localpay.local import LocalPay
from localpay.sample import sample_world
from localpay.schema.library import API_VERSION, SOURCE
from localpay.seed import World

ABOUT = """\
A Stripe on this machine, for trying and testing what uses it: API, signed webhooks, and a page in which customers and
their banks do things."""
EXAMPLES = """\
examples:
  python -m localpay --webhook http://127.0.0.1:3000/stripe/webhook --secret whsec_test
        events go there
  python -m localpay --world world.json
        with customers of your own

In the program only the address differs: StripeClient(key, base_addresses={"api": "http://127.0.0.1:8910"}).
README.md beside this program says what is covered, and how things are made to go wrong.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        pay = LocalPay(_world(asked.world), api_key=asked.key)
    except OSError as error:
        parser.error(f"{error.filename} cannot be read: {error.strerror}")
    except (LookupError, TypeError, ValueError, AttributeError, Refusal) as error:
        parser.error(f"the world is not as it should be: {error!r}")
    if asked.webhook:
        pay.add_endpoint(asked.webhook, secret=asked.secret)
    try:
        asyncio.run(_run(pay, asked.port))
    except OSError as error:
        parser.error(f"port {asked.port} cannot be used: {error.strerror}; choose another one with --port")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m localpay",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("--world", type=Path, metavar="FILE", help="products and customers as JSON; without it a few made up")
    option("--webhook", metavar="URL", help="where events go")
    option("--secret", metavar="whsec_…", help="what they are signed with; without it one is made up")
    option("--key", default=KEY, help=f"the API key that it takes; {KEY} unless said otherwise")
    option("--port", type=int, default=8910, help="8910 unless said otherwise; 0 takes one that is free")
    return parser


def _world(path: Path | None) -> World:
    return World.from_json(json.loads(path.read_text(encoding="utf-8"))) if path else sample_world()


async def _run(pay: LocalPay, port: int) -> None:
    ended = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    async with pay.serve(port) as url:
        sys.stdout.write(_begun(pay, url))
        sys.stdout.flush()
        await ended.wait()


def _begun(pay: LocalPay, url: str) -> str:
    lines = {
        "Page": f"{url}/",
        "API": url,
        "API key": pay.api_key,
        "API version": API_VERSION,
        "Schema": SOURCE,
        "Events go to": ", ".join(one.url for one in pay.webhooks.endpoints)
        or "nobody: name an address with --webhook",
        "Signing secret": ", ".join(one.secret for one in pay.webhooks.endpoints) or "none",
    }
    return "".join(f"{name:<16}{value}\n" for name, value in lines.items())


if __name__ == "__main__":
    main()
