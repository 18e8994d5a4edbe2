"""Ports for sound that nobody speaks to any more.

A station that was killed said no BYE: the far end of its call goes on sending to the old port, for minutes.
PJSIP takes the first packet that comes to a port for its far end's, whatever address it comes from, so that
the old call would be heard in the next one, and would be answered.
"""

from __future__ import annotations

import logging
import select
import socket
import time
from dataclasses import replace

from portier.hosts import family_of
from portier.plan import SipSettings

_log = logging.getLogger(__name__)
LISTEN_S = 0.08
"""Longer than from one packet of any telephone to the next."""

_FEWEST = 4
"""Pairs of ports that a station needs: as many as its legs at once."""


def away_from_old_calls(settings: SipSettings) -> SipSettings:
    """The settings with that part of the ports for sound that is quiet; as they are where all of them are."""
    first, ports = settings.rtp_port, settings.rtp_ports
    spoken_to = _spoken_to(settings.bind_address, range(first, first + ports, 2))
    if not spoken_to:
        return settings
    starts = [first - 2, *sorted(spoken_to)]
    ends = [*sorted(spoken_to), first + ports]
    begin, end = max(zip(starts, ends, strict=True), key=lambda gap: gap[1] - gap[0])
    quiet = (end - begin) // 2 - 1
    if quiet < _FEWEST:
        _log.warning(
            "sip: somebody sends to nearly every UDP port from %d to %d: calls may hear it",
            first,
            first + ports,
        )
        return settings
    _log.info("sip: somebody still sends to %d of the ports for sound; others are used", len(spoken_to))
    return replace(settings, rtp_port=begin + 2, rtp_ports=2 * quiet)


def _spoken_to(host: str, ports: range) -> set[int]:
    """Listen to all at once. A port that another program has is none to speak of: PJSIP passes it over."""
    listeners: list[socket.socket] = []
    try:
        for port in ports:
            one = socket.socket(family_of(host), socket.SOCK_DGRAM)
            try:
                if one.family is socket.AF_INET6:
                    one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                one.bind((host, port))
            except OSError:
                one.close()
                continue
            listeners.append(one)
        time.sleep(LISTEN_S)
        heard, _, _ = select.select(listeners, [], [], 0)
        return {one.getsockname()[1] for one in heard}
    except (OSError, ValueError) as error:
        _log.warning("sip: cannot listen whether an old call still sends: %s", error)
        return set()
    finally:
        for one in listeners:
            one.close()
