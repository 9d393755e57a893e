"""Tasks that say how well a person controls a limb; the same for simulated and real people."""
