"""Tests, pain, follow-up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0004"
down_revision = "r0003"


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "follow_up_event",
        sa.Column("limb_id", sa.String(length=32), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("window_months", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "(kind = 'missed') = (window_months IS NOT NULL)",
            name=op.f("ck_follow_up_event_window_of_missed"),
        ),
        sa.CheckConstraint(
            "kind IN ('missed', 'withdrawn', 'died')", name=op.f("ck_follow_up_event_kind_words")
        ),
        sa.CheckConstraint(
            "window_months >= 0 AND window_months <= 1200", name=op.f("ck_follow_up_event_window_months_ends")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "limb_id"],
            ["limb.patient_id", "limb.id"],
            name=op.f("fk_follow_up_event_patient_id_limb_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_follow_up_event_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up_event")),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_follow_up_event_patient_id_id")),
    )
    op.create_index(op.f("ix_follow_up_event_limb_id"), "follow_up_event", ["limb_id"], unique=False)
    op.create_index(op.f("ix_follow_up_event_patient_id"), "follow_up_event", ["patient_id"], unique=False)
    op.create_table(
        "pain_entry",
        sa.Column("limb_id", sa.String(length=32), nullable=True),
        sa.Column("visit_id", sa.String(length=32), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("plp_present", sa.Boolean(), nullable=True),
        sa.Column("plp_worst_24h", sa.Float(), nullable=True),
        sa.Column("plp_average_7d", sa.Float(), nullable=True),
        sa.Column("rlp_present", sa.Boolean(), nullable=True),
        sa.Column("rlp_worst_24h", sa.Float(), nullable=True),
        sa.Column("rlp_average_7d", sa.Float(), nullable=True),
        sa.Column("phantom_sensation", sa.Boolean(), nullable=True),
        sa.Column("neuroma_tender", sa.Boolean(), nullable=True),
        sa.Column("opioid_mg_day", sa.Float(), nullable=True),
        sa.Column("sfmpq_pri", sa.Float(), nullable=True),
        sa.Column("wpd", sa.Float(), nullable=True),
        sa.Column("missing", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint("source IN ('clinic', 'home')", name=op.f("ck_pain_entry_source_words")),
        sa.CheckConstraint(
            "opioid_mg_day >= 0 AND opioid_mg_day <= 10000", name=op.f("ck_pain_entry_opioid_mg_day_ends")
        ),
        sa.CheckConstraint(
            "plp_average_7d >= 0 AND plp_average_7d <= 10", name=op.f("ck_pain_entry_plp_average_7d_ends")
        ),
        sa.CheckConstraint(
            "plp_worst_24h >= 0 AND plp_worst_24h <= 10", name=op.f("ck_pain_entry_plp_worst_24h_ends")
        ),
        sa.CheckConstraint(
            "rlp_average_7d >= 0 AND rlp_average_7d <= 10", name=op.f("ck_pain_entry_rlp_average_7d_ends")
        ),
        sa.CheckConstraint(
            "rlp_worst_24h >= 0 AND rlp_worst_24h <= 10", name=op.f("ck_pain_entry_rlp_worst_24h_ends")
        ),
        sa.CheckConstraint("sfmpq_pri >= 0 AND sfmpq_pri <= 45", name=op.f("ck_pain_entry_sfmpq_pri_ends")),
        sa.CheckConstraint("wpd >= 0 AND wpd <= 5", name=op.f("ck_pain_entry_wpd_ends")),
        sa.ForeignKeyConstraint(
            ["patient_id", "limb_id"],
            ["limb.patient_id", "limb.id"],
            name=op.f("fk_pain_entry_patient_id_limb_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "visit_id"],
            ["visit.patient_id", "visit.id"],
            name=op.f("fk_pain_entry_patient_id_visit_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_pain_entry_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pain_entry")),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_pain_entry_patient_id_id")),
    )
    op.create_index(op.f("ix_pain_entry_limb_id"), "pain_entry", ["limb_id"], unique=False)
    op.create_index(op.f("ix_pain_entry_patient_id"), "pain_entry", ["patient_id"], unique=False)
    op.create_index(op.f("ix_pain_entry_visit_id"), "pain_entry", ["visit_id"], unique=False)
    op.create_table(
        "promis_score",
        sa.Column("pain_entry_id", sa.String(length=32), nullable=False),
        sa.Column("of", sa.String(length=40), nullable=False),
        sa.Column("domain", sa.String(length=40), nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("form_version", sa.String(length=40), nullable=False),
        sa.Column("t_score", sa.Float(), nullable=False),
        sa.Column("items", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "domain IN ('intensity', 'behavior', 'interference')", name=op.f("ck_promis_score_domain_words")
        ),
        sa.CheckConstraint("of IN ('phantom', 'residual', 'general')", name=op.f("ck_promis_score_of_words")),
        sa.CheckConstraint("length(form) > 0", name=op.f("ck_promis_score_form_filled")),
        sa.CheckConstraint("length(form_version) > 0", name=op.f("ck_promis_score_form_version_filled")),
        sa.CheckConstraint("t_score >= 0 AND t_score <= 100", name=op.f("ck_promis_score_t_score_ends")),
        sa.ForeignKeyConstraint(
            ["patient_id", "pain_entry_id"],
            ["pain_entry.patient_id", "pain_entry.id"],
            name=op.f("fk_promis_score_patient_id_pain_entry_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_promis_score_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promis_score")),
        sa.UniqueConstraint(
            "pain_entry_id", "of", "domain", name=op.f("uq_promis_score_pain_entry_id_of_domain")
        ),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_promis_score_patient_id_id")),
    )
    op.create_index(op.f("ix_promis_score_pain_entry_id"), "promis_score", ["pain_entry_id"], unique=False)
    op.create_index(op.f("ix_promis_score_patient_id"), "promis_score", ["patient_id"], unique=False)
    op.create_table(
        "assessment",
        sa.Column("limb_id", sa.String(length=32), nullable=True),
        sa.Column("visit_id", sa.String(length=32), nullable=True),
        sa.Column("model_version_id", sa.String(length=32), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("test", sa.String(length=40), nullable=False),
        sa.Column("figures", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("rater", sa.String(length=200), nullable=True),
        sa.Column("rater_certified", sa.Boolean(), nullable=True),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "test <> 'acmc' OR (rater IS NOT NULL AND rater_certified IS NOT NULL AND rater_certified)",
            name=op.f("ck_assessment_acmc_rated"),
        ),
        sa.CheckConstraint(
            "test IN ('tac', 'fitts', 'tracking', 'box-and-blocks', 'clothespin', 'acmc', "
            "'shap', 'dash', 'amp', '2mwt', '6mwt', 'tug', '10mwt', 'plus-m', 'abc', 'falls', "
            "'socket-comfort', 'skin')",
            name=op.f("ck_assessment_test_words"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "limb_id"],
            ["limb.patient_id", "limb.id"],
            name=op.f("fk_assessment_patient_id_limb_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "model_version_id"],
            ["model_version.patient_id", "model_version.id"],
            name=op.f("fk_assessment_patient_id_model_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "visit_id"],
            ["visit.patient_id", "visit.id"],
            name=op.f("fk_assessment_patient_id_visit_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_assessment_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_assessment_patient_id_id")),
    )
    op.create_index(op.f("ix_assessment_limb_id"), "assessment", ["limb_id"], unique=False)
    op.create_index(op.f("ix_assessment_model_version_id"), "assessment", ["model_version_id"], unique=False)
    op.create_index(op.f("ix_assessment_patient_id"), "assessment", ["patient_id"], unique=False)
    op.create_index(op.f("ix_assessment_visit_id"), "assessment", ["visit_id"], unique=False)
