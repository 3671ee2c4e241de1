"""What all commands have in common."""

import contextlib
import gc
from collections.abc import Iterator
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from bot.errors import BotError


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """While modules are loaded nothing is garbage, and they stay: looking for some took a third of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class Group(click.Group):
    """Errors of the bot are sentences for people, not traces."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BotError as error:
            raise click.ClickException(str(error)) from error
        except OperationalError as error:
            raise click.ClickException(
                f"The database cannot be reached: {str(error.orig).strip()}. "
                "Check DATABASE_URL, and that PostgreSQL runs."
            ) from error
