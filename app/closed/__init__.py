"""The loop closed in simulated time: patient, decoder, limb and user in one process, step after step."""
