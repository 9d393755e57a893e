"""What befalls a simulated patient: each kind has an amount and a course over time. `table` lists them."""
