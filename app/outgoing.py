"""Requests to addresses that somebody from outside wrote down: they reach the open internet and nothing else.

A name is resolved once, each address it stands for is judged, and the connection goes to a judged one: a name that
means something else a moment later gains nothing. Redirects are not followed, and proxies are not asked.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar
from urllib.parse import SplitResult, urlsplit

from artdag.errors import ArtDagError

LONGEST_URL = 2000
_CONNECT_S, _ANSWER_S = 5.0, 10.0
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*", re.ASCII)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressError(ArtDagError):
    """The address is none that we send anything to."""

    code: ClassVar[str] = "address_refused"


class UnreachableError(ArtDagError):
    """Nobody answered there, or nothing that can be understood."""

    code: ClassVar[str] = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A web address, taken apart."""

    is_secure: bool
    host: str
    """Lower case, without brackets."""
    port: int
    path: str
    """With the query."""

    @property
    def netloc(self) -> str:
        """Host and port as a ``Host`` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_secure else 80) else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, without the body."""

    status: int
    retry_after_s: float | None = None
    """How long the place wants to be left alone."""


def place_of(url: str, *, private_hosts: Collection[str] = ()) -> Place:
    """Return *url* taken apart. A host that is an address is judged here; a name is when it is resolved.

    Args:
        url: starts with http:// or https://, and holds neither a password nor a fragment.
        private_hosts: ``host`` or ``host:port`` that may be private: the operator named them.

    Raises:
        AddressError: saying what is wrong with it.
    """
    if len(url) > LONGEST_URL or any(not "!" <= letter <= "~" for letter in url) or "\\" in url:
        raise AddressError(f"an address has at most {LONGEST_URL} characters, all of them plain: {url[:80]!r}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressError(f"{url[:80]!r} is not an address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressError(f"an address starts with http:// or https:// and a host, unlike {url[:80]!r}")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressError("an address holds no user, no password and no #")
    return _place(parts, port, private_hosts)


def post(url: str, body: bytes, headers: Mapping[str, str], *, private_hosts: Collection[str] = ()) -> Reply:
    """Send *body* to *url* and return how it was taken. The caller sees to it that this ends within some time.

    Raises:
        AddressError: when it is no address for us, or its name stands for one that is not.
        UnreachableError: when nobody answers.
    """
    place = place_of(url, private_hosts=private_hosts)
    may_be_private = _is_named(place.host, place.port, private_hosts)
    try:
        addresses = judged(place.host, place.port, may_be_private=may_be_private)
        connection = _connected(place, addresses)
    except OSError as error:
        raise UnreachableError(f"{place.netloc} cannot be reached: {_told(error)}") from None
    try:
        connection.request("POST", place.path, body, {"Host": place.netloc, **headers})
        answer = connection.getresponse()
        return Reply(status=answer.status, retry_after_s=_seconds(answer.headers.get("Retry-After")))
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(f"{place.netloc} gave no answer: {_told(error)}") from None
    finally:
        connection.close()


def judged(host: str, port: int, *, may_be_private: bool) -> list[str]:
    """Return what *host* stands for.

    Raises:
        AddressError: when any of it is no public address.
        OSError: when it stands for nothing.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not may_be_private:
        for address in addresses:
            if not is_public(ipaddress.ip_address(address)):
                raise AddressError(f"{host} is {address}, which is no public address")
    return addresses


def is_public(address: Address) -> bool:
    """Tell whether *address* belongs to the open internet, also by what it carries inside."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _place(parts: SplitResult, port: int | None, private_hosts: Collection[str]) -> Place:
    host = (parts.hostname or "").lower().rstrip(".")
    is_secure = parts.scheme == "https"
    port = port if port is not None else 443 if is_secure else 80
    if port == 0:
        raise AddressError("0 is no port")
    literal = _literal(host)
    if literal is None and not _NAME.fullmatch(host):
        raise AddressError(f"{host[:80]!r} is no host name")
    named = _is_named(host, port, private_hosts)
    if literal is not None and not is_public(literal) and not named:
        raise AddressError(f"{host} is no public address")
    if literal is None and ("." not in host or host.endswith((".localhost", ".local", ".internal"))) and not named:
        raise AddressError(f"{host} is a name of this machine or network, not of the internet")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(is_secure=is_secure, host=host, port=port, path=path)


def _literal(host: str) -> Address | None:
    """Return the address that *host* is; the short and octal spellings of IPv4 (127.1, 0x7f000001) count, too."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    if re.fullmatch(r"0x[0-9a-f]*|\d+", host.rpartition(".")[2]):  # no name of the internet ends in a number
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except OSError:
            raise AddressError(f"{host[:80]!r} is no address") from None
    return None


def _is_named(host: str, port: int, private_hosts: Collection[str]) -> bool:
    written = f"[{host}]" if ":" in host else host
    return not {host, written, f"{written}:{port}"}.isdisjoint(private_hosts)


def _connected(place: Place, addresses: list[str]) -> http.client.HTTPConnection:
    """Return a connection to the first of *addresses* that takes one. Raises OSError of the last one that does not."""
    refused: OSError | None = None
    for address in addresses:
        try:
            wire = socket.create_connection((address, place.port), _CONNECT_S)
        except OSError as error:
            refused = error
            continue
        try:
            wire.settimeout(_ANSWER_S)
            if place.is_secure:
                wire = _trust().wrap_socket(wire, server_hostname=place.host)
        except OSError:
            wire.close()
            raise
        connection = http.client.HTTPConnection(place.host, place.port)
        connection.sock = wire  # connected and judged: http.client opens none of its own
        connection.auto_open = 0
        return connection
    raise refused or OSError("it has no address")


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and re.fullmatch(r"\d{1,6}", header.strip(), re.ASCII) else None


def _told(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return "".join(letter if letter.isprintable() else " " for letter in str(text))[:200]
