"""PSYONIC Ability Hand over its extended API on a UART."""
