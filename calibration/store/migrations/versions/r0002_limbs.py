"""Limbs and what is on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "limb",
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("amputated_on", sa.Date(), nullable=True),
        sa.Column("transferred_on", sa.Date(), nullable=True),
        sa.Column("tmr", sa.String(length=40), nullable=True),
        sa.Column("cleared_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "level IN ('shoulder', 'transhumeral', 'elbow', 'transradial', 'wrist', "
            "'partial-hand', 'transfemoral', 'knee', 'transtibial')",
            name=op.f("ck_limb_level_words"),
        ),
        sa.CheckConstraint("side IN ('left', 'right')", name=op.f("ck_limb_side_words")),
        sa.CheckConstraint("tmr IN ('primary', 'secondary')", name=op.f("ck_limb_tmr_words")),
        sa.CheckConstraint(
            "amputated_on IS NULL OR cleared_on IS NULL OR amputated_on <= cleared_on",
            name=op.f("ck_limb_amputated_on_then_cleared_on"),
        ),
        sa.CheckConstraint(
            "amputated_on IS NULL OR transferred_on IS NULL OR amputated_on <= transferred_on",
            name=op.f("ck_limb_amputated_on_then_transferred_on"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_limb_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limb")),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_limb_patient_id_id")),
        sa.UniqueConstraint("patient_id", "side", "level", name=op.f("uq_limb_patient_id_side_level")),
    )
    op.create_index(op.f("ix_limb_patient_id"), "limb", ["patient_id"], unique=False)
    op.create_table(
        "nerve_transfer",
        sa.Column("limb_id", sa.String(length=32), nullable=False),
        sa.Column("donor_nerve", sa.String(length=200), nullable=False),
        sa.Column("target_muscle", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("movement", sa.String(length=200), nullable=True),
        sa.Column("native_nerve_cut", sa.Boolean(), nullable=True),
        sa.Column("first_twitch_on", sa.Date(), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "(purpose = 'movement') = (movement IS NOT NULL)",
            name=op.f("ck_nerve_transfer_movement_of_purpose"),
        ),
        sa.CheckConstraint(
            "purpose IN ('movement', 'sensory', 'pain')", name=op.f("ck_nerve_transfer_purpose_words")
        ),
        sa.CheckConstraint("length(donor_nerve) > 0", name=op.f("ck_nerve_transfer_donor_nerve_filled")),
        sa.CheckConstraint("length(target_muscle) > 0", name=op.f("ck_nerve_transfer_target_muscle_filled")),
        sa.ForeignKeyConstraint(
            ["patient_id", "limb_id"],
            ["limb.patient_id", "limb.id"],
            name=op.f("fk_nerve_transfer_patient_id_limb_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_nerve_transfer_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nerve_transfer")),
        sa.UniqueConstraint(
            "limb_id",
            "donor_nerve",
            "target_muscle",
            name=op.f("uq_nerve_transfer_limb_id_donor_nerve_target_muscle"),
        ),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_nerve_transfer_patient_id_id")),
    )
    op.create_index(op.f("ix_nerve_transfer_limb_id"), "nerve_transfer", ["limb_id"], unique=False)
    op.create_index(op.f("ix_nerve_transfer_patient_id"), "nerve_transfer", ["patient_id"], unique=False)
    op.create_table(
        "phantom_word",
        sa.Column("limb_id", sa.String(length=32), nullable=False),
        sa.Column("movement", sa.String(length=64), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint("length(movement) > 0", name=op.f("ck_phantom_word_movement_filled")),
        sa.CheckConstraint("length(words) > 0", name=op.f("ck_phantom_word_words_filled")),
        sa.ForeignKeyConstraint(
            ["patient_id", "limb_id"],
            ["limb.patient_id", "limb.id"],
            name=op.f("fk_phantom_word_patient_id_limb_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_phantom_word_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phantom_word")),
        sa.UniqueConstraint("limb_id", "movement", name=op.f("uq_phantom_word_limb_id_movement")),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_phantom_word_patient_id_id")),
    )
    op.create_index(op.f("ix_phantom_word_limb_id"), "phantom_word", ["limb_id"], unique=False)
    op.create_index(op.f("ix_phantom_word_patient_id"), "phantom_word", ["patient_id"], unique=False)
    op.create_table(
        "prosthesis",
        sa.Column("limb_id", sa.String(length=32), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("fitted_on", sa.Date(), nullable=True),
        sa.Column("given_back_on", sa.Date(), nullable=True),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "fitted_on IS NULL OR given_back_on IS NULL OR fitted_on <= given_back_on",
            name=op.f("ck_prosthesis_fitted_on_then_given_back_on"),
        ),
        sa.CheckConstraint("length(device) > 0", name=op.f("ck_prosthesis_device_filled")),
        sa.ForeignKeyConstraint(
            ["patient_id", "limb_id"],
            ["limb.patient_id", "limb.id"],
            name=op.f("fk_prosthesis_patient_id_limb_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_prosthesis_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prosthesis")),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_prosthesis_patient_id_id")),
    )
    op.create_index(op.f("ix_prosthesis_limb_id"), "prosthesis", ["limb_id"], unique=False)
    op.create_index(op.f("ix_prosthesis_patient_id"), "prosthesis", ["patient_id"], unique=False)
    op.create_table(
        "electrode",
        sa.Column("limb_id", sa.String(length=32), nullable=False),
        sa.Column("nerve_transfer_id", sa.String(length=32), nullable=True),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("muscle", sa.String(length=200), nullable=False),
        sa.Column("innervation", sa.String(length=40), nullable=False),
        sa.Column("x", sa.Float(), nullable=True),
        sa.Column("y", sa.Float(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "innervation IN ('native', 'reinnervated')", name=op.f("ck_electrode_innervation_words")
        ),
        sa.CheckConstraint("length(channel) > 0", name=op.f("ck_electrode_channel_filled")),
        sa.CheckConstraint("length(muscle) > 0", name=op.f("ck_electrode_muscle_filled")),
        sa.CheckConstraint("x >= 0 AND x <= 1", name=op.f("ck_electrode_x_ends")),
        sa.CheckConstraint("y >= 0 AND y <= 1", name=op.f("ck_electrode_y_ends")),
        sa.ForeignKeyConstraint(
            ["patient_id", "limb_id"],
            ["limb.patient_id", "limb.id"],
            name=op.f("fk_electrode_patient_id_limb_id"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "nerve_transfer_id"],
            ["nerve_transfer.patient_id", "nerve_transfer.id"],
            name=op.f("fk_electrode_patient_id_nerve_transfer_id"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_electrode_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_electrode")),
        sa.UniqueConstraint("limb_id", "channel", name=op.f("uq_electrode_limb_id_channel")),
        sa.UniqueConstraint("patient_id", "id", name=op.f("uq_electrode_patient_id_id")),
    )
    op.create_index(op.f("ix_electrode_limb_id"), "electrode", ["limb_id"], unique=False)
    op.create_index(op.f("ix_electrode_nerve_transfer_id"), "electrode", ["nerve_transfer_id"], unique=False)
    op.create_index(op.f("ix_electrode_patient_id"), "electrode", ["patient_id"], unique=False)
