"""Runs migrations on the connection that `bot.store.migrate` hands over, as the owner."""

from alembic import context

from bot import grants
from bot.platform import schema
from bot.store.models import SCHEMA, Base


def repeat_platform() -> None:
    """Bring triggers, roles and rights to what today's version needs, of which an old migration knows nothing."""
    needed = grants.declared()
    context.execute("SET LOCAL search_path = public")
    context.execute(schema.TRIGGERS)
    context.execute(schema.default_rows())
    context.execute(schema.rights_sql(needed))
    context.execute(f"SET LOCAL search_path = {SCHEMA}, public")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table="schema_versions",
    version_table_schema=SCHEMA,
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
    if context.config.attributes["branch"] == "platform":
        repeat_platform()
