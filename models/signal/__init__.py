"""From raw samples to features: increments, conditioning, contact quality, windows."""
