"""Two analogue outputs that stand in for a hand's electrodes."""
