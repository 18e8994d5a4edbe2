"""Visits: the shipped example on kernel pins and kernel sound, at an operator's PBX."""

from __future__ import annotations

import time

from tests.interop.baresip import VOICE_S
from tests.lab.asterisk_server import DOOR_USER, LINE, PASSWORD
from tests.lab.case import Found
from tests.lab.phone import door_hears
from tests.virtual_pi import judge, kept
from tests.virtual_pi.case import case
from tests.virtual_pi.machine import ADDRESS
from tests.virtual_pi.outside import CODEC_HZ, visitor_found
from tests.virtual_pi.place import Place
from tests.virtual_pi.rig_client import RATE_HZ, rises
from tests.virtual_pi.setup import SHIPPED, becomes, in_service, prepared
from tests.virtual_pi.station import BELL, RELEASE_DIGIT, RELEASE_S, STRIKE
from tests.virtual_pi.visiting import KEY_S, LATE_S, heard, last_leg, record_of

from portier.bench.voice import voice
from portier.bench.wav import write_wav
from portier.record.call_record import CallRecord
from portier.report import page
from portier.report.sound import Heard, Sounds

WRONG_DIGIT = "7"
_PHONE_ALONE_S, _BOTH_S = 3.0, 6.0


@case(
    "registration",
    "the station comes up with the machine by systemd alone, as the user portier with the groups gpio and "
    "audio, registers by digest, and no password is in its log",
)
def registration(place: Place, found: Found) -> None:
    rig = place.rig
    station = in_service(rig)
    answered = place.outside.wire.first(
        lambda one: one.sip.startswith("SIP/2.0 200") and "REGISTER" in one.text, place.guest.started_s
    )
    found.that(station.status["registration"] == "registered", "registered")
    found.that(place.outside.pbx.knows(DOOR_USER), "the PBX knows it")
    if found.that(answered is not None, "its REGISTER was answered by 200") and answered:
        boot_s = answered.at_s - place.guest.started_s
        found.note(f"{boot_s:.1f} s after power-on")
        kept.FIGURES.setdefault("boot to registered", boot_s)
    first = place.outside.wire.first(lambda one: one.sip.startswith("REGISTER "), place.guest.started_s)
    if first:
        began_s = rig.here_s(int(rig.shows("ExecMainStartTimestampMonotonic")) / 1e6)
        kept.FIGURES["start of the station to REGISTER"] = first.at_s - began_s
    pid = rig.station_pid
    status = rig.get(f"/proc/{pid}/status").decode()
    ids = {
        line.split()[0]: line.split()[1:]
        for line in status.splitlines()
        if line.startswith(("Uid", "Groups", "Cap"))
    }
    user = rig.told("id", "--user", "portier")
    groups = {rig.told("getent", "group", name).split(":")[2] for name in ("gpio", "audio")}
    found.that(ids["Uid:"] == [user] * 4 and user != "0", "it runs as portier")
    found.that(groups <= set(ids["Groups:"]), "in the groups gpio and audio", f"groups: {ids['Groups:']}")
    for device, group in (("/dev/gpiochip0", "gpio"), ("/dev/snd/controlC0", "audio")):
        shown = rig.told("stat", "-c", "%U:%G %a", device)
        found.that(shown == f"root:{group} 660", f"{device}: {shown}")
    found.that(int(ids["CapEff:"][0], 16) == 0, "without any capability")
    found.that(PASSWORD not in rig.journal(), "no password in the log")


@case(
    "call: speech both ways",
    "a press reaches the telephone by 3691 and its line, which goes off hook by itself; in the recording "
    "of either side is the other's speech, without echo cancellation; no packet is lost at the station",
)
def speech(place: Place, found: Found) -> None:
    rig, outside = place.rig, place.outside
    station = prepared(place, SHIPPED)
    leg = last_leg(station)
    before = outside.phone.recordings
    pressed_s = rig.press(BELL)
    since_s = rig.here_s(pressed_s)
    becomes(found, station, "talking", "answered")
    pid = rig.station_pid
    recorded_from_s = rig.record()
    used, began_s = rig.figures(pid), rig.now_s
    time.sleep(_PHONE_ALONE_S)
    rig.feed(voice("door", RATE_HZ, VOICE_S))
    place.afterwards(rig.feed_end)
    time.sleep(_BOTH_S)
    cpu_s, memory_kib, took_s = (
        rig.figures(pid)["cpu_s"] - used["cpu_s"],
        used["memory_kib"],
        rig.now_s - began_s,
    )
    # Until here: what follows is the station's own tones, which are nobody's voice.
    at_door = rig.recorded()
    rig.feed_end()
    # Ended by the telephone.
    outside.phone.hang_up()
    becomes(found, station, "idle", "ended by the telephone")
    ended_s = time.monotonic()
    at_phone = outside.phone.heard_since(before)
    write_wav(place.folder / "door-heard.wav", at_door, RATE_HZ)
    write_wav(place.folder / "phone-heard.wav", at_phone, CODEC_HZ)
    invite = outside.wire.first(lambda one: one.sip.startswith(f"INVITE sip:3691{LINE}@"), since_s)
    found.that(invite is not None, "3691 and the line were dialled")
    heard(found, "the telephone hears the visitor", visitor_found(at_phone))
    heard(found, "the visitor hears the telephone", door_hears(at_door, RATE_HZ))
    packets = [one for one in outside.wire.packets(since_s) if one.at_s < ended_s]
    lost = judge.lost(one for one in packets if one.source[0] == ADDRESS)
    found.that(lost == 0, "no packet of its is missing on the wire", f"{lost} of its packets are missing")
    record = record_of(station, leg)
    found.note(f"{record.xruns} xruns")
    _keep(place, record, Heard(at_door, RATE_HZ, recorded_from_s - pressed_s), at_phone)
    if invite:
        kept.FIGURES["press to INVITE"] = 1000 * (invite.at_s - since_s - record.debounce_s)
    kept.FIGURES["xruns in a call"] = record.xruns
    kept.FIGURES["CPU of the station in a call"] = 100 * cpu_s / took_s
    kept.FIGURES["memory of the station"] = memory_kib / 1024


def _keep(place: Place, record: CallRecord, at_door: Heard, at_phone: bytes) -> None:
    # baresip records from its answer on.
    sounds = Sounds(Heard(at_phone, CODEC_HZ, record.answered_s or 0.0), at_door, echo_missing=True)
    kept.CALLS.append(kept.Call(record, sounds))
    page.write(place.folder / "call.html", record, sounds)


@case(
    "call: wrong digit", "a wrong digit from the telephone that was called moves no line and is in the record"
)
def wrong_digit(place: Place, found: Found) -> None:
    rig, outside = place.rig, place.outside
    station = prepared(place, SHIPPED)
    leg = last_leg(station)
    rig.press(BELL)
    becomes(found, station, "talking", "answered")
    time.sleep(1.0)
    since_s = rig.now_s
    outside.phone.send_digit(WRONG_DIGIT)
    time.sleep(2.0)
    found.that(not rises(rig.history(STRIKE, since_s)), "the strike's line stays low", "THE LINE WENT HIGH")
    found.that(rig.value(STRIKE) == 0, "and is low")
    outside.phone.hang_up()
    becomes(found, station, "idle", "ended by the telephone")
    attempts = record_of(station, leg).wrong_attempts
    found.that(attempts == 1, "one wrong attempt in the record", f"{attempts} wrong attempts in the record")


@case(
    "call: release digit",
    f"the release digit by RFC 4733: the strike's line is high once, for {RELEASE_S:g} s, and low after it",
)
def release_digit(place: Place, found: Found) -> None:
    rig, outside = place.rig, place.outside
    station = prepared(place, SHIPPED)
    rig.press(BELL)
    becomes(found, station, "talking", "answered")
    time.sleep(1.0)
    since_s = rig.now_s
    sent_s = outside.phone.send_digit(RELEASE_DIGIT)
    key = outside.wire.first(
        lambda one: bool(one.sound and one.sound.key is not None and one.target[0] == ADDRESS), sent_s, KEY_S
    )
    found.that(key is not None, "the digit came as an event of RFC 4733")
    rose_s = rig.wait(STRIKE, 1, KEY_S, since_s)
    if key:
        late_ms = 1000 * (rig.here_s(rose_s) - key.at_s)
        found.note(f"high {late_ms:.1f} ms after its first packet")
        kept.FIGURES["packet to line"] = late_ms
    rig.wait(STRIKE, 0, RELEASE_S + 5.0, rose_s)
    time.sleep(1.0)
    wrong = judge.one_release(rig.history(STRIKE, since_s), RELEASE_S, LATE_S)
    found.that(not wrong, f"high once, for {RELEASE_S:g} s", wrong)
    found.that(rig.value(STRIKE) == 0, "low after it", "STILL HIGH")
    outside.phone.hang_up()
    becomes(found, station, "idle", "ended by the telephone")
