"""What PostgreSQL itself guards the trail with: triggers that are on, and rights that the bot's role does not have."""

from collections.abc import Iterator
from typing import Any

from psycopg import Connection

from bot.audit.findings import Finding, Kind
from bot.store.database import APP_ROLE

# Which trigger calls what: 2 is before, 1 each row, 4 insert, 8 delete, 16 update, 32 truncate.
TRIGGERS = {
    ("audit_log", "audit_log_only_grows"): ("refuse_change", 2 + 8 + 16 + 32),
    ("audit_log", "audit_log_stamped"): ("stamp_entry", 2 + 1 + 4),
    ("audit_details", "audit_details_never_change"): ("refuse_change", 2 + 16),
    ("audit_leaves", "audit_leaves_only_grow"): ("refuse_change", 2 + 8 + 16 + 32),
    ("audit_seals", "audit_seals_only_grow"): ("refuse_change", 2 + 8 + 16 + 32),
}
# What the functions have to say somewhere: whoever empties one takes it away.
SAYS = {"refuse_change": ("RAISE EXCEPTION",), "stamp_entry": ("NEW.at := clock_timestamp()", "NEW.id := nextval")}
TABLES = ("audit_log", "audit_details", "audit_leaves", "audit_seals")
FOUND = """
SELECT trigger.tgrelid::regclass::text, trigger.tgname, trigger.tgenabled, function.proname, function.prosrc,
       trigger.tgtype, trigger.tgqual IS NULL AND trigger.tgattr = ''::int2vector
FROM pg_trigger AS trigger JOIN pg_proc AS function ON function.oid = trigger.tgfoid
WHERE trigger.tgrelid = ANY(ARRAY['pmbot.audit_log', 'pmbot.audit_details', 'pmbot.audit_leaves', 'pmbot.audit_seals'
      ]::regclass[]) AND NOT trigger.tgisinternal
"""
RIGHTS = """
SELECT name, privilege FROM unnest(%(tables)s::text[]) AS name,
       unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) AS privilege
WHERE has_table_privilege(%(role)s, 'pmbot.' || name, privilege)
   OR privilege = 'UPDATE' AND has_any_column_privilege(%(role)s, 'pmbot.' || name, privilege)
UNION ALL
SELECT 'audit_log', 'INSERT of ' || name FROM unnest(ARRAY['id', 'at', 'xid']) AS name
WHERE has_column_privilege(%(role)s, 'pmbot.audit_log', name, 'INSERT')
UNION ALL
SELECT relname, 'ownership' FROM pg_class
WHERE relnamespace = 'pmbot'::regnamespace AND relname = ANY(%(tables)s) AND pg_has_role(%(role)s, relowner, 'MEMBER')
UNION ALL
SELECT 'everything', 'superuser' FROM pg_roles WHERE rolname = %(role)s AND rolsuper
"""


def look(connection: Connection[Any]) -> Iterator[Finding]:
    """What is not as the migrations made it."""
    found = {}
    for table, name, enabled, function, source, of_type, always in connection.execute(FOUND):
        found[table.rpartition(".")[2], name] = enabled, function, source, of_type, always
    for (table, name), (function, of_type) in TRIGGERS.items():
        where = {"table": table, "trigger": name}
        if (table, name) not in found:
            yield Finding(Kind.GUARD, f"The trigger {name} on {table} is missing: pm db upgrade made it once.", where)
            continue
        enabled, called, source, kind, always = found[table, name]
        if enabled not in ("O", "A", b"O", b"A"):
            says = f"The trigger {name} on {table} is disabled: whoever owns the table can change it."
            yield Finding(Kind.GUARD, says, where)
        elif called != function or kind != of_type or not always or any(one not in source for one in SAYS[function]):
            yield Finding(Kind.GUARD, f"The trigger {name} on {table} does not do what it did.", where)
    for table, privilege in connection.execute(RIGHTS, {"tables": list(TABLES), "role": APP_ROLE}):
        says = f"{APP_ROLE}, the role of the bot, has a right that it should not have: {privilege} on {table}."
        yield Finding(Kind.GUARD, says, {"table": table, "privilege": privilege})
