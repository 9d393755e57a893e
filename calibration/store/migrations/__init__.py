"""Steps from each version of the tables to the next (Alembic), walked when a store is opened."""
