"""`pm doctor` on Redis and on the mail server: what they answer, what to do, and no secret."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from bot.config import Settings
from bot.demo import mailbox
from bot.demo.mailbox import SENDER
from bot.doctor import lists, mail
from bot.doctor.findings import Finding, Level
from tests.redis_server import PASSWORD, RedisServer

USER, WORD = "postmaster", "hunter2"


class Clerk:
    """Lets in whoever knows the word."""

    def __call__(self, _server: SMTP, _session: object, _envelope: object, _how: str, given: object) -> AuthResult:
        known = isinstance(given, LoginPassword) and (given.login, given.password) == (USER.encode(), WORD.encode())
        return AuthResult(success=known, handled=False)


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None, greets: str | None = None) -> AsyncIterator[int]:
    """A mail server that asks for a user and a password, or turns everybody away; its port."""

    async def turn_away(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{greets}\r\n".encode())
        await writer.drain()
        writer.close()

    def clerk() -> SMTP:
        return SMTP(object(), hostname="localhost", authenticator=Clerk(), auth_require_tls=False)

    loop = asyncio.get_running_loop()
    server = await (
        asyncio.start_server(turn_away, "127.0.0.1", 0)
        if greets
        else loop.create_server(clerk, "127.0.0.1", 0, ssl=tls)
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


def certified(folder: Path) -> ssl.SSLContext:
    """By itself alone."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    day = dt.timedelta(days=1)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    return context


async def of_redis(url: str | None) -> Finding:
    found = await lists.look(Settings.model_construct(redis_url=SecretStr(url) if url else None))
    assert PASSWORD not in str(found)
    return found


async def of_mail(url: str | None, sender: str | None = SENDER) -> Finding:
    found = await mail.look(Settings.model_construct(smtp_url=SecretStr(url) if url else None, smtp_from=sender))
    assert WORD not in str(found)
    return found


class TestRedis:
    async def test_it_is_off(self) -> None:
        assert str(await of_redis(None)).startswith("ok       redis       off")

    async def test_it_answers_and_says_what_is_held_back(self, redis_server: RedisServer) -> None:
        with redis_server.client() as client:
            client.sadd("queue:paused", "queue:email-sending")
            client.lpush("paused:queue:email-sending", "1", "2")
        found = await of_redis(redis_server.url)
        assert (found.level, found.says.partition(" ")[2]) == (
            Level.OK,
            "answers; 1 pause active there, 2 jobs held back",
        )

    async def test_the_password_is_wrong(self, redis_server: RedisServer) -> None:
        found = await of_redis(redis_server.url.replace(PASSWORD, "hunter2"))
        assert (found.level, found.says) == (Level.FAILED, "refuses the user or the password")

    async def test_the_password_is_missing(self, redis_server: RedisServer) -> None:
        assert "refuses" in (await of_redis(redis_server.url.replace(f":{PASSWORD}@", ""))).says

    async def test_the_user_may_not_look(self, redis_server: RedisServer) -> None:
        with redis_server.client() as client:
            client.acl_setuser("guest", enabled=True, passwords=[f"+{PASSWORD}"], commands=["+ping"])
        assert "does not allow this user" in (await of_redis(redis_server.url.replace("//:", "//guest:"))).says

    async def test_it_is_a_replica(self, redis_server: RedisServer) -> None:
        with redis_server.client() as client:
            client.replicaof("127.0.0.1", 1)
        found = await of_redis(redis_server.url)
        assert (found.level, found.says) == (Level.FAILED, "is a replica, so no pauses can be written to it")

    async def test_it_is_away(self, redis_server: RedisServer) -> None:
        redis_server.kill()
        assert "does not answer (ConnectionError)" in (await of_redis(redis_server.url)).says

    async def test_the_address_is_none(self) -> None:
        found = await of_redis("http://redis.example.com")
        assert (found.level, found.advice) == (Level.FAILED, "Correct REDIS_URL.")


class TestMail:
    async def test_it_is_off(self) -> None:
        assert "sent no mail" in (await of_mail(None)).says

    async def test_the_settings_are_wrong(self) -> None:
        assert "smtp://user:password@" in (await of_mail("mail.example.com")).says
        assert "SMTP_FROM" in (await of_mail("smtp://127.0.0.1:1", None)).says

    async def test_it_answers_and_no_letter_is_sent(self) -> None:
        async with mailbox.serving() as box:
            found = await of_mail(box.url)
            assert (found.level, found.says) == (Level.OK, f"{box.url[7:]} answers and needs no user")
            assert box.letters == []

    async def test_it_does_not_log_us_in(self) -> None:
        async with serving() as port:
            good = await of_mail(f"smtp://{USER}:{WORD}@127.0.0.1:{port}")
            bad = await of_mail(f"smtp://{USER}:{WORD}2@127.0.0.1:{port}")
        assert (good.level, good.says) == (Level.OK, f"127.0.0.1:{port} answers and accepts the user and the password")
        assert (bad.level, "535" in bad.says, "percent-encoded" in bad.advice) == (Level.FAILED, True, True)

    async def test_its_certificate_is_not_to_be_trusted(self, tmp_path: Path) -> None:
        async with serving(tls=certified(tmp_path)) as port:
            found = await of_mail(f"smtps://127.0.0.1:{port}")
        assert (found.level, "TLS" in found.says, "certificate" in found.advice) == (Level.FAILED, True, True)

    async def test_it_turns_us_away(self) -> None:
        async with serving(greets="554 5.7.1 Go away") as port:
            assert "554 5.7.1 Go away" in (await of_mail(f"smtp://127.0.0.1:{port}")).says

    async def test_it_is_away(self) -> None:
        found = await of_mail("smtp://127.0.0.1:1")
        assert (found.level, found.says[:30]) == (Level.FAILED, "127.0.0.1:1 does not answer (C")
