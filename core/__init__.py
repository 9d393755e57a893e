"""The words every room shares. Knows nothing of ours; importing it opens and starts nothing."""
