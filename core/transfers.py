"""Nerve transfers as they are usually made: one home of their names, for clinic and simulator.

Rows and tags: FACTS section 5. [S]: read in a source; [M]: from memory, no source found; [I]: our inference.
They are where a clinician starts from, never what was done to a patient: that is the patient's own record.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

READ, REMEMBERED, INFERRED = "S", "M", "I"
MOVEMENT, SENSORY, PAIN = "movement", "sensory", "pain"
PURPOSES = (MOVEMENT, SENSORY, PAIN)
"""What a transfer is for. Of the last two no signal is expected, and none is a failure."""

FIRST_TWITCH_MONTHS = 3.0
"""About when first twitches are seen; the seed paper's."""
USABLE_MONTHS = 6.0
"""About when a prosthesis can use the signal, [M]."""
MATURE_MONTHS = 12.0
"""Until then it goes on improving, [M]."""
USUAL_TRANSFERS = (3, 6)
"""Nerves rerouted in one limb; the seed paper's."""

SENSORY_NERVES = frozenset({"sural", "saphenous", "superficial radial", "medial antebrachial cutaneous"})
"""They carry no command, wherever they are joined to. Anatomy; those of the leg: FACTS section 5."""


@dataclass(frozen=True, slots=True)
class UsualTransfer:
    """One nerve joined to the motor branch of one muscle.

    Attributes:
        donor_nerve: rerouted.
        target_muscle: whose branch it was joined to.
        movement: phantom movement that its signal stands for; empty for a sensory nerve.
        basis: how sure the transfer is: `READ`, `REMEMBERED` or `INFERRED`.
        also: further movements whose axons the nerve carries, in parts of the muscle of their own; [I].
        others: muscles that are used instead.
        source: where it was read; empty for what was not.
        note: what a clinician should know.
    """

    donor_nerve: str
    target_muscle: str
    movement: str
    basis: str
    also: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class KeptMuscle:
    """A muscle that keeps its own nerve and is used beside the transfers."""

    muscle: str
    nerve: str
    movement: str
    basis: str


_ARM = "Dumanian 2009"
_CADAVER = "pubmed 22186509, cadaver"
_PECTORALIS = "oaepublish 2347-9264.2022.24, fig. 1"
_TOES = "intends toes and foot, not the ankle: shin and calf usually keep their nerves and give the ankle [I]"

_UPPER_ARM = (
    UsualTransfer("median", "biceps brachii, short head", "power", READ, ("pinch", "pronation"), source=_ARM),
    UsualTransfer(
        "distal radial",
        "triceps brachii, lateral head",
        "open",
        READ,
        ("wrist extension", "supination"),
        source=_ARM,
    ),
    UsualTransfer(
        "ulnar",
        "brachialis",
        "pinch",
        REMEMBERED,
        ("key", "wrist flexion"),
        note="only where the stump is long enough to keep the brachialis",
    ),
)
_SHOULDER = (
    UsualTransfer(
        "musculocutaneous",
        "pectoralis major, clavicular part",
        "elbow flexion",
        READ,
        source=_PECTORALIS,
    ),
    UsualTransfer(
        "median",
        "pectoralis major, sternal part",
        "power",
        READ,
        ("pinch", "pronation"),
        source=_PECTORALIS,
    ),
    UsualTransfer(
        "ulnar",
        "pectoralis minor",
        "key",
        REMEMBERED,
        others=("pectoralis major, lower part",),
        note="the third part of pectoralis major was read as a spare [S]",
    ),
    UsualTransfer(
        "radial",
        "latissimus dorsi",
        "open",
        REMEMBERED,
        ("elbow extension", "supination"),
        ("serratus anterior", "pectoralis major, lateral branch"),
    ),
)
_FOREARM = (
    UsualTransfer(
        "median",
        "flexor digitorum superficialis",
        "pinch",
        REMEMBERED,
        ("power",),
        source="hand muscles' nerves to forearm muscles: sralab.org/cbm/transradial-tmr; which to which: [M]",
    ),
    UsualTransfer(
        "ulnar",
        "flexor carpi ulnaris",
        "key",
        REMEMBERED,
        ("power",),
        source="as above",
    ),
)
_THIGH = (
    UsualTransfer(
        "tibial",
        "semimembranosus",
        "plantarflexion",
        READ,
        ("toe flexion", "inversion"),
        ("semitendinosus",),
        source=_CADAVER,
    ),
    UsualTransfer(
        "common peroneal",
        "biceps femoris, long head",
        "dorsiflexion",
        READ,
        ("eversion", "toe extension"),
        source=_CADAVER,
    ),
)
_LOWER_LEG = (
    UsualTransfer(
        "tibial",
        "flexor hallucis longus",
        "toe flexion",
        REMEMBERED,
        ("plantarflexion",),
        ("soleus", "flexor digitorum longus", "tibialis posterior"),
        note=_TOES,
    ),
    UsualTransfer(
        "deep peroneal",
        "extensor digitorum longus",
        "toe extension",
        REMEMBERED,
        ("dorsiflexion",),
        ("tibialis anterior",),
        note=_TOES,
    ),
    UsualTransfer(
        "superficial peroneal",
        "peroneus brevis",
        "eversion",
        REMEMBERED,
        others=("peroneus longus",),
    ),
    UsualTransfer("sural", "gastrocnemius, lateral head", "", REMEMBERED, note="for pain"),
    UsualTransfer(
        "saphenous", "gastrocnemius, medial head", "", REMEMBERED, others=("soleus",), note="for pain"
    ),
)


def _inferred(table: tuple[UsualTransfer, ...]) -> tuple[UsualTransfer, ...]:
    """The same of a level for which nothing was found: our inference."""
    return tuple(replace(usual, basis=INFERRED) for usual in table)


USUAL: dict[str, tuple[UsualTransfer, ...]] = {
    "shoulder": _SHOULDER,
    "transhumeral": _UPPER_ARM,
    "elbow": _inferred(_UPPER_ARM),
    "transradial": _FOREARM,
    "wrist": _inferred(_FOREARM),
    "partial-hand": (),
    "transfemoral": _THIGH,
    "knee": _inferred(_THIGH),
    "transtibial": _LOWER_LEG,
}
"""By level, as profiles name it. Elbow, wrist and knee disarticulation take the table of the segment above,
[I]; for a partial hand nothing was found."""

_KEPT_UPPER_ARM = (
    KeptMuscle("biceps brachii, long head", "musculocutaneous", "elbow flexion", REMEMBERED),
    KeptMuscle("triceps brachii, long head", "radial", "elbow extension", READ),
    KeptMuscle("triceps brachii, medial head", "radial", "elbow extension", REMEMBERED),
)
_KEPT_LOWER_LEG = (
    KeptMuscle("tibialis anterior", "deep peroneal", "dorsiflexion", READ),
    KeptMuscle("peroneus longus", "superficial peroneal", "eversion", READ),
    KeptMuscle("gastrocnemius, lateral head", "tibial", "plantarflexion", READ),
    KeptMuscle("gastrocnemius, medial head", "tibial", "plantarflexion", READ),
    KeptMuscle("soleus", "tibial", "plantarflexion", READ),
    KeptMuscle("tibialis posterior", "tibial", "inversion", READ),
)
KEPT: dict[str, tuple[KeptMuscle, ...]] = {
    "transhumeral": _KEPT_UPPER_ARM,
    "elbow": tuple(replace(kept, basis=INFERRED) for kept in _KEPT_UPPER_ARM),
    "transtibial": _KEPT_LOWER_LEG,
}
"""By level: muscles whose own nerve is usually left, so far as FACTS section 5 says it. Below the knee the
tag is of the movement; that these muscles keep their nerves is [I]."""
