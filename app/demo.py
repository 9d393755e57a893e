"""`innervate demo`: the whole product with nothing attached.

Everything between the virtual amplifier's wire and the virtual limb's wire is what a person would wear: the
same driver, loop, guard and page, started by the same supervisor.
"""

from __future__ import annotations

import json
import secrets
import signal
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.child import Child
from ..core.clock import now, sleep
from ..core.errors import InnervateError, RequestError
from ..core.folders import private_folder, runtime_root
from ..core.ring import GUARD_RING, TELEMETRY_RING, RingReader
from ..drivers.lsl.config import machine_only
from ..drivers.settings import SourceSettings
from ..models.design import design_pipeline
from ..models.model import Model
from ..models.velocities import REGRESSOR
from ..sim.limbs import stand_in
from .calibrate import check_decoder, rail_of, velocity_lines
from .demo_report import DemoRun, build_report, summary
from .files import check_writable
from .live import Terminal
from .measure import Load, RingHistory
from .outlets_process import OutletsProcess
from .page_process import PageProcess
from .people import DEMO_LIMB, Person, recorded_person, simulated_person
from .rig import AMPLIFIER_RING, LIMB_RING, fit, virtual_amplifier, virtual_gait_board, virtual_limb
from .run import guard_settings, loop_settings, wearer_settings
from .supervisor import Supervisor

_DRAIN_S = 0.3
"""After a recording's last sample: the last decisions are still on their way to the limb."""
_LAPSE_S = 0.6
"""After the guard has gone: the limb's own watchdog needs 0.3 s, and the report says when it acted."""
_POLL_S = 0.1
_SIT_S = 15.0


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the person asked for on the command line.

    Attributes:
        recording: a real person's recording, or None for the simulated patient.
        amplifier: "lsl" or "cyton".
        headless: no live line.
        page: serve the page.
        seconds: 0 for no end but Ctrl-C, or the recording's.
        report: JSON file to write.
        port: of the page.
        seed: of the simulated patient.
        low_power: let processors sleep between decisions, as a limb on a battery does.
        as_json: print the report instead of its gist.
        lsl: publish the limb's LSL streams, on this machine only.
        limb: which virtual limb; empty for the one that suits the person's movements.
        decoder: as `calibrate.DECODERS`.
    """

    recording: Path | None = None
    amplifier: str = "lsl"
    headless: bool = False
    page: bool = False
    seconds: float = 0.0
    report: Path | None = None
    port: int = 0
    seed: int = 1
    low_power: bool = False
    as_json: bool = False
    lsl: bool = False
    limb: str = ""
    decoder: str = "default"


def run_demo(options: DemoOptions, on_page: Callable[[str], None] | None = None) -> dict[str, object]:
    """Calibrate, run, show, report.

    Args:
        options: from the command line.
        on_page: called with the page's address once it is served; figures count from its return.

    Returns:
        The report, also written to `options.report`.

    Raises:
        InnervateError: what cannot be done, in one line; everything that was started has been stopped.
    """
    check_writable(options.report, "--report")
    check_decoder(options.decoder)
    terminal = Terminal(silent=options.headless or options.as_json)
    signal.signal(signal.SIGTERM, _as_interrupt)
    with tempfile.TemporaryDirectory(prefix="demo-", dir=runtime_root()) as folder, ExitStack() as stack:
        runtime_dir = private_folder(Path(folder))
        person, model = calibrate(options, terminal)
        env = machine_only(runtime_dir, secrets.token_hex(8))
        limb = stack.enter_context(virtual_limb(person.device, runtime_dir, physics=True))
        leg = stand_in(person.device).leg
        gait = stack.enter_context(virtual_gait_board(runtime_dir)) if leg else None
        amplifier = stack.enter_context(virtual_amplifier(person, runtime_dir, env))
        profile, bundle = fit(
            person,
            model,
            runtime_dir,
            str(limb.facts["port"]),
            amplifier.facts,
            gait_port=str(gait.facts["port"]) if gait is not None else "",
            keep_awake=not options.low_power,
        )
        supervisor = stack.enter_context(
            Supervisor(
                guard_settings(profile, runtime_dir),
                loop_settings(profile, bundle, runtime_dir),
                env,
                leashed=True,
                wearer=replace(
                    wearer_settings(profile, bundle, runtime_dir, runtime_dir / "kept"),
                    key=str(runtime_dir / "signing.key"),
                ),
            )
        )
        supervisor.start()
        page = stack.enter_context(PageProcess(runtime_dir, options.port, wanted=options.page))
        if page.url:
            terminal.say(f"page: {page.url}   (Ctrl-C ends the demo)")
        outlets = stack.enter_context(OutletsProcess(runtime_dir, wanted=options.lsl, env=env))
        if outlets.told:
            terminal.say(f"{outlets.told} (for programs started with LSLAPICFG={env['LSLAPICFG']})")
        run = DemoRun(
            person=person,
            model=model,
            supervisor=supervisor,
            page=page.child,
            telemetry=RingHistory(runtime_dir / TELEMETRY_RING),
            guard=RingHistory(runtime_dir / GUARD_RING),
            amplifier=RingHistory(runtime_dir / AMPLIFIER_RING),
            limb=RingReader(runtime_dir / LIMB_RING),
            startup_s=supervisor.first_heartbeat_s(),
        )
        if page.url and on_page is not None:
            on_page(page.url)
            run.skip()
        if leg:
            _sit(supervisor, terminal)
        supervisor.request("arm")
        _watch(run, amplifier, terminal, options.seconds)
        found = build_report(run)
    _hand_over(found, options, terminal)
    if run.failed is not None:
        raise run.failed
    return found


def calibrate(options: DemoOptions, terminal: Terminal) -> tuple[Person, Model]:
    """The person, and a decoder for them, with progress shown."""
    bar, move = terminal.progress("calibrating")
    with bar:
        if options.recording is None:
            person = simulated_person(
                options.seed,
                options.amplifier,
                lambda what, done: move(done / 2, what),
                options.limb or DEMO_LIMB,
            )
        else:
            person = recorded_person(options.recording)
            if options.limb:
                person = replace(person, device=options.limb)
        from ..calibration.train import train  # scikit-learn takes a second: a mistake is said before that

        learnt = person.learnt
        rail = rail_of(person.amplifier.device, SourceSettings(person.amplifier.device).gain)
        settings = design_pipeline(
            learnt.fs, learnt.channels, person.increment_ms, unit=learnt.unit, rail=rail
        )
        model = train(
            [learnt],
            settings,
            reps=person.reps,
            progress=lambda what, done: move(0.5 + done / 2, what),
            velocities=options.decoder == REGRESSOR,
        )
        move(1.0, "done")
    held_out = model.metrics["held_out"]
    if held_out is not None:
        recall = held_out["active_recall"]
        terminal.say(f"calibrated on {len(person.reps)} repetitions; held-out active recall {recall:.3f}")
    for line in velocity_lines(model.metrics.get("velocities")):
        terminal.say(line)
    return person, model


def _sit(supervisor: Supervisor, terminal: Terminal) -> None:
    """A leg follows muscle signals while its wearer sits; the guard believes it after five seconds."""
    terminal.say("the wearer sits down; the guard waits five seconds without weight on the limb")
    until_s = now() + _SIT_S
    while True:
        try:
            supervisor.request("sit")
        except RequestError:
            if now() > until_s:
                raise
            sleep(_POLL_S)
        else:
            return


def _watch(run: DemoRun, amplifier: Child, terminal: Terminal, seconds: float) -> None:
    """Collect and show until time is up, the recording has been played, or a person stops the demo."""
    run.loads = {"loop": _load(run.supervisor.loop), "guard": _load(run.supervisor.guard)}
    if run.page is not None:
        run.loads["page"] = _load(run.page)
    until_s = now() + seconds if seconds else float("inf")
    try:
        while now() < until_s:
            sleep(_POLL_S)
            run.poll()
            terminal.show(run.telemetry.newest, run.telemetry.reader.layout.meta)
            run.notice(run.supervisor.watch(), terminal)
            if amplifier.read_line(0.0):
                break  # "done": the recording has been played
        sleep(_DRAIN_S)
    except KeyboardInterrupt:
        pass
    except InnervateError as error:
        run.failed = error
        sleep(_LAPSE_S)
    finally:
        run.finish()
        terminal.close()
        run.take_loads()


def _load(child: Child | None) -> Load:
    if child is None:
        raise RuntimeError("the supervisor has not started")
    return Load(child)


def _hand_over(found: dict[str, object], options: DemoOptions, terminal: Terminal) -> None:
    """The report to where it was asked for, and the gist of it to the person."""
    text = json.dumps(found, indent=1, allow_nan=False)
    if options.report is not None:
        options.report.write_text(text)
        terminal.say(f"report: {options.report}")
    if options.as_json:
        print(text)
    else:
        for line in summary(found):
            terminal.say(line)


def _as_interrupt(*_: object) -> None:
    raise KeyboardInterrupt
