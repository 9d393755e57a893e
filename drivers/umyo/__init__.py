"""EMG from uMyo sensors through their USB base station."""
