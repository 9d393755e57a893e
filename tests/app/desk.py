"""One person's folder, and the `innervate` command asked to work with it."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from innervate.drivers.lsl.config import machine_only
from innervate.drivers.recordings.npz import Recording, write_recording

from .door import command, finish, start

PROFILE = """
model = "model.imb"
movements = ["rest", "power", "open"]
[patient]
id = "p1"
simulated = true
[limb]
level = "transradial"
side = "left"
device = "ability-hand"
port = "{port}"
trusted_keys = [{key}]
[source]
kind = "{kind}"
{source}
[control]
{control}
"""
CHANNELS = tuple(f"ch{i + 1}" for i in range(8))


@dataclass
class Desk:
    """One person's folder: profile, recording, keys, running limbs."""

    folder: Path
    env: dict[str, str]

    @property
    def profile(self) -> Path:
        return self.folder / "profile.toml"

    @property
    def recording(self) -> Path:
        return self.folder / "sim.npz"

    @property
    def bundle(self) -> Path:
        return self.folder / "model.imb"

    def write_profile(
        self,
        port: str = "/dev/nowhere",
        key: str = "",
        kind: str = "lsl",
        source: str = 'stream = "nobody"',
        control: str = "",
        name: str = "profile",
    ) -> Path:
        path = self.folder / f"{name}.toml"
        montage = "".join(f'[[montage]]\nchannel = "{name}"\n' for name in CHANNELS)
        key = f'"{key}"' if key else ""
        text = PROFILE.format(port=port, key=key, kind=kind, source=source, control=control)
        path.write_text(text + montage)
        return path

    def ask(self, *args: str | Path, **env: str) -> tuple[int, str, str]:
        return command(*map(str, args), **{**self.env, **env})

    def refused(self, *args: str | Path, **env: str) -> str:
        """The one line of a command that cannot be done."""
        return self.one_line(*self.ask(*args, **env))

    def all_refused(self, *commands: tuple[str | Path, ...]) -> list[str]:
        """The one line of each, run side by side to save time."""
        running = [start(*map(str, args), **self.env) for args in commands]
        return [self.one_line(*finish(process)) for process in running]

    @staticmethod
    def one_line(code: int, out: str, err: str) -> str:
        assert code == 2, (code, out, err)
        assert err.startswith("innervate: ")
        assert err.count("\n") == 1, err
        assert err.endswith("\n")
        assert "Traceback" not in out + err
        return err

    def calibrate(self, **env: str) -> dict[str, Any]:
        args = ("calibrate", "--profile", self.profile, "--recording", self.recording, "--json")
        code, out, err = self.ask(*args, **env)
        assert (code, err) == (0, "")
        found = json.loads(out)
        assert isinstance(found, dict)
        return found

    def run(self) -> str:
        return self.runs((self.profile,))[0]

    def runs(self, *those: tuple[str | Path, ...]) -> list[str]:
        """The one line of each run that cannot be: a profile and more arguments. A port serves only one."""
        return self.all_refused(
            *(("run", "--no-page", "--seconds", "5", "--profile", *arguments) for arguments in those)
        )


def make_desk(folder: Path, recording: Recording) -> Desk:
    run = folder / "run"
    run.mkdir(mode=0o700)
    env = machine_only(folder, secrets.token_hex(8))
    env |= {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_RUNTIME_DIR": str(run)}
    env |= {"XDG_DATA_HOME": str(folder / "data")}
    found = Desk(folder, env)
    write_recording(found.recording, recording)
    found.write_profile()
    return found
