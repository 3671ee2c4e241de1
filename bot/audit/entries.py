"""An entry's leaf: the bytes that are hashed, in which every column of its row stands.

They are UTF-8 of a JSON array as PostgreSQL writes it: id, transaction (as text), time in UTC to the microsecond, kind,
actor, action, target, proposal, step, facts (the text of `jsonb`, which is the same for the same value) and commitment
(hexadecimal). What is absent is `null`. An entry has one such text, and no other has the same.
"""

FORMAT = "penguinmails-audit-1"
COLUMNS = ("id", "xid", "at", "kind", "actor_id", "action", "target", "proposal_id", "step", "facts", "commitment")

TIME = """to_char({of}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def leaf(of: str) -> str:
    """SQL for the leaf's bytes of the row that is called `of` there."""
    at = TIME.format(of=of)
    return f"""convert_to(json_build_array({of}.id, {of}.xid::text, {at}, {of}.kind, {of}.actor_id, {of}.action,
        {of}.target, {of}.proposal_id, {of}.step, {of}.facts, encode({of}.commitment, 'hex'))::text, 'UTF8')"""
