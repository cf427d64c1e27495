"""Where the endpoints are found."""

from aiohttp import web

from gateway.endpoints.answers import Answer
from gateway.endpoints.chat import Chat
from gateway.endpoints.errand import Errands
from gateway.endpoints.faults import Fault
from gateway.endpoints.models import Models
from gateway.endpoints.serving import Endpoint, Serving
from gateway.endpoints.speech import Speech
from gateway.endpoints.transcriptions import Transcriptions
from gateway.offers import Offers
from gateway.settings import GatewaySettings


def add_endpoints(
    app: web.Application, errands: Errands, offers: Offers, settings: GatewaySettings
) -> None:
    """Have the application answer them."""
    serving = Serving(settings)
    models, chat = Models(offers), Chat(errands, offers, settings)
    speech, transcriptions = Speech(errands, offers, settings), Transcriptions(errands, settings)
    posts: dict[str, tuple[str, Endpoint]] = {
        "/v1/audio/transcriptions": ("transcriptions", transcriptions.answer),
        "/v1/audio/speech": ("speech", speech.answer),
        "/v1/chat/completions": ("chat", chat.answer),
    }
    gets: dict[str, tuple[str, Endpoint]] = {
        "/v1/models": ("models", models.models),
        "/v1/models/{model:.+}": ("models", models.model),
        "/v1/voices": ("voices", models.voices),
    }
    app.router.add_route("*", "/v1/{path:.*}", serving.handler("unknown", _unknown))
    for path, (name, endpoint) in posts.items():
        app.router.add_post(path, serving.handler(name, endpoint))
    for path, (name, endpoint) in gets.items():
        app.router.add_get(path, serving.handler(name, endpoint))


async def _unknown(request: web.Request) -> Answer:
    """Paths that nobody else answers: the router asks for the longest first."""
    told = f"there is no {request.method} {request.path[:200]}; docs/http.md lists what there is"
    raise Fault(404, told, code="unknown_path")
