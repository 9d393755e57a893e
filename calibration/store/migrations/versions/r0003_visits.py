"""Visits, calibrations and models."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "visit",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "kind IN ('baseline', 'fitting', 'signal check', 'calibration', 'assessment', "
            "'follow-up', 'phantom', 'other')",
            name=op.f("ck_visit_kind_words"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_visit_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_visit_patient_id_id")),
    )
    op.create_index(op.f("ix_visit_patient_id"), "visit", ["patient_id"], unique=False)
    op.create_table(
        "calibration",
        sa.Column("limb_id", sa.String(length=32), nullable=False),
        sa.Column("visit_id", sa.String(length=32), nullable=True),
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("plan", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "began_at IS NULL OR ended_at IS NULL OR began_at <= ended_at",
            name=op.f("ck_calibration_began_at_then_ended_at"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "limb_id"],
            ["limb.patient_id", "limb.id"],
            name=op.f("fk_calibration_patient_id_limb_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "visit_id"],
            ["visit.patient_id", "visit.id"],
            name=op.f("fk_calibration_patient_id_visit_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_calibration_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration")),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_calibration_patient_id_id")),
    )
    op.create_index(op.f("ix_calibration_limb_id"), "calibration", ["limb_id"], unique=False)
    op.create_index(op.f("ix_calibration_patient_id"), "calibration", ["patient_id"], unique=False)
    op.create_index(op.f("ix_calibration_visit_id"), "calibration", ["visit_id"], unique=False)
    op.create_table(
        "recording",
        sa.Column("limb_id", sa.String(length=32), nullable=True),
        sa.Column("visit_id", sa.String(length=32), nullable=True),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("task", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint("length(path) > 0", name=op.f("ck_recording_path_filled")),
        sa.CheckConstraint("length(task) > 0", name=op.f("ck_recording_task_filled")),
        sa.ForeignKeyConstraint(
            ["patient_id", "limb_id"],
            ["limb.patient_id", "limb.id"],
            name=op.f("fk_recording_patient_id_limb_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "visit_id"],
            ["visit.patient_id", "visit.id"],
            name=op.f("fk_recording_patient_id_visit_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_recording_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_recording_patient_id_id")),
        sa.UniqueConstraint("patient_id", "path", name=op.f("uq_recording_patient_id_path")),
    )
    op.create_index(op.f("ix_recording_limb_id"), "recording", ["limb_id"], unique=False)
    op.create_index(op.f("ix_recording_patient_id"), "recording", ["patient_id"], unique=False)
    op.create_index(op.f("ix_recording_visit_id"), "recording", ["visit_id"], unique=False)
    op.create_table(
        "model_version",
        sa.Column("limb_id", sa.String(length=32), nullable=False),
        sa.Column("calibration_id", sa.String(length=32), nullable=True),
        sa.Column("parent_id", sa.String(length=32), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("used_last", sa.DateTime(), nullable=True),
        sa.Column("trained_on", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("metrics", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("movements", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint("length(path) > 0", name=op.f("ck_model_version_path_filled")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_model_version_sha256_whole")),
        sa.CheckConstraint("length(sha256) > 0", name=op.f("ck_model_version_sha256_filled")),
        sa.CheckConstraint("number >= 1 AND number <= 1000000000", name=op.f("ck_model_version_number_ends")),
        sa.ForeignKeyConstraint(
            ["patient_id", "calibration_id"],
            ["calibration.patient_id", "calibration.id"],
            name=op.f("fk_model_version_patient_id_calibration_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "limb_id"],
            ["limb.patient_id", "limb.id"],
            name=op.f("fk_model_version_patient_id_limb_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "parent_id"],
            ["model_version.patient_id", "model_version.id"],
            name=op.f("fk_model_version_patient_id_parent_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_model_version_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_version")),
        sa.UniqueConstraint("limb_id", "number", name=op.f("uq_model_version_limb_id_number")),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_model_version_patient_id_id")),
    )
    op.create_index(
        op.f("ix_model_version_calibration_id"), "model_version", ["calibration_id"], unique=False
    )
    op.create_index(
        "ix_model_version_current",
        "model_version",
        ["limb_id"],
        unique=True,
        sqlite_where=sa.text("current"),
        postgresql_where=sa.text("current"),
    )
    op.create_index(op.f("ix_model_version_limb_id"), "model_version", ["limb_id"], unique=False)
    op.create_index(op.f("ix_model_version_parent_id"), "model_version", ["parent_id"], unique=False)
    op.create_index(op.f("ix_model_version_patient_id"), "model_version", ["patient_id"], unique=False)
    op.create_table(
        "repetition",
        sa.Column("calibration_id", sa.String(length=32), nullable=False),
        sa.Column("movement", sa.String(length=64), nullable=False),
        sa.Column("position", sa.String(length=64), nullable=False),
        sa.Column("effort", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("figures", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('ok', 'late', 'early', 'weak', 'noisy', 'stopped')",
            name=op.f("ck_repetition_verdict_words"),
        ),
        sa.CheckConstraint("attempt >= 1 AND attempt <= 1000", name=op.f("ck_repetition_attempt_ends")),
        sa.CheckConstraint(
            "began_at IS NULL OR ended_at IS NULL OR began_at <= ended_at",
            name=op.f("ck_repetition_began_at_then_ended_at"),
        ),
        sa.CheckConstraint("length(effort) > 0", name=op.f("ck_repetition_effort_filled")),
        sa.CheckConstraint("length(movement) > 0", name=op.f("ck_repetition_movement_filled")),
        sa.CheckConstraint("length(path) > 0", name=op.f("ck_repetition_path_filled")),
        sa.CheckConstraint("length(position) > 0", name=op.f("ck_repetition_position_filled")),
        sa.CheckConstraint("length(sha256) > 0", name=op.f("ck_repetition_sha256_filled")),
        sa.CheckConstraint("number >= 1 AND number <= 1000", name=op.f("ck_repetition_number_ends")),
        sa.ForeignKeyConstraint(
            ["patient_id", "calibration_id"],
            ["calibration.patient_id", "calibration.id"],
            name=op.f("fk_repetition_patient_id_calibration_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_repetition_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repetition")),
        sa.UniqueConstraint(
            "calibration_id", "movement", "position", "effort", "number", "attempt", name="uq_repetition_once"
        ),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_repetition_patient_id_id")),
    )
    op.create_index(op.f("ix_repetition_calibration_id"), "repetition", ["calibration_id"], unique=False)
    op.create_index(op.f("ix_repetition_patient_id"), "repetition", ["patient_id"], unique=False)
    op.create_table(
        "site_check",
        sa.Column("visit_id", sa.String(length=32), nullable=False),
        sa.Column("electrode_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("quality", sa.String(length=40), nullable=False),
        sa.Column("contraction_uv", sa.Float(), nullable=True),
        sa.Column("rest_uv", sa.Float(), nullable=True),
        sa.Column("crosstalk", sa.Float(), nullable=True),
        sa.Column("after_walking", sa.Boolean(), nullable=False),
        sa.Column("figures", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "quality IN ('ready', 'weak', 'noisy', 'crosstalk', 'no contact', 'not yet', "
            "'no signal expected')",
            name=op.f("ck_site_check_quality_words"),
        ),
        sa.CheckConstraint(
            "contraction_uv >= 0 AND contraction_uv <= 1000000",
            name=op.f("ck_site_check_contraction_uv_ends"),
        ),
        sa.CheckConstraint("crosstalk >= 0 AND crosstalk <= 1", name=op.f("ck_site_check_crosstalk_ends")),
        sa.CheckConstraint("rest_uv >= 0 AND rest_uv <= 1000000", name=op.f("ck_site_check_rest_uv_ends")),
        sa.ForeignKeyConstraint(
            ["patient_id", "electrode_id"],
            ["electrode.patient_id", "electrode.id"],
            name=op.f("fk_site_check_patient_id_electrode_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "visit_id"],
            ["visit.patient_id", "visit.id"],
            name=op.f("fk_site_check_patient_id_visit_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_site_check_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_check")),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_site_check_patient_id_id")),
    )
    op.create_index(op.f("ix_site_check_electrode_id"), "site_check", ["electrode_id"], unique=False)
    op.create_index(op.f("ix_site_check_patient_id"), "site_check", ["patient_id"], unique=False)
    op.create_index(op.f("ix_site_check_visit_id"), "site_check", ["visit_id"], unique=False)
