"""A simulated person who wears the limb: a goal, eyes and muscles. It knows no decoder, label or setting."""
