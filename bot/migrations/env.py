"""Runs migrations on the connection that `bot.store.migrate` hands over, as the owner."""

from alembic import context

from bot.store.models import SCHEMA, Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table="schema_versions",
    version_table_schema=SCHEMA,
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
