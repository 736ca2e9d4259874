"""Uploads as they arrive: each file of a multipart body goes straight into the store's scratch, hashed on its way."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, TypeVar, cast

from flask import Request, current_app
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.utils import cached_property
from werkzeug.wsgi import LimitedStream, get_input_stream

from app.library.ingest import Incoming, Ingested, TooLargeError, display_name
from app.web import bodies
from app.web.bodies import Body
from app.web.current import caller, services
from app.web.payload import MalformedRequestError
from artdag.errors import ArtDagError, UnsupportedMediaError
from artdag.identity import Identity

V = TypeVar("V", bound=Callable[..., Any])

SMALL_BYTES = 2 << 20
"""Bodies of everything that is no media upload: recipes, forms, JSON."""

_FORM_ROOM_BYTES = 1 << 20
_MEDIA_BODIES = ("multipart/form-data", "application/offset+octet-stream")
"""What carries media; other bodies are small, also where media are taken."""
_DRAINED_BYTES = 32 << 20
"""A refused body is read so far before the answer, since browsers show no answer to what they could not send."""


def takes_media(view: V) -> V:
    """Mark a view whose body may be as large as an upload, and whose files go into the store's scratch."""
    view.__takes_media__ = True  # type: ignore[attr-defined]
    return view


class IncomingRequest(Request):
    """Flask's request, with files that are never spooled: small ones stay in memory, media are written once.

    A body that is broken, longer than it may be, or shorter than its Content-Length is refused, even where all that it
    should hold seems to be there; werkzeug's own takes it for an empty or a shorter one.
    """

    _body: Body | None = None

    @property
    def max_content_length(self) -> int | None:
        if self._max_content_length is not None:
            return self._max_content_length
        return services().settings.max_upload_bytes + _FORM_ROOM_BYTES if self._takes_media else SMALL_BYTES

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    @property
    def largest_bytes(self) -> int:
        """The limit as people know it: of media, without the room for the form around them."""
        return services().settings.max_upload_bytes if self._takes_media else self.max_content_length or SMALL_BYTES

    @property
    def incoming(self) -> list[IncomingFile]:
        """The media files of this request, as far as they were read."""
        return cast("list[IncomingFile]", self.environ.setdefault("artdag.incoming", []))

    @cached_property
    def stream(self) -> IO[bytes]:
        limit = self.max_content_length
        if self.content_length is not None:
            # Servers that say where a body ends let it end early without a word; counted by us, it does not.
            environ = {name: value for name, value in self.environ.items() if name != "wsgi.input_terminated"}
            if 0 < self.content_length <= (limit or self.content_length):
                environ["wsgi.input"] = self._seated(self.content_length)
            return get_input_stream(environ, max_content_length=limit)
        if self.environ.get("wsgi.input_terminated") and limit is not None:
            return cast("IO[bytes]", _Chunked(self._seated(None), limit))
        return super().stream

    def _seated(self, length: int | None) -> Body:
        """Return the raw body with a seat among those that are read now. Raises BusyError."""
        seats = bodies.MEDIA if self._takes_media else bodies.SMALL
        self._body = seats.take(self.environ["wsgi.input"], length, self.environ.get("gunicorn.socket"))
        return self._body

    def make_form_data_parser(self) -> FormDataParser:
        parser = super().make_form_data_parser()
        parser.silent = False
        return parser

    def close(self) -> None:
        super().close()
        if self._body is not None:
            self._body.close()
        for file in self.incoming:
            file.close()  # also those that a broken body never finished

    def _load_form_data(self) -> None:
        """Read the form.

        Raises:
            MalformedRequestError: when it is none.
            TooLargeError: when it has too many parts, or too large a field; the media in it have limits of their own.
        """
        try:
            super()._load_form_data()
        except UnicodeDecodeError:
            raise MalformedRequestError("a name in the form is not UTF-8") from None
        except ValueError:
            reason = "it is cut off, or its parts do not begin with the `boundary` that Content-Type names"
            raise MalformedRequestError(f"the form cannot be read: {reason}") from None
        except RequestEntityTooLarge:
            length = self.stream.tell() if self.content_length is None else self.content_length
            if length > (self.max_content_length or 0):
                raise
            most = (
                f"{self.max_form_parts or 0:,} fields and files, and {self.max_form_memory_size or 0:,} bytes a field"
            )
            raise TooLargeError(f"the form is larger than is taken: {most}, no more") from None

    @property
    def _takes_media(self) -> bool:
        view = current_app.view_functions.get(self.endpoint or "")
        return self.mimetype in _MEDIA_BODIES and getattr(view, "__takes_media__", False)

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if not self._takes_media:
            return _Small()
        caller()  # nobody writes to the disk without a name
        for before in self.incoming:
            before.give_back_room()  # the length is that of the whole form
        came = sum(before.size for before in self.incoming)
        file = IncomingFile(self, filename or "", expected_bytes=max(0, (total_content_length or 0) - came))
        self.incoming.append(file)
        return cast("IO[bytes]", file)


class IncomingFile:
    """What the multipart parser writes one file into."""

    def __init__(self, request: IncomingRequest, filename: str, *, expected_bytes: int) -> None:
        found = services()
        self.display_name = display_name(filename)
        self._request = request
        self._is_open = True
        self._is_kept = False
        self._incoming = Incoming(found, limit=found.settings.max_upload_bytes, expected_bytes=expected_bytes)

    def write(self, data: bytes) -> int:
        try:
            with self._told():
                self._incoming.write(data)
        except ArtDagError:
            self._drain()
            raise
        return len(data)

    def seek(self, _offset: int, _whence: int = io.SEEK_SET) -> int:
        """Do nothing: the parser rewinds, but nobody reads from here."""
        return 0

    @property
    def size(self) -> int:
        return self._incoming.size

    def give_back_room(self) -> None:
        """Let go of room that was set aside and is not needed: the file is whole."""
        self._incoming.give_back_room()

    def keep(self, *, owner: Identity) -> Ingested:
        """Look into the file, store it, put it into the library; see :meth:`app.library.ingest.Incoming.keep`."""
        with self._told():
            kept = self._incoming.keep(filename=self.display_name, owner=owner)
        self._is_kept = True
        return kept

    def close(self) -> None:
        """Forget what was not kept. The request closes its files, and so does the parser: once is enough."""
        if self._is_open:
            self._is_open = False
            self._incoming.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say of an error what only we know: which of several files it is about, and where recipes go."""
        try:
            yield
        except ArtDagError as error:
            message = error.message
            if isinstance(error, UnsupportedMediaError) and self.display_name.lower().endswith((".yaml", ".yml")):
                message = "this looks like a recipe: recipes are taken at /recipes/upload"
            if len(self._request.incoming) > 1:
                message = f"{self.display_name}: {message}"
                if kept := [file.display_name for file in self._request.incoming if file._is_kept]:
                    message += f"; kept before it: {', '.join(kept)}"
            raise type(error)(message, node=error.node, detail=error.detail, problems=error.problems) from error

    def _drain(self) -> None:
        left = _DRAINED_BYTES
        with suppress(ClientDisconnected, RequestEntityTooLarge):  # then nobody waits for an answer, or it is this one
            while left > 0 and (data := self._request.stream.read(1 << 16)):
                left -= len(data)


class _Chunked(LimitedStream):
    """A body that did not say how long it is. One that goes over the limit is refused, whole as it may look."""

    def __init__(self, stream: Body, limit: int) -> None:
        super().__init__(cast("IO[bytes]", stream), limit + 1, is_max=True)  # a body that just fits is not over it

    def readinto(self, b: bytearray) -> int | None:  # type: ignore[override]
        try:
            return super().readinto(b)
        except (HTTPException, ArtDagError):
            raise
        except Exception as error:  # servers have errors of their own for chunks that are none
            raise ClientDisconnected from error

    def readall(self) -> bytes:
        data = super().readall()
        if self.is_exhausted:
            self.on_exhausted()
        return data


class _Small(io.BytesIO):
    """A file of a form that is no media."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > SMALL_BYTES:
            raise TooLargeError(f"the file is larger than {SMALL_BYTES:,} bytes")
        return super().write(data)
