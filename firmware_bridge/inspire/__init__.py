"""Inspire Robots RH56 hands."""
