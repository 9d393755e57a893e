"""Where EMG comes from: serial amplifiers, LSL streams, recordings. Importing it opens nothing."""
