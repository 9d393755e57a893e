"""Measured claims: each prints what it measured, beside something else."""
