"""Mail to customers: whether the server of SMTP_URL would take a letter. None is sent."""

import ssl

import aiosmtplib

from bot.config import Settings
from bot.doctor.findings import Finding, failed, ok, warning
from bot.drawing.render import templates_folder
from bot.errors import Misconfigured
from bot.integrations.mail.letters import Letters
from bot.integrations.mail.smtp import Mailer, Server

HERE = ("localhost", "127.0.0.1", "::1")  # nothing crosses a network on the way there
LONGEST = 120  # characters of a server's own words


async def look(settings: Settings) -> Finding:
    """It connects, greets, takes up TLS, and logs in where the URL says as whom; never what the password is."""
    if settings.smtp_url is None:
        return warning("mail", "SMTP_URL is not set: customers are sent no mail", "Set SMTP_URL and SMTP_FROM.")
    try:
        url = settings.smtp_url.get_secret_value()
        Mailer(url, settings.smtp_from, Letters(templates_folder()))
        server = Server.of(url)
    except Misconfigured as error:
        return failed("mail", str(error), "Correct SMTP_URL and SMTP_FROM.")
    client = server.client()
    try:
        return await _conversation(client, server)
    finally:
        client.close()


async def _conversation(client: aiosmtplib.SMTP, server: Server) -> Finding:
    where = f"{server.host}:{server.port}"
    try:
        await client.connect()
        await client.ehlo()
    except (aiosmtplib.SMTPException, OSError) as error:
        return _unreachable(where, error)
    secure = server.tls or client.get_transport_info("sslcontext") is not None
    if server.user is not None:
        try:
            await client.login(server.user, server.password or "")
        except (aiosmtplib.SMTPException, OSError) as error:
            says = f"{where} refuses the user or the password: {_words(error, server)}"
            advice = (
                "Correct the user and the password in SMTP_URL. Special characters must be percent-encoded: @ is %40."
            )
            return failed("mail", says, advice)
    with_login = "accepts the user and the password" if server.user else "needs no user"
    over = " over TLS" if secure else ""
    if not secure and server.host not in HERE:
        says = f"{where} answers and {with_login}, without TLS"
        return warning(
            "mail", says, "Letters cross the network in the clear: use smtps://, or switch STARTTLS on there."
        )
    return ok("mail", f"{where} answers{over} and {with_login}")


def _unreachable(where: str, error: Exception) -> Finding:
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLError):
        says = f"no TLS connection to {where} is possible ({type(cause).__name__}: {cause.reason})"
        return failed(
            "mail",
            says,
            "Use smtps:// for port 465 and smtp:// for port 587, and check the certificate of the mail server.",
        )
    if isinstance(error, aiosmtplib.SMTPResponseException):
        says = f"{where} refuses our connection: {_said(error)}"
        return failed("mail", says, "Ask whoever runs it to let this machine in.")
    advice = "Check host and port in SMTP_URL, that the mail server runs, and that outgoing connections are allowed."
    return failed("mail", f"{where} does not answer ({type(cause).__name__})", advice)


def _words(error: Exception, server: Server) -> str:
    said = _said(error) if isinstance(error, aiosmtplib.SMTPResponseException) else f"{type(error).__name__}: {error}"
    for secret in (server.password, server.user):  # a server may repeat them
        said = said.replace(secret, "…") if secret else said
    return said[:LONGEST]


def _said(error: aiosmtplib.SMTPResponseException) -> str:
    return " ".join(f"{error.code} {error.message}".split())[:LONGEST]
