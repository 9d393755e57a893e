"""ROBOTIS Dynamixel X servos, Protocol 2.0."""
