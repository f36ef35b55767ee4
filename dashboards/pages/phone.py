"""What makes the tasks installable on a phone: the manifest and the service worker, both open to all."""

import msgspec
from flask import Blueprint, Response, url_for
from flask_babel import gettext as _

from dashboards.services import services
from dashboards.settings import STATIC
from dashboards.words.wording import language

blueprint = Blueprint("phone", __name__)
#: Browser files of the tasks page, kept by the worker with the page's frame.
SHELL = (
    *("base.css", "page.css", "tasks.css", "icon.svg"),
    *("fonts/noto-sans-regular.woff2", "fonts/noto-sans-bold.woff2"),
    *(f"js/{name}.js" for name in ("tasks", "task_view", "task_list", "task_page", "taps")),
    *(f"js/{name}.js" for name in ("feed", "shapes", "sound", "time", "words")),
)


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """What the phone shows once it is installed."""
    body = {
        "name": _("tasks.app"),
        "short_name": "Kuzet",
        "lang": language(),
        "id": "/tasks",
        "start_url": "/tasks",
        "scope": "/",
        "display": "standalone",
        "background_color": "#dfe2e4",
        "theme_color": "#dfe2e4",
        "icons": [
            {"src": _file(f"icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": how}
            for size in (192, 512)
            for how in ("any", "maskable")
        ],
    }
    return Response(msgspec.json.encode(body), content_type="application/manifest+json")


@blueprint.get("/worker.js")
def worker() -> Response:
    """The service worker; a new build is a new one, with a cache of its own."""
    files = msgspec.json.encode([_file(name) for name in SHELL]).decode()
    head = f'const BUILD = "{services().settings.build}";\nconst FILES = {files};\n'
    answer = Response(
        head + (STATIC / "js/worker.js").read_text(encoding="utf-8"),
        content_type="text/javascript; charset=utf-8",
    )
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _file(name: str) -> str:
    return url_for("static_files.serve", build=services().settings.build, name=name)
