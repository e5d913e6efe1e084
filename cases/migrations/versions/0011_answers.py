"""what owners answer on the public page, and who wants no messages"""

from alembic import op
import sqlalchemy as sa
import cases.tables

revision = '0011'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('case_answers',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('notice_id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.Column('at', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('token_sha', sa.String(length=64), nullable=False),
    sa.Column('client', sa.String(length=64), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('zone', sa.String(length=64), nullable=False),
    sa.Column('review', sa.String(length=20), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_answers_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_answers')),
    comment='What owners answered on the public page; once each, whatever was tapped twice.'
    )
    op.create_index(op.f('ix_case_answers_case_id'), 'case_answers', ['case_id'])
    op.create_index(op.f('ix_case_answers_notice_id'), 'case_answers', ['notice_id'])
    op.create_index('ix_case_answers_not_mine', 'case_answers', ['at'],
        sqlite_where=sa.text("kind = 'not_mine'"), postgresql_where=sa.text("kind = 'not_mine'"))
    op.create_table('opt_outs',
    sa.Column('recipient', sa.String(length=64), nullable=False),
    sa.Column('since', cases.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('recipient', name=op.f('pk_opt_outs')),
    comment='Who wants no messages, by the token that stands for their number.'
    )
    with op.batch_alter_table('cases') as batch:
        batch.add_column(sa.Column('disowned', sa.String(length=12), server_default='', nullable=False))


def downgrade() -> None:
    op.drop_table('opt_outs')
    op.drop_table('case_answers')
    # Not in a batch: that would build the table anew, which others refer to.
    op.drop_column('cases', 'disowned')
