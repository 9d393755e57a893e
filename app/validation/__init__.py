"""Does the simulator reproduce what was published? `innervate validate`; results: docs/validation.md."""
