"""How well a decoder would do for people: splits, faults and sweeps over recordings of them."""
