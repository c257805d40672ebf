"""The configurations of the how-to are right, and the service behind nginx and Caddy is what it is alone."""

import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import pytest
import sqlalchemy as sa
import trustme
from flask import request

from tests.docs.documents import fences
from tests.programs import free_port, wait_for
from tests.sample import ROOT
from tests.web.builders import world
from tests.web.test_server import CHUNKED, HOST, PATIENCE, SMUGGLED, TWO_WAYS, post, statuses
from tipsheet.web import beside, create_app, serve_at

GUIDE = {fence.path: fence.text for fence in fences(ROOT / "docs/how-to/run-the-service.md") if fence.verb}
TOKEN = "a" * 32
NGINX, CADDY = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin"), shutil.which("caddy")


@dataclass
class Proxied:
    """The service behind a proxy: what the application saw, and where the proxy logs."""

    port: int
    seen: list[str]
    logs: Path
    context: ssl.SSLContext | None

    def said(self, data: bytes) -> bytes:
        """All that comes back for these bytes until the connection ends or is silent."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as raw:
            connection = self.context.wrap_socket(raw, server_hostname=HOST) if self.context else raw
            with connection:
                got = b""
                try:
                    connection.sendall(data)
                    while part := connection.recv(65536):
                        got += part
                except OSError:
                    pass
                return got


def nginx(
    folder: Path, port: int, upstream: int, site: Mapping[str, str] = MappingProxyType({})
) -> tuple[list[str], ssl.SSLContext]:
    """The how-to's configuration, with the certificate and places of a test; checked by nginx itself.

    ``site`` are other hosts, with what stands in their block.
    """
    authority = trustme.CA()
    own = authority.issue_cert(HOST, *site)
    own.cert_chain_pems[0].write_to_path(str(folder / "chain.pem"))
    own.private_key_pem.write_to_path(str(folder / "key.pem"))
    text = GUIDE["nginx.conf"].replace("127.0.0.1:8080", f"127.0.0.1:{upstream}").replace("lists.example.org", HOST)
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl").replace("/var/log/nginx", str(folder))
    text = re.sub(r"(ssl_certificate +)\S+;", rf"\g<1>{folder}/chain.pem;", text)
    text = re.sub(r"(ssl_certificate_key +)\S+;", rf"\g<1>{folder}/key.pem;", text)
    pair = f"ssl_certificate {folder}/chain.pem; ssl_certificate_key {folder}/key.pem;"
    for host, block in site.items():
        text += f"\nserver {{ listen 127.0.0.1:{port} ssl; server_name {host}; {pair} {block} }}"
    temp = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\n"
    (folder / "nginx.conf").write_text(f"{whole}http {{\ninclude /etc/nginx/mime.types;\n{temp}{text}\n}}\n")
    command = [NGINX or "", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    done = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return command, context


def caddy(folder: Path, port: int, upstream: int) -> tuple[list[str], None]:
    """The how-to's configuration without its certificate, which Caddy would fetch; checked by Caddy itself."""
    text = GUIDE["Caddyfile"].replace("127.0.0.1:8080", f"127.0.0.1:{upstream}")
    text = text.replace("lists.example.org", f"http://{HOST}:{port}")
    (folder / "Caddyfile").write_text(f"{{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}}\n{text}\n")
    command = ["--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    done = subprocess.run([CADDY or "", "validate", *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [CADDY or "", "run", *command], None


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """The service behind each of them, named by ``--trusted-hop``."""
    if not (NGINX if request.param == "nginx" else CADDY):
        pytest.skip(f"needs {request.param}")
    folder = tmp_path_factory.mktemp("proxy")
    engine = sa.create_engine("sqlite://")
    made = world(engine, folder)
    app, seen = create_app(replace(made.service, trusted_hops=("127.0.0.1",))), []
    noting(app, seen)
    server, port = serve_at(app, "127.0.0.1", 0, 4), free_port()
    with beside(server):
        make = nginx if request.param == "nginx" else caddy
        command, context = make(folder, port, server.effective_port)
        with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                wait_for(port, process)
                yield Proxied(port, seen, folder, context)
            finally:
                process.terminate()
    engine.dispose()


def noting(app, seen: list[str]) -> None:
    @app.before_request
    def note() -> None:
        seen.append(request.path)

    @app.post("/echo")
    def echo() -> str:
        return f"got {len(request.get_data())}"

    @app.get("/who")
    def who() -> str:
        return f"who: {request.remote_addr}"


def get(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {HOST}", "Connection: close", *headers, "", ""]).encode()


@pytest.mark.parametrize("headers", TWO_WAYS)
def test_nothing_is_smuggled_through_a_proxy(proxied: Proxied, headers: tuple[str, ...]) -> None:
    """W14: whatever the proxy makes of it, what stands behind a request never becomes one of somebody else's."""
    proxied.seen.clear()
    answer = proxied.said(post("Connection: close", *headers, body=CHUNKED + SMUGGLED))
    assert len(statuses(answer)) <= 1
    assert "/smuggled" not in proxied.seen


def test_a_proxy_says_who_asks(proxied: Proxied) -> None:
    """W14: and what the client says of itself is not believed."""
    answer = proxied.said(get("/who", "X-Forwarded-For: 8.8.8.8", "Forwarded: for=8.8.4.4"))
    assert statuses(answer) == [200]
    assert b"who: 127.0.0.1" in answer


def test_headers_are_there_once_and_the_log_has_no_token(proxied: Proxied) -> None:
    """W14, W7"""
    answer = proxied.said(get(f"/leave/{TOKEN}", f"Referer: https://{HOST}/leave/{TOKEN}")).decode().lower()
    for name in ("content-security-policy", "referrer-policy", "strict-transport-security", "x-content-type-options"):
        assert answer.count(f"\r\n{name}:") == 1
    for file in proxied.logs.glob("*log"):
        assert TOKEN not in file.read_text()


def test_another_host_is_not_ours(proxied: Proxied) -> None:
    """W14"""
    answer = proxied.said(get("/who").replace(HOST.encode(), b"evil.example"))
    assert b"who:" not in answer


def test_the_unit_of_systemd_is_one(tmp_path: Path) -> None:
    """W17"""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("needs systemd-analyze")
    unit = tmp_path / "tipsheet-web.service"
    unit.write_text(GUIDE["tipsheet-web.service"].replace("/srv/letter/.venv/bin/tipsheet", sys.executable))
    done = subprocess.run([analyze, "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "tipsheet-web" in line]
    assert complaints == []
    score = subprocess.run(
        [analyze, "security", "--offline=yes", "--threshold=30", unit], capture_output=True, text=True, check=False
    )
    assert score.returncode == 0, score.stdout[-300:]
