"""COVVI Hand over its Ethernet control interface."""
