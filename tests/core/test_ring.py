from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.core.errors import InnervateError
from innervate.core.records import to_array
from innervate.core.ring import Field, Layout, RingReader, RingWriter

LAYOUT = Layout((Field("t_s", "d"), Field("n", "q"), Field("x", "f", 3)), {"classes": ["rest", "open"]})


def test_a_reader_sees_what_was_published_with_its_names_and_meta(tmp_path: Path) -> None:
    with RingWriter(tmp_path / "r.ring", LAYOUT, 8) as writer:
        reader = RingReader(tmp_path / "r.ring")
        assert reader.latest() is None
        writer.publish(LAYOUT.pack(1.5, 7, 0.0, 1.0, 2.0))
        assert reader.latest() == {"t_s": 1.5, "n": 7, "x": (0.0, 1.0, 2.0)}
        assert reader.layout.meta == {"classes": ["rest", "open"]}


@given(st.lists(st.integers(0, 12), max_size=20), st.integers(1, 9))
def test_every_record_is_read_once_or_counted_as_overrun(bursts: list[int], capacity: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.ring"
        with RingWriter(path, LAYOUT, capacity) as writer:
            reader = RingReader(path)
            sent, seen = 0, []
            for burst in bursts:
                for _ in range(burst):
                    writer.publish(LAYOUT.pack(0.0, sent, 0, 0, 0))
                    sent += 1
                seen += [int(str(record["n"])) for record in reader.new_records()]
            assert seen == sorted(set(seen))
            assert len(seen) + reader.overruns == sent
            if all(burst <= capacity for burst in bursts):
                assert seen == list(range(sent))


def test_what_was_published_outlives_a_killed_writer(tmp_path: Path) -> None:
    program = (
        "import sys, os, pathlib\n"
        "from innervate.core.ring import *\n"
        "layout = Layout((Field('n', 'q'),))\n"
        "writer = RingWriter(pathlib.Path(sys.argv[1]), layout, 64)\n"
        "for n in range(10): writer.publish(layout.pack(n))\n"
        "print('published', flush=True)\n"
        "sys.stdin.read()\n"
    )
    path = tmp_path / "r.ring"
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"published\n"
        os.kill(child.pid, signal.SIGKILL)
    assert [record["n"] for record in RingReader(path).new_records()] == list(range(10))


def test_a_damaged_record_is_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "r.ring"
    with RingWriter(path, LAYOUT, 4) as writer:
        for n in range(3):
            writer.publish(LAYOUT.pack(0.0, n, 0, 0, 0))
    content = bytearray(path.read_bytes())
    at = content.index(LAYOUT.pack(0.0, 1, 0, 0, 0))
    content[at + 8] ^= 0xFF
    path.write_bytes(content)
    reader = RingReader(path)
    assert [record["n"] for record in reader.new_records()] == [0, 2]
    assert reader.overruns == 1


def test_records_read_as_one_numpy_array(tmp_path: Path) -> None:
    with RingWriter(tmp_path / "r.ring", LAYOUT, 8) as writer:
        for n in range(5):
            writer.publish(LAYOUT.pack(n / 10, n, n, n, n))
        reader = RingReader(tmp_path / "r.ring")
        array = to_array(reader.layout, reader.new_payloads())
    assert array["n"].tolist() == [0, 1, 2, 3, 4]
    assert array["x"].shape == (5, 3)


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    with RingWriter(tmp_path / "r.ring", LAYOUT, 8):
        assert (tmp_path / "r.ring").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 200])
def test_a_file_that_is_no_ring_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.ring"
    path.write_bytes(content)
    with pytest.raises(InnervateError) as caught:
        RingReader(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
