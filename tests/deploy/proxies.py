"""The real dashboards behind a real Caddy or nginx with the shipped files, and curl to ask them."""

import os
import re
import socket
import ssl
import subprocess
import sys
from pathlib import Path

from tests.servers import ServerProcess, free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = "kuzet.test"
#: The address that who asks has: on loopback, so that a proxy and nobody else can tell of it.
REAL = "127.0.0.7"
ANSWER_S = 20


class Dashboards(ServerProcess):
    """`kuzet web run` as its unit runs it, with the proxy on this machine."""

    name = "web"

    def __init__(self, folder: Path, address: str) -> None:
        super().__init__(sys.executable, folder)
        self._address = address

    def command(self) -> list[str]:
        """The unit's command, on a port of its own."""
        words = ["-m", "kuzet", "web", "run", "--data", str(self._folder), "--port", str(self.port)]
        return [self._program, *words, "--https-proxy", "--address", self._address]


class Proxy(ServerProcess):
    """One that speaks TLS for `kuzet.test` with a certificate of its own, and passes on to `web_port`."""

    def __init__(self, program: str, folder: Path) -> None:
        super().__init__(program, folder)
        self.plain_port = free_port()
        self.web_port = 0
        self.certificate, self.key = folder / "web.crt", folder / "web.key"

    @property
    def address(self) -> str:
        """What people open."""
        return f"https://{NAME}:{self.port}"

    def probe(self) -> None:
        """Return when it speaks TLS under its name."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        with (
            socket.create_connection((self.host, self.port), timeout=1.0) as plain,
            context.wrap_socket(plain, server_hostname=NAME),
        ):
            pass

    def make_certificate(self, openssl: str) -> None:
        """One that is its own authority."""
        self._folder.mkdir(parents=True, exist_ok=True)
        command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        command += ["-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
        command += ["-keyout", str(self.key), "-out", str(self.certificate)]
        subprocess.run(command, check=True, capture_output=True)


class Caddy(Proxy):
    """With `deploy/Caddyfile` as it is; its environment says the rest."""

    name = "caddy"

    def command(self) -> list[str]:
        """Caddy on the shipped file."""
        values = {
            "KUZET_ADDRESS": self.address,
            "KUZET_TLS": f"{self.certificate} {self.key}",
            "KUZET_WEB": f"127.0.0.1:{self.web_port}",
            "KUZET_HTTP_PORT": str(self.plain_port),
            "XDG_DATA_HOME": str(self._folder / "data"),
            "XDG_CONFIG_HOME": str(self._folder / "config"),
        }
        said = [f"{name}={value}" for name, value in values.items()]
        program = [self._program, "run", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
        return ["env", *said, *program]


class Nginx(Proxy):
    """With `deploy/nginx.conf`, in which its name, ports and files are written over as on a campus."""

    name = "nginx"

    def command(self) -> list[str]:
        """The server of Debian around the shipped site."""
        site = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
        for before, after in (
            ("kuzet.example.kz", NAME),
            ("/etc/kuzet/web.crt", str(self.certificate)),
            ("/etc/kuzet/web.key", str(self.key)),
            ("127.0.0.1:8000", f"127.0.0.1:{self.web_port}"),
        ):
            assert before in site
            site = site.replace(before, after)
        site = re.sub(r"listen \[::\]:.*\n", "", site)
        site = site.replace("listen 443", f"listen {self.port}").replace(
            "listen 80;", f"listen {self.plain_port};"
        )
        kinds = "client_body proxy fastcgi uwsgi scgi"
        folders = " ".join(f"{kind}_temp_path {self._folder / kind};" for kind in kinds.split())
        # Debian's own file says the types; without them everything is text/plain.
        user = "root" if os.geteuid() == 0 else "nobody"
        main = (
            f"daemon off; user {user}; worker_processes 1; pid {self._folder / 'pid'};\n"
            f"error_log {self._folder / 'error.log'};\nevents {{}}\n"
            f"http {{ access_log off; default_type application/octet-stream; {folders}\n{site}\n}}\n"
        )
        path = self._folder / "nginx.conf"
        path.write_text(main, encoding="utf-8")
        return [
            self._program,
            "-p",
            str(self._folder),
            "-e",
            str(self._folder / "error.log"),
            "-c",
            str(path),
        ]


class Curl:
    """Asks through the proxy, from an address of its own."""

    def __init__(self, program: str, proxy: Proxy) -> None:
        self._base = [program, "--silent", "--show-error", "--no-buffer", "--interface", REAL]
        self._base += ["--cacert", str(proxy.certificate), "--resolve", f"{NAME}:{proxy.port}:127.0.0.1"]
        self._address = proxy.address

    def words(self, path: str, *options: str) -> list[str]:
        """The command that asks for `path`."""
        return [*self._base, "--http2", *options, f"{self._address}{path}"]

    def ask(self, path: str, *options: str) -> tuple[str, str]:
        """The head and the body of the answer."""
        words = self.words(path, "--include", "--max-time", str(ANSWER_S), *options)
        said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        head, _, body = said.partition("\n\n")
        return head.lower(), body
