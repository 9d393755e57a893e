"""Stands in for the world: virtual patient, amplifiers and limbs. Nothing at run time imports it."""
