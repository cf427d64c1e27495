"""The door of the web server: every request is judged before its route sees it."""

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from gateway import metrics
from gateway.admission import Admission, is_session
from gateway.denials import Denial
from gateway.guest import Guest

OPEN_PATHS = ("/", "/healthz", "/readyz", "/metrics")
"""What anybody may ask: no people, no speech and no work stands behind it."""
_GUEST = web.RequestKey("guest", Guest)
_PAGE = web.RequestKey("page", str)
"""Origin of the page that sends it, once that is known to be welcome."""
_CORS_S = "600"
"""Seconds that a browser may remember what it was allowed."""


def add_guard(app: web.Application, admission: Admission) -> None:
    """Have each request to this application judged, whatever its route, except to OPEN_PATHS."""
    app.middlewares.append(_guard(admission))
    app.on_response_prepare.append(_allow_page)


def guest_of(request: web.Request) -> Guest:
    """Who was let in with this request."""
    return request[_GUEST]


def refuse(denial: Denial) -> web.Response:
    """The answer to who is not let in, who is counted."""
    metrics.SESSIONS_REFUSED.labels(denial.outcome).inc()
    return answer(denial)


def answer(denial: Denial) -> web.Response:
    """The answer to a request that is refused."""
    return web.Response(
        body=denial.body(),
        status=denial.status,
        headers=denial.headers(),
        content_type="application/json",
    )


def _guard(admission: Admission) -> Middleware:
    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in OPEN_PATHS:
            return await handler(request)
        if denial := admission.page_denial(request):
            return refuse(denial)
        if origin := request.headers.get("Origin"):
            request[_PAGE] = origin
        if _asks_for_permission(request):
            return web.Response(status=204)
        guest = await admission.judge(request)
        if isinstance(guest, Denial):
            return refuse(guest)
        request[_GUEST] = guest
        if not is_session(request):
            return await handler(request)
        with admission.session(guest):
            return await handler(request)

    return guarded


def _asks_for_permission(request: web.Request) -> bool:
    """Whether a browser asks first, for a page, if it may send a request (CORS preflight)."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


async def _allow_page(request: web.Request, response: web.StreamResponse) -> None:
    """Tell the browser that the page, which was found to be welcome, may read the answer."""
    if not (origin := request.get(_PAGE)):
        return
    told = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    if _asks_for_permission(request):
        told |= {
            "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
            "Access-Control-Allow-Headers": request.headers.get(
                "Access-Control-Request-Headers", "Authorization, Content-Type"
            ),
            "Access-Control-Max-Age": _CORS_S,
            "Access-Control-Allow-Private-Network": "true",
        }
    response.headers.update(told)
