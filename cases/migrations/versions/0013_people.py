"""people at the desk, and who of them is signed in"""

from alembic import op
import sqlalchemy as sa
import cases.tables

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('people',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('display', sa.String(length=100), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('password', sa.String(length=200), nullable=False),
    sa.Column('created_at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('disabled_at', cases.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('must_change', sa.Boolean(), nullable=False),
    sa.Column('signed_in_at', cases.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.Column('locked_until', cases.tables.UtcDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_people')),
    sa.UniqueConstraint('name', name=op.f('uq_people_name')),
    comment='Who may sign in at the desk. A password is kept as its Argon2id hash only.'
    )
    op.create_table('sessions',
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('began_at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('seen_at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_sessions_person_id')),
    sa.PrimaryKeyConstraint('token_sha256', name=op.f('pk_sessions')),
    comment='Who is signed in: a row that is taken away ends the session. Tokens as their SHA-256 only.'
    )
    op.create_index(op.f('ix_sessions_person_id'), 'sessions', ['person_id'])


def downgrade() -> None:
    op.drop_table('sessions')
    op.drop_table('people')
