"""SIPp as a telephone that follows a script to the letter, and fails when the station does something else."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.lab.network import Host

from portier.bench.line.packets import KeyShape, Packet, event_steps, pack

_TAG = "far"
_END_S = 5.0
_POLL_S = 0.05
_FRAME_S = 0.02
_FRAME_SAMPLES = 160
# Ethernet, IPv4 and UDP as they stand before RTP in a capture; SIPp reads the lengths alone.
_PCAP_HEAD = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
_ETHERNET = bytes(12) + b"\x08\x00"
_PCMA, _SILENCE = 8, 0xD5
_SOURCE = 0x10AB
EVENTS = 101
"""The payload type by which the station offers telephone-event."""


def scenario(*steps: str) -> str:
    """A whole script of these steps."""
    return '<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="far">\n{}\n</scenario>\n'.format(
        "\n".join(steps)
    )


def called() -> str:
    """The station's INVITE comes; what later requests need of it is remembered."""
    kept = (("From:", "from", ".*"), ("To:", "to", ".*"), ("Contact:", "contact", "sip:[^&gt;]*"))
    actions = "\n".join(
        f'<ereg regexp="{what}" search_in="hdr" header="{header}" assign_to="{name}"/>'
        for header, name, what in kept
    )
    names = ",".join(name for _, name, _ in kept)
    return (
        f'<recv request="INVITE"><action>\n{actions}\n</action></recv>\n<Reference variables="{names}"/>\n'
        + answer(100, "Trying")
    )


def receive(method: str, within_s: float = 20.0) -> str:
    """A request of the station's comes, and no other."""
    return f'<recv request="{method}" timeout="{round(within_s * 1000)}"/>'


def perhaps(method: str, within_s: float, *steps: str) -> str:
    """A request may come within a time, and then these steps follow; once in a script."""
    wait = f'<recv request="{method}" timeout="{round(within_s * 1000)}" ontimeout="1"/>'
    return "\n".join((wait, *steps, '<label id="1"/>'))


def expect(status: int) -> str:
    """The station's answer comes, with this status; provisional ones before it do not matter."""
    return f'<recv response="100" optional="true"/>\n<recv response="{status}" timeout="5000"/>'


def answer(status: int, reason: str, *lines: str, body: str = "", cseq: str = "[last_CSeq:]") -> str:
    """An answer to what came last; `lines` are more headers."""
    tag = f";tag={_TAG}" if status != 100 else ""
    head = (
        f"SIP/2.0 {status} {reason}",
        "[last_Via:]",
        "[last_From:]",
        f"[last_To:]{tag}",
        "[last_Call-ID:]",
        cseq,
        "Contact: <sip:far@[local_ip]:[local_port]>",
        *lines,
    )
    return _send(head, body, repeated=status == 200 and bool(body))


def answer_in_call(*lines: str, body: str = "") -> str:
    """200 to a request inside the call, where To has its tag; `lines` are more headers."""
    head = (
        "SIP/2.0 200 OK",
        "[last_Via:]",
        "[last_From:]",
        "[last_To:]",
        "[last_Call-ID:]",
        "[last_CSeq:]",
        *(("Contact: <sip:far@[local_ip]:[local_port]>",) if body else ()),
        *lines,
    )
    return _send(head, body, repeated=bool(body))


def request(method: str, number: int, *lines: str, body: str = "", branch: str = "[branch]") -> str:
    """A request inside the call; `number` is that of its CSeq."""
    head = (
        f"{method} [$contact] SIP/2.0",
        f"Via: SIP/2.0/UDP [local_ip]:[local_port];branch={branch}",
        f"From:[$to];tag={_TAG}",
        "To:[$from]",
        "Call-ID: [call_id]",
        f"CSeq: {number} {method}",
        "Max-Forwards: 70",
        "Contact: <sip:far@[local_ip]:[local_port]>",
        *lines,
    )
    return _send(head, body)


def pause(seconds: float) -> str:
    """Nothing happens for a while."""
    return f'<pause milliseconds="{round(seconds * 1000)}"/>'


def play(capture: Path) -> str:
    """The RTP packets of a capture leave, in their time."""
    return f'<nop><action><exec play_pcap_audio="{capture}"/></action></nop>'


def hang_up(number: int) -> str:
    """The telephone ends the call."""
    return request("BYE", number) + "\n" + expect(200)


def sound(direction: str = "sendrecv", events: int = EVENTS, version: int = 1) -> str:
    """A description of PCMA, with telephone-event by a payload type of our choice."""
    return "\n".join(
        (
            "v=0",
            f"o=far 1 {version} IN IP4 [local_ip]",
            "s=-",
            "c=IN IP4 [media_ip]",
            "t=0 0",
            f"m=audio [media_port] RTP/AVP 8 {events}",
            "a=rtpmap:8 PCMA/8000",
            f"a=rtpmap:{events} telephone-event/8000",
            f"a=fmtp:{events} 0-16",
            f"a={direction}",
        )
    )


def _send(head: Iterable[str], body: str, *, repeated: bool = False) -> str:
    described = ["Content-Type: application/sdp"] if body else []
    text = "\n".join((*head, *described, "Content-Length: [len]", "", body))
    return f"<send{' retrans=' + chr(34) + '500' + chr(34) if repeated else ''}><![CDATA[\n{text}\n]]></send>"


def key_capture(path: Path, key: str, events: int = EVENTS, shape: KeyShape | None = None) -> Path:
    """A capture of one key as RFC 4733 events by a payload type."""
    return keys_capture(path, key, events, shape)


def keys_capture(path: Path, keys: str, events: int = EVENTS, shape: KeyShape | None = None) -> Path:
    """A capture of keys, one after the other, each of this shape and with its gap behind it."""
    shape = shape or KeyShape()
    packets: list[tuple[float, Packet]] = []
    at_s = 0.0
    for key in keys:
        # An event's timestamp is that of its beginning (RFC 4733 section 2.2.1).
        timestamp = _FRAME_SAMPLES + round(at_s / _FRAME_S) * _FRAME_SAMPLES
        for step in event_steps(key, shape):
            if step.payload is not None:
                packet = Packet(events, len(packets), timestamp, _SOURCE, step.payload, step.marker)
                packets.append((at_s, packet))
            at_s += _FRAME_S
        at_s += shape.gap_ms / 1000
    return _written(path, packets)


def sound_capture(path: Path, seconds: float) -> Path:
    """A capture of silence as PCMA sound."""
    silence = bytes([_SILENCE]) * _FRAME_SAMPLES
    packets = [
        (number * _FRAME_S, Packet(_PCMA, number, number * _FRAME_SAMPLES, _SOURCE, silence, number == 0))
        for number in range(round(seconds / _FRAME_S))
    ]
    return _written(path, packets)


def _written(path: Path, packets: Iterable[tuple[float, Packet]]) -> Path:
    path.write_bytes(_PCAP_HEAD + b"".join(_captured(at_s, pack(packet)) for at_s, packet in packets))
    return path


def _captured(at_s: float, rtp: bytes) -> bytes:
    udp = struct.pack("!HHHH", 6000, 6000, 8 + len(rtp), 0) + rtp
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), bytes(4)) + udp
    frame = _ETHERNET + ip
    return struct.pack("=IIII", int(at_s), int(at_s % 1 * 1e6), len(frame), len(frame)) + frame


@dataclass(frozen=True, slots=True)
class Message:
    """A SIP message in SIPp's trace: when it passed, by the wall clock, and whether the station sent it."""

    at_s: float
    came: bool
    text: str


class Sipp:
    """A running script, for one call."""

    def __init__(self, host: Host, folder: Path, script: str, limit_s: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        (folder / "scenario.xml").write_text(script)
        program = shutil.which("sipp")
        assert program, "sipp is not here: apt-get install sip-tester"
        with (folder / "out").open("wb") as out:
            self._process = subprocess.Popen(
                [
                    *(*host.within, program, "-sf", str(folder / "scenario.xml"), "-m", "1", "-nostdin"),
                    *("-i", host.address, "-p", "5060", "-mi", host.address, "-mp", "6000"),
                    *("-timeout", str(round(limit_s)), "-timeout_error"),
                    *("-trace_msg", "-message_file", str(folder / "messages")),
                    *("-trace_err", "-error_file", str(folder / "errors")),
                ],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    @property
    def messages(self) -> str:
        """Every SIP message so far."""
        path = self._folder / "messages"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def traffic(self) -> list[Message]:
        """Every SIP message so far, one by one."""
        parts = re.split(r"(?m)^-{10,} (\S+ \S+)\n\S+ message (received|sent) .*\n", self.messages)[1:]
        return [
            Message(datetime.fromisoformat(at).timestamp(), way == "received", text.strip())
            for at, way, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
        ]

    @property
    def received(self) -> list[str]:
        """What the station has sent so far."""
        return [one.text for one in self.traffic if one.came]

    @property
    def complaint(self) -> str:
        """What went against the script."""
        path = self._folder / "errors"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return " ".join(line.strip() for line in lines if line.strip())[:200]

    def kept_to_script(self, limit_s: float) -> bool:
        """Wait for its end; whether all was as written."""
        try:
            return self._process.wait(limit_s) == 0
        except subprocess.TimeoutExpired:
            return False

    def close(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def waits(self) -> None:
        """Give it the moment it takes to listen."""
        time.sleep(_POLL_S * 10)
