"""EMG from a Delsys Trigno through its vendor's Trigno Control Utility."""
