"""What the environment may say, what it gets back, and that the README tells the truth about it."""

import multiprocessing
import os
import pwd
import stat
from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, knobs, markdown_table

README = Path(__file__).parents[2] / "README.md"


def read(**environ: str) -> Settings:
    return Settings.from_env({"HOME": "/home/ada", **environ})


def test_defaults_suit_one_machine():
    settings = read()
    assert settings.home == Path("/home/ada/.artdag")
    assert settings.cache_dir == Path("/home/ada/.artdag/cache")
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8100, 2)
    assert settings.redis_url is None
    assert settings.public_url == "http://localhost:8100"
    assert settings.max_upload_bytes == 10 * 2**30
    assert settings.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")
    assert settings.single_user


def test_defaults_follow_what_they_are_made_of():
    settings = read(ARTDAG_HOME="/srv/art", PORT="9000")
    assert settings.cache_dir == Path("/srv/art/cache")
    assert settings.signing_key_path == Path("/srv/art/signing_key")
    assert settings.public_url == "http://localhost:9000"


def test_an_empty_variable_is_one_that_is_not_set():
    assert read(PORT=" ", REDIS_URL="", L2_SERVERS="") == read()


@pytest.mark.parametrize("home", [{}, {"HOME": ""}])
def test_without_HOME_the_system_knows_where_home_is(home):
    assert Settings.from_env(home).home == Path(pwd.getpwuid(os.getuid()).pw_dir) / ".artdag"


@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("PORT", "80x", "a whole number from 1 to 65535"),
        ("PORT", "70000", "a whole number from 1 to 65535"),
        ("HOST", "http://localhost", "a host name or an IP address"),
        ("ARTDAG_HOME", "data", "an absolute path"),
        ("REDIS_URL", "localhost:6379", "start with redis:// or rediss:// or unix://"),
        ("STORE_URL", "https://bucket", "start with s3://"),
        ("L2_SERVERS", "https://l2.example/path", "an origin such as"),
        ("L2_SERVERS", "l2.example", "an origin such as"),
        ("L2_SERVERS", "https://root:pw@l2.example", "an origin such as"),
        ("L2_SERVERS", "file:///etc/passwd", "an origin such as"),
        ("L2_SERVERS", "http://[::1]:8200", "by a host of a-z"),
        ("L2_SERVERS", "https://bücher.example", "xn--"),
        ("L2_SERVERS", "https://l2.example http://l2.example", "one host once"),
        ("L2_VERIFY_PATH", "auth/verify", "a path such as"),
        ("L2_VERIFY_PATH", "//evil.example/verify", "a path such as"),
        ("L2_VERIFY_PATH", "/verify me", "a path such as"),
        ("L2_SECRETS", "/nowhere/secrets", "a file that exists"),
        ("QUOTA_RUNS", "0", "a whole number from 1"),
        ("QUOTA_BYTES", "many", "a number of bytes"),
        ("L1_PUBLIC_URL", "https://art.example:port", "an origin such as"),
        ("API_TOKENS", "/nowhere/tokens", "a file that exists"),
        ("EFFECTS_DIR", "/nowhere", "a folder that exists"),
        ("IMPORT_ROOTS", "/tmp:/nowhere", "a folder that exists"),
        ("MAX_UPLOAD_BYTES", "ten", "a number of bytes above 0"),
        ("MAX_UPLOAD_BYTES", "0", "a number of bytes above 0"),
        ("RENDER_TIMEOUT_S", "-1", "a whole number from 1"),
        ("LEASE_S", "nan", "a number of seconds from 0.5"),
        ("SANDBOX", "off", "one of auto, require"),
        ("LOG_LEVEL", "loud", "one of DEBUG, INFO, WARNING, ERROR"),
        ("ADMINS", "ada", "actors such as"),
        ("ALLOWED_HOSTS", ",", "name one host or more"),
    ],
)
def test_a_wrong_value_is_one_line_that_says_what_is_right(name, text, right):
    with pytest.raises(SettingsError) as caught:
        read(**{name: text})
    message = str(caught.value)
    assert message.startswith(f"{name}={text!r} must")
    assert right in message
    assert "\n" not in message


def test_a_short_secret_is_refused_and_not_shown():
    with pytest.raises(SettingsError, match="16 characters") as caught:
        read(SECRET_KEY="hunter2")
    assert "hunter2" not in str(caught.value)
    assert "correct horse battery" not in repr(read(SECRET_KEY="correct horse battery"))


@pytest.mark.parametrize(
    ("text", "size"), [("1", 1), ("5000000", 5_000_000), ("500MB", 5 * 10**8), ("10 GiB", 10 * 2**30), ("2TiB", 2**41)]
)
def test_sizes(text, size):
    assert read(CACHE_MAX_BYTES=text).cache_max_bytes == size


def test_origins_are_exact():
    settings = read(L2_SERVERS="https://L2.Example/, http://10.0.0.7:8200 https://other.example:443")
    assert settings.l2_servers == ("https://l2.example", "http://10.0.0.7:8200", "https://other.example")
    assert not settings.single_user


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "art.example.org"])
def test_no_door_stands_open_to_strangers(host, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.touch()
    with pytest.raises(SettingsError, match="L2_SERVERS or API_TOKENS"):
        read(HOST=host)
    assert read(HOST=host, L2_SERVERS="https://l2.example").host == host
    assert not read(HOST=host, API_TOKENS=str(tokens)).single_user


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "::1", "[::1]"])
def test_loopback_needs_no_guard(host):
    assert read(HOST=host).host == host.strip("[]")


@pytest.mark.parametrize(
    ("header", "ours"),
    [
        ("localhost", True),
        ("LOCALHOST:8100", True),
        ("127.0.0.1:9", True),
        ("[::1]:8100", True),
        ("art.example", True),
        ("evil.example", False),
        ("evil.example:8100", False),
        ("localhost.evil.example", False),
        ("localhost:8100.evil.example", False),
        ("localhost:8100, evil.example", False),
        ("[::1]:8100@evil.example", False),
        ("", False),
    ],
)
def test_host_headers(header, ours):
    assert read(L1_PUBLIC_URL="https://art.example").allows_host(header) is ours


def test_the_environment_goes_before_the_file(tmp_path):
    dotenv = tmp_path / ".env"
    dotenv.write_text("PORT=9000\nWORKERS=3\nLOG_LEVEL=\nL2_SERVERS=https://${HOME}\n".replace("https://${HOME}", ""))
    settings = Settings.from_env({"HOME": "/home/ada", "PORT": "9001"}, dotenv)
    assert (settings.port, settings.workers, settings.log_level) == (9001, 3, "INFO")
    assert Settings.from_env({"HOME": "/home/ada"}, tmp_path / "absent").port == 8100


def test_a_secret_is_made_once_for_a_home_and_for_us_only(tmp_path):
    settings = read(ARTDAG_HOME=str(tmp_path / "home"))
    secret = settings.secret_key
    kept = tmp_path / "home" / "secret_key"
    assert len(secret) >= 48
    assert read(ARTDAG_HOME=str(tmp_path / "home")).secret_key == secret
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [entry.name for entry in kept.parent.iterdir()] == ["secret_key"]


def test_a_given_secret_makes_no_file(tmp_path):
    assert read(ARTDAG_HOME=str(tmp_path), SECRET_KEY="x" * 16).secret_key == "x" * 16
    assert not list(tmp_path.iterdir())


def test_a_secret_that_others_can_read_is_refused(tmp_path):
    settings = read(ARTDAG_HOME=str(tmp_path))
    assert settings.secret_key
    (tmp_path / "secret_key").chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        _ = settings.secret_key


def test_an_empty_secret_is_refused(tmp_path):
    (tmp_path / "secret_key").touch(mode=0o600)
    with pytest.raises(SettingsError, match="is empty"):
        _ = read(ARTDAG_HOME=str(tmp_path)).secret_key


def _secret_of(home: str) -> str:
    return read(ARTDAG_HOME=home).secret_key


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path):
    with multiprocessing.get_context("fork").Pool(8) as pool:
        for number in range(10):
            secrets = pool.map(_secret_of, [str(tmp_path / str(number))] * 8, chunksize=1)
            assert len(set(secrets)) == 1
            assert secrets[0]


def test_each_setting_is_declared_once():
    names = [knob.name for knob in knobs().values()]
    assert len(names) == len(set(names))


def test_the_readme_shows_the_settings_there_are():
    shown = README.read_text(encoding="utf-8").partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0]
    assert shown.strip() == markdown_table(), "put the output of `python -m app.settings` between README's markers"
