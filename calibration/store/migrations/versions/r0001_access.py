"""Patients' codes, accounts, and the audit trail with what keeps it append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None

_SAYS = "the audit trail is append-only"
_REFUSE = f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
_NEXT = "(SELECT coalesce(max(seq), 0) + 1 FROM audit_entry)"
_THERE = "EXISTS (SELECT 1 FROM audit_head)"
_KEPT = {
    "sqlite": [
        f"CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry {_REFUSE}",
        f"CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry {_REFUSE}",
        f"CREATE TRIGGER audit_entry_next BEFORE INSERT ON audit_entry WHEN NEW.seq <> {_NEXT} {_REFUSE}",
        f"CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head {_REFUSE}",
        f"CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head WHEN NEW.seq <= OLD.seq {_REFUSE}",
        f"CREATE TRIGGER audit_head_once BEFORE INSERT ON audit_head WHEN {_THERE} {_REFUSE}",
    ],
    "postgresql": [
        "CREATE FUNCTION innervate_trail_kept() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN RAISE EXCEPTION '{_SAYS}'; END$$",
        "CREATE FUNCTION innervate_trail_next() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN IF NEW.seq <> {_NEXT} THEN RAISE EXCEPTION '{_SAYS}'; END IF; RETURN NEW; END$$",
        "CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION innervate_trail_kept()",
        "CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry "
        "EXECUTE FUNCTION innervate_trail_kept()",
        "CREATE TRIGGER audit_entry_next BEFORE INSERT ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION innervate_trail_next()",
        "CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head "
        "FOR EACH ROW EXECUTE FUNCTION innervate_trail_kept()",
        "CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head "
        "EXECUTE FUNCTION innervate_trail_kept()",
        "CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head FOR EACH ROW "
        "WHEN (NEW.seq <= OLD.seq) EXECUTE FUNCTION innervate_trail_kept()",
    ],
}
"""What refuses to change or remove a line, whoever asks."""


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=80), nullable=False),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("patient", sa.String(length=64), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("row", sa.String(length=120), nullable=False),
        sa.Column("fields", sa.String(length=1000), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_patient"), "audit_entry", ["patient"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("seq >= 0 AND seq <= 1000000000", name=op.f("ck_audit_head_seq_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "login_delay",
        sa.Column("of", sa.String(length=120), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("not_before", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "failures >= 0 AND failures <= 1000000000", name=op.f("ck_login_delay_failures_ends")
        ),
        sa.PrimaryKeyConstraint("of", name=op.f("pk_login_delay")),
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint("length(id) > 0", name=op.f("ck_patient_id_filled")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=True),
        sa.Column("password_hash", sa.String(length=400), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "(role = 'wearer') = (patient_id IS NOT NULL)", name=op.f("ck_account_wearer_is_tied")
        ),
        sa.CheckConstraint(
            "role IN ('clinician', 'wearer', 'developer')", name=op.f("ck_account_role_words")
        ),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_account_name_filled")),
        sa.CheckConstraint("length(password_hash) > 0", name=op.f("ck_account_password_hash_filled")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_account_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )
    op.create_index(op.f("ix_account_patient_id"), "account", ["patient_id"], unique=False)
    op.create_table(
        "login_session",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=80), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_login_session_account_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_login_session")),
    )
    op.create_index(op.f("ix_login_session_account_id"), "login_session", ["account_id"], unique=False)
    for statement in _KEPT[op.get_bind().dialect.name]:
        op.execute(statement)
