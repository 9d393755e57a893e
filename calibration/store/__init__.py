"""What a clinic keeps: patients, visits, models, pain, accounts, and who saw or changed what.

docs/clinic-store.md says how. Needs the extra `clinic`; `door.need_store` says so before anything else here
is imported.
"""
