"""EMG as lines of text from any microcontroller."""
