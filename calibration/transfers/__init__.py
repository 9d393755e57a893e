"""A patient's nerve transfers: tables to start from, soft checks, what is typical and what was seen."""
