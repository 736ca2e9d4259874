"""A stranger in the child process: whatever it does, the parent gets one clear answer and nothing is left behind."""

# ruff: noqa: PTH123, PTH208 - the attacks are written as a stranger would

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import artdag
from artdag.confined import Channel, Context, fork_context, forkserver_context, listener, run_confined
from artdag.confined import channel as wire
from artdag.errors import ArtDagError, CrashError, LimitError, ParameterError, Problem, StoppedError
from artdag.walls import Limits, probe_walls

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the walls are the Linux kernel's"),
    # Test runners have threads of their own; the children here use none of them.
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
]

LIMITS = Limits(
    address_space_bytes=6 * 2**30, cpu_s=20, file_size_bytes=8 * 2**20, open_files=128, processes=64, wall_s=60
)
ROOT = Path(artdag.__file__).parent.parent


@pytest.fixture(scope="module", params=["fork", "forkserver"])
def context(request: pytest.FixtureRequest) -> Context:
    # What the module of the works imports: without it each child would import it again.
    return fork_context() if request.param == "fork" else forkserver_context(["artdag.confined", "pytest", "numpy"])


def state(pid: int) -> str:
    """Return the one letter the kernel gives for how *pid* is, Z when it is dead but not buried, "" when gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def group_members(group: int) -> list[int]:
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(entry))
    return found


class Run:
    """run_confined with the usual arguments, which looks afterwards whether anything is left behind."""

    def __init__(self, context: Context, inside: Path) -> None:
        self.context, self.inside = context, inside
        self.messages: list[dict[str, Any]] = []

    def __call__(self, work: Callable[..., Any], *arguments: object, limits: Limits = LIMITS, **options: Any) -> Any:
        options.setdefault("on_message", self.messages.append)
        before = set(os.listdir("/proc/self/fd"))
        try:
            return run_confined(
                announced,
                work,
                arguments,
                limits=limits,
                readable=[],
                writable=[self.inside],
                context=self.context,
                **options,
            )
        finally:
            if self.context.get_start_method() == "fork":  # the fork server opens its own the first time
                assert set(os.listdir("/proc/self/fd")) == before
            for message in self.messages:
                if "pid" in message:
                    self.assert_gone(message["pid"])

    @staticmethod
    def assert_gone(pid: int) -> None:
        assert state(pid) in {"", "Z"}  # Z: for the moment until the fork server buries it
        assert group_members(pid) == []


def announced(channel: Channel, work: Callable[..., Any], arguments: tuple[object, ...]) -> Any:
    channel.send({"pid": os.getpid()})
    return work(channel, *arguments)


@pytest.fixture
def run(context: Context, tmp_path: Path) -> Iterator[Run]:
    inside = tmp_path / "inside"
    inside.mkdir()
    yield Run(context, inside)
    children = [pid for listing in Path("/proc/self/task").glob("*/children") for pid in listing.read_text().split()]
    assert "Z" not in {state(int(pid)) for pid in children}


# --- the good path ----------------------------------------------------------------------------------------------------


def add(_: Channel, left: int, right: int) -> dict[str, object]:
    return {"sum": left + right, "pair": (left, right), "text": "ä\n", "nothing": None}


def count(channel: Channel, steps: int) -> int:
    for step in range(steps):
        channel.send({"step": step})
    return steps


def test_arguments_go_in_and_plain_values_come_out(run: Run) -> None:
    assert run(add, 2, 3) == {"sum": 5, "pair": [2, 3], "text": "ä\n", "nothing": None}


def test_messages_arrive_in_order(run: Run) -> None:
    assert run(count, 2000) == 2000
    assert [message["step"] for message in run.messages[1:]] == list(range(2000))


def chatter(channel: Channel) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: channel.send({"n": n, "text": "x" * 20_000}), range(200)))


def test_threads_may_send_at_the_same_time(run: Run) -> None:
    run(chatter)
    assert sorted(message["n"] for message in run.messages[1:]) == list(range(200))


def large(_: Channel, size: int) -> str:
    return "x" * size


def test_large_results_arrive_and_too_large_ones_are_refused(run: Run) -> None:
    assert len(run(large, 8 * 2**20)) == 8 * 2**20
    with pytest.raises(CrashError, match="larger than the allowed"):
        run(large, 17 * 2**20)


def many_at_once(_: Channel, number: int) -> int:
    time.sleep(0.05)
    return number


def test_threads_of_the_parent_may_each_have_a_child(context: Context, tmp_path: Path) -> None:
    if context.get_start_method() == "fork":
        pytest.skip("the fork context is for processes with one thread")

    def one(number: int) -> int:
        return run_confined(many_at_once, number, limits=LIMITS, readable=[], writable=[tmp_path], context=context)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(8))) == list(range(8))


def surroundings(_: Channel) -> dict[str, object]:
    sys.stdout.write("printed\n")
    with tempfile.NamedTemporaryFile() as file:
        folder = str(Path(file.name).parent)
    return {
        "environment": dict(os.environ),
        "input": sys.stdin.read(),
        "folder": folder,
        "group": os.getpgid(0) == os.getpid() == os.getsid(0),
        "handlers": [number for number in signal.valid_signals() if callable(signal.getsignal(number)) and number != 2],
    }


def test_the_child_leaves_its_parents_world(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    previous = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        found = run(surroundings)
    finally:
        signal.signal(signal.SIGUSR1, previous)
    assert found == {"environment": {}, "input": "", "folder": str(run.inside), "group": True, "handlers": []}
    assert capfd.readouterr() == ("", "")


def use_descriptor(_: Channel, descriptor: int) -> str:
    return os.read(descriptor, 100).decode()


def test_inherited_descriptors_lead_nowhere(run: Run, tmp_path: Path) -> None:
    if run.context.get_start_method() != "fork":
        pytest.skip("children of the fork server inherit none of ours")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    ours, theirs = socket.socketpair()
    with secret.open() as file, ours, theirs:
        ours.send(b"secret")
        for descriptor in (file.fileno(), theirs.fileno()):
            assert run(use_descriptor, descriptor) == ""


# --- errors -----------------------------------------------------------------------------------------------------------


def refuse(_: Channel) -> None:
    raise ParameterError("radius is too large", node="blur", problems=[Problem(message="no", field="radius")])


def test_our_errors_come_back_as_they_were(run: Run) -> None:
    with pytest.raises(ParameterError, match=r"^radius is too large$") as caught:
        run(refuse)
    assert caught.value.node == "blur"
    assert caught.value.problems == (Problem(message="no", field="radius"),)


def stumble(_: Channel) -> None:
    raise KeyError("no such thing")


def leave(_: Channel) -> None:
    sys.exit(3)


def return_object(_: Channel) -> object:
    return object()


def return_nan(_: Channel) -> object:
    return [float("nan")]


def open_outside(_: Channel, path: str) -> str:
    return Path(path).read_text()


@pytest.mark.parametrize(
    ("work", "sentence"),
    [
        (stumble, "The work failed with KeyError: 'no such thing'"),
        (leave, "The work failed with SystemExit: 3"),
        (return_object, "The work failed with TypeError: Object of type object is not JSON serializable"),
        (return_nan, "The work failed with ValueError: Out of range float values are not JSON compliant"),
    ],
)
def test_other_exceptions_become_crashes_with_a_traceback(run: Run, work: Callable[..., Any], sentence: str) -> None:
    with pytest.raises(CrashError) as caught:
        run(work)
    assert str(caught.value).startswith(sentence)
    assert "Traceback" in (caught.value.detail or "")


def test_the_walls_stand_around_the_work(run: Run, tmp_path: Path) -> None:
    if probe_walls().landlock is None:
        pytest.skip("this kernel has no Landlock")
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(CrashError, match=r"PermissionError: .*only open what it was given"):
        run(open_outside, str(tmp_path / "secret"))


def test_a_missing_path_is_told(context: Context, tmp_path: Path) -> None:
    with pytest.raises(CrashError, match="FileNotFoundError"):
        run_confined(add, 1, 2, limits=LIMITS, readable=[tmp_path / "no"], writable=[], context=context)


def odd_error(_: Channel) -> None:
    raise ArtDagError("odd", detail=object())  # type: ignore[arg-type]


def test_an_error_that_cannot_be_told_is_still_an_answer(run: Run) -> None:
    with pytest.raises(CrashError, match="failed with ArtDagError, which cannot be told"):
        run(odd_error)


def test_an_error_of_the_listener_ends_the_child(run: Run) -> None:
    def listen(message: dict[str, Any]) -> None:
        run.messages.append(message)
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        run(sleep, 60, on_message=listen)


# --- limits and violent ends ------------------------------------------------------------------------------------------


def sleep(_: Channel, seconds: float) -> None:
    time.sleep(seconds)


def spin(_: Channel) -> None:
    while True:
        pass


def hoard(_: Channel) -> int:
    kept = []
    while True:
        kept.append(bytearray(2**26))


def hoard_small(_: Channel) -> int:
    kept: list[object] = []
    while True:
        kept = [kept, *range(1000)]


def fill(_: Channel, folder: str) -> None:
    with open(Path(folder, "large"), "wb") as file:
        while True:
            file.write(bytes(2**16))


def crash(_: Channel) -> None:
    ctypes.string_at(0)


def die(_: Channel, number: int) -> None:
    os.kill(os.getpid(), number)


def vanish(_: Channel) -> None:
    os._exit(7)


def test_processor_time(run: Run) -> None:
    with pytest.raises(LimitError, match=r"used up its 1 seconds of processor time"):
        run(spin, limits=replace(LIMITS, cpu_s=1))


@pytest.mark.parametrize("work", [hoard, hoard_small])
def test_memory(run: Run, work: Callable[..., Any]) -> None:
    with pytest.raises(LimitError, match=r"more than [0-9]+ bytes of memory"):
        run(work, limits=replace(LIMITS, address_space_bytes=2**30))


def test_file_size(run: Run) -> None:
    with pytest.raises(LimitError, match="a file of more than 8388608 bytes"):
        run(fill, str(run.inside))


def test_wall_time(run: Run) -> None:
    started = time.monotonic()
    with pytest.raises(LimitError, match=r"longer than 1\.5 seconds"):
        run(sleep, 60, limits=replace(LIMITS, wall_s=1.5))
    assert time.monotonic() - started < 10


def test_stopping_takes_a_moment_only(run: Run) -> None:
    asked: list[float] = []

    def should_stop() -> bool:
        asked.append(time.monotonic())
        return bool(run.messages) and len(asked) > 3

    with pytest.raises(StoppedError):
        run(sleep, 60, should_stop=should_stop)
    assert max(later - sooner for sooner, later in pairwise(asked)) < 0.5


def flood(channel: Channel) -> None:
    while True:
        channel.send({"x": "y" * 1000})


def babble(_: Channel) -> None:
    while True:
        os.write(2, b"\x1b[2Jnonsense" * 1000)


@pytest.mark.parametrize("work", [flood, babble])
def test_a_talkative_child_can_be_stopped_and_asks_no_more_often(run: Run, work: Callable[..., Any]) -> None:
    asked: list[float] = []

    def should_stop() -> bool:
        asked.append(time.monotonic())
        return len(asked) > 5

    with pytest.raises(StoppedError):
        run(work, should_stop=should_stop)
    assert min(later - sooner for sooner, later in pairwise(asked)) > 0.09


@pytest.mark.parametrize(
    ("work", "arguments", "sentence"),
    [
        (crash, (), "crashed with signal 11"),
        (die, (signal.SIGKILL,), "most likely because the machine ran out of memory"),
        (die, (signal.SIGTERM,), "crashed with signal 15"),
        (vanish, (), "exit code 7"),
    ],
)
def test_violent_ends(run: Run, work: Callable[..., Any], arguments: tuple[Any, ...], sentence: str) -> None:
    with pytest.raises(CrashError, match=sentence):
        run(work, *arguments)


def test_a_crash_in_a_library_says_where(run: Run) -> None:
    with pytest.raises(CrashError) as caught:
        run(crash)
    assert "in crash" in (caught.value.detail or "")


def speak_and_vanish(_: Channel) -> None:
    os.write(2, b"\x1b[2Jlast \xff words\r\n")
    os._exit(1)


def test_last_words_are_kept_without_control_characters(run: Run) -> None:
    with pytest.raises(CrashError) as caught:
        run(speak_and_vanish)
    assert caught.value.detail == "[2Jlast \N{REPLACEMENT CHARACTER} words"


# --- nonsense on the pipe ---------------------------------------------------------------------------------------------


def pipe_of(channel: Channel) -> int:
    return channel._descriptor


def write_raw(channel: Channel, data: str) -> None:
    os.write(pipe_of(channel), bytes.fromhex(data))
    time.sleep(60)


def write_half(channel: Channel) -> None:
    os.write(pipe_of(channel), wire._HEADER.pack(b"ArtD", 1000) + b'{"result": ')
    os._exit(0)


def close_pipe(channel: Channel) -> None:
    os.close(pipe_of(channel))
    time.sleep(60)


def framed(body: bytes) -> str:
    return (wire._HEADER.pack(b"ArtD", len(body)) + body).hex()


@pytest.mark.parametrize(
    "data",
    [
        b"hello, parent!".hex(),
        wire._HEADER.pack(b"ArtD", wire.MAX_MESSAGE_BYTES + 1).hex(),
        framed(b""),
        framed(b"\xff\xfe"),
        framed(b"[]"),
        framed(b"{}"),
        framed(b'{"result": 1, "error": 2}'),
        framed(b'{"result": NaN}'),
        framed(b'{"result": ' + b"9" * 5000 + b"}"),
        framed(b'{"other": 1}'),
        framed(b'{"message": "text"}'),
        framed(b'{"error": 5}'),
        framed(b'{"error": {"code": "crashed", "errors": [{"x": 1}]}}'),
        framed(b'{"error": {"code": "crashed", "errors": 1}}'),
        framed(b'{"result": ' + b"[" * 20_000 + b"]" * 20_000 + b"}"),
    ],
)
def test_garbage_ends_the_child(run: Run, data: str) -> None:
    with pytest.raises(CrashError, match="The work was ended: it"):
        run(write_raw, data)


def test_half_a_message_is_no_message(run: Run) -> None:
    with pytest.raises(CrashError, match="without an answer"):
        run(write_half)


def test_a_closed_pipe_is_no_way_to_live_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "_FAREWELL_S", 0.3)
    with pytest.raises(CrashError, match="did not end"):
        run(close_pipe)


def test_frames_may_come_in_any_pieces() -> None:
    data = b"".join(wire.frame({"message": {"n": n}}) for n in range(5))
    for piece in (1, 3, 7, len(data)):
        reader = wire.FrameReader()
        found = [facts for start in range(0, len(data), piece) for facts in reader.feed(data[start : start + piece])]
        assert found == [{"message": {"n": n}} for n in range(5)]


# --- death of the parent ----------------------------------------------------------------------------------------------

PARENT = """
    import sys
    from pathlib import Path
    from artdag.confined import fork_context, forkserver_context, run_confined
    from artdag.walls import Limits
    import tests.artdag.test_confined as works

    if __name__ == "__main__":
        context = fork_context() if sys.argv[1] == "fork" else forkserver_context(["artdag.confined", "pytest"])
        run_confined(
            works.tell_and_spin, limits=works.LIMITS, readable=[], writable=[], context=context,
            on_message=lambda message: print(message["pid"], message["parent"], flush=True),
        )
"""


def tell_and_spin(channel: Channel) -> None:
    channel.send({"pid": os.getpid(), "parent": os.getppid()})
    spin(channel)


@pytest.mark.parametrize("kind", ["fork", "forkserver"])
def test_a_child_dies_with_its_killed_parent(kind: str) -> None:
    command = [sys.executable, "-c", textwrap.dedent(PARENT), kind]
    # -c puts the current directory on the path.
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child, server = map(int, parent.stdout.readline().split())
        assert state(child) in {"R", "S"}
        assert (server == parent.pid) == (kind == "fork")
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline and not {state(child), state(server)} <= {"", "Z"}:
            time.sleep(0.02)
        assert state(child) in {"", "Z"}
        assert state(server) in {"", "Z"}


def test_a_killed_fork_server_is_a_crash_and_the_next_run_has_a_new_one(tmp_path: Path) -> None:
    context = forkserver_context(["artdag.confined"])
    servers: list[int] = []

    def kill_server(message: dict[str, Any]) -> None:
        servers.append(message["parent"])
        os.kill(message["parent"], signal.SIGKILL)

    with pytest.raises(CrashError):
        run_confined(tell_and_spin, limits=LIMITS, readable=[], writable=[], context=context, on_message=kill_server)
    assert run_confined(add, 1, 2, limits=LIMITS, readable=[], writable=[tmp_path], context=context)["sum"] == 3
    assert state(servers[0]) in {"", "Z"}


# --- the real use -----------------------------------------------------------------------------------------------------


def render(channel: Channel, folder: str) -> dict[str, object]:
    import av
    import numpy as np

    path = str(Path(folder, "clip.mp4"))
    with av.open(path, "w") as target:
        stream = target.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.codec_context.thread_count = 4
        sound = target.add_stream("aac", rate=48_000)
        for number in range(50):
            picture = np.full((180, 320, 3), number * 5, np.uint8)
            target.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            tone = np.sin(np.arange(1024, dtype=np.float32) / 10)[np.newaxis].repeat(2, 0)
            frame = av.AudioFrame.from_ndarray(tone, format="fltp", layout="stereo")
            frame.sample_rate = 48_000
            target.mux(sound.encode(frame))
            if number % 10 == 0:
                channel.send({"frames": number})
        target.mux(stream.encode())
        target.mux(sound.encode())
    with av.open(path, options={"protocol_whitelist": "file"}) as source:
        source.streams.video[0].thread_type = "AUTO"
        source.streams.video[0].codec_context.thread_count = 4
        brightness = [float(frame.to_ndarray(format="gray").mean()) for frame in source.decode(video=0)]
    return {"frames": len(brightness), "brighter": brightness[40] > brightness[5] + 100, "threads": threads()}


def threads() -> int:
    return threading.active_count()


def test_video_is_encoded_and_decoded_with_threads(run: Run) -> None:
    assert run(render, str(run.inside)) == {"frames": 50, "brighter": True, "threads": 1}
    assert [message["frames"] for message in run.messages[1:]] == [0, 10, 20, 30, 40]
    assert (run.inside / "clip.mp4").stat().st_size > 1000


def foreign_address(_: Channel, url: str) -> None:
    import av

    av.open(url, timeout=2)


def test_the_media_library_reaches_no_network_and_no_neighbour(run: Run, tmp_path: Path) -> None:
    walls = probe_walls()
    if walls.landlock is None or not walls.seccomp:
        pytest.skip(f"this kernel lacks: {walls.missing()}")
    (tmp_path / "neighbour.wav").write_bytes(b"RIFF")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        for url in (f"http://127.0.0.1:{server.getsockname()[1]}/x", str(tmp_path / "neighbour.wav")):
            with pytest.raises(CrashError, match=r"Operation not permitted|Permission denied"):
                run(foreign_address, url)
        with pytest.raises(TimeoutError):
            server.accept()


def answered_late(channel: Channel) -> str:
    time.sleep(listener._WAKE_S * 1.5)
    return "fine"


def test_an_answer_that_comes_while_the_parent_is_held_up_is_heard(run, monkeypatch):
    """The parent finds nothing, loses the processor, and the child answers and ends before it has it again."""
    real = listener.connection.wait

    def held_up(ends: list[int], timeout: float | None = None) -> list[int]:
        found = real(ends, timeout)
        if not found:
            time.sleep(listener._WAKE_S * 4)
        return found

    monkeypatch.setattr(listener.connection, "wait", held_up)
    assert [run(answered_late) for _ in range(3)] == ["fine"] * 3
