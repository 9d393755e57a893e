"""The command connection to a Trigno Control Utility: one question, one answer."""

from __future__ import annotations

from ...core.clock import now
from ...core.errors import SourceError, SourceNotFound
from ..tcp import TcpLink, dial
from . import codec

_BANNER_S, _ANSWER_S = 3.0, 2.0
"""Answers usually come within 0.1 s."""
_MEND = "give the address of the computer on which the Trigno Control Utility runs, and start it there"


class Commands:
    """A base that has said who it is.

    Args:
        host, port: of the control program.
        timeout_s: for the connection.

    Raises:
        SourceNotFound: nobody answers there, or something else than a Trigno does.
    """

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._link: TcpLink = dial(host, port, timeout_s)
        self.name = self._link.name
        self._reader = codec.TextReader()
        self._texts: list[str] = []
        try:
            self._check(self._next(_BANNER_S, "it says nothing; a Trigno says who it is"))
        except BaseException:
            self._link.close()
            raise

    def _check(self, banner: str) -> None:
        if codec.BANNER not in banner:
            raise SourceNotFound(f"{self.name}: this is not a Trigno, it says {banner[:60]!r}", _MEND)

    def ask(self, text: str, timeout_s: float = _ANSWER_S) -> str:
        """The answer to one command.

        Raises:
            SourceNotFound: no answer in time.
            SourceLost: hung up.
        """
        self._link.write(codec.command(text))
        return self._next(timeout_s, f"no answer to {text!r}")

    def known(self, *texts: str) -> str:
        """The answer to the first of these commands that this base knows; "" when it knows none."""
        for text in texts:
            answer = self.ask(text)
            if answer not in codec.REFUSALS:
                return answer
        return ""

    def number(self, *texts: str) -> float:
        """As `known`, for numbers; NaN when it knows none.

        Raises:
            SourceError: the answer is no number.
        """
        answer = self.known(*texts)
        try:
            return float(answer) if answer else float("nan")
        except ValueError as error:
            raise SourceError(
                f"{self.name}: {texts[0]!r} is answered by {answer[:40]!r}, not by a number"
            ) from error

    def _next(self, timeout_s: float, otherwise: str) -> str:
        until_s = now() + timeout_s
        while not self._texts:
            self._texts += self._reader.feed(self._link.read(until_s))
            if not self._texts and now() >= until_s:
                partial = self._reader.partial[:40].decode("ascii", "replace").strip()
                said = f" ({partial!r} came)" if partial else ""
                raise SourceNotFound(f"{self.name}: {otherwise}{said} (waited {timeout_s:g} s)", _MEND)
        return self._texts.pop(0)

    def close(self) -> None:
        """Hang up. May be called twice."""
        self._link.close()
