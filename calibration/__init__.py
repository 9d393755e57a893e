"""From recordings to a decoder for one person, and to what it is worth. May use scipy and scikit-learn."""
