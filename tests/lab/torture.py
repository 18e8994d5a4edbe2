"""Messages that test a parser's temper, after the kinds of RFC 4475 and in words of our own.

Each says which answers the RFC allows. To be dropped in silence is always allowed: what cannot be read has no
sender that could be answered. A station must in no case fall ill.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

_SDP = "v=0\r\no=- 1 1 IN IP4 @ME@\r\ns=-\r\nc=IN IP4 @ME@\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n"
REFUSED = frozenset({400})
CALLED = frozenset({403, 480, 486, 488, 603})
"""How a station refuses a stranger's call that is well-formed."""
ASKED = frozenset({200, 403, 404, 405, 501})
"""How it may answer what is no call."""
UNKNOWN = frozenset({405, 501})
NONE: frozenset[int] = frozenset()
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Torture:
    """A datagram with `@ME@` and `@PORT@` for its sender, `@IT@` for the station, and what may come back.

    `kinder` is what PJSIP answers where the RFC says to refuse by another status; it does no harm.
    """

    name: str
    text: str
    may: frozenset[int]
    kinder: frozenset[int] = NONE

    def datagram(self, own: tuple[str, int], station: str) -> bytes:
        """The bytes to send."""
        text = self.text.replace("@ME@", own[0]).replace("@PORT@", str(own[1])).replace("@IT@", station)
        return text.encode("latin-1")


def _message(
    start: str = "OPTIONS sip:portier@@IT@ SIP/2.0",
    *more: str,
    body: str = "",
    length: str = "Content-Length: @LENGTH@",
    **changed: str,
) -> str:
    """A request that is right but for what is changed; an empty line of headers is left out."""
    number = next(_numbers)
    method = start.partition(" ")[0]
    lines = {
        "via": f"Via: SIP/2.0/UDP @ME@:@PORT@;rport;branch=z9hG4bKtorture{number}",
        "sender": f"From: <sip:stranger@@ME@>;tag=t{number}",
        "to": "To: <sip:portier@@IT@>",
        "call_id": f"Call-ID: torture-{number}",
        "cseq": f"CSeq: 1 {method}",
        "hops": "Max-Forwards: 70",
        "contact": "Contact: <sip:stranger@@ME@:@PORT@>",
        **changed,
    }
    described = ["Content-Type: application/sdp"] if body == _SDP else []
    size = len(body) if body != _SDP else -1
    head = [start, *(line for line in lines.values() if line), *described, *more, length]
    text = "\r\n".join(line for line in head if line) + "\r\n\r\n" + body
    return text.replace("@LENGTH@", "@SDP@" if size < 0 else str(size))


def _invite(*more: str, uri: str = "sip:portier@@IT@", **changed: str) -> str:
    return _message(f"INVITE {uri} SIP/2.0", *more, body=_SDP, **changed)


def all_of(own_host: str) -> tuple[Torture, ...]:
    """Every message, for a sender at this address."""
    size = str(len(_SDP.replace("@ME@", own_host)))
    return tuple(replace(one, text=one.text.replace("@SDP@", size)) for one in _all())


def _all() -> tuple[Torture, ...]:
    long = "x" * 3000
    return (
        # Right, however odd (RFC 4475 section 3.1.1).
        Torture(
            "folded, compact and oddly spaced headers",
            _message(
                "INVITE sip:portier@@IT@;unknown=yes SIP/2.0",
                "sUbJeCt :\r\n   folded\r\n\tonce more",
                "Novelty:   nobody knows it\r\n continued value",
                "c: application/sdp",
                body=_SDP,
                to='TO :\r\n <sip:portier@@IT@>  ;  unknown=" \\"quoted\\" "',
                hops="MAX-FORWARDS: 0068",
                cseq="cseq: 0009\r\n  INVITE",
                via="v:  SIP  / 2.0  / UDP\r\n    @ME@:@PORT@;rport;branch=z9hG4bKfolded",
                length="l: @LENGTH@",
            ).replace("Content-Type: application/sdp\r\n", ""),
            CALLED,
        ),
        Torture(
            "a method and headers of every character that is allowed",
            _message(
                "!odd-Verb_0123456789*+`.%'~ sip:9_a-b.c!d~e*f'g(h)i&j=k+l$m,n;o?p/q:r&s=t*u@@IT@ SIP/2.0",
                "extensionHeader-!.%*+_`'~: \u00ef\u00bb\u00bf\u00e5\u00a4\u00a7",
            ),
            UNKNOWN | REFUSED,
        ),
        Torture("an escaped user", _invite(uri="sip:sips%3Auser%40example.net@@IT@"), CALLED | {404}),
        Torture(
            "escaped zeros",
            _message("REGISTER sip:@IT@ SIP/2.0", to="To: <sip:null-%00-null@@IT@>"),
            ASKED | REFUSED,
        ),
        Torture("a method with escapes is another", _message("RE%47IST%45R sip:@IT@ SIP/2.0"), UNKNOWN),
        Torture(
            "values of thousands of characters",
            _invite(
                f"Unknown-{long[:200]}: {long}", sender=f'From: "{long}" <sip:{long[:500]}@@ME@>;tag=long'
            ),
            CALLED | REFUSED | {513},
        ),
        Torture(
            "a second request behind the first, in one datagram",
            _message() + _message("INVITE sip:portier@@IT@ SIP/2.0"),
            ASKED,
        ),
        Torture(
            "no space before the bracket", _message(sender="From: caller<sip:c@@ME@>;tag=nospace"), ASKED
        ),
        Torture(
            "semicolons in the user", _message("OPTIONS sip:user;par=u%40example.net@@IT@ SIP/2.0"), ASKED
        ),
        Torture(
            "transports that nobody knows",
            _message(
                via="Via: SIP/2.0/UDP @ME@:@PORT@;rport;branch=z9hG4bKways\r\n"
                "Via: SIP/2.0/SCTP a.example;branch=z9hG4bK1\r\n"
                "Via: SIP/2.0/PIGEON b.example;branch=z2"
            ),
            ASKED,
        ),
        Torture(
            "a body of bytes that are no text",
            _message(
                "MESSAGE sip:portier@@IT@ SIP/2.0",
                "Content-Type: multipart/mixed;boundary=7",
                body="\x00\xff\x80\r\n",
            ),
            ASKED | {415},
        ),
        Torture(
            "an answer without a reason, to nothing",
            _message("SIP/2.0 100 ", cseq="CSeq: 1 INVITE", hops=""),
            NONE,
        ),
        Torture(
            "an answer with a reason of all tongues, to nothing",
            _message(
                "SIP/2.0 200 \u00c3\u00a9t\u00c3\u00a9 \u00e6\u0097\u00a5 = 2^3",
                cseq="CSeq: 1 INVITE",
                hops="",
            ),
            NONE,
        ),
        # Wrong (section 3.1.2).
        Torture(
            "separators without anything between",
            _invite(
                via="Via: SIP/2.0/UDP @ME@:@PORT@;rport;branch=z9hG4bKseparators;;,;,,",
                contact='Contact: "Guest" <sip:guest@example.org>;;;;',
            ),
            REFUSED | CALLED,
        ),
        Torture("a body shorter than it says", _invite(length="Content-Length: 9999"), REFUSED, CALLED),
        Torture("a negative length", _invite(length="Content-Length: -999"), REFUSED),
        Torture(
            "numbers beyond all bounds",
            _message(
                "REGISTER sip:@IT@ SIP/2.0",
                "Expires: 10000000000000000000000000",
                cseq="CSeq: 99999999999999999999 REGISTER",
                hops="Max-Forwards: 255",
                contact="Contact: <sip:u@@ME@>;expires=999999999999999",
            ),
            REFUSED | ASKED,
        ),
        Torture(
            "an answer with numbers beyond all bounds",
            _message(
                "SIP/2.0 503 Unavailable",
                "Retry-After: 888888888888888888888888888",
                cseq="CSeq: 7777777777777777777777 OPTIONS",
            ),
            NONE,
        ),
        Torture(
            "a quote that is not closed",
            _message(to='To: "Nobody in particular <sip:nobody@example.com>'),
            REFUSED,
        ),
        Torture("brackets around the URI", _message("OPTIONS <sip:portier@@IT@> SIP/2.0"), REFUSED | {416}),
        Torture("spaces inside the URI", _message("OPTIONS sip:portier@@IT@; lr SIP/2.0"), REFUSED),
        Torture(
            "several spaces in the first line",
            _message("OPTIONS  sip:portier@@IT@  SIP/2.0"),
            REFUSED | ASKED,
        ),
        Torture(
            "a space behind the first line", _message("OPTIONS sip:portier@@IT@ SIP/2.0  "), REFUSED | ASKED
        ),
        Torture(
            "headers inside the URI",
            _invite(uri="sip:portier@@IT@?Route=%3Csip:example.com%3E"),
            REFUSED | CALLED,
        ),
        Torture("a date of no known zone", _invite("Date: Fri, 01 Jan 2010 16:00:00 EST"), REFUSED | CALLED),
        Torture(
            "a contact with a question mark and no brackets",
            _message(
                "REGISTER sip:@IT@ SIP/2.0", contact="Contact: sip:user@example.com?Route=%3Csip:x.example%3E"
            ),
            REFUSED | ASKED,
        ),
        Torture(
            "spaces inside an address",
            _message(to='To: "A Guest" < sip:guest@example.org >'),
            REFUSED | ASKED,
        ),
        Torture(
            "a name of characters that need quotes",
            _message(sender="From: Smith, J. (2nd floor) <sip:a@@ME@>;tag=name"),
            REFUSED | ASKED,
        ),
        Torture("a version of the far future", _message("OPTIONS sip:portier@@IT@ SIP/7.0"), REFUSED | {505}),
        Torture("a method that CSeq contradicts", _message(cseq="CSeq: 8 INVITE"), REFUSED, ASKED),
        Torture(
            "an unknown method that CSeq contradicts",
            _message("NEWMETHOD sip:portier@@IT@ SIP/2.0", cseq="CSeq: 8 INVITE"),
            REFUSED | UNKNOWN,
        ),
        Torture(
            "a status beyond all bounds",
            _message("SIP/2.0 4294967301 beyond", cseq="CSeq: 1 INVITE"),
            NONE,
        ),
        # What a transaction needs (section 3.2).
        Torture(
            "a branch that is the cookie alone",
            _message(via="Via: SIP/2.0/UDP @ME@:@PORT@;rport;branch=z9hG4bK"),
            ASKED | REFUSED,
        ),
        # What the application must look at (section 3.3).
        Torture("neither From, To nor Call-ID", _message(sender="", to="", call_id=""), REFUSED),
        Torture(
            "a scheme that nobody knows",
            _message("OPTIONS nobody.knows:what-it-is SIP/2.0"),
            REFUSED | {404, 416},
        ),
        Torture(
            "a scheme that is no telephone's",
            _message("OPTIONS soap.beep://203.0.113.9:99 SIP/2.0"),
            REFUSED | {404, 416},
        ),
        Torture(
            "unknown schemes in From and To",
            _message(
                sender='From: "X" <isbn:0000000000>;tag=book',
                to="To: <http://www.example.com>",
                contact="Contact: <name:Nobody>",
            ),
            REFUSED | ASKED | {416},
        ),
        Torture(
            "an extension that is required and does not exist",
            _message("OPTIONS sip:portier@@IT@ SIP/2.0", "Require: teleportation, telepathy"),
            frozenset({420}),
            ASKED,
        ),
        Torture(
            "a call for which an extension is required that does not exist",
            _invite("Require: teleportation"),
            frozenset({420}),
        ),
        Torture(
            "a call in a language that nobody knows",
            _message(
                "INVITE sip:portier@@IT@ SIP/2.0",
                "Content-Type: application/hieroglyphs",
                body="bird, snake, eye",
            ),
            CALLED | {415},
        ),
        Torture(
            "credentials of an unknown kind",
            _message("REGISTER sip:@IT@ SIP/2.0", "Authorization: Handshake firm=yes"),
            ASKED | {401},
        ),
        Torture(
            "each header that must be alone twice",
            _invite(
                "CSeq: 59 INVITE",
                "Call-ID: another",
                "To: <sip:other@@IT@>",
                "From: <sip:x@@ME@>;tag=other",
                "Max-Forwards: 5",
            ),
            REFUSED | CALLED,
        ),
        Torture(
            "two lengths",
            _message("OPTIONS sip:portier@@IT@ SIP/2.0", "Content-Length: 13", body="no body, is it"),
            REFUSED | ASKED,
        ),
        Torture(
            "an answer whose way back is everybody",
            _message(
                "SIP/2.0 200 OK",
                via="Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1",
                cseq="CSeq: 1 INVITE",
            ),
            NONE,
        ),
        Torture("no hops left", _message(hops="Max-Forwards: 0"), ASKED | {483}),
        Torture(
            "a caller who takes no description of sound",
            _invite("Accept: text/nobodyKnowsThis"),
            CALLED | {406},
        ),
        Torture(
            "as it was before RFC 3261, without a branch",
            _message(
                "INVITE sip:portier@@IT@ SIP/2.0",
                "Content-Type: application/sdp",
                body=_SDP,
                via="Via: SIP/2.0/UDP @ME@:@PORT@;rport",
                hops="",
                sender="From: sip:old@@ME@",
            ).replace("Content-Type: application/sdp\r\nContent-Type", "Content-Type"),
            CALLED | REFUSED,
        ),
        Torture("nothing but line ends", "\r\n\r\n\r\n\r\n", NONE),
        Torture(
            "no end of the headers",
            "OPTIONS sip:portier@@IT@ SIP/2.0\r\nVia: SIP/2.0/UDP @ME@:@PORT@;branch=z9hG4bKx",
            NONE,
        ),
        Torture("bytes of every kind", "".join(map(chr, range(256))) * 8, NONE),
    )
