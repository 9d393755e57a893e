"""LSL as a limb reads it, through `kept_source`: a stream that is another one now, and values beside EMG."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from innervate.core.clock import now
from innervate.core.errors import SourceLost
from innervate.core.link import LinkState
from innervate.drivers.kept import KeptSource
from innervate.drivers.settings import SourceSettings
from innervate.drivers.table import kept_source

from .lslbench import Sender, read_rows

pytest.importorskip("pylsl")


@pytest.mark.parametrize(
    ("named", "back", "said"),
    [
        ("source_id", {"rate_hz": 500.0}, "came back with 500 Hz instead of 1000 Hz"),
        ("not at all", {"labels": ["a", "c"]}, "came back with channels a, c instead of a, b"),
    ],
)
def test_a_restarted_outlet_that_is_another_ends_the_kept_source(
    sender: Callable[..., Sender], named: str, back: dict[str, Any], said: str
) -> None:
    outlet = sender(["uV", "uV"], labels=["a", "b"])
    wanted = {"source_id": outlet.source_id, "not at all": ""}[named]
    with kept_source(SourceSettings("lsl", stream=wanted, find_s=1.0)) as source:
        assert isinstance(source, KeptSource)
        outlet.push(np.zeros((5, 2), np.float32), now())
        read_rows(source, 5)
        outlet.outlet = None
        until_s = now() + 5
        while source.link is not LinkState.RECONNECTING and now() < until_s:
            source.read(5, now() + 0.01)
        assert "has ended" in source.notice
        sender(["uV", "uV"], name=outlet.name, source_id=outlet.source_id, **{"labels": ["a", "b"], **back})
        with pytest.raises(SourceLost, match=said) as caught:
            read_rows(source, 10**9)
        assert "\n" not in str(caught.value)


def test_what_comes_beside_emg_is_not_lost_where_no_row_of_emg_came(sender: Callable[..., Sender]) -> None:
    emg, load = sender(["uV"]), sender(["N"], kind="Force", types=["Force"], rate_hz=0)
    found: list[float] = []
    last, sent = None, 0
    with kept_source(emg.settings(options=(("aux", load.source_id),))) as source:
        until_s = now() + 5
        while len(found) < 40 and now() < until_s:
            if sent < 40:
                load.push(np.array([[sent]], np.float32), now())
                sent += 1
            if sent % 4 == 0:  # EMG in packets, as over radio: three reads of four bring none
                emg.push(np.zeros((20, 1), np.float32), now())
            for block in source.read(10, now() + 0.005).aux:
                if block is not last:
                    last = block
                    found += block.values[:, 0].tolist()
    assert found == list(range(40))
