from __future__ import annotations

import re
from pathlib import Path

import pytest
from innervate.app.run import guard_settings, loop_settings
from innervate.controller.settings import CocontractionSettings, LoopSettings, ShapingSettings
from innervate.core.errors import ProfileError
from innervate.core.profile import load_profile
from innervate.core.settings import read_settings, write_settings
from innervate.firmware_bridge.settings import InputSettings

GOOD = """
movements = ["rest", "open", "power"]

[patient]
id = "A-17"

[limb]
level = "transradial"
side = "left"
device = "ability-hand"
port = "/dev/ttyUSB1"

[source]
kind = "lsl"
rate_hz = 1000

[[montage]]
channel = "E1"
muscle = "flexor digitorum superficialis"
innervation = "reinnervated"

[[montage]]
channel = "E2"

[[transfers]]
donor_nerve = "median"
target_muscle = "flexor digitorum superficialis"
movement = "power"
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "profile.toml"
    path.write_text(text)
    return path


def test_a_good_profile_is_read_in_the_montages_order(tmp_path: Path) -> None:
    profile = load_profile(write(tmp_path, GOOD))
    assert profile.channels == ("E1", "E2")
    assert profile.transfers[0].donor_nerve == "median"
    assert profile.control.rejection_threshold is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('side = "left"', 'side = "left"\nspeeed = 3', ["limb.speeed", "allowed", "baud", "trusted_keys"]),
        ('side = "left"', 'side = "port"', ["limb.side", "'port'", "'left' or 'right'"]),
        ('id = "A-17"', "", ["patient.id", "missing"]),
        ('channel = "E2"', 'channel = "E1"', ["'E1'", "wired twice"]),
        ('"rest", "open"', '"open", "open"', ["movements"]),
        ('"rest", ', "", ["'rest' is missing"]),
        ("rate_hz = 1000", "rate_hz = 50", ["source.rate_hz", "50", "100"]),
        ("rate_hz = 1000", "rate_hz = nan", ["source.rate_hz"]),
        ("[patient]", "[patient", ["TOML"]),
        ('device = "ability-hand"', 'device = "hook"', ["limb.device", "'hook'", "moteus-ankle"]),
        ("[source]", "[control.speeds]\npowr = 0.5\n[source]", ["control.speeds", "'powr'", "open, power"]),
        (
            "[source]",
            "[control.speeds]\npower = 1.5\n[source]",
            ["control.speeds.power", "1.5", "equal to 1"],
        ),
        (
            "[source]",
            "[control.thresholds]\nrest = 0.5\n[source]",
            ["control.thresholds", "'rest'", "open, power"],
        ),
        (
            "[source]",
            "[control.thresholds]\nopen = 1.0\n[source]",
            ["control.thresholds.open", "less than 1"],
        ),
    ],
)
def test_a_mistake_is_one_line_that_names_file_key_value_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, says: list[str]
) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    message = str(caught.value)
    assert "\n" not in message
    for words in [str(path), *says]:
        assert words in message


def test_a_movement_may_have_its_own_threshold_and_speed(tmp_path: Path) -> None:
    own = "\n[control.thresholds]\npower = 0.8\n[control.speeds]\nopen = 0.5\n"
    shaping = loop_settings(load_profile(write(tmp_path, GOOD + own)), tmp_path, tmp_path).shaping
    assert (shaping.thresholds, shaping.speeds) == ((("power", 0.8),), (("open", 0.5),))
    assert shaping.rejection_threshold is None
    write_settings(tmp_path / "shaping.json", shaping)
    assert read_settings(tmp_path / "shaping.json", ShapingSettings) == shaping


def test_what_is_off_by_default(tmp_path: Path) -> None:
    shaping = loop_settings(load_profile(write(tmp_path, GOOD)), tmp_path, tmp_path).shaping
    assert shaping == ShapingSettings()
    assert (shaping.vote_s, shaping.lock_s, shaping.hysteresis) == (0.0, 0.0, 0.0)


def test_following_is_asked_for_and_the_outlier_limit_is_there_unless_switched_off(tmp_path: Path) -> None:
    usual = loop_settings(load_profile(write(tmp_path, GOOD)), tmp_path, tmp_path)
    assert not usual.adapt
    assert usual.outlier_limit > 2.0
    control = "\n[control]\nadapt = true\noutlier_limit = 0\n"
    changed = loop_settings(load_profile(write(tmp_path, GOOD + control)), tmp_path, tmp_path)
    assert changed.adapt
    assert changed.outlier_limit == 0.0
    with pytest.raises(ProfileError, match="outlier_limit = -1"):
        load_profile(write(tmp_path, GOOD + "\n[control]\noutlier_limit = -1\n"))


def test_two_muscles_to_stop_by_are_off_unless_named_and_reach_the_loop(tmp_path: Path) -> None:
    usual = loop_settings(load_profile(write(tmp_path, GOOD)), tmp_path, tmp_path)
    assert usual.cocontraction is None
    asked = '\n[control.cocontraction]\nchannels = ["E2", "E1"]\nshare = 0.4\nstop_ms = 150\n'
    found = loop_settings(load_profile(write(tmp_path, GOOD + asked)), tmp_path, tmp_path)
    assert found.cocontraction == CocontractionSettings(("E2", "E1"), share=0.4, stop_s=0.15)
    write_settings(tmp_path / "loop.json", found)
    assert read_settings(tmp_path / "loop.json", LoopSettings) == found


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ('channels = ["E1", "E9"]', "no channel 'E9'; allowed: E1, E2"),
        ('channels = ["E1", "E1"]', "'E1' is there twice"),
        ('channels = ["E1"]', "control.cocontraction.channels"),
        ('channels = ["E1", "E2"]\nstop_ms = 50', "control.cocontraction.stop_ms = 50"),
        ('channels = ["E1", "E2"]\nshare = 0', "control.cocontraction.share = 0"),
        (
            'channels = ["E1", "E2"]\nhold_ms = 5',
            "'control.cocontraction.hold_ms'; allowed: channels, release_ms",
        ),
        ("share = 0.5", "'control.cocontraction.channels' is missing"),
    ],
)
def test_muscles_that_cannot_be_watched_are_named(tmp_path: Path, asked: str, says: str) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile(write(tmp_path, f"{GOOD}\n[control.cocontraction]\n{asked}\n"))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_grips_and_buttons_reach_loop_and_guard(tmp_path: Path) -> None:
    usual = loop_settings(load_profile(write(tmp_path, GOOD)), tmp_path, tmp_path)
    assert (usual.grips, usual.double_open_s) == ((), 0.8)
    own = 'grips = ["power", "pinch"]\n'
    more = '\n[control]\ndouble_open_ms = 0\n[[buttons]]\npath = "/dev/input/event7"\ndouble = "next-grip"\n'
    profile = load_profile(write(tmp_path, own + GOOD + more))
    loop, guard = loop_settings(profile, tmp_path, tmp_path), guard_settings(profile, tmp_path)
    assert (loop.grips, loop.double_open_s) == (("power", "pinch"), 0.0)
    assert guard.grips == ("power", "pinch")
    assert guard.inputs == (InputSettings("/dev/input/event7", 0, "stop", "release", "next-grip"),)


def test_the_examples_of_the_command_layer_are_profiles(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "command-layer.md").read_text()
    grips, cocontraction, buttons = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    wired = GOOD.replace('channel = "E2"', 'channel = "E5"')
    first, control = grips.split("[control]")
    profile = load_profile(write(tmp_path, f"{first}{wired}[control]{control}{cocontraction}{buttons}"))
    assert profile.grips == ("power", "pinch", "key")
    assert profile.control.cocontraction is not None
    assert len(profile.buttons) == 1


def test_a_missing_profile_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="no such profile"):
        load_profile(tmp_path / "nobody.toml")


def test_the_safety_digest_follows_the_person_not_the_cable(tmp_path: Path) -> None:
    digest = load_profile(write(tmp_path, GOOD)).safety_digest()
    other_port = load_profile(write(tmp_path, GOOD.replace("ttyUSB1", "ttyUSB7"))).safety_digest()
    other_person = load_profile(write(tmp_path, GOOD.replace("A-17", "A-18"))).safety_digest()
    wider = load_profile(write(tmp_path, GOOD + "\n[safety]\nmax_rate_deg_s = 300\n")).safety_digest()
    assert digest == other_port
    assert len({digest, other_person, wider}) == 3
