"""Every knob of the service, read once from the environment: its name, its default, what a right value looks like.

``python -m app.settings`` prints the table that the README shows.
"""

from __future__ import annotations

import ipaddress
import os
import pwd
import re
import secrets
import stat
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, get_type_hints
from urllib.parse import urlsplit

from dotenv import dotenv_values


class SettingsError(Exception):
    """A setting is wrong; the message is one line that names it, its value and what would be right."""


@dataclass(frozen=True, slots=True)
class Knob:
    """One environment variable. An empty *default* means: not set. ``{NAME}`` in it is another knob's value."""

    name: str
    parse: Callable[[str], Any]
    """Makes the value of its text; its ValueError says what would be right."""
    default: str
    doc: str
    empty: Any = None
    """The value when the text is empty."""


# --- what right values look like -------------------------------------------------------------------------------------


def _path(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute():
        raise ValueError("must be an absolute path (~ is understood)")
    return Path(os.path.normpath(path))


def _existing_folder(text: str) -> Path:
    path = _path(text)
    if not path.is_dir():
        raise ValueError("must be a folder that exists")
    return path


def _existing_file(text: str) -> Path:
    path = _path(text)
    if not path.is_file():
        raise ValueError("must be a file that exists")
    return path


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[,\s]+", text) if word]


def _folders(text: str) -> tuple[Path, ...]:
    return tuple(_existing_folder(word) for word in text.split(":") if word)


def _host(text: str) -> str:
    bare = text.removeprefix("[").removesuffix("]")
    if not re.fullmatch(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+", bare):
        raise ValueError("must be a host name or an IP address, without a port")
    return bare


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(host_of(word) for word in _words(text))
    if not hosts:
        raise ValueError("must name one host or more")
    return hosts


def _ports(text: str) -> tuple[str, ...]:
    words = tuple(word.lower() for word in _words(text))
    if not all(re.fullmatch(r"[a-z0-9._-]+(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?", word) for word in words):
        raise ValueError("must be hosts such as 10.0.0.8 or hooks.lan:9000")
    return words


def _origin(text: str) -> str:
    wrong = ValueError("must be an origin such as https://art.example.org, without a path")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise wrong
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise wrong
    default_port = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in {None, default_port} else "")


def _registries(text: str) -> tuple[str, ...]:
    """Origins whose hosts can stand in an actor's name, each in one only."""
    origins = tuple(dict.fromkeys(_origin(word) for word in _words(text)))
    hosts = [urlsplit(origin).netloc for origin in origins]
    if not all(re.fullmatch(r"[a-z0-9.-]+(:\d+)?", host, re.ASCII) for host in hosts):
        raise ValueError(
            "must name each registry by a host of a-z, 0-9, . and - (an international name in its xn-- form)"
        )
    if len(set(hosts)) < len(hosts):
        raise ValueError("must name one host once: else its users could not be told apart")
    return origins


def _route(text: str) -> str:
    if not re.fullmatch(r"/[!-~]*", text) or text.startswith("//"):
        raise ValueError("must be a path such as /auth/verify")
    return text


def _url_of(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not text.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError(f"must start with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return text

    return parse


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"\d{1,18}", text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return parse


def _seconds(low: float, high: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        if not re.fullmatch(r"\d{1,9}(\.\d+)?", text) or not low <= float(text) <= high:
            raise ValueError(f"must be a number of seconds from {low:g} to {high:g}")
        return float(text)

    return parse


def read_bytes(text: str) -> int:
    """Return a number of bytes that is written with a unit. Raises ValueError, saying what would be right."""
    match = re.fullmatch(r"(\d{1,15})\s*([KMGT]i?B)?", text)
    if not match or not int(match[1]):
        raise ValueError("must be a number of bytes above 0, such as 5000000, 500MB or 10GiB")
    unit = match[2] or ""
    step = 1024 if "i" in unit else 1000
    size: int = int(match[1]) * step ** (1 + "KMGT".index(unit[0]) if unit else 0)
    return size


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        for choice in choices:
            if text.lower() == choice.lower():
                return choice
        raise ValueError(f"must be one of {', '.join(choices)}")

    return parse


def _actors(text: str) -> tuple[str, ...]:
    actors = tuple(_words(text))
    if not all(re.fullmatch(r"@[^@\s]+@[^@\s]+", actor) for actor in actors):
        raise ValueError("must be actors such as @ada@art.example.org")
    return actors


def _secret(text: str) -> str:
    if len(text) < 16:
        raise ValueError("must have 16 characters or more; without it one is made for you")
    return text


def host_of(header: str) -> str:
    """Return the host of a ``Host`` header or of an ``ALLOWED_HOSTS`` entry: lower case, its port dropped.

    What follows a colon and is no port stays, so that it equals nobody's name.
    """
    text = header.strip().lower()
    host, _, port = text.rpartition(":")
    return host if port.isascii() and (port.isdecimal() or not port) and host else text


# --- the knobs -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment asked for, checked. The table below is all there is."""

    home: Annotated[Path, Knob("ARTDAG_HOME", _path, "~/.artdag", "Where everything the service keeps lives.")]
    host: Annotated[
        str,
        Knob("HOST", _host, "127.0.0.1", "Address to listen on. Beyond loopback, `L2_SERVERS` or `API_TOKENS` is due."),
    ]
    port: Annotated[int, Knob("PORT", _whole(1, 65535), "8100", "Port to listen on.")]
    redis_url: Annotated[
        str | None,
        Knob("REDIS_URL", _url_of("redis", "rediss", "unix"), "", "A Redis >= 6.2 of yours; not set: our own starts."),
    ] = field(repr=False)  # may hold a password
    cache_dir: Annotated[Path, Knob("CACHE_DIR", _path, "{ARTDAG_HOME}/cache", "Blobs and the results of steps.")]
    cache_max_bytes: Annotated[
        int | None, Knob("CACHE_MAX_BYTES", read_bytes, "", "Evict what can be made again beyond this, e.g. `200GiB`.")
    ]
    store_url: Annotated[
        str | None, Knob("STORE_URL", _url_of("s3"), "", "Object store that workers on other machines share.")
    ]
    public_url: Annotated[
        str, Knob("L1_PUBLIC_URL", _origin, "http://localhost:{PORT}", "Origin under which others reach this server.")
    ]
    l2_servers: Annotated[
        tuple[str, ...],
        Knob("L2_SERVERS", _registries, "", "Exact origins of the registries whose users may log in.", empty=()),
    ]
    l2_secrets: Annotated[
        Path | None,
        Knob("L2_SECRETS", _existing_file, "", "File of lines `origin sha256-of-secret`, for `/auth/revoke-user`."),
    ]
    l2_timeout_s: Annotated[
        float, Knob("L2_TIMEOUT_S", _seconds(0.1, 60), "5", "Longest time that a registry's answer may take.")
    ]
    l2_login_path: Annotated[str, Knob("L2_LOGIN_PATH", _route, "/login", "Where people log in at a registry.")]
    l2_verify_path: Annotated[
        str, Knob("L2_VERIFY_PATH", _route, "/auth/verify", "Where a registry tells whose a token is.")
    ]
    l2_record_path: Annotated[
        str, Knob("L2_RECORD_PATH", _route, "/assets/record-run", "Where a registry takes what is published.")
    ]
    l2_asset_path: Annotated[
        str, Knob("L2_ASSET_PATH", _route, "/assets/record-asset", "The same for what no run made: uploads, recipes.")
    ]
    l2_by_hash_path: Annotated[
        str,
        Knob("L2_BY_HASH_PATH", _route, "/assets/by-hash/", "Where it tells what it knows of the hash that follows."),
    ]
    api_tokens: Annotated[
        Path | None, Knob("API_TOKENS", _existing_file, "", "File of lines `sha256-of-token actor`, for programs.")
    ]
    quota_bytes: Annotated[
        int | None, Knob("QUOTA_BYTES", read_bytes, "", "Most bytes that one actor may keep here, e.g. `50GiB`.")
    ]
    quota_runs: Annotated[
        int | None, Knob("QUOTA_RUNS", _whole(1, 100_000), "", "Most runs of one actor that may be open at once.")
    ]
    admins: Annotated[
        tuple[str, ...], Knob("ADMINS", _actors, "", "Actors who may do everything, `@user@domain`.", empty=())
    ]
    secret_key_set: Annotated[
        str | None,
        Knob("SECRET_KEY", _secret, "", "Signs sessions. Not set: made once, kept in `ARTDAG_HOME/secret_key`."),
    ] = field(repr=False)
    allowed_hosts: Annotated[
        tuple[str, ...],
        Knob(
            "ALLOWED_HOSTS",
            _hosts,
            "localhost,127.0.0.1,[::1]",
            "`Host` headers we answer to, beside `L1_PUBLIC_URL`'s.",
        ),
    ]
    import_roots: Annotated[
        tuple[Path, ...],
        Knob("IMPORT_ROOTS", _folders, "", "Folders on the server to import from, parted by `:`.", empty=()),
    ]
    effects_dir: Annotated[
        Path | None, Knob("EFFECTS_DIR", _existing_folder, "", "Folder with the operator's own effects.")
    ]
    fonts_dir: Annotated[
        Path | None, Knob("FONTS_DIR", _existing_folder, "", "Folder with typefaces for further scripts.")
    ]
    user_concurrency: Annotated[
        int | None,
        Knob("USER_CONCURRENCY", _whole(1, 10_000), "", "Most jobs of one actor that are rendered at once."),
    ]
    max_upload_bytes: Annotated[int, Knob("MAX_UPLOAD_BYTES", read_bytes, "10GiB", "Largest upload.")]
    render_timeout_s: Annotated[
        int, Knob("RENDER_TIMEOUT_S", _whole(1, 604_800), "3600", "Longest time one job may render, in seconds.")
    ]
    workers: Annotated[int, Knob("WORKERS", _whole(0, 256), "2", "Rendering processes that `make run` starts.")]
    lease_s: Annotated[
        float, Knob("LEASE_S", _seconds(0.5, 3600), "6", "Seconds of silence after which a worker's job is taken back.")
    ]
    webhook_private_hosts: Annotated[
        tuple[str, ...],
        Knob("WEBHOOK_PRIVATE_HOSTS", _ports, "", "Private `host` or `host:port` that webhooks may call.", empty=()),
    ]
    sandbox: Annotated[
        str, Knob("SANDBOX", _one_of("auto", "require"), "auto", "`require` refuses to start where walls are missing.")
    ]
    log_format: Annotated[
        str,
        Knob("LOG_FORMAT", _one_of("text", "json"), "text", "`json`: one object a line, for programs that read logs."),
    ]
    log_level: Annotated[
        str, Knob("LOG_LEVEL", _one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO", "How much the logs tell.")
    ]

    @classmethod
    def from_env(cls, environ: Mapping[str, str], dotenv_path: Path | None = None) -> Settings:
        """Read the settings from *environ*, and from the file *dotenv_path* (if it exists) what *environ* lacks.

        Raises:
            SettingsError: naming the first variable that is wrong, its value, and what is right.
        """
        given = {name: text for name, text in environ.items() if text.strip()}
        if dotenv_path is not None:
            from_file = dotenv_values(dotenv_path, interpolate=False)
            given = {name: text for name, text in from_file.items() if text and text.strip()} | given

        values: dict[str, Any] = {}
        by_name: dict[str, Any] = {}
        for attribute, knob in knobs().items():
            text = given.get(knob.name, knob.default.format(**by_name)).strip()
            value = _read(knob, text, home=environ.get("HOME", ""))
            values[attribute] = by_name[knob.name] = value
        settings = cls(**values)
        settings._refuse_open_doors()
        return settings

    def _refuse_open_doors(self) -> None:
        if not (is_loopback(self.host) or self.l2_servers or self.api_tokens):
            raise SettingsError(
                f"HOST={self.host!r} would let strangers in: listen on 127.0.0.1, or say who may enter"
                " with L2_SERVERS or API_TOKENS"
            )

    @property
    def single_user(self) -> bool:
        """Nobody vouches for anyone: all that comes over loopback is the one local user."""
        return not self.l2_servers and self.api_tokens is None

    @property
    def url_host(self) -> str:
        """The host as it is written in URLs: IPv6 in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def run_dir(self) -> Path:
        """Sockets and locks of what is running now."""
        return self.home / "run"

    @property
    def logs_dir(self) -> Path:
        return self.home / "logs"

    @property
    def signing_key_path(self) -> Path:
        """The private Ed25519 key that signs provenance."""
        return self.home / "signing_key"

    @property
    def secret_key(self) -> str:
        """The secret that signs sessions: ``SECRET_KEY``, or the one made once for this home.

        Raises:
            SettingsError: when its file cannot be made, is empty, or can be read by others.
        """
        return self.secret_key_set or _kept_secret(self.home / "secret_key")

    def allows_host(self, header: str) -> bool:
        """Tell whether a request with this ``Host`` header is meant for us, whatever port it names."""
        return host_of(header) in {*self.allowed_hosts, host_of(urlsplit(self.public_url).netloc)}


def knobs() -> dict[str, Knob]:
    """Attribute of `Settings` → its knob, in the order of the table."""
    hints = get_type_hints(Settings, include_extras=True)
    return {attribute: hint.__metadata__[0] for attribute, hint in hints.items()}


def is_loopback(host: str) -> bool:
    """Tell whether *host* is reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def markdown_table() -> str:
    """The settings as the README shows them."""
    rows = ["| setting | default | what it does |", "|---|---|---|"]
    for knob in knobs().values():
        default = f"`{re.sub('[{}]', '', knob.default)}`" if knob.default else "not set"
        rows.append(f"| `{knob.name}` | {default} | {knob.doc} |")
    return "\n".join(rows)


def _read(knob: Knob, text: str, *, home: str) -> Any:
    if not text:
        return knob.empty
    try:
        if text == "~" or text.startswith("~/"):
            text = _home_folder(home) + text[1:]
        return knob.parse(text)
    except ValueError as error:
        shown = "(hidden)" if knob.parse is _secret else repr(text)
        raise SettingsError(f"{knob.name}={shown} {error}") from None


def _home_folder(home: str) -> str:
    """*home*, or where it is empty (services, containers) what the system knows of this user."""
    if home.strip():
        return home.rstrip("/")
    try:
        return pwd.getpwuid(os.getuid()).pw_dir.rstrip("/")
    except KeyError:
        raise ValueError("needs a home folder and this user has none; name an absolute path") from None


def _kept_secret(path: Path) -> str:
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48))
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SettingsError(f"SECRET_KEY file {path} can be read by others; run: chmod 600 {path}")
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"SECRET_KEY file {path} cannot be kept: {error}") from None
    if not text:
        raise SettingsError(f"SECRET_KEY file {path} is empty; delete it and a new one is made (all sessions end)")
    return text


def _write_once(path: Path, text: str) -> None:
    """Write *text* to *path*, whole and for our eyes only, unless somebody else was first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # unlike a rename this never replaces: the first of two processes wins
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)


if __name__ == "__main__":
    print(markdown_table())
