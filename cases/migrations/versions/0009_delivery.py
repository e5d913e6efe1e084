"""what the provider says of a notice after taking it, and who took it"""

from alembic import op
import sqlalchemy as sa
import cases.tables

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('notices') as batch:
        batch.add_column(sa.Column('sender', sa.String(length=20), server_default='', nullable=False))
        batch.add_column(sa.Column('delivery', sa.String(length=20), server_default='', nullable=False))
        batch.add_column(sa.Column('delivery_code', sa.String(length=20), server_default='', nullable=False))
        batch.add_column(sa.Column('delivered_at', cases.tables.UtcDateTime(timezone=True), nullable=True))
    op.create_index(op.f('ix_notices_provider_id'), 'notices', ['provider_id'])


def downgrade() -> None:
    op.drop_index(op.f('ix_notices_provider_id'), 'notices')
    with op.batch_alter_table('notices') as batch:
        for name in ('delivered_at', 'delivery_code', 'delivery', 'sender'):
            batch.drop_column(name)
