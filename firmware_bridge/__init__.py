"""The last gate and the wire: what may move, how fast, and the bytes that say so. No numpy."""
