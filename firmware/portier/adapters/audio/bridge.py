"""PJSIP's master port, driven from outside: one frame in, one frame out, by ctypes in the loaded library.

With `setNoDev()` PJSIP's conference bridge has no clock of its own; whoever moves frames through its
master port is the clock. pjsua2 offers no way to do that from Python, but its module contains the
functions (pjmedia/port.h, pjmedia/frame.h, pj/os.h of PJSIP 2.15 to 2.17). A mistake here aborts the
process, so `check_master_port` proves symbols and layout first, in a process of its own.
"""

from __future__ import annotations

import ctypes
from array import array
from pathlib import Path

from portier.adapters import pjsip_library
from portier.errors import SelfTestError

_NO_FRAME, _AUDIO_FRAME = 0, 1
_THREAD_DESCRIPTOR_BYTES = 4096  # pj_thread_desc is 64 longs; more does no harm
_NO_WAITING = 1  # PJSUA_DESTROY_NO_RX_MSG: libDestroy otherwise waits a second for answers
_SYMBOLS = (
    "pj_log_set_level",
    "pj_thread_is_registered",
    "pj_thread_register",
    "pjmedia_port_get_frame",
    "pjmedia_port_put_frame",
)

_registered: list[ctypes.Array[ctypes.c_char]] = []
"""Thread descriptors: PJSIP keeps pointers to them for as long as it is loaded."""


class _Frame(ctypes.Structure):
    """pjmedia_frame."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("buf", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("timestamp", ctypes.c_uint64),
        ("bit_info", ctypes.c_uint32),
    )


class MasterPort:
    """The two ends of PJSIP's conference bridge that a sound device would have.

    `library` is `pjsip_library.path()`, `port_address` the value of `int(audDevManager().setNoDev())`,
    `frame_samples` the length of one frame at the bridge's clock rate. Raises SelfTestError when the
    library lacks a function.
    """

    def __init__(self, library: Path, port_address: int, frame_samples: int) -> None:
        self._library = _load(library)
        self._put_frame = self._library.pjmedia_port_put_frame
        self._get_frame = self._library.pjmedia_port_get_frame
        self._port = ctypes.c_void_p(port_address)
        self._frame_samples = frame_samples
        self._frame_bytes = 2 * frame_samples
        self._captured = ctypes.create_string_buffer(self._frame_bytes)
        self._played = ctypes.create_string_buffer(self._frame_bytes)
        self._put = _Frame(type=_AUDIO_FRAME, buf=ctypes.addressof(self._captured), size=self._frame_bytes)
        self._get = _Frame(buf=ctypes.addressof(self._played))
        self._put_pointer, self._get_pointer = ctypes.byref(self._put), ctypes.byref(self._get)
        self._timestamp = 0

    def attach(self) -> None:
        """Make the calling thread known to PJSIP, which aborts when an unknown one calls it."""
        if self._library.pj_thread_is_registered():
            return
        descriptor = ctypes.create_string_buffer(_THREAD_DESCRIPTOR_BYTES)
        thread = ctypes.c_void_p()
        _registered.append(descriptor)
        status = self._library.pj_thread_register(b"media", descriptor, ctypes.byref(thread))
        if status != 0:
            raise SelfTestError(f"PJSIP: pj_thread_register refused the media thread with status {status}")

    def exchange(self, captured: bytes) -> bytes | None:
        """Give one captured frame, get the one to play (mono S16); None when there is nothing to hear.

        The calling thread must be attached, and no sound or null device may be set in PJSIP.
        """
        if len(captured) != self._frame_bytes:
            raise ValueError(f"a frame has {self._frame_bytes} bytes here, this one {len(captured)}")
        self._captured.raw = captured
        get, self._put.timestamp = self._get, self._timestamp
        get.type, get.size, get.timestamp = _NO_FRAME, self._frame_bytes, self._timestamp
        self._timestamp += self._frame_samples
        self._put_frame(self._port, self._put_pointer)
        status = self._get_frame(self._port, self._get_pointer)
        if status != 0 or get.type != _AUDIO_FRAME or get.size != self._frame_bytes:
            return None
        return self._played.raw


def check_master_port() -> None:
    """Prove that frames pass through this build's master port; SelfTestError says what differed.

    Only for a process of its own, which it may abort: a wrong layout trips an assertion inside PJSIP.
    The bridge's slot 0 is connected to itself, so that a ramp which goes in must come out.
    """
    path = pjsip_library.path()
    library = _load(path)
    library.pj_log_set_level(0)
    pj = pjsip_library.load()

    frame_samples = 320
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    try:
        settings = pj.EpConfig()
        settings.uaConfig.threadCnt = 0
        settings.logConfig.level = settings.logConfig.consoleLevel = 0
        settings.medConfig.clockRate = settings.medConfig.sndClockRate = 50 * frame_samples
        settings.medConfig.audioFramePtime = 20
        settings.medConfig.noVad = True
        settings.medConfig.ecTailLen = 0
        endpoint.libInit(settings)
        endpoint.libStart()
        devices = endpoint.audDevManager()
        port = MasterPort(path, int(devices.setNoDev()), frame_samples)
        port.attach()
        devices.getCaptureDevMedia().startTransmit(devices.getPlaybackDevMedia())
        _compare_ramp(port, frame_samples)
    finally:
        devices = None
        endpoint.libDestroy(_NO_WAITING)


def _compare_ramp(port: MasterPort, frame_samples: int) -> None:
    frames = 12
    ramp = array("h", range(-frames * frame_samples, frames * frame_samples, 2))
    heard = b""
    for start in range(0, len(ramp), frame_samples):
        heard += port.exchange(ramp[start : start + frame_samples].tobytes()) or b""
    # What comes back is shifted, and faded in at first: three whole frames from the middle are looked for.
    wanted = ramp[4 * frame_samples : 7 * frame_samples].tobytes()
    if wanted not in heard:
        raise SelfTestError(
            f"PJSIP: a ramp of {len(ramp)} samples went into the master port and did not come back: "
            f"{len(heard) // 2} samples were heard, the first {array('h', heard[:16]).tolist()}. "
            "This build cannot be used for sound; versions 2.15 to 2.17 are known to work"
        )


def _load(path: Path) -> ctypes.CDLL:
    library = ctypes.CDLL(str(path))
    missing = [symbol for symbol in _SYMBOLS if not hasattr(library, symbol)]
    if missing:
        raise SelfTestError(
            f"PJSIP: {path.name} does not export {', '.join(missing)}, which the sound path calls. "
            "Build it without hiding symbols"
        )
    frame, pointer = ctypes.POINTER(_Frame), ctypes.c_void_p
    library.pj_log_set_level.argtypes, library.pj_log_set_level.restype = [ctypes.c_int], None
    library.pj_thread_is_registered.argtypes = []
    library.pj_thread_register.argtypes = [ctypes.c_char_p, pointer, ctypes.POINTER(pointer)]
    library.pjmedia_port_put_frame.argtypes = [pointer, frame]
    library.pjmedia_port_get_frame.argtypes = [pointer, frame]
    for symbol in _SYMBOLS[1:]:
        getattr(library, symbol).restype = ctypes.c_int
    return library
