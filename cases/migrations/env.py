"""Alembic's entry: runs the migrations on the connection that `cases.database` hands over."""

from alembic import context

import cases.answers.tables
import cases.clients.tables
import cases.people.tables
import cases.responsibility.tables
import cases.trail.tables
import cases.webhooks.tables  # noqa: F401 - the same
from cases.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
