"""Run by Alembic; always on a connection whose transaction `archive.sql.schema` has begun."""

from alembic import context

from archive.sql.tables import metadata

# transactional_ddl: both databases take back changes of tables, SQLite too as it is set up here.
context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
