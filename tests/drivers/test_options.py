"""A device's own options: every type, and every mistake in one line."""

import re
from dataclasses import dataclass, field
from typing import Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.core.errors import ProfileError
from innervate.drivers.options import read_options
from innervate.drivers.settings import SourceSettings


@dataclass(frozen=True)
class Options:
    units: tuple[str, ...] = ()
    name: str = ""
    baud: int = 115_200
    gain: float = 1.0
    fast: bool = False
    bits: Literal[16, 24] = 16
    mode: Literal["raw", "filtered"] = "raw"
    limit: int | None = None
    most: Optional[float] = None  # noqa: UP045 - both ways of writing it
    more: tuple[str, ...] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        if self.baud < 300:
            raise ValueError(f"baud = {self.baud}: at least 300")


@dataclass(frozen=True)
class Needy:
    address: str


@dataclass(frozen=True)
class Nothing:
    pass


def read(*options: tuple[str, str]) -> Options:
    return read_options(Options, SourceSettings("gadget", options=options))


def test_what_is_not_given_is_as_the_dataclass_says() -> None:
    assert read() == Options()


def test_every_type_is_read() -> None:
    given_ = {
        "units": " a, b,,c ",
        "name": " as it is ",
        "baud": "921600",
        "gain": "1e-3",
        "fast": "Yes",
        "bits": "24",
        "mode": "filtered",
        "limit": "-3",
        "most": "2.5",
    }
    assert read(*given_.items()) == Options(
        ("a", "b", "c"), " as it is ", 921_600, 1e-3, True, 24, "filtered", -3, 2.5
    )


@given(st.integers(300), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_what_a_profile_writes_comes_back(baud: int, gain: float, fast: bool) -> None:
    found = read(("baud", str(baud)), ("gain", str(gain)), ("fast", str(fast).lower()))
    assert (found.baud, found.gain, found.fast) == (baud, gain, fast)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (
            ("colour", "red"),
            "source.options.colour = 'red': a gadget has no such option; allowed: units, name,",
        ),
        (("baud", "fast"), "source.options.baud = 'fast': it must be a whole number"),
        (("baud", "1.5"), "source.options.baud = '1.5': it must be a whole number"),
        (("baud", ""), "source.options.baud = '': it must be a whole number"),
        (("gain", "1,5"), "source.options.gain = '1,5': it must be a number"),
        (("limit", "none"), "source.options.limit = 'none': it must be a whole number"),
        (("most", "x"), "source.options.most = 'x': it must be a number"),
        (("fast", "maybe"), "source.options.fast = 'maybe': it must be true or false"),
        (("bits", "8"), "source.options.bits = '8': allowed: 16, 24"),
        (("mode", "RAW"), "source.options.mode = 'RAW': allowed: raw, filtered"),
        (("baud", "75"), "source.options: baud = 75: at least 300"),
    ],
)
def test_a_mistake_is_one_line(option: tuple[str, str], said: str) -> None:
    with pytest.raises(ProfileError, match=re.escape(said)) as caught:
        read(option)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["gain", "most"])
@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999"])
def test_a_number_is_finite(name: str, text: str) -> None:
    with pytest.raises(
        ProfileError, match=re.escape(f"source.options.{name} = '{text}': it must be a number")
    ):
        read((name, text))


def test_an_option_is_given_once() -> None:
    with pytest.raises(ProfileError, match=r"source\.options\.baud = '9600': given twice"):
        read(("baud", "300"), ("baud", "9600"))


def test_what_has_no_default_is_needed() -> None:
    with pytest.raises(ProfileError, match=r"source.options.address is missing \(a gadget needs it\)"):
        read_options(Needy, SourceSettings("gadget"))


def test_a_device_without_options_says_so() -> None:
    with pytest.raises(ProfileError, match="no such option; allowed: none"):
        read_options(Nothing, SourceSettings("gadget", options=(("a", "1"),)))
