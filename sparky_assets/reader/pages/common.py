"""What all pages share: the frame around them, whose paper it is, the period in the address; and the two plain ones."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sparky_assets.periods import Period, PeriodError, PeriodKind, parse_period
from sparky_assets.reader.auth import SESSION_COOKIE
from sparky_assets.reader.responses import (
    HTML_MEDIA_TYPE,
    ReaderContext,
    conditional_response,
    get_audience,
    get_reader,
)
from sparky_assets.store import Audience


def render_page(
    request: Request, template: str, values: Mapping[str, Any], *, status: int = 200, modified: datetime | None = None
) -> Response:
    """Return a page with what every page shows: masthead, navigation, who reads."""
    return conditional_response(
        request, render_html(request, template, values), HTML_MEDIA_TYPE, status=status, modified=modified
    )


def render_html(request: Request, template: str, values: Mapping[str, Any]) -> str:
    """Return the HTML of a page."""
    reader, audience = get_reader(request), get_audience(request)
    shared: dict[str, Any] = {
        "organisation": find_organisation(reader, audience),
        "is_public": audience is Audience.PUBLIC,
        "takes_token": reader.access_policy.has_token,
        "is_signed_in": reader.access_policy.is_signed_in(request.headers),
        "path": request.url.path,
        "kinds": list(PeriodKind),
        "query": "",
    }
    return reader.templates.render(template, {**shared, **values})


def frame_version(request: Request) -> tuple[str, str, bool]:
    """Return what the frame of a page is made from; part of the key of a page that is cached."""
    reader = get_reader(request)
    organisation = find_organisation(reader, get_audience(request))
    return request.url.path, organisation, reader.access_policy.is_signed_in(request.headers)


def find_organisation(reader: ReaderContext, audience: Audience) -> str:
    """Whose newspaper it is: the setting, else what the newest digest calls it."""
    if reader.settings.organisation.name:
        return reader.settings.organisation.name
    for kind in PeriodKind:
        period = reader.library.find_latest(kind, audience)
        insight = reader.library.load_insight(period, audience) if period else None
        if insight and insight.organisation:
            return insight.organisation
    return "Engineering"


def show_about(request: Request) -> Response:
    """How the paper is made."""
    return render_page(request, "about.html.j2", {})


async def sign_in(request: Request) -> Response:
    """The form for the token; the right one is exchanged for a cookie that scripts cannot read."""
    reader = get_reader(request)
    if request.method == "GET" or not reader.access_policy.has_token:
        return render_page(request, "sign_in.html.j2", {"failed": False})
    async with request.form(max_files=0, max_fields=4) as form:
        token = form.get("token", "")
    throttle = reader.access_policy.throttle
    sender = reader.access_policy.find_sender(request.headers, request.client.host if request.client else None)
    if wait := throttle.seconds_to_wait(sender):
        values = {"failed": True, "wait_seconds": math.ceil(wait)}
        return render_page(request, "sign_in.html.j2", values, status=429)
    if not isinstance(token, str) or not reader.access_policy.accepts_token(token.strip()):
        throttle.count_failure(sender)
        return render_page(request, "sign_in.html.j2", {"failed": True}, status=401)
    throttle.forget(sender)
    response = RedirectResponse("/", 303)
    # The reader speaks http behind what ends TLS. Believed from anybody: who lies gets a cookie that is only stricter.
    secure = "https" in {request.url.scheme, request.headers.get("x-forwarded-proto", "").lower()}
    response.set_cookie(
        SESSION_COOKIE,
        reader.access_policy.make_session_cookie(),
        max_age=30 * 86_400,
        httponly=True,
        secure=secure,
        samesite="strict",
    )
    return response


async def sign_out(request: Request) -> Response:
    """End the session of this browser. A new `reader.token` ends those of all browsers."""
    response = RedirectResponse("/", 303)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict")
    return response


def kind_from_path(request: Request) -> PeriodKind:
    """Return the kind in the address.

    Raises:
        HTTPException: 404 when it is none.
    """
    try:
        return PeriodKind.from_noun(request.path_params["kind"])
    except PeriodError as error:
        raise HTTPException(404, str(error)) from None


def period_from_path(request: Request) -> Period:
    """Return the period in the address.

    Raises:
        HTTPException: 404 when it is none.
    """
    kind = kind_from_path(request)
    try:
        return parse_period(kind, request.path_params["label"][:40])
    except PeriodError as error:
        raise HTTPException(404, str(error)) from None


def previous_and_next(periods: list[Period], current: Period) -> tuple[Period | None, Period | None]:
    """Return the digests before and after one, of periods in their order; quiet gaps are stepped over."""
    before, after = bisect_left(periods, current), bisect_right(periods, current)
    return (periods[before - 1] if before else None, periods[after] if after < len(periods) else None)
