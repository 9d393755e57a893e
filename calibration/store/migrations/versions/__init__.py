"""The steps. Words and ends are written out here: a step never changes when a list elsewhere grows."""
