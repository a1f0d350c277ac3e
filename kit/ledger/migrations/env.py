"""Run the revisions on the connection that :mod:`kit.ledger.setup` hands over; Alembic imports this file."""

from alembic import context

from kit.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
