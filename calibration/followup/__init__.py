"""How the patient is doing: pain over the follow-up windows, phantom motor execution, scores over visits."""
