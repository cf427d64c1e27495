"""The folder of a web page that the gateway serves itself, so that page and socket share a host."""

from pathlib import Path

from aiohttp import web

from shared.errors import SettingsError


def add_page(app: web.Application, folder: Path) -> None:
    """Serve the folder as voicechat2's server does: its index.html at `/`, all of it below `/ui`.

    Raises SettingsError if there is no such page.
    """
    index = folder / "index.html"
    if not index.is_file():
        raise SettingsError(f"VOICECHAT_GATEWAY_PAGE_FOLDER: there is no {index}")

    async def serve_index(_: web.Request) -> web.FileResponse:
        return web.FileResponse(index)

    app.router.add_get("/", serve_index)
    app.router.add_static("/ui", folder)
