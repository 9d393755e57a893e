"""A patient of one's own: read as described, or refused in a line that says what to mend."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from innervate.core.errors import ProfileError
from innervate.sim.anatomy import PRESETS
from innervate.sim.custom import patient_named, read_custom
from innervate.sim.patient import Patient

PAGE = Path(__file__).resolve().parents[2] / "docs" / "simulated-patient.md"
EXAMPLE = re.search(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def text() -> str:
    """The page's own example."""
    assert EXAMPLE is not None
    return EXAMPLE.group(1)


def read(folder: Path, text: str) -> object:
    path = folder / "mine.toml"
    path.write_text(text)
    return read_custom(path)


def test_the_pages_example_is_a_patient(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    body = patient_named(str(path))
    patient = Patient(body, 500.0, seed=1)
    assert patient.body is body
    rest = patient.step(1000, np.array(body.movements["rest"])).std(axis=0)
    for movement in ("open", "power"):
        assert patient.step(1000, np.array(body.movements[movement])).std(axis=0).max() > 4 * rest.max()
    assert patient.channels == ("ch1", "ch2", "ch3", "ch4")
    young = Patient(body.at_months(2.0), seed=1)
    assert len(young.units.muscle) < len(patient.units.muscle)


def test_a_preset_has_its_name() -> None:
    assert patient_named("shoulder") is PRESETS["shoulder"]


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ("radius_mm = 40", "radius_mm = 4000", "radius_mm = 4000: Input should be less than or equal to 200"),
        ("radius_mm = 40", "radius = 40", "key 'radius_mm' is missing"),
        ("fat_mm = 4", "fat_mm = 4\nfatt = 3", "unknown key 'fatt'; allowed: electrodes, fat_mm, level"),
        ("fat_mm = 4", "fat_mm = 35", "lies beyond the limb's middle; allowed: below 5"),
        ('level = "transradial"', 'level = "wing"', "level = 'wing': Input should be 'shoulder'"),
        (
            "depth_mm = 8",
            "depth_mm = 8\ncolour = 1",
            "unknown key 'muscles.0.colour'; allowed: along_mm, at_deg",
        ),
        (
            'target = "flexor digitorum superficialis"',
            "",
            "a reinnervated muscle needs its nerve and its target",
        ),
        ("[movements.open]", "[movements.'hand open']", "movement 'hand open': this project calls it 'open'"),
        (
            '"extensor digitorum" = 0.8',
            '"extensor" = 0.8',
            "no muscle 'extensor'; allowed: flexor carpi radialis",
        ),
        (
            '"extensor digitorum" = 0.8',
            '"extensor digitorum" = 8',
            "movements.open.extensor digitorum = 8: Input",
        ),
        ("months = 8", "months = 8\n[rings]\nchannels = 8\n", "say either [[electrodes]] or [rings]"),
        ("months = 8", "months = [", "not a readable TOML file"),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(
    tmp_path: Path, text: str, was: str, becomes: str, says: str
) -> None:
    assert was in text
    with pytest.raises(ProfileError) as raised:
        read(tmp_path, text.replace(was, becomes, 1))
    assert says in str(raised.value)
    assert "mine.toml" in str(raised.value)


def test_a_muscle_twice_and_a_file_that_is_not_there(tmp_path: Path, text: str) -> None:
    with pytest.raises(ProfileError, match="muscle 'flexor carpi radialis' is there twice"):
        read(tmp_path, text.replace('"extensor digitorum"', '"flexor carpi radialis"'))
    with pytest.raises(ProfileError, match="no such file"):
        patient_named(str(tmp_path / "nobody.toml"))
