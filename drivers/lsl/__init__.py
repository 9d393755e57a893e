"""EMG from a Lab Streaming Layer stream. pylsl is imported only when a stream is looked for."""
