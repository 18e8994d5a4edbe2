"""The linear canceller of libspeexdsp, by ctypes (speex/speex_echo.h): our PJSIP takes that library, too."""

from __future__ import annotations

import ctypes

import numpy as np
from numpy.typing import NDArray

from portier.errors import AudioError

Samples = NDArray[np.int16]

LIBRARY = "libspeexdsp.so.1"
_TAIL_S = 0.2
_SET_SAMPLING_RATE = 24  # SPEEX_ECHO_SET_SAMPLING_RATE


class LinearCanceller:
    """Takes away what a linear filter of 200 ms predicts. For one thread only.

    Raises AudioError where the library is not here.
    """

    def __init__(self, rate_hz: int, frame_samples: int) -> None:
        try:
            library = ctypes.CDLL(LIBRARY)
            make, control = library.speex_echo_state_init, library.speex_echo_ctl
            self._cancel, self._destroy = library.speex_echo_cancellation, library.speex_echo_state_destroy
            self._reset = library.speex_echo_state_reset
        except (OSError, AttributeError) as error:
            raise AudioError(f"audio: no {LIBRARY} ({error}): apt install libspeexdsp1") from error
        make.argtypes, make.restype = [ctypes.c_int, ctypes.c_int], ctypes.c_void_p
        control.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]
        self._cancel.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p]
        self._cancel.restype = None
        self._destroy.argtypes, self._destroy.restype = [ctypes.c_void_p], None
        self._reset.argtypes, self._reset.restype = [ctypes.c_void_p], None
        self._frame_bytes = 2 * frame_samples
        self._left: Samples = np.empty(frame_samples, np.int16)
        # To ask numpy for it takes longer than to copy a frame.
        self._left_at = self._left.ctypes.data
        self._state = make(frame_samples, round(rate_hz * _TAIL_S))
        if not self._state:
            raise AudioError(f"audio: {LIBRARY} made no canceller for {rate_hz} Hz")
        control(self._state, _SET_SAMPLING_RATE, ctypes.byref(ctypes.c_int(rate_hz)))

    def cancelled(self, near: bytes, far: bytes) -> Samples:
        """What is left of a frame (S16)."""
        if len(near) != self._frame_bytes or len(far) != self._frame_bytes:
            raise ValueError(f"a frame has {self._frame_bytes} bytes here, these {len(near)} and {len(far)}")
        self._cancel(self._state, near, far, self._left_at)
        return self._left.copy()

    def reset(self) -> None:
        """Forget what was learnt."""
        self._reset(self._state)

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._destroy(self._state)
            self._state = None
