"""Changes to PJSIP's source, each for a packet that would end the station or keep it from its calls.

Written for PJSIP 2.17. One that finds no place for itself in another version is left out, and named: upstream
may have mended the same by then, which the trial of the finished wheel tells (`guest/attacked.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Patch:
    """Changes of one file: each text that stands in it once, and what takes its place."""

    name: str
    why: str
    file: str
    changes: tuple[tuple[str, str], ...]


PATCHES = (
    Patch(
        name="star from the registrar",
        why="an answer to REGISTER with `Contact: *`, which has no URI, was a segmentation fault",
        file="pjsip/src/pjsip-ua/sip_reg.c",
        changes=(
            (
                "        if (hdr->type == PJSIP_H_CONTACT && \n            *contact_cnt < max_contact) \n",
                "        if (hdr->type == PJSIP_H_CONTACT &&\n"
                "            ((const pjsip_contact_hdr*)hdr)->uri &&\n"
                "            *contact_cnt < max_contact)\n",
            ),
        ),
    ),
    Patch(
        name="own address that is none",
        why="an answer to REGISTER may say anything as `received=` in Via, and all later requests said that "
        "they came from there, which nobody could read; or the contact made of it could not be read back, a "
        "segmentation fault; or it was a name, which was looked up. Only an IPv4 address counts, with a port "
        "or without",
        file="pjsip/src/pjsua-lib/pjsua_acc.c",
        changes=(
            (
                "    status = pj_sockaddr_parse(pj_AF_UNSPEC(), 0, via_addr, \n"
                "                               &recv_addr);\n"
                "    /* Even though",
                "    {\n"
                "        pj_str_t host = *via_addr;\n"
                "        const char *colon = pj_strchr(&host, ':');\n"
                "        pj_in_addr ignored;\n"
                "\n"
                "        if (colon)\n"
                "            host.slen = colon - host.ptr;\n"
                "        if (host.slen == 0 ||\n"
                "            pj_inet_pton(pj_AF_INET(), &host, &ignored) != PJ_SUCCESS)\n"
                "        {\n"
                "            return PJ_FALSE;\n"
                "        }\n"
                "    }\n"
                "    status = pj_sockaddr_parse(pj_AF_UNSPEC(), 0, via_addr, \n"
                "                               &recv_addr);\n"
                "    /* Even though",
            ),
        ),
    ),
    Patch(
        name="names without waiting",
        why="a Contact, a Record-Route or a description may name a host, and the system's resolver blocks: "
        "with a slow name server nothing else was done for 10 s. Whoever sets one of these pointers is asked "
        "in its place: the first for an IPv4 address in network order, or 0 where none is known by now, the "
        "other whether it has written the 16 bytes of an IPv6 address",
        file="pjlib/src/pj/addr_resolv_sock.c",
        changes=(
            (
                "/* Resolve IPv4/IPv6 address */\n",
                "unsigned (*portier_address_of)(const char *name) = 0;\n"
                "int (*portier_address6_of)(const char *name, unsigned char *address) = 0;\n"
                "\n"
                "/* Resolve IPv4/IPv6 address */\n",
            ),
            (
                "    /* Call getaddrinfo() */\n    pj_bzero(&hint, sizeof(hint));\n",
                "    /* Call getaddrinfo() */\n"
                "    pj_bzero(&hint, sizeof(hint));\n"
                "    if (portier_address_of || portier_address6_of) {\n"
                "        unsigned found = portier_address_of ? (*portier_address_of)(nodecopy) : 0;\n"
                "        unsigned char found6[16];\n"
                "        if (portier_address6_of && (*portier_address6_of)(nodecopy, found6))\n"
                "            pj_inet_ntop(pj_AF_INET6(), found6, nodecopy, sizeof(nodecopy));\n"
                "        else if (found)\n"
                "            pj_inet_ntop(pj_AF_INET(), &found, nodecopy, sizeof(nodecopy));\n"
                "        hint.ai_flags = AI_NUMERICHOST;\n"
                "    }\n",
            ),
        ),
    ),
)


def apply(tree: Path, patches: Iterable[Patch] = PATCHES) -> tuple[str, ...]:
    """Change an unpacked source; the names of the patches that found no place, or more than one."""
    left_out = []
    for patch in patches:
        file = tree / patch.file
        text = file.read_bytes().decode("utf-8", "surrogateescape") if file.exists() else ""
        if any(text.count(before) != 1 for before, _ in patch.changes):
            left_out.append(patch.name)
            continue
        for before, after in patch.changes:
            text = text.replace(before, after)
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
    return tuple(left_out)
