"""Residual arms: transradial, transhumeral, shoulder. Which nerve drives what, and what movements tense.

Transfers and what they stand for: FACTS section 5, whose marks stand in each site's `basis`. A transferred
nerve carries the axons of several lost muscles; each group keeps to its own part of the target muscle, and
parts overlap (Kapelner 2016: less than 12 % of the surface belongs to one task alone). Which lost muscles a
nerve served is anatomy; where in the target their axons end is ours. Positions and depths are ours, after
cross-sections in anatomy books; shares of excitation are ours, after what each muscle does. None of it was
measured on residual limbs. Fibres: brachioradialis 177, pronator teres 55, biceps 128 and triceps 127 mm
(Murray, Buchanan and Delp, J Biomech 2000;33:943, [S]); others from Lieber 1990 and 1992 and Holzbaur 2005,
[M].
"""

from __future__ import annotations

from .level_table import body_of, native, part
from .montage import over, rings

_PCT, _FDS, _FCU = "pectoralis major, sternal part", "flexor digitorum superficialis", "flexor carpi ulnaris"

TRANSRADIAL = body_of(
    "transradial",
    42.0,
    3.5,
    {
        "FCR": native("flexor carpi radialis", 0, 7.5, 63),
        "PT": native("pronator teres", 338, 8.5, 55, -12),
        # The median nerve no longer serves a thumb; FDS has lost its own branch.
        "MTH": part(_FDS, "median", "thenar muscles", "pinch", 38, 8.5, -8, "M"),
        "MLU": part(_FDS, "median", "lumbricals 1 and 2", "power", 50, 9.5, 8, "M"),
        "FPL": native("flexor pollicis longus", 350, 19.0, 55, 15),
        "FDP": native("flexor digitorum profundus", 68, 13.0, 80, 5),
        "UAD": part(_FCU, "ulnar", "adductor pollicis, first interosseus", "key", 92, 8.0, -8, "M"),
        "UIN": part(_FCU, "ulnar", "interossei, hypothenar muscles", "power", 106, 8.5, 9, "M"),
        "ECU": native("extensor carpi ulnaris", 150, 7.5, 62),
        "EPL": native("extensor pollicis longus", 172, 15.0, 54, 20),
        "ED": native("extensor digitorum", 192, 8.0, 75),
        "EDI": native("extensor indicis", 165, 14.0, 59, 30),
        "SUP": native("supinator", 222, 14.0, 35, -15),
        "ECR": native("extensor carpi radialis", 242, 7.5, 65),
        "BR": native("brachioradialis", 288, 8.0, 177, -5),
    },
    {
        "open": {"ED": 0.85, "EDI": 0.55, "EPL": 0.60, "ECU": 0.30, "ECR": 0.28, "UIN": 0.25, "FCR": 0.05},
        "power": {
            "FDP": 0.85,
            "MLU": 0.50,
            "FPL": 0.60,
            "UIN": 0.45,
            "UAD": 0.45,
            "MTH": 0.40,
            "ECR": 0.40,
            "FCR": 0.25,
            "ECU": 0.20,
            "ED": 0.10,
        },
        "pinch": {
            "MTH": 0.75,
            "FPL": 0.55,
            "FDP": 0.35,
            "MLU": 0.35,
            "UAD": 0.25,
            "ECR": 0.28,
            "FCR": 0.15,
            "ED": 0.12,
        },
        "tripod": {
            "MTH": 0.65,
            "FPL": 0.50,
            "FDP": 0.50,
            "MLU": 0.60,
            "UIN": 0.30,
            "UAD": 0.25,
            "ECR": 0.25,
            "FCR": 0.22,
            "ED": 0.10,
        },
        "key": {
            "UAD": 0.80,
            "FPL": 0.60,
            "FDP": 0.40,
            "MTH": 0.25,
            "UIN": 0.30,
            "ECU": 0.20,
            "ECR": 0.18,
            "FCR": 0.10,
        },
        "point": {
            "EDI": 0.75,
            "ED": 0.40,
            "FDP": 0.40,
            "UIN": 0.40,
            "MLU": 0.12,
            "FPL": 0.30,
            "ECU": 0.18,
            "ECR": 0.12,
        },
        "wrist flexion": {"FCR": 0.85, "FDP": 0.30, "PT": 0.20, "UIN": 0.10, "ECU": 0.10},
        "wrist extension": {"ECR": 0.80, "ECU": 0.70, "ED": 0.40, "EPL": 0.10, "BR": 0.10},
        "pronation": {"PT": 0.80, "FCR": 0.28, "BR": 0.22, "ECU": 0.12, "FDP": 0.08},
        "supination": {"SUP": 0.85, "BR": 0.30, "EPL": 0.25, "ECR": 0.15, "ED": 0.10},
    },
    rings(8),
)
"""A forearm whose median and ulnar nerves end in FDS and FCU; a ring of eight pairs."""

_BIC, _LAT, _BRA = "biceps brachii, short head", "triceps brachii, lateral head", "brachialis"

TRANSHUMERAL = body_of(
    "transhumeral",
    46.0,
    6.0,
    {
        "BIL": native("biceps brachii, long head", 330, 10.0, 128),
        "MFI": part(_BIC, "median", "finger and thumb flexors", "power", 24, 8.5, -9, "S"),
        "MWR": part(_BIC, "median", "pronators, flexor carpi radialis", "pronation", 36, 9.5, 8, "S"),
        "MTH": part(_BIC, "median", "thenar muscles", "pinch", 44, 9.0, 0, "S"),
        "UIN": part(_BRA, "ulnar", "interossei, adductor pollicis", "key", 290, 13.0, 6, "M"),
        "UFL": part(
            _BRA, "ulnar", "flexor carpi ulnaris, finger flexors", "wrist flexion", 300, 13.5, 20, "M"
        ),
        "TLO": native("triceps brachii, long head", 140, 10.0, 127),
        "TME": native("triceps brachii, medial head", 112, 15.0, 114, 10),
        "RFI": part(_LAT, "distal radial", "finger and thumb extensors", "open", 222, 8.5, -8, "S"),
        "RWR": part(_LAT, "distal radial", "wrist extensors", "wrist extension", 236, 9.0, 8, "S"),
        "RSU": part(_LAT, "distal radial", "supinator", "supination", 244, 9.5, -2, "S"),
    },
    {
        "elbow flexion": {"BIL": 0.85, "RSU": 0.12, "TLO": 0.08, "MWR": 0.08},
        "elbow extension": {"TLO": 0.85, "TME": 0.80, "BIL": 0.08, "RWR": 0.08},
        "open": {"RFI": 0.85, "RWR": 0.35, "UIN": 0.20, "RSU": 0.12, "TLO": 0.08},
        "power": {"MFI": 0.85, "UFL": 0.50, "UIN": 0.30, "MTH": 0.35, "RWR": 0.35, "MWR": 0.15},
        "pinch": {"MTH": 0.80, "MFI": 0.45, "UIN": 0.25, "RWR": 0.25, "MWR": 0.12},
        "key": {"UIN": 0.85, "MFI": 0.40, "MTH": 0.28, "RWR": 0.18, "UFL": 0.20},
        "wrist flexion": {"MWR": 0.55, "UFL": 0.80, "MFI": 0.30, "RFI": 0.06},
        "wrist extension": {"RWR": 0.85, "RFI": 0.40, "RSU": 0.12, "MWR": 0.06},
        "pronation": {"MWR": 0.85, "MFI": 0.15, "BIL": 0.06, "RSU": 0.08},
        "supination": {"RSU": 0.85, "BIL": 0.40, "RFI": 0.25, "RWR": 0.15},
    },
    over((330, 0), (26, -9), (42, 4), (295, 14), (135, 2), (218, -8), (236, 8), (250, -2)),
)
"""An upper arm with both heads of biceps and triceps shared out; long enough for the brachialis."""

_CLA, _MIN, _LATI = "pectoralis major, clavicular part", "pectoralis minor", "latissimus dorsi"

SHOULDER = body_of(
    "shoulder",
    110.0,
    8.0,
    {
        "MCU": part(_CLA, "musculocutaneous", "elbow flexors", "elbow flexion", 352, 9.0, -42, "S"),
        "MFI": part(_PCT, "median", "finger and thumb flexors", "power", 346, 9.0, -8, "S"),
        "MWR": part(_PCT, "median", "pronators, flexor carpi radialis", "pronation", 356, 9.5, 10, "S"),
        "MTH": part(_PCT, "median", "thenar muscles", "pinch", 4, 9.0, -4, "S"),
        "UIN": part(_MIN, "ulnar", "interossei, adductor pollicis", "key", 330, 17.0, 10, "M"),
        "REX": part(_LATI, "radial", "elbow extensors", "elbow extension", 284, 9.5, 10, "M"),
        "RFI": part(_LATI, "radial", "finger and wrist extensors", "open", 272, 9.0, 28, "M"),
        "RSU": part(_LATI, "radial", "supinator", "supination", 292, 10.0, 34, "M"),
        "DAN": native("deltoid, anterior part", 322, 10.0, 98, -45),
        "DPO": native("deltoid, posterior part", 236, 10.0, 137, -45),
        "TRA": native("trapezius", 205, 9.0, 110, -70),
        "INF": native("infraspinatus", 222, 10.0, 76, 0),
    },
    {
        "elbow flexion": {"MCU": 0.85, "MFI": 0.10, "DAN": 0.25, "RSU": 0.08},
        "elbow extension": {"REX": 0.85, "DPO": 0.25, "RFI": 0.12, "INF": 0.10},
        "open": {"RFI": 0.85, "RSU": 0.15, "UIN": 0.20, "TRA": 0.10, "REX": 0.10},
        "power": {"MFI": 0.85, "MTH": 0.40, "UIN": 0.40, "RFI": 0.25, "DAN": 0.10},
        "pinch": {"MTH": 0.80, "MFI": 0.45, "UIN": 0.30, "RFI": 0.20},
        "key": {"UIN": 0.85, "MFI": 0.40, "MTH": 0.28, "RFI": 0.15},
        "wrist flexion": {"MWR": 0.60, "MFI": 0.50, "UIN": 0.20, "DAN": 0.08},
        "wrist extension": {"RFI": 0.65, "RSU": 0.30, "REX": 0.10, "TRA": 0.10},
        "pronation": {"MWR": 0.85, "MFI": 0.12, "DAN": 0.15},
        "supination": {"RSU": 0.85, "MCU": 0.35, "RFI": 0.25, "INF": 0.12},
    },
    over((352, -42), (345, -8), (357, 10), (4, -4), (332, 10), (284, 10), (272, 26), (292, 32)),
)
"""A chest after shoulder disarticulation: pectoralis in parts, latissimus; pairs over them, as fitters do."""
