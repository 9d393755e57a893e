"""Phantom sessions, days at home, alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0005"
down_revision = "r0004"


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "home_day",
        sa.Column("limb_id", sa.String(length=32), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("worn_h", sa.Float(), nullable=False),
        sa.Column("movements", sa.Integer(), nullable=False),
        sa.Column("reversals", sa.Integer(), nullable=False),
        sa.Column("recalibrations", sa.Integer(), nullable=False),
        sa.Column("stops", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "movements >= 0 AND movements <= 1000000000", name=op.f("ck_home_day_movements_ends")
        ),
        sa.CheckConstraint(
            "recalibrations >= 0 AND recalibrations <= 1000000000",
            name=op.f("ck_home_day_recalibrations_ends"),
        ),
        sa.CheckConstraint(
            "reversals >= 0 AND reversals <= 1000000000", name=op.f("ck_home_day_reversals_ends")
        ),
        sa.CheckConstraint("worn_h >= 0 AND worn_h <= 24", name=op.f("ck_home_day_worn_h_ends")),
        sa.ForeignKeyConstraint(
            ["patient_id", "limb_id"],
            ["limb.patient_id", "limb.id"],
            name=op.f("fk_home_day_patient_id_limb_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_home_day_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_day")),
        sa.UniqueConstraint("limb_id", "on", name=op.f("uq_home_day_limb_id_on")),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_home_day_patient_id_id")),
    )
    op.create_index(op.f("ix_home_day_limb_id"), "home_day", ["limb_id"], unique=False)
    op.create_index(op.f("ix_home_day_patient_id"), "home_day", ["patient_id"], unique=False)
    op.create_table(
        "pme_session",
        sa.Column("limb_id", sa.String(length=32), nullable=False),
        sa.Column("visit_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("nrs_before", sa.Float(), nullable=True),
        sa.Column("nrs_after", sa.Float(), nullable=True),
        sa.Column("pri_before", sa.Float(), nullable=True),
        sa.Column("pri_after", sa.Float(), nullable=True),
        sa.Column("wpd_before", sa.Float(), nullable=True),
        sa.Column("wpd_after", sa.Float(), nullable=True),
        sa.Column("movements", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("figures", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint("kind IN ('execution', 'imagery')", name=op.f("ck_pme_session_kind_words")),
        sa.CheckConstraint(
            "began_at IS NULL OR ended_at IS NULL OR began_at <= ended_at",
            name=op.f("ck_pme_session_began_at_then_ended_at"),
        ),
        sa.CheckConstraint("nrs_after >= 0 AND nrs_after <= 10", name=op.f("ck_pme_session_nrs_after_ends")),
        sa.CheckConstraint(
            "nrs_before >= 0 AND nrs_before <= 10", name=op.f("ck_pme_session_nrs_before_ends")
        ),
        sa.CheckConstraint("pri_after >= 0 AND pri_after <= 45", name=op.f("ck_pme_session_pri_after_ends")),
        sa.CheckConstraint(
            "pri_before >= 0 AND pri_before <= 45", name=op.f("ck_pme_session_pri_before_ends")
        ),
        sa.CheckConstraint("wpd_after >= 0 AND wpd_after <= 5", name=op.f("ck_pme_session_wpd_after_ends")),
        sa.CheckConstraint(
            "wpd_before >= 0 AND wpd_before <= 5", name=op.f("ck_pme_session_wpd_before_ends")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "limb_id"],
            ["limb.patient_id", "limb.id"],
            name=op.f("fk_pme_session_patient_id_limb_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "visit_id"],
            ["visit.patient_id", "visit.id"],
            name=op.f("fk_pme_session_patient_id_visit_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_pme_session_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pme_session")),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_pme_session_patient_id_id")),
    )
    op.create_index(op.f("ix_pme_session_limb_id"), "pme_session", ["limb_id"], unique=False)
    op.create_index(op.f("ix_pme_session_patient_id"), "pme_session", ["patient_id"], unique=False)
    op.create_index(op.f("ix_pme_session_visit_id"), "pme_session", ["visit_id"], unique=False)
    op.create_table(
        "alert",
        sa.Column("pain_entry_id", sa.String(length=32), nullable=True),
        sa.Column("assessment_id", sa.String(length=32), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("says", sa.String(length=400), nullable=False),
        sa.Column("seen_by", sa.String(length=100), nullable=True),
        sa.Column("seen_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint("kind IN ('pain', 'fall')", name=op.f("ck_alert_kind_words")),
        sa.CheckConstraint("length(says) > 0", name=op.f("ck_alert_says_filled")),
        sa.ForeignKeyConstraint(
            ["patient_id", "assessment_id"],
            ["assessment.patient_id", "assessment.id"],
            name=op.f("fk_alert_patient_id_assessment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "pain_entry_id"],
            ["pain_entry.patient_id", "pain_entry.id"],
            name=op.f("fk_alert_patient_id_pain_entry_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_alert_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_alert_patient_id_id")),
    )
    op.create_index(op.f("ix_alert_assessment_id"), "alert", ["assessment_id"], unique=False)
    op.create_index(op.f("ix_alert_pain_entry_id"), "alert", ["pain_entry_id"], unique=False)
    op.create_index(op.f("ix_alert_patient_id"), "alert", ["patient_id"], unique=False)
