"""What befalls a simulated patient: each kind does what its source says, from its time on."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from innervate.core.errors import ProfileError
from innervate.sim.anatomy import PRESETS, Body, Muscle
from innervate.sim.disturbances.disturbed import Disturbed
from innervate.sim.disturbances.fatigue import Fatigue
from innervate.sim.disturbances.table import KINDS, parse
from innervate.sim.montage import Montage, ring
from innervate.sim.patient import Patient
from innervate.sim.schedule import Cue, Timeline, calibration_schedule

RATE_HZ = 1000.0
TWO = Body(
    "two muscles",
    "transradial",
    40.0,
    3.0,
    (Muscle("front", "native", 8.0, 0.0), Muscle("back", "native", 8.0, 180.0)),
    {"rest": (0.0, 0.0), "open": (0.8, 0.1), "power": (0.1, 0.8)},
    Montage(ring(4)),
    person=0,
)
AMOUNTS = {
    "shift": 12,
    "rotation": 30,
    "lift-off": 1,
    "sweat": 0.2,
    "fatigue": 8,
    "mains": 80,
    "ecg": 300,
    "motion": 300,
    "crosstalk": 0.5,
    "position": 2,
    "force": 0.5,
    "gait": 0.6,
    "day": 1,
}
"""Of all kinds that change the EMG of given excitations."""


def body_for(kind: str) -> Body:
    level = {"gait": "transtibial", "ecg": "shoulder"}.get(kind)
    return PRESETS[level] if level else TWO


def steady(body: Body, share: float = 0.5) -> np.ndarray:
    return np.array(next(shares for shares in body.movements.values() if any(shares))) * share


def emg(body: Body, *texts: str, seconds: float = 4.0, share: float = 0.5, **more: int) -> np.ndarray:
    patient = Disturbed(body, RATE_HZ, 3, disturbances=[parse(text) for text in texts], **more)
    return patient.step(round(seconds * RATE_HZ), steady(body, share))


def rms(samples: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(np.mean(np.square(samples, dtype=np.float64), axis=0)))


def test_every_kind_is_tried_here() -> None:
    assert {*AMOUNTS, "late", "wrong"} == set(KINDS)


def test_without_any_it_is_the_patient() -> None:
    plain = Patient(TWO, RATE_HZ, 3).step(1500, steady(TWO))
    np.testing.assert_array_equal(emg(TWO, seconds=1.5), plain)


@pytest.mark.parametrize("kind", AMOUNTS)
def test_nothing_before_its_time_and_the_same_however_it_is_cut(kind: str) -> None:
    body = body_for(kind)
    setting, excitation = parse(f"{kind}={AMOUNTS[kind]}@1s"), steady(body)
    plain = Patient(body, RATE_HZ, 3).step(8000, excitation)
    whole = Disturbed(body, RATE_HZ, 3, disturbances=[setting]).step(8000, excitation)
    patient = Disturbed(body, RATE_HZ, 3, disturbances=[setting])
    cut = [patient.step(n, excitation) for n in (1, 9, 10, 993, 7, 1980, 3333, 1667)]
    np.testing.assert_array_equal(whole[:1000], plain[:1000])
    np.testing.assert_array_equal(np.concatenate(cut), whole)
    assert not np.array_equal(whole[1000:], plain[1000:])


def test_until_its_end() -> None:
    plain, short = emg(TWO), emg(TWO, "rotation=40@1-2s")
    assert (rms(short[1000:2000]) - rms(plain[1000:2000])).max() > 2
    np.testing.assert_array_equal(short[2100:], plain[2100:])  # what had begun ends as it was


def test_another_session_is_another_course_of_the_same_person() -> None:
    one, again, other = (emg(TWO, "mains=50", use=use) for use in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_electrodes_that_moved_see_what_electrodes_put_there_see() -> None:
    moved = emg(TWO, "shift=9", "rotation=20")
    put_there = replace(TWO, montage=TWO.montage.shifted(9.0).turned(20.0))
    np.testing.assert_array_equal(moved, emg(put_there))


@pytest.mark.parametrize("course", ["ramp:3s", "periodic:2s", "walk:1s"])
def test_courses_move_electrodes_along_the_way(course: str) -> None:
    patient = Disturbed(TWO, RATE_HZ, 3, disturbances=[parse(f"shift=20/{course}")])
    places = []
    for _ in range(40):
        patient.step(100, steady(TWO))
        places.append(patient.body.montage.pairs[0].along_mm - TWO.montage.pairs[0].along_mm)
    assert len(set(places)) >= 8
    steps = np.abs(np.diff(places))
    if course.startswith("ramp"):
        assert places[-1] == 20
        assert sorted(places) == places
    elif course.startswith("periodic"):
        assert min(places) <= 1
        assert max(places) >= 19
        assert places[9] >= 19 >= places[19] + 18
    else:
        assert steps.max() <= 12  # a tenth of a second of a line between two seconds


def test_a_lifted_pair_is_lost_and_the_others_are_not() -> None:
    plain, lifted = emg(TWO), emg(TWO, "lift-off[2]=1")
    np.testing.assert_array_equal(np.delete(lifted, 1, axis=1), np.delete(plain, 1, axis=1))
    assert rms(lifted)[1] > 100
    quiet = emg(TWO, "lift-off[2]=1", share=0.0)
    np.testing.assert_allclose(rms(lifted)[1], rms(quiet)[1], rtol=1e-6)


def test_sweat_takes_away_as_was_measured() -> None:
    """2 to 3 % of the amplitude for each 0.02 mm; channels differ by half of it."""
    fast = np.diff(emg(TWO, "sweat=0.2"), axis=0), np.diff(emg(TWO), axis=0)
    left = rms(fast[0])[[0, 2]] / rms(fast[1])[[0, 2]]
    assert ((left > 1 - 1.6 * 0.3) & (left < 1 - 0.4 * 0.2)).all()


def test_muscles_tire_as_was_measured_and_recover_within_a_minute() -> None:
    patient = Disturbed(TWO, RATE_HZ, 3, disturbances=[parse("fatigue=1")])
    early = patient.step(10_000, np.array([0.5, 0.0]))
    patient.step(45_000, np.array([0.5, 0.0]))
    late = patient.step(10_000, np.array([0.5, 0.0]))
    slower = median_hz(late[:, 0]) / median_hz(early[:, 0])
    assert 0.65 < slower < 0.85
    assert 1.1 < rms(late)[0] / rms(early)[0] < 1.6
    (fatigue,) = patient.disturbances
    assert isinstance(fatigue, Fatigue)
    assert fatigue.tired[0] == 1.0
    assert fatigue.tired[1] == 0.0
    patient.step(60_000, np.zeros(2))
    assert fatigue.tired[0] < 0.06


def test_hardly_any_effort_tires_nobody() -> None:
    patient = Disturbed(TWO, RATE_HZ, 3, disturbances=[parse("fatigue=10")])
    patient.step(20_000, np.array([0.14, 0.14]))
    (fatigue,) = patient.disturbances
    assert isinstance(fatigue, Fatigue)
    assert not fatigue.tired.any()


def median_hz(samples: np.ndarray) -> float:
    pieces = samples[: len(samples) // 500 * 500].reshape(-1, 500)
    power = np.mean(np.abs(np.fft.rfft(pieces * np.hanning(500), axis=1)) ** 2, axis=0)
    share = np.cumsum(power) / power.sum()
    return float(np.interp(0.5, share, np.fft.rfftfreq(500, 1 / RATE_HZ)))


def test_mains_hum_at_their_frequency() -> None:
    for mains_hz in (50, 60):
        power = np.abs(np.fft.rfft(emg(TWO, "mains=100", share=0.0, mains_hz=mains_hz)[:, 0])) ** 2
        assert np.argmax(power) == 4 * mains_hz
    assert 40 < rms(emg(TWO, "mains=100", share=0.0)).mean() < 160


def test_a_heart_beats_seventy_times_a_minute_on_the_chest_alone() -> None:
    shoulder = PRESETS["shoulder"]
    seen = emg(shoulder, "ecg=800", share=0.0, seconds=30.0)
    loudest = np.abs(seen[:, np.argmax(rms(seen))])
    peaks = np.flatnonzero(loudest > 0.7 * loudest.max())
    beats = np.flatnonzero(np.diff(peaks, prepend=-1000) > 300)
    assert 31 <= len(beats) <= 38
    with pytest.raises(ProfileError, match="allowed: shoulder"):
        emg(TWO, "ecg=800")


def test_motion_stays_below_the_band_that_emg_is_filtered_to() -> None:
    power = np.abs(np.fft.rfft(emg(TWO, "motion=500", share=0.0), axis=0)) ** 2
    hz = np.fft.rfftfreq(4000, 1 / RATE_HZ)
    assert power[hz < 20].sum() > 0.9 * power.sum()


def test_neighbours_are_heard_through_wet_skin() -> None:
    plain, wet = emg(TWO), emg(TWO, "crosstalk=0.5")
    alike = [np.corrcoef(samples[:, 0], samples[:, 1])[0, 1] for samples in (plain, wet)]
    assert alike[1] > alike[0] + 0.2


def test_a_position_is_a_persons_own_in_every_session() -> None:
    worn = [Disturbed(TWO, RATE_HZ, 3, disturbances=[parse("position=2")], use=use) for use in (1, 2)]
    assert worn[0].body.montage == worn[1].body.montage
    others = [
        Disturbed(TWO, RATE_HZ, seed, disturbances=[parse(f"position={number}")]).body.montage
        for seed, number in ((3, 1), (4, 2), (3, 0))
    ]
    assert len({montage.pairs for montage in (*others, worn[0].body.montage)}) == 4
    assert others[2] == TWO.montage
    moved = [
        a.along_mm - b.along_mm
        for seed in range(40)
        for a, b in zip(
            Disturbed(TWO, RATE_HZ, seed, disturbances=[parse("position=1")]).body.montage.pairs,
            TWO.montage.pairs,
            strict=True,
        )
    ]
    assert 4.5 < np.std(moved) < 7.5  # within the 5 to 30 mm from end to end that were measured


def test_holding_the_limb_up_takes_muscles() -> None:
    held = [rms(emg(TWO, f"position={number}", share=0.0, seconds=1.0)).max() for number in range(1, 7)]
    assert max(held) > 2 * rms(emg(TWO, share=0.0, seconds=1.0)).max()


def test_effort_is_multiplied() -> None:
    plain, half = emg(TWO, share=1.0), emg(TWO, "force=0.5", share=1.0)
    np.testing.assert_array_equal(half, emg(TWO, share=0.5))
    assert rms(half)[0] < 0.8 * rms(plain)[0]


def test_walking_bursts_are_locked_to_the_stride_and_vary() -> None:
    leg = PRESETS["transtibial"]
    patient = Disturbed(leg, 1000.0, 3, disturbances=[parse("gait=0.6")])
    names = [muscle.name for muscle in leg.muscles]
    shin, calf, soleus = (
        names.index(name) for name in ("tibialis anterior", "gastrocnemius, medial head", "soleus")
    )
    (gait,) = patient.disturbances
    phases, drives = [], []
    for _ in range(3000):
        patient.step(10, np.zeros(len(names)))
        phases.append(gait.phase)  # type: ignore[attr-defined]
        drives.append(patient.blocks[0].excitation)
    phase, drive = np.array(phases), np.array(drives)
    calf_at, shin_at = (phase[drive[:, m] > 0.3] for m in (calf, shin))
    assert ((calf_at > 0.15) & (calf_at < 0.65)).all()
    assert len(calf_at) > 100
    assert ((shin_at < 0.25) | (shin_at > 0.5)).all()
    assert len(shin_at) > 100
    assert not drive[:, soleus].any()
    starts = np.flatnonzero(np.diff(phase) < 0)
    heights = [drive[a:b, calf].max() for a, b in itertools.pairwise(starts)]
    assert 0.2 < np.std(np.log(heights)) < 0.8
    with pytest.raises(ProfileError, match="allowed: transtibial"):
        emg(TWO, "gait=0.5")
    with pytest.raises(ProfileError, match="two muscles has no native tibialis anterior"):
        emg(replace(TWO, level="transtibial"), "gait=0.5")


def test_another_day_is_elsewhere_and_other() -> None:
    days = [Disturbed(TWO, RATE_HZ, 3, disturbances=[parse(f"day={n}")]) for n in (0, 1, 1, 2)]
    seen = [patient.step(2000, steady(TWO)) for patient in days]
    np.testing.assert_array_equal(seen[0], emg(TWO, seconds=2.0))
    np.testing.assert_array_equal(seen[1], seen[2])
    assert days[1].body.montage != days[0].body.montage != days[3].body.montage
    assert not np.array_equal(seen[1], seen[3])


def test_a_cue_is_followed_late_or_by_another_movement() -> None:
    cues = calibration_schedule(("rest", "open", "power"), 20, 1.0, 1.0)
    classes = tuple(TWO.movements)
    patient = Disturbed(TWO, RATE_HZ, 3, disturbances=[parse("wrong=0.3"), parse("late=0.2s")])
    made = list(patient.cues(cues))
    movements = [cue for cue in made if cue.movement != "rest"]
    assert 0.1 < np.mean([cue.made not in ("", cue.movement) for cue in movements]) < 0.5
    assert all(not cue.made for cue in made if cue.movement == "rest")
    assert 0.1 < np.mean([cue.late_s for cue in made]) < 0.3
    line = Timeline(TWO, [Cue("open", 0.0, 3.0, 0.8, made="power", late_s=0.5)], classes, 100.0, 1)
    asked = line.step(300)
    assert (asked.cue == classes.index("open")).all()
    assert asked.excitation[150:, 1].mean() > 3 * asked.excitation[150:, 0].mean()
    assert asked.level[:60].max() == 0


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("shift", "not understood"),
        ("slip=3mm", "no kind 'slip'; allowed: shift"),
        ("shift=3uV", "unit 'uV'; allowed: mm"),
        ("force=2x", "unit 'x'; allowed: none"),
        ("shift=300mm", "amount 300; allowed: -60 to 60"),
        ("shift=3mm@5-2s", "end 2; allowed: 5 to"),
        ("shift=3mm/jump", "course 'jump'; allowed: step, ramp"),
        ("shift=3mm/ramp:0s", "seconds of the course 0; allowed"),
        ("shift[1]=3mm", "befalls all channels"),
        ("mains[0]=3uV", "channels '0'; allowed: 1, 2"),
    ],
)
def test_what_is_not_understood_is_said(text: str, part: str) -> None:
    with pytest.raises(ProfileError) as error:
        parse(text)
    assert part in str(error.value)
    assert text in str(error.value)


def test_a_channel_that_is_not_there_is_said() -> None:
    with pytest.raises(ProfileError, match="channel 5; allowed: 1 to 4"):
        emg(TWO, "mains[5]=3uV")
