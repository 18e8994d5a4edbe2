"""Spoils what is right: SIP, SDP, RTP and RTCP as somebody sends them who means harm, or has gone wrong."""

from __future__ import annotations

import random
import re

_NUMBERS = (b"0", b"1", b"-1", b"255", b"256", b"65535", b"65536", b"2147483648", b"4294967295", b"9" * 30)
_PIECES = (
    b"",
    b"*",
    b" ",
    b",",
    b";",
    b"<",
    b">",
    b'"',
    b"\r\n",
    b"\0",
    b"\xff\xfe",
    b"%00",
    b"()",
    b"sip:",
    b"<sip:>",
    b"<sip:@>",
    b"<sip:;lr>",
    b"<sip:127.0.0.1;lr>",
    b"<sip:x@127.0.0.1:0>",
    b"<sip:x@127.0.0.1:99999>",
    b"<sip:x@[::1]:5060>",
    b"<sip:[::1];lr>",
    b"IN IP6 ::1",
    b"IN IP4 127.0.0.1",
    b"<sip:x@[::1]",
    b"<sip:x@[fe80::1%lo]>",
    b"<sips:x@127.0.0.1>",
    b"<sip:x@127.0.0.1;transport=tcp>",
    b"<sip:x@127.0.0.1;transport=tls>",
    b"<sip:x@127.0.0.1;maddr=127.0.0.1;ttl=1;method=BYE?Subject=x&Route=%3Csip:y%3E>",
    b"<tel:1>",
    b"<tel:+1;phone-context=x>",
    b"<urn:x>",
    b"<http://127.0.0.1/>",
    b"A" * 300,
    b"<sip:" + b"b" * 1500 + b"@127.0.0.1>",
)
_HEADERS = (
    b"Contact: *",
    b"Contact: <tel:1>",
    b"Record-Route: <tel:1>",
    b"Record-Route: *",
    b"Route: <tel:1>",
    b"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKx;rport",
    b"Via: SIP/2.0/TCP [::1]",
    b"Require: 100rel, timer, replaces, precondition",
    b"Supported: 100rel, timer, replaces, norefersub, outbound, path, gruu",
    b"RSeq: 1",
    b"RSeq: 4294967295",
    b"RAck: 1 1 INVITE",
    b"Session-Expires: 90;refresher=uas",
    b"Session-Expires: 0",
    b"Min-SE: 4294967295",
    b"Min-Expires: 4294967295",
    b"Retry-After: 1",
    b"Expires: 0",
    b"Expires: 1",
    b"Event: presence",
    b"Event: refer;id=1",
    b"Subscription-State: terminated;reason=x",
    b"Refer-To: <sip:x@127.0.0.1?Replaces=1%3Bto-tag%3D1>",
    b"Referred-By: <tel:1>",
    b"Replaces: x;to-tag=1;from-tag=2",
    b"Authorization: Digest",
    b'WWW-Authenticate: Digest realm="", nonce="", algorithm=MD5, qop="auth,auth-int"',
    b'Proxy-Authenticate: Digest realm="x", nonce="y", stale=TRUE, algorithm=SHA-256',
    b"WWW-Authenticate: Basic realm=x",
    b'Authentication-Info: nextnonce="x"',
    b"Content-Type: multipart/mixed;boundary=x",
    b"Content-Type: application/dtmf-relay",
    b"Content-Type: message/sipfrag",
    b"Content-Encoding: gzip",
    b"Content-Length: 0",
    b"Content-Length: 99999",
    b"Content-Length: -1",
    b"Service-Route: <tel:1>",
    b"Path: <tel:1>",
    b"P-Asserted-Identity: <tel:1>",
    b"Max-Forwards: 0",
    b"X: " + b"y" * 900,
    b"\t folded",
    b":",
    b"no header",
)
_SDP_LINES = (
    b"",
    b"c=IN IP4 0.0.0.0",
    b"c=IN IP6 ::1",
    b"c=IN IP4 224.0.0.1/1",
    b"c=",
    b"b=AS:4294967296",
    b"t=",
    b"o=- 0 0 IN IP4",
    b"s=",
    b"m=audio 0 RTP/AVP 8",
    b"m=audio 9 RTP/AVP",
    b"m=audio 40000 RTP/AVP 8 0 9 101 96 97 98",
    b"m=audio 40000/65535 RTP/AVP 8",
    b"m=audio 40000 RTP/SAVP 8",
    b"m=audio 40000 UDP/TLS/RTP/SAVPF 8",
    b"m=audio 40000 RTP/AVP 4294967296",
    b"m=audio 40000 RTP/AVP x",
    b"m=video 40002 RTP/AVP 96",
    b"m=text 40002 RTP/AVP 98",
    b"m=image 40002 udptl t38",
    b"m=",
    b"a=rtpmap:8 PCMA/8000/99",
    b"a=rtpmap:8",
    b"a=rtpmap:101 telephone-event/8000",
    b"a=rtpmap:101 telephone-event/48000",
    b"a=rtpmap:96 G722/0",
    b"a=rtpmap:255 red/8000",
    b"a=fmtp:101",
    b"a=fmtp:101 0-16,99-1000",
    b"a=fmtp:8 " + b"x=y;" * 60,
    b"a=ptime:0",
    b"a=ptime:65535",
    b"a=maxptime:1",
    b"a=rtcp:0",
    b"a=rtcp:9 IN IP4 127.0.0.1",
    b"a=rtcp-mux",
    b"a=rtcp-fb:* nack pli",
    b"a=ssrc:1 cname:x",
    b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + b"A" * 40,
    b"a=fingerprint:sha-256 00:11",
    b"a=setup:actpass",
    b"a=ice-ufrag:x",
    b"a=candidate:1 1 UDP 1 127.0.0.1 9 typ host",
    b"a=inactive",
    b"a=sendonly",
    b"a=recvonly",
    b"a=group:BUNDLE 0",
    b"a=mid:0",
    b"a=",
    b"v=1",
    b"z=",
)
_NAMES_A_DIALOG = (b"via:", b"v:", b"call-id:", b"i:", b"cseq:", b"from:", b"f:", b"to:", b"t:")
_LARGEST_BYTES = 3900
"""PJSIP takes no longer datagram."""


class Mutation:
    """Spoils by a seed: the same calls in the same order do the same."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def sip(self, message: bytes) -> bytes:
        """A SIP message with something wrong in its headers or its body."""
        head, empty, body = message.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        for _ in range(self.chance.choice((1, 1, 1, 2, 3, 6))):
            if body and self.chance.random() < 0.4:
                body = self._sdp(body)
            else:
                lines = self._headers(lines)
        whole = b"\r\n".join(lines) + empty + body
        if body and self.chance.random() < 0.9:
            length = b"Content-Length: %d\r\n" % len(body)
            whole = re.sub(rb"(?i)(?m)^content-length:[^\r]*\r\n", length, whole, count=1)
        return self._bytes(whole) if self.chance.random() < 0.1 else whole[:_LARGEST_BYTES]

    def datagram(self, data: bytes) -> bytes:
        """Any datagram with some bytes wrong."""
        return self._bytes(data)

    def rtcp(self) -> bytes:
        """Some RTCP packets one after the other, some of them as they should be (RFC 3550 section 6)."""
        packets = []
        for _ in range(self.chance.randrange(1, 4)):
            kind = self.chance.choice((200, 201, 202, 203, 204, 205, 206, 207, 255))
            count = self.chance.randrange(32)
            body = self.chance.randbytes(4 * self.chance.choice((1, 6, 7, 13, self.chance.randrange(40))))
            words = len(body) // 4 if self.chance.random() < 0.7 else self.chance.randrange(65536)
            packets.append(bytes((0x80 | count, kind)) + words.to_bytes(2, "big") + body)
        return b"".join(packets)

    def _headers(self, lines: list[bytes]) -> list[bytes]:
        # What names the dialog is seldom spoiled: all else would hardly be looked at.
        at = self.chance.randrange(len(lines))
        if lines[at].lower().startswith(_NAMES_A_DIALOG) and self.chance.random() < 0.8:
            at = self.chance.randrange(len(lines))
        spoiled = list(lines)
        match self.chance.randrange(7):
            case 0:
                del spoiled[at]
            case 1:
                spoiled.insert(self.chance.randrange(1, len(lines) + 1), lines[at])
            case 2:
                name = lines[at].partition(b":")[0]
                spoiled[at] = name + b": " + self.chance.choice(_PIECES)
            case 3 | 4:
                spoiled.insert(self.chance.randrange(1, len(lines) + 1), self.chance.choice(_HEADERS))
            case 5:
                spoiled[at] = self._number(lines[at])
            case _:
                spoiled[at] = self._token(lines[at])
        return spoiled or [b""]

    def _sdp(self, body: bytes) -> bytes:
        lines = body.split(b"\r\n")
        at = self.chance.randrange(len(lines))
        match self.chance.randrange(6):
            case 0:
                del lines[at]
            case 1:
                lines.insert(self.chance.randrange(len(lines) + 1), lines[at])
            case 2:
                lines[at] = self.chance.choice(_SDP_LINES)
            case 3:
                lines.insert(at, self.chance.choice(_SDP_LINES))
            case 4:
                lines[at] = self._number(lines[at])
            case _:
                lines[at] = self._token(lines[at])
        return b"\r\n".join(lines)

    def _number(self, line: bytes) -> bytes:
        numbers = list(re.finditer(rb"\d+", line))
        if not numbers:
            return line
        one = self.chance.choice(numbers)
        return line[: one.start()] + self.chance.choice(_NUMBERS) + line[one.end() :]

    def _token(self, line: bytes) -> bytes:
        tokens = list(re.finditer(rb"[^ ;:,=<>/@\"]+", line))
        if not tokens:
            return line
        one = self.chance.choice(tokens)
        return line[: one.start()] + self.chance.choice(_PIECES) + line[one.end() :]

    def _bytes(self, data: bytes) -> bytes:
        spoiled = bytearray(data)
        for _ in range(self.chance.choice((1, 2, 4, 16))):
            at = self.chance.randrange(len(spoiled) + 1)
            match self.chance.randrange(4):
                case 0:
                    spoiled[at : at + 1] = self.chance.randbytes(1)
                case 1:
                    del spoiled[at : at + self.chance.randrange(1, 20)]
                case 2:
                    spoiled[at:at] = self.chance.choice(_PIECES)
                case _:
                    spoiled[at:at] = spoiled[at : at + 40]
        return bytes(spoiled[:_LARGEST_BYTES])
