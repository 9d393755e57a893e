"""The page about adding a source is true: its code, taken out and run against a virtual device."""

import ast
import importlib
import re
import struct
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from innervate.core.errors import ProfileError, SourceNotFound
from innervate.drivers.settings import SourceSettings
from innervate.drivers.table import OUTSIDE, SOURCES, open_source, source_for
from innervate.sim.wire import PseudoTerminal

from .wirebench import read_rows, together

PAGE = (Path(__file__).resolve().parents[2] / "docs/adding-a-source.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FILES = ("codec.py", "settings.py", "device.py")
PYTHON = [text for language, text in BLOCKS if language == "python"]
ENTRIES = tomllib.loads(next(text for language, text in BLOCKS if language == "toml"))["project"]
LSB = 10e3 / 2**15
COUNTS = np.random.default_rng(7).integers(-(2**15), 2**15, (200, 4))
COUNTS[0], COUNTS[1] = -(2**15), 2**15 - 1
LOST = 50


def frame(k: int) -> bytes:
    body = b"\xa5\x5a" + struct.pack("<B4h", k % 256, *COUNTS[k].tolist())
    return body + bytes((sum(body) % 256,))


class VirtualBand:
    """Answers `?` and sends all its frames but one at `g`."""

    def __init__(self, banner: bytes = b"ACME BAND\n") -> None:
        self.terminal = PseudoTerminal()
        self._banner = banner
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stop.is_set():
            self.terminal.wait(0.01)
            for command in self.terminal.read():
                if command == ord("?"):
                    self.terminal.write(self._banner)
                if command == ord("g"):
                    self.terminal.write(b"".join(frame(k) for k in range(len(COUNTS)) if k != LOST))

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self.terminal.close()


@pytest.fixture
def band() -> Iterator[VirtualBand]:
    made = VirtualBand()
    yield made
    made.close()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The page's files as a package that can be imported."""
    folder = tmp_path / "acme_band"
    folder.mkdir()
    (folder / "__init__.py").touch()
    for name, text in zip(FILES, PYTHON, strict=False):
        (folder / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme_band"]:
        del sys.modules[name]


def install(folder: Path, entries: dict[str, str], name: str = "acme_band") -> None:
    """What an installer leaves behind, for `importlib.metadata`."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"[{OUTSIDE}]", *(f"{kind} = {value}" for kind, value in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    importlib.invalidate_caches()


def settings(band: VirtualBand, **more: object) -> SourceSettings:
    return SourceSettings(**{"kind": "acme-band", "port": band.terminal.port, **more})  # type: ignore[arg-type]


def test_it_is_less_than_120_lines() -> None:
    assert [language for language, _ in BLOCKS] == ["python"] * 4 + ["toml"]
    assert 60 < sum(len(text.splitlines()) for _, text in BLOCKS) < 120


def test_samples_arrive_exactly_and_a_lost_frame_is_counted_once_installed(
    package: Path, band: VirtualBand
) -> None:
    install(package, ENTRIES["entry-points"][OUTSIDE])
    with open_source(settings(band, channels=("ch4", "ch1"), rate_hz=500.0)) as source:
        assert (source.info.name, source.info.channels) == ("Acme Band", ("ch4", "ch1"))
        assert source.info.railed == (2**15 - 1) * LSB
        for again in range(2):
            if again:
                source.close()
                source.open()
            chunks = read_rows(source, len(COUNTS))
            samples, valid, t_s = together(chunks)
            assert np.flatnonzero(~valid.all(axis=1)).tolist() == [LOST]
            assert sum(chunk.lost for chunk in chunks) == 1
            expected = (COUNTS[:, [3, 0]] * LSB).astype(np.float32)
            np.testing.assert_array_equal(samples[valid], expected[valid])
            assert (np.diff(t_s) >= 0).all()


def test_the_line_in_the_table_names_it(
    package: Path, band: VirtualBand, monkeypatch: pytest.MonkeyPatch
) -> None:
    del package
    ((kind, (module, name)),) = ast.literal_eval("{" + PYTHON[-1] + "}").items()
    monkeypatch.setitem(SOURCES, kind, (module.removeprefix("."), name))
    with open_source(settings(band, options=(("range_mv", "100"),))) as source:
        samples, _, _ = together(read_rows(source, 10))
    np.testing.assert_array_equal(samples[:10], (COUNTS[:10] * (10 * LSB)).astype(np.float32)[: len(samples)])


@pytest.mark.parametrize("size", [1, 5, 12, 31])
def test_its_codec_finds_its_step_again(package: Path, size: int) -> None:
    del package
    codec = importlib.import_module("acme_band.codec")
    data = b"\xa5" + frame(0) + frame(1)[:7] + frame(2) + b"\xa5\x5a" + frame(3)
    decoder = codec.BandDecoder()
    rows = [decoder.feed(data[at : at + size]) for at in range(0, len(data), size)]
    assert np.concatenate([r.counter for r in rows]).tolist() == [0, 2, 3]
    assert decoder.skipped == 10


def test_another_device_and_wrong_settings_are_one_line(package: Path, band: VirtualBand) -> None:
    install(package, {"acme-band": "acme_band.device:AcmeBandSource"})
    other = VirtualBand(b"hello, I am somebody else\n")
    try:
        with pytest.raises(SourceNotFound, match="this is no Acme Band"):
            open_source(settings(other, find_s=0.2))
    finally:
        other.close()
    with pytest.raises(ProfileError, match="an Acme Band has 500"):
        source_for(settings(band, rate_hz=1000.0))
    with pytest.raises(ProfileError, match="allowed: 10, 100"):
        source_for(settings(band, options=(("range_mv", "20"),)))


def test_an_unknown_kind_names_outside_ones_too(package: Path) -> None:
    install(package, {"acme-band": "acme_band.device:AcmeBandSource"})
    with pytest.raises(ProfileError, match=r"source.kind = 'acme'; allowed: lsl, .*, acme-band$"):
        source_for(SourceSettings("acme"))


@pytest.mark.parametrize("value", ["acme_band.gone:AcmeBandSource", "acme_band.device:Gone"])
def test_an_outside_source_that_cannot_be_loaded_is_one_line(package: Path, value: str) -> None:
    install(package, {"acme-band": value})
    with pytest.raises(ProfileError, match=f"{value} cannot be used"):
        source_for(SourceSettings("acme-band"))


def test_two_packages_with_one_kind_are_refused(package: Path) -> None:
    install(package, {"acme-band": "acme_band.device:AcmeBandSource"})
    install(package, {"acme-band": "other.device:Band"}, "other")
    with pytest.raises(ProfileError, match=r"claimed by acme_band\.device:\w+, other\.device:Band"):
        source_for(SourceSettings("acme-band"))


def test_a_source_of_ours_never_looks_for_others() -> None:
    code = (
        "import sys; from innervate.drivers.table import source_for; "
        "from innervate.drivers.settings import SourceSettings; "
        "source_for(SourceSettings('cyton', port='/dev/ttyUSB0')); print('importlib.metadata' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"


def test_every_kind_has_its_row_among_the_devices() -> None:
    table = (Path(__file__).resolve().parents[2] / "docs/devices/README.md").read_text()
    rows = re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)
    assert set(SOURCES) <= set(rows)
    assert len(rows) == len(set(rows))
