"""CubeMars AK actuators in MIT mode over CAN."""
