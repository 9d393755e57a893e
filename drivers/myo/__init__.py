"""EMG from a Thalmic Myo armband through its BLED112 dongle."""
