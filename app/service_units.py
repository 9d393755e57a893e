"""The text of a limb's systemd units: guard, loop, page, copier, and the target that holds them. Pure.

Each process may do what it needs and nothing else (systemd.exec(5)). The guard outlives the loop; whatever is
started again is stopped until a person arms it.
"""

from __future__ import annotations

from dataclasses import dataclass

GROUP = "innervate"


@dataclass(frozen=True, slots=True)
class Service:
    """What the units of one limb depend on.

    Attributes:
        name: of the limb, as in `innervate-NAME-guard.service`.
        python: interpreter of the environment that innervate is installed in.
        settings: folder of guard.json, loop.json, page.json and copier.json.
        user: the system's user that runs them.
        guard_devices: device files that the guard opens (limb, load sensor, buttons).
        loop_devices: device files that the loop opens (amplifier).
        guard_network: the limb lies on a network or a CAN bus.
        copies: the flight logs are copied to the disk.
    """

    name: str
    python: str
    settings: str
    user: str
    guard_devices: tuple[str, ...]
    loop_devices: tuple[str, ...]
    guard_network: tuple[str, ...] = ()
    copies: bool = False


_HARDENING = """\
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service @resources
CapabilityBoundingSet=
AmbientCapabilities=
UMask=0077
DevicePolicy=closed
"""


def units(service: Service) -> dict[str, str]:
    """File name -> text."""
    prefix = f"innervate-{service.name}"
    found = {
        f"{prefix}.target": _target(service),
        f"{prefix}-guard.service": _guard(service),
        f"{prefix}-loop.service": _loop(service),
        f"{prefix}-page.service": _page(service),
    }
    if service.copies:
        found[f"{prefix}-copier.service"] = _copier(service)
    return found


def _target(service: Service) -> str:
    prefix = f"innervate-{service.name}"
    names = ("guard", "loop", "page", *(("copier",) if service.copies else ()))
    return f"""\
[Unit]
Description=innervate: limb {service.name}
Wants={" ".join(f"{prefix}-{name}.service" for name in names)}

[Install]
WantedBy=multi-user.target
"""


def _guard(service: Service) -> str:
    families = " ".join(("AF_UNIX", *service.guard_network))
    return f"""\
[Unit]
Description=innervate: guard of limb {service.name}, the last gate before the motors
PartOf=innervate-{service.name}.target
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={_quoted(service.python)} -m innervate.firmware_bridge {service.settings}/guard.json
{_common(service, service.guard_devices)}\
RuntimeDirectory=innervate/{service.name}
RuntimeDirectoryMode=0750
RuntimeDirectoryPreserve=yes
# Held up for so long: killed and started again. It begins stopped, where it finds the limb.
WatchdogSec=500ms
Restart=always
RestartSec=200ms
# It brakes first, then leaves the limb in the device's own way.
TimeoutStopSec=3s
LimitRTPRIO=50
LimitMEMLOCK=infinity
OOMScoreAdjust=-900
PrivateNetwork={"no" if service.guard_network else "yes"}
RestrictAddressFamilies={families}
{_HARDENING}"""


def _loop(service: Service) -> str:
    prefix = f"innervate-{service.name}"
    return f"""\
[Unit]
Description=innervate: decoder of limb {service.name}
PartOf={prefix}.target
Requires={prefix}-guard.service
After={prefix}-guard.service
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={_quoted(service.python)} -m innervate.controller {service.settings}/loop.json
{_common(service, service.loop_devices)}\
ReadWritePaths=/run/innervate/{service.name}
# An amplifier may take seconds to be found; a turn takes milliseconds.
TimeoutStartSec=60s
WatchdogSec=1s
Restart=always
RestartSec=1s
LimitRTPRIO=40
LimitMEMLOCK=infinity
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
{_HARDENING}"""


def _page(service: Service) -> str:
    prefix = f"innervate-{service.name}"
    return f"""\
[Unit]
Description=innervate: page of limb {service.name}, on this machine only
PartOf={prefix}.target
After={prefix}-guard.service

[Service]
ExecStart={_quoted(service.python)} -m innervate.app.page {service.settings}/page.json
{_common(service, ())}\
ReadWritePaths=/run/innervate/{service.name}
Restart=always
RestartSec=2s
Nice=5
IPAddressAllow=localhost
IPAddressDeny=any
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictRealtime=yes
PrivateDevices=yes
{_HARDENING}"""


def _copier(service: Service) -> str:
    prefix = f"innervate-{service.name}"
    return f"""\
[Unit]
Description=innervate: flight logs of limb {service.name}, from memory to the disk
PartOf={prefix}.target
After={prefix}-guard.service
StartLimitIntervalSec=0

[Service]
ExecStart={_quoted(service.python)} -m innervate.app.flight_copier {service.settings}/copier.json
{_common(service, ())}\
ReadWritePaths=/run/innervate/{service.name}
StateDirectory=innervate/{service.name}
StateDirectoryMode=0700
Restart=always
RestartSec=5s
IOSchedulingPriority=7
PrivateNetwork=yes
RestrictAddressFamilies=AF_UNIX
RestrictRealtime=yes
PrivateDevices=yes
{_HARDENING}"""


def _quoted(path: str) -> str:
    """A path as one word of a command line, whatever is in it (systemd.service(5), "Command lines")."""
    plain = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{plain}"'


def _common(service: Service, devices: tuple[str, ...]) -> str:
    lines = [f"User={service.user}", f"Group={GROUP}"]
    if devices:
        lines.append("SupplementaryGroups=dialout input")
        lines += [f"DeviceAllow={path} rw" for path in devices]
    lines += ["Environment=OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1", "Environment=PYTHONDONTWRITEBYTECODE=1"]
    return "\n".join(lines) + "\n"
