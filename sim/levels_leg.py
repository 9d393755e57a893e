"""Residual legs: transfemoral and transtibial. Which nerve drives what, and what movements tense.

Transfers: FACTS section 5, whose marks stand in each site's `basis`. Above the knee the two divisions of
the sciatic nerve bring the ankle's movements to the hamstrings. Below it the calf and shin muscles keep
their nerves and give the ankle's signals; transferred motor nerves mean toes and foot, and sural and
saphenous nerves are sensory. The residual tibialis anterior recruits flatter than an intact one, the
gastrocnemius hardly ([S], J Neural Eng 2024;21, transtibial); how much flatter is ours. Positions, depths
and shares of excitation are ours. Fibre lengths after Ward et al., Clin Orthop Relat Res 2009;467:1074,
[M]; in the semitendinosus up to its tendinous inscription.
"""

from __future__ import annotations

from .level_table import body_of, native, part, sensory
from .montage import over, rings

_SEMI, _BICEPS = "semimembranosus", "biceps femoris, long head"

TRANSFEMORAL = body_of(
    "transfemoral",
    75.0,
    10.4,
    {
        "RF": native("rectus femoris", 0, 11.0, 76),
        "VL": native("vastus lateralis", 306, 12.0, 99),
        "VM": native("vastus medialis", 45, 12.0, 97, 10),
        "SA": native("sartorius", 68, 8.0, 403, -10),
        "GR": native("gracilis", 98, 9.0, 228),
        "AD": native("adductor magnus", 118, 24.0, 149),
        "ST": native("semitendinosus", 166, 11.0, 95, -5),
        "BFS": native("biceps femoris, short head", 232, 17.0, 110, 15),
        "TCA": part(_SEMI, "tibial", "gastrocnemius, soleus", "plantarflexion", 146, 9.5, -8, "S"),
        "TTP": part(_SEMI, "tibial", "tibialis posterior", "inversion", 156, 11.0, 8, "S"),
        "TTO": part(_SEMI, "tibial", "toe flexors", "toe flexion", 138, 11.0, 12, "S"),
        "PTA": part(_BICEPS, "common peroneal", "tibialis anterior", "dorsiflexion", 202, 9.5, -8, "S"),
        "PPE": part(_BICEPS, "common peroneal", "peroneal muscles", "eversion", 213, 10.0, 8, "S"),
        "PTO": part(_BICEPS, "common peroneal", "toe extensors", "toe extension", 208, 11.0, 16, "S"),
    },
    {
        "knee extension": {"VL": 0.80, "VM": 0.80, "RF": 0.65, "ST": 0.06, "AD": 0.10},
        "knee flexion": {"ST": 0.80, "BFS": 0.75, "GR": 0.45, "SA": 0.40, "RF": 0.06, "TCA": 0.12},
        "plantarflexion": {"TCA": 0.85, "TTP": 0.30, "TTO": 0.35, "PPE": 0.25, "VM": 0.08, "ST": 0.08},
        "dorsiflexion": {"PTA": 0.85, "PTO": 0.50, "PPE": 0.12, "RF": 0.08, "BFS": 0.06},
        "inversion": {"TTP": 0.85, "PTA": 0.45, "TTO": 0.25, "TCA": 0.12},
        "eversion": {"PPE": 0.85, "PTO": 0.35, "TCA": 0.15, "BFS": 0.08},
    },
    over((0, 0), (45, 10), (306, 0), (166, -5), (140, 4), (154, 0), (202, -4), (212, 10)),
)
"""A thigh whose tibial and common peroneal divisions end in the hamstrings; they drive the ankle."""

TRANSTIBIAL = body_of(
    "transtibial",
    55.0,
    5.5,
    {
        "TA": native("tibialis anterior", 332, 9.0, 68, flat=0.5),
        "PL": native("peroneus longus", 268, 9.0, 51),
        "GL": native("gastrocnemius, lateral head", 212, 9.0, 59),
        "GM": native("gastrocnemius, medial head", 150, 9.0, 51),
        "SOL": native("soleus", 128, 14.0, 44, 15),
        "TP": native("tibialis posterior", 100, 21.0, 38, 5),
        "DPE": part(
            "extensor digitorum longus", "deep peroneal", "toe extensors", "toe extension", 303, 9.5, 4, "M"
        ),
        "SPE": part(
            "peroneus brevis", "superficial peroneal", "peroneus brevis", "eversion", 250, 13.0, 18, "M"
        ),
        "TIB": part(
            "flexor hallucis longus", "tibial", "toe flexors, foot muscles", "toe flexion", 192, 20.0, 12, "M"
        ),
        "SUR": sensory("gastrocnemius, lateral head", "sural", 222, 9.0, "M"),
        "SAP": sensory("gastrocnemius, medial head", "saphenous", 140, 9.0, "M"),
    },
    {
        "dorsiflexion": {"TA": 0.80, "DPE": 0.50, "PL": 0.10, "SOL": 0.05},
        "plantarflexion": {
            "GM": 0.70,
            "GL": 0.65,
            "SOL": 0.80,
            "TP": 0.30,
            "TIB": 0.40,
            "PL": 0.30,
            "TA": 0.05,
        },
        "inversion": {"TP": 0.80, "TA": 0.50, "TIB": 0.30, "SOL": 0.20, "GM": 0.12},
        "eversion": {"PL": 0.80, "SPE": 0.75, "DPE": 0.30, "GL": 0.12, "TA": 0.06},
    },
    rings(8),
)
"""A lower leg that keeps its calf and shin muscles; five transfers, of which two are sensory."""
