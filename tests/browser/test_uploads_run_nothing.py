"""Uploads never become active content: a real Chromium goes to every address that serves them, and nothing runs."""

from __future__ import annotations

import html
import struct
import zlib
from collections.abc import Iterator

import pytest

from app.services import Services
from app.storage.media_index import MediaEntry
from artdag.digest import Digest
from artdag.identity import LOCAL
from artdag.media import Kind, MediaFacts
from tests.browser.conftest import Visit

SCRIPT = "fetch('/ran-by-an-upload');document.title='owned';window.owned=1"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{html.escape(SCRIPT)}"><script>{SCRIPT}</script></svg>'
HANDLER = html.escape(SCRIPT)
PAGE = f'<!doctype html><html><body onload="{HANDLER}"><script>{SCRIPT}</script><img src=x onerror="{HANDLER}">'
XHTML = f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>{SCRIPT}</script></html>'
XSLT = (
    '<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#s"?><d><xsl:stylesheet id="s" version="1.0" '
    'xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/"><html '
    f'xmlns="http://www.w3.org/1999/xhtml"><script>{SCRIPT}</script></html></xsl:template></xsl:stylesheet></d>'
)


MHTML = (
    b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
)


def png_with(text: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    end = chunk(b"IDAT", zlib.compress(bytes(4))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"tEXt", b"Comment\0" + text) + end + text


PAYLOADS: dict[str, bytes] = {
    "svg": SVG.encode(),
    "svg behind a byte order mark": b"\xef\xbb\xbf" + SVG.encode(),
    "svg behind a comment": b"<!-- x -->" + SVG.encode(),
    "svg with a foreign object": SVG.replace("<script>", "<foreignObject><iframe/></foreignObject><script>").encode(),
    "html": PAGE.encode(),
    "html behind spaces": b" \n\t" + PAGE.encode(),
    "html in UTF-16": PAGE.encode("utf-16"),
    "html in UTF-7": b"+ADw-script+AD4-fetch('/ran-by-an-upload')+ADw-/script+AD4-",
    "xhtml": XHTML.encode(),
    "xml with a style": XSLT.encode(),
    "xml without a head": XHTML.partition("?>")[2].encode(),
    "gif that is a script": b"GIF89a=1;" + SCRIPT.encode(),
    "gif that is a page": b"GIF89a" + PAGE.encode(),
    "png with a page in it": png_with(PAGE.encode()),
    "pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\ntrailer<<>>",
    "mhtml": MHTML + PAGE.encode(),
    "script": SCRIPT.encode(),
    "json that is a page": b'{"a": "' + PAGE.encode() + b'"}',
    "subtitles with a page": f"1\n00:00:00,000 --> 00:00:01,000\n{PAGE}\n".encode(),
    "riff that is a page": b"RIFF\0\0\0\0WEBP" + PAGE.encode(),
    "manifest": b"CACHE MANIFEST\n/\n" + PAGE.encode(),
}
"""Put straight into the store: what an upload would refuse may have come another way, or may be taken one day."""

ROUTES = ("/cache/{}", "/cache/{}/raw", "/cache/{}/raw?download", "/cache/{}/poster")
TYPES = ("application/octet-stream", "image/png", "video/mp4", "text/vtt")


@pytest.fixture
def stored(services: Services) -> dict[str, Digest]:
    """Each payload as bytes in the library, under a name that is a page, too, with one of the types it may have got."""
    found = {}
    for place, (name, data) in enumerate(PAYLOADS.items()):
        digest = services.content.put_bytes(data).digest
        facts = MediaFacts(kind=Kind.DATA, media_type=TYPES[place % len(TYPES)], size=len(data))
        services.media.put_facts(digest, facts)
        entry = MediaEntry(name=f"<img src=x onerror={SCRIPT}>.svg", description=PAGE, uploaded_at=services.clock())
        services.media.link(LOCAL, digest, entry)
        found[name] = digest
    return found


@pytest.fixture
def pages(visit: Visit) -> Iterator[Visit]:
    visit.page.on("dialog", lambda dialog: dialog.dismiss())
    yield visit
    visit.complaints.clear()  # that browsers refuse to run these is what we want to hear


# Chromium leaves in the middle of downloads, and the test server then drops the file without closing it
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_twenty_payloads_run_nothing_at_any_address(pages: Visit, stored: dict[str, Digest]) -> None:
    assert len(PAYLOADS) >= 20
    ran: list[str] = []
    pages.page.on("request", lambda request: ran.append(request.url) if "ran-by-an-upload" in request.url else None)
    for name, digest in stored.items():
        for route in ROUTES:
            try:
                pages.page.goto(pages.address + route.format(digest), wait_until="load", timeout=10_000)
            except Exception as error:
                if "Download is starting" not in str(error) and "ERR_ABORTED" not in str(error):
                    raise
                continue
            assert pages.page.evaluate("window.owned") is None, f"{name} ran at {route}"
        assert ran == [], f"{name} ran"


def test_pages_that_list_them_run_nothing_either(pages: Visit, stored: dict[str, Digest]) -> None:
    ran: list[str] = []
    pages.page.on("request", lambda request: ran.append(request.url) if "ran-by-an-upload" in request.url else None)
    for path in ("/", "/media", "/cache", f"/media?q={'%3Cscript%3E'}"):
        pages.page.goto(pages.address + path, wait_until="load")
        pages.page.wait_for_timeout(200)
        assert pages.page.evaluate("window.owned") is None
    for digest in list(stored.values())[:6]:
        place = f"{pages.address}/cache/{digest}/raw"
        pages.page.set_content(f'<iframe src="{place}"></iframe><object data="{place}"></object><embed src="{place}">')
        pages.page.wait_for_timeout(100)
    assert ran == []


def test_this_test_would_see_one_that_runs(pages: Visit) -> None:
    ran: list[str] = []
    pages.page.on("request", lambda request: ran.append(request.url) if "ran-by-an-upload" in request.url else None)
    pages.page.route("**/served-without-care", lambda route: route.fulfill(body=SVG, content_type="image/svg+xml"))
    pages.page.goto(pages.address + "/served-without-care")
    pages.page.wait_for_timeout(200)
    assert ran
