"""EMG from a Backyard Brains SpikerShield on an Arduino."""
