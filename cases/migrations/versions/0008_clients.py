"""clients of the API, answers under idempotency keys, reports of people"""

from alembic import op
import sqlalchemy as sa
import cases.tables

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('clients',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('scopes', cases.tables.Json(), nullable=False),
    sa.Column('per_minute', sa.Integer(), nullable=False),
    sa.Column('created_at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', cases.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', cases.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('last_used_at', cases.tables.UtcDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clients')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_clients_token_sha256')),
    comment='Who may use the API. A token is kept as its SHA-256 only.'
    )
    op.create_index('uq_clients_one_of_a_name', 'clients', ['name'], unique=True,
        sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))
    op.create_table('answers',
    sa.Column('client_id', sa.String(length=36), nullable=False),
    sa.Column('key', sa.String(length=128), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('content_type', sa.String(length=100), server_default='', nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('client_id', 'key', name=op.f('pk_answers')),
    comment='What a client was told under an idempotency key, for a day; no status while it is worked on.'
    )
    op.create_index(op.f('ix_answers_at'), 'answers', ['at'])
    op.create_table('reports',
    sa.Column('number', cases.tables.Serial, autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('reporter', sa.String(length=100), nullable=False),
    sa.Column('reference', sa.String(length=128), nullable=True),
    sa.Column('matter', sa.String(length=64), nullable=False),
    sa.Column('lat', sa.Float(), nullable=True),
    sa.Column('lon', sa.Float(), nullable=True),
    sa.Column('address', sa.String(length=500), nullable=False),
    sa.Column('description', sa.String(length=4000), nullable=False),
    sa.Column('media_url', sa.String(length=2000), nullable=True),
    sa.Column('reported_at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('received_at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('case_id', sa.String(length=36), nullable=True),
    sa.Column('suggested_case_id', sa.String(length=36), nullable=True),
    sa.Column('score', sa.Float(), nullable=True),
    sa.Column('metres', sa.Float(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('decided_by', sa.String(length=100), server_default='', nullable=False),
    sa.Column('contact_mask', sa.String(length=200), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_reports')),
    sa.UniqueConstraint('id', name=op.f('uq_reports_id')),
    comment='What people reported, and the case each belongs to. Of their contact data, a mask only.',
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_reports_received_at'), 'reports', ['received_at'])
    op.create_index(op.f('ix_reports_case_id'), 'reports', ['case_id'])
    op.create_index(op.f('ix_reports_suggested_case_id'), 'reports', ['suggested_case_id'])
    op.create_index('uq_reports_one_of_a_reference', 'reports', ['channel', 'reporter', 'reference'], unique=True,
        sqlite_where=sa.text('reference IS NOT NULL'), postgresql_where=sa.text('reference IS NOT NULL'))


def downgrade() -> None:
    op.drop_table('reports')
    op.drop_table('answers')
    op.drop_table('clients')
