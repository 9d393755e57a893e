"""All that must be the same in training and in use: arrays in, arrays out. Knows core alone."""
