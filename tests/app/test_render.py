"""`innervate render`: pictures of each limb, with what it grips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from innervate.app.cli import app
from innervate.app.render import RenderOptions, posed
from innervate.core.errors import InnervateError, ProfileError
from innervate.sim.physics.picture import draw, save
from typer.testing import CliRunner

pytest.importorskip("mujoco")
image = pytest.importorskip("PIL.Image")


@pytest.fixture(scope="module")
def drawing() -> None:
    """This machine can draw without a screen."""
    plant, view = posed(RenderOptions("moteus-ankle"))
    try:
        draw(plant, view, 16, 16)
    except InnervateError as error:
        pytest.skip(str(error))


def at(options: RenderOptions) -> dict[str, float]:
    plant, _ = posed(options)
    return dict(zip(plant.joints, plant.state(0.0).position_deg, strict=True))


@pytest.mark.usefixtures("drawing")
def test_writes_a_picture_of_the_size_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "hand.png"
    words = ["render", "--limb", "ability-hand", "--posture", "power", "--out", str(out), "--size", "96x64"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    pixels = np.asarray(image.open(out))
    assert pixels.shape == (64, 96, 3)
    # Dark fingers on a pale backdrop, in the middle.
    assert pixels[:6].mean() > 150
    assert pixels[24:44, 36:60].mean() < 130


@pytest.mark.usefixtures("drawing")
def test_what_is_held_is_in_the_picture() -> None:
    """A blue bottle is seen; without it there is hardly anything blue."""

    def blue(thing: str) -> int:
        plant, view = posed(RenderOptions("transradial", "power", thing))
        r, g, b = np.moveaxis(draw(plant, view, 80, 60).astype(int), -1, 0)
        return int(((b > r + 60) & (b > g + 20)).sum())

    assert blue("bottle") > 40
    assert blue("") < 5


def test_fingers_close_on_what_they_grip() -> None:
    free, gripping = (at(RenderOptions("ability-hand", "power", thing)) for thing in ("", "bottle"))
    assert free["index"] == pytest.approx(85.0, abs=1.0)
    assert gripping["index"] < 65.0
    assert at(RenderOptions("ability-hand", thing="card"))["thumb_rotator"] == pytest.approx(-20.0, abs=3.0)


def test_postures_of_several_joints_are_joined() -> None:
    arm = at(RenderOptions("transhumeral", "tripod+elbow flexion+wrist flexion"))
    assert (arm["index"], arm["elbow"], arm["wrist flexion"]) == pytest.approx((58, 130, 60), abs=2.0)
    leg = at(RenderOptions("transfemoral", "dorsiflexion+knee extension"))
    assert (leg["ankle"], leg["knee"]) == pytest.approx((10, 0), abs=2.5)


def test_a_walking_ankle_is_bent_by_the_body() -> None:
    bent = at(RenderOptions("transtibial", "push-off"))["ankle"]
    assert bent > at(RenderOptions("transtibial", "heel-strike"))["ankle"] + 8.0


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (RenderOptions("arm"), "--limb arm: not known; allowed: transradial"),
        (RenderOptions("transtibial", "power"), "--posture power: this limb does not make it"),
        (RenderOptions("ability-hand", "power", "anvil"), "--object anvil: not known; allowed: block"),
        (RenderOptions("moteus-ankle", thing="bottle"), "--object bottle: moteus-ankle has no hand"),
        (RenderOptions("transfemoral", "swing"), "gait: only for ankle"),
    ],
)
def test_mistakes_are_named(options: RenderOptions, why: str) -> None:
    with pytest.raises(ProfileError, match=why):
        posed(options)


def test_sizes_and_places_that_cannot_be_are_named(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["render", "--limb", "ability-hand", "--out", str(tmp_path / "x.png"), "--size", "wide"]
    )
    assert isinstance(done.exception, ProfileError)
    plant, view = posed(RenderOptions("ability-hand"))
    with pytest.raises(InnervateError, match="--size 9000x9000: allowed are 16x16 to"):
        draw(plant, view, 9000, 9000)
    with pytest.raises(InnervateError, match="cannot be written"):
        save(np.zeros((4, 4, 3), np.uint8), tmp_path / "none" / "x.png")
