"""A bundle is read whole or refused with one line."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from innervate.core.errors import BundleError
from innervate.models import bundle as b
from innervate.models.bundle import check_fits, previous_path, read_bundle, roll_back, write_bundle
from innervate.models.keys import load_key, make_key, public_hex
from innervate.models.runtime import Runtime

from .conftest import DIGEST
from .signals import emg


def refused(path, keys, digest=DIGEST) -> str:
    with pytest.raises(BundleError) as caught:
        read_bundle(path, keys, digest)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def rebuilt(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of these members with the right checksum: what an attacker would make."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.comment = b"sha256:" + b"0" * 64
    body = file.getvalue()[:-71]
    return body + b"sha256:" + hashlib.sha256(body).hexdigest().encode()


def members_of(path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_comes_back_and_decides_the_same(signed_bundle, model, wearer):
    path, key, digest = signed_bundle
    read = read_bundle(path, (key,), digest)
    assert read.wearer == wearer
    assert read.model.settings == model.settings
    assert read.model.classes == model.classes
    assert read.model.metrics == model.metrics
    assert read.signer == key
    assert read.parent == ""
    assert read.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    x = emg(600, 4, 5, 8.0)
    for ours, theirs in zip(Runtime(model).push(x), Runtime(read.model).push(x), strict=True):
        assert ours.class_index == theirs.class_index
        assert np.array_equal(ours.posterior, theirs.posterior)


def test_only_its_owner_can_read_it(signed_bundle):
    assert stat.S_IMODE(signed_bundle[0].stat().st_mode) == 0o600


@given(st.data())
@hypothesis_settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_flipped_bit_anywhere(signed_bundle, data):
    path, key, _ = signed_bundle
    good = path.read_bytes()
    at, bit = data.draw(st.integers(0, len(good) - 1)), data.draw(st.integers(0, 7))
    bad = bytearray(good)
    bad[at] ^= 1 << bit
    other = path.with_name("flipped.imb")
    other.write_bytes(bad)
    refused(other, (key,))


@pytest.mark.parametrize("keep", [0, 1, 3, 70, 71, 500, -1])
def test_cut_short(signed_bundle, keep):
    path, key, _ = signed_bundle
    path.write_bytes(path.read_bytes()[:keep])
    assert "not a model bundle" in refused(path, (key,)) or keep == -1


def test_not_a_zip_and_not_there(tmp_path):
    path = tmp_path / "x.imb"
    path.write_text("hello")
    assert "not a model bundle" in refused(path, ())
    assert "no such model" in refused(tmp_path / "none.imb", ())
    assert "cannot be read" in refused(tmp_path, ())


def test_a_foreign_signature(signed_bundle, tmp_path):
    other = public_hex(make_key(tmp_path / "other.key"))
    assert "does not trust" in refused(signed_bundle[0], (other,))
    assert "does not trust" in refused(signed_bundle[0], ())


def test_a_signature_put_under_another_name(signed_bundle, tmp_path):
    path, key, _ = signed_bundle
    members = members_of(path)
    signed = json.loads(members["signature.json"])
    members["signature.json"] = json.dumps({**signed, "ed25519": "00" * 64}).encode()
    path.write_bytes(rebuilt(members))
    assert "signature does not match" in refused(path, (key,))
    members["signature.json"] = json.dumps({**signed, "ed25519": "zz"}).encode()
    path.write_bytes(rebuilt(members))
    assert "signature does not match" in refused(path, (key,))
    members["signature.json"] = b"[]"
    path.write_bytes(rebuilt(members))
    refused(path, (key,))


def test_another_patient_or_safety_table(signed_bundle):
    path, key, _ = signed_bundle
    assert "another patient" in refused(path, (key,), "cd" * 32)


def test_a_changed_setting_under_a_right_checksum(signed_bundle):
    path, key, _ = signed_bundle
    members = members_of(path)
    members["manifest.json"] = members["manifest.json"].replace(b'"temperature": 2.5', b'"temperature": 0.1')
    path.write_bytes(rebuilt(members))
    assert "signature does not match" in refused(path, (key,))


def test_a_changed_decoder_under_a_right_checksum(signed_bundle):
    path, key, _ = signed_bundle
    members = members_of(path)
    members["decoder.npz"] += b"x"
    path.write_bytes(rebuilt(members))
    assert "not the one that was signed" in refused(path, (key,))


@pytest.mark.parametrize("name", ["manifest.json", "decoder.npz", "signature.json"])
def test_a_missing_member(signed_bundle, name):
    path, key, _ = signed_bundle
    members = members_of(path)
    del members[name]
    path.write_bytes(rebuilt(members))
    assert f"{name} is missing" in refused(path, (key,))


def test_a_stranger_in_the_zip(signed_bundle):
    path, key, _ = signed_bundle
    path.write_bytes(rebuilt({**members_of(path), "../../etc/passwd": b"x"}))
    assert "does not belong" in refused(path, (key,))


def test_a_zip_bomb_is_not_unpacked(signed_bundle):
    path, key, _ = signed_bundle
    members = {**members_of(path), "manifest.json": b" " * (20 << 20)}
    path.write_bytes(rebuilt(members, zipfile.ZIP_DEFLATED))
    assert "compressed or larger" in refused(path, (key,))


def test_another_schema(model, wearer, clinic, tmp_path, monkeypatch):
    path = tmp_path / "model.imb"
    monkeypatch.setattr(b, "SCHEMA", 99)
    write_bundle(path, model, wearer, clinic, DIGEST)
    monkeypatch.undo()
    assert "bundle schema 99; this version reads 3" in refused(path, (public_hex(clinic),))


def test_what_does_not_fit_the_source_is_named(signed_bundle, model):
    path, key, digest = signed_bundle
    read, channels = read_bundle(path, (key,), digest), model.settings.channels
    check_fits(read, channels, 1000.2, "uV")
    with pytest.raises(BundleError, match="made for channels ch1, ch2, ch3, ch4; the source gives ch1"):
        check_fits(read, channels[:1], 1000.0, "uV")
    with pytest.raises(BundleError, match="made for 1000 Hz; the source gives 250 Hz"):
        check_fits(read, channels, 250.0, "uV")
    with pytest.raises(BundleError, match=r"signal in uV; the source gives a\.u\."):
        check_fits(read, channels, 1000.0, "a.u.")


def test_the_one_before_is_kept_and_can_be_brought_back(signed_bundle, model, wearer, clinic):
    path, key, digest = signed_bundle
    first = read_bundle(path, (key,), digest)
    write_bundle(path, replace(model, thresholds=(0.0, 0.7, 0.5)), wearer, clinic, DIGEST)
    second = read_bundle(path, (key,), digest)
    assert second.parent == first.sha256
    assert second.model.thresholds == (0.0, 0.7, 0.5)
    roll_back(path)
    assert read_bundle(path, (key,), digest).sha256 == first.sha256
    assert read_bundle(previous_path(path), (key,), digest).sha256 == second.sha256
    roll_back(path)
    assert read_bundle(path, (key,), digest).sha256 == second.sha256
    assert {p.name for p in path.parent.iterdir()} == {"model.imb", "model.imb.previous"}


def test_nothing_to_go_back_to(signed_bundle):
    with pytest.raises(BundleError, match="no previous model"):
        roll_back(signed_bundle[0])


def test_a_model_whose_parts_do_not_fit_is_refused(model):
    with pytest.raises(BundleError, match="rest at 7"):
        replace(model, rest_class=7)
    with pytest.raises(BundleError, match="2 classes"):
        replace(model, classes=("rest", "open"))
    with pytest.raises(BundleError, match="takes 46 features, the pipeline gives 16"):
        replace(model, settings=replace(model.settings, feature_set="hudgins"))
    with pytest.raises(BundleError, match="threshold"):
        replace(model, thresholds=(0.0, 1.0, 0.5))


def test_it_cannot_be_written_there(model, wearer, clinic, tmp_path):
    with pytest.raises(BundleError, match="cannot be written"):
        write_bundle(tmp_path / "no" / "model.imb", model, wearer, clinic, DIGEST)


def test_keys_come_back_and_are_private(tmp_path):
    path = tmp_path / "k" / "clinic.key"
    made = make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert public_hex(load_key(path)) == public_hex(made)
    assert len(public_hex(made)) == 64
    with pytest.raises(BundleError, match="never overwritten"):
        make_key(path)
    path.chmod(0o644)
    with pytest.raises(BundleError, match="others can read"):
        load_key(path)
    path.chmod(0o600)
    path.write_text("no key")
    with pytest.raises(BundleError, match="not a private key"):
        load_key(path)
    with pytest.raises(BundleError, match="cannot be read"):
        load_key(tmp_path / "none")
