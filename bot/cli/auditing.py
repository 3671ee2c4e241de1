"""The audit trail: verified, exported, and one entry proven."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot import config
from bot.config import AuditSettings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from bot.audit.sightings import Sighting
    from bot.audit.verifying import Verifier

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
PUBLIC = click.option(
    "--public-key", "keys", multiple=True, help="A public key that seals are signed with; may be given several times."
)


@click.group()
def audit() -> None:
    """Verify the audit trail, export it, or prove one entry."""


@audit.command()
def key() -> None:
    """Print a new private key for PM_AUDIT_KEY, and the public key to keep for verifying."""
    from bot.audit import seals

    private = seals.new_key()
    click.echo("The private key, for PM_AUDIT_KEY of every process, shown only now:", err=True)
    click.echo(private)
    click.echo("The public key, to keep elsewhere: pm audit verify --public-key", err=True)
    click.echo(seals.Signer.of(private).public, err=True)


@audit.command("witness-sql")
def witness_sql() -> None:
    """Print the SQL that prepares a second database as a witness (PM_AUDIT_WITNESS_DATABASE_URL)."""
    from bot.witnesses.database import SET_UP

    click.echo(SET_UP, nl=False)


@audit.command()
@PUBLIC
@click.option("--witness", "files", multiple=True, type=FILE, help="A witness's file, beside PM_AUDIT_WITNESS_FILE.")
@click.option("--witness-database", metavar="URL", default=None, help="The second database, by a login that reads it.")
@click.option("--root", "roots", multiple=True, metavar="SIZE:ROOT", help="A root from a message in Slack or a mail.")
@click.option("--offline", type=FILE, default=None, help="Verify this export instead of the database.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def verify(
    keys: Sequence[str],
    files: Sequence[Path],
    witness_database: str | None,
    roots: Sequence[str],
    offline: Path | None,
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Verify every entry, seal, signature and witness; name each change. Exit code 1 if there is one."""
    from bot.audit import exporting, guards, reading
    from bot.audit.verifying import Verifier

    settings = config.load(AuditSettings) if offline is None else None
    verifier = Verifier(_public(keys, settings), list(_sightings(settings, files, witness_database, roots)))
    if offline is not None:
        exporting.verify(offline, verifier)
    elif settings is not None:
        with reading.trail(settings.database_url.get_secret_value()) as trail:
            reading.verify(trail, verifier)
            verifier.found.extend(guards.look(trail.connection))
    found = verifier.finish()
    click.echo(_as_json(verifier) if as_json else "\n".join(_said(verifier)))
    if found.named:
        raise click.exceptions.Exit(1)


@audit.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@PUBLIC
def export(file: Path, keys: Sequence[str]) -> None:
    """Write entries, leaves, seals and public keys to FILE, for pm audit verify --offline."""
    from bot.audit import exporting, reading
    from bot.audit.seals import Signer

    settings = config.load(AuditSettings)
    own = [Signer.of(settings.pm_audit_key.get_secret_value()).public] if settings.pm_audit_key else []
    url = settings.database_url.get_secret_value()
    with reading.trail(url) as trail, file.open("w", encoding="utf-8", newline="\n") as open_file:
        number = exporting.write(trail, open_file, dict.fromkeys([*keys, *own]))
    click.echo(f"{file} has {number} sealed entries. Who reads it can verify it: pm audit verify --offline {file}")


@audit.command()
@click.argument("entry", type=int)
def prove(entry: int) -> None:
    """Print a proof that the entry with the number ENTRY is in the trail, as JSON."""
    from bot.audit import proofs, reading

    with reading.trail(config.load(AuditSettings).database_url.get_secret_value()) as trail:
        click.echo(json.dumps(proofs.make(trail, entry), indent=2, ensure_ascii=False))


@audit.command("check-proof")
@click.argument("file", type=FILE)
@PUBLIC
@click.option("--root", default=None, metavar="SIZE:ROOT", help="The root that the proof has to lead to.")
def check_proof(file: Path, keys: Sequence[str], root: str | None) -> None:
    """Check the proof in FILE, without the database."""
    from bot.audit import proofs, seals, sightings
    from bot.errors import Misconfigured

    try:
        proof = json.loads(file.read_text("utf-8"))
    except ValueError:
        raise Misconfigured(f"{file} is not a proof that pm audit prove wrote.") from None
    sighting = sightings.of_text(root) if root else None
    body, seal, signed = proofs.check(proof, seals.public_keys(keys), sighting)
    click.echo(f"The proof holds. Entry: {body}")
    by = "signed with a key that you gave" if signed else "whose signature was not checked: give --public-key"
    click.echo(f"It is in seal {seal.number} over {seal.size} entries of {seals.moment(seal.at)}, {by}.")


def _public(keys: Sequence[str], settings: AuditSettings | None) -> "dict[str, Ed25519PublicKey]":
    from bot.audit import seals

    own = settings.pm_audit_key if settings else None
    return seals.public_keys([*keys, *([seals.Signer.of(own.get_secret_value()).public] if own else [])])


def _sightings(
    settings: AuditSettings | None, files: Sequence[Path], url: str | None, roots: Sequence[str]
) -> "Iterator[Sighting]":
    from bot.audit import sightings
    from bot.witnesses import database

    own = settings.pm_audit_witness_file if settings else None
    for file in dict.fromkeys([*files, *([own] if own and own.exists() else [])]):
        with file.open(encoding="utf-8") as lines:
            yield from sightings.of_lines(str(file), lines)
    if url is not None:
        yield from database.sightings(url)
    for one in roots:
        yield sightings.of_text(one)


def _said(verifier: "Verifier") -> Iterator[str]:
    found, newest = verifier.found, verifier.newest
    for one in found.named:
        yield f"{one.kind:<10} {one.says}"
    if found.more:
        yield f"And {found.more} more."
    if newest is None:
        yield "Nothing is sealed yet."
    else:
        root = f"the newest is over {newest.size}, with the root {newest.root.hex()}"
        yield f"{verifier.entries} entries, {newest.number} seals; {root}"
    if verifier.pruned:
        yield f"{verifier.pruned} entries were pruned after seven years, as a sealed entry says."
    if verifier.unchecked:
        yield f"{verifier.unchecked} signatures were not checked: give the public key with --public-key."
    if verifier.witnesses == 0:
        yield "No witness was asked: without one nobody knows whether the end was cut off, or all of it made anew."
    yield f"{len(found.named) + found.more} found." if found.named else "The audit trail is whole."


def _as_json(verifier: "Verifier") -> str:
    found, newest = verifier.found, verifier.newest
    said = {
        "whole": not found.named,
        "findings": [{"kind": one.kind, "says": one.says, **one.where} for one in found.named],
        "more": found.more,
        "entries": verifier.entries,
        "pruned": verifier.pruned,
        "unchecked_signatures": verifier.unchecked,
        "witness_lines": verifier.witnesses,
        "newest": newest.as_json() if newest else None,
    }
    return json.dumps(said, indent=2, ensure_ascii=False)
