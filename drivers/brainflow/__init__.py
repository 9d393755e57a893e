"""Any board that BrainFlow knows. BrainFlow is an optional library, imported when such a source is made."""
