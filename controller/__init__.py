"""The loop: from one chunk of EMG to one command, every increment."""
