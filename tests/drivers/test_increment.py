import pytest
from innervate.core.errors import ProfileError
from innervate.drivers.increment import increment_samples, natural_increment_ms


@pytest.mark.parametrize(
    ("rate_hz", "ms", "samples"), [(1000, 10, 10), (2000, 10, 20), (250, 12, 3), (200, 10, 2)]
)
def test_whole_samples(rate_hz: float, ms: float, samples: int) -> None:
    assert increment_samples(rate_hz, ms) == samples


def test_a_cyton_has_no_10_ms_and_says_what_it_has() -> None:
    with pytest.raises(
        ProfileError, match=r"2\.5 samples at 250 Hz.*8 ms \(2 samples\) or 12 ms \(3 samples\)"
    ):
        increment_samples(250.0, 10.0)


def test_less_than_a_sample_is_refused() -> None:
    with pytest.raises(ProfileError, match="4 ms"):
        increment_samples(250.0, 1.0)


@pytest.mark.parametrize(
    ("rate_hz", "ms"), [(250, 12), (1000, 10), (2000, 10), (200, 10), (2148, 21e3 / 2148)]
)
def test_natural_increment_is_whole(rate_hz: float, ms: float) -> None:
    assert natural_increment_ms(rate_hz) == pytest.approx(ms)
    assert increment_samples(rate_hz, natural_increment_ms(rate_hz)) >= 1
