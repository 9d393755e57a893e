"""EMG from an OpenBCI Cyton through its USB dongle."""
