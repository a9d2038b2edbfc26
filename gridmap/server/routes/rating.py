"""Residents rate what was done by a link, without an account: a small page that needs no script."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from html import escape
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from gridmap.errors import GridmapError, InputError, LimitError
from gridmap.matters import Matter, matter_kind
from gridmap.server.parameters import example
from gridmap.server.problems import status_of
from gridmap.server.rated import denied, link_of, matter_named, require_valid
from gridmap.server.service import Service, service_of
from gridmap.server.who import Principal, needs
from gridmap.server.words import dumped

router = APIRouter(tags=["records"])

Anyone = Annotated[Principal, needs("anyone")]
Staff = Annotated[Principal, needs("records")]
Token = Annotated[str, Path(max_length=400)]

RESIDENT = Principal("resident", "resident", rights=frozenset({"view", "records"}))
"""In whose name a link rates; it is let in by its signature, and to this one move of one matter only."""

_STYLE = (
    ":root{color-scheme:light dark;font:16px/1.6 'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif}"
    "body{margin:0 auto;max-width:26rem;padding:1.5rem}h1{font-size:1.25rem;margin:0 0 .5rem}"
    "fieldset{border:0;padding:0;margin:1.25rem 0}legend{margin-bottom:.5rem}p{margin:.5rem 0}"
    "label{display:flex;align-items:center;gap:.75rem;min-height:48px;padding:0 1rem;border:1px solid #8888;"
    "border-radius:8px;margin:.5rem 0}input{width:20px;height:20px;accent-color:#2c7fb8}"
    "button{width:100%;min-height:48px;border-radius:8px;border:1px solid #1f5f8b;font:inherit;margin:.35rem 0;"
    "background:#1f5f8b;color:#fff}button.again{background:none;color:inherit;border-color:#8888}small{opacity:.75}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    # The form says where it was sent from, to this server only.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
_RATINGS = ((5, "非常满意", "very satisfied"), (4, "满意", "satisfied"), (3, "一般", "fair"),
            (2, "不满意", "dissatisfied"), (1, "非常不满意", "very dissatisfied"))  # fmt: skip


@router.post(
    "/api/v1/matters/{name}/rating-link",
    status_code=201,
    responses=example({"path": "/rate/…", "ends": "2026-03-31T09:30:00+00:00"}),
)
def make_link(request: Request, who: Staff, name: Annotated[str, Path(max_length=100)]) -> Response:
    """Make a link by which a resident rates a matter that was handled, once, without an account."""
    service = service_of(request)
    found, _ = service.user(who).records.matter(name)
    who.require_places([found.community], what=found.id)
    _require_rateable(found)
    text, ends = link_of(found, now=dt.datetime.now(dt.UTC))
    return Response(dumped({"path": f"/rate/{text}", "ends": ends}), 201, media_type="application/json")


@router.get("/rate/{token}", response_class=HTMLResponse, include_in_schema=False)
def look(request: Request, token: Token, _: Anyone) -> HTMLResponse:
    """Show what is to be rated. Nothing is changed by looking."""
    try:
        return _page(_form(_valid(service_of(request), token)))
    except GridmapError as error:
        return _refused(error)


@router.post("/rate/{token}", response_class=HTMLResponse, include_in_schema=False)
async def rate(request: Request, token: Token, _: Anyone) -> HTMLResponse:
    """Rate, or ask for it to be done again; the link has been used with that."""
    try:
        asked = await _asked(request)
        return await run_in_threadpool(lambda: _rated(service_of(request), token, asked))
    except GridmapError as error:
        return _refused(error)


async def _asked(request: Request) -> str:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > 1_000:
            raise LimitError("form-too-large", "The form is too large.", "Open the link again.")
    fields = parse_qs(body.decode("ascii", "replace"))
    if fields.get("again"):
        return "again"
    rating = fields.get("rating", [""])[0]
    if rating not in ("1", "2", "3", "4", "5"):
        raise InputError("rating-missing", "There is no rating.", "Choose one of five.")
    return rating


def _rated(service: Service, token: str, asked: str) -> HTMLResponse:
    found = _valid(service, token)
    desk, now = service.user(RESIDENT).records, dt.datetime.now(dt.UTC)
    about = {} if asked == "again" else {"rating": int(asked)}
    action = "reopen" if asked == "again" else "rate"
    desk.advance(found.id, action, base=found.revision, at=now, actor="resident", **about)
    said = ("已退回重办，办理后会再请您评价。", "It will be done again.") if asked == "again" else (
        "感谢您的评价。", "Thank you for your rating.")  # fmt: skip
    return _page(f'<h1>{said[0]}</h1><p lang="en"><small>{said[1]}</small></p>')


def _valid(service: Service, token: str) -> Matter:
    name, until, signature = matter_named(token)
    try:
        found, _ = service.ws.records.matter(name)
    except InputError:
        found = None
    if found is None:
        # Answered as a wrong signature is: who guesses learns nothing of which matters there are.
        raise denied()
    require_valid(found, until, signature, now=dt.datetime.now(dt.UTC))
    _require_rateable(found)
    return found


def _require_rateable(matter: Matter) -> None:
    moves = {move.action for move in matter_kind(matter.kind).moves_from(matter.stage) if "resident" in move.actors}
    if "rate" not in moves:
        raise InputError("not-rateable", "This is not ready to be rated.", "It is rated when it was handled.")


def _form(matter: Matter) -> str:
    """Return the form. Titles and remarks stay inside: they may tell where somebody lives."""
    about = f"{matter_kind(matter.kind).zh}　{escape(matter.topic or '')}"
    choices = "".join(
        f'<label><input type="radio" name="rating" value="{value}" required>{zh} <small lang="en">{en}</small></label>'
        for value, zh, en in _RATINGS
    )
    return (
        f"<h1>请您评价</h1><p>{about}</p><p><small>{escape(matter.opened)} 提出，已办理。"
        "评价不记录您的姓名和电话，链接只能使用一次。</small></p>"
        f'<form method="post"><fieldset><legend>办理得怎么样？</legend>{choices}</fieldset>'
        "<button>提交评价</button>"
        '<button class="again" name="again" value="1" formnovalidate>没有解决，请重新办理</button></form>'
    )


def _refused(error: GridmapError) -> HTMLResponse:
    said = {"rating-missing": "请选择一项后再提交。", "not-rateable": "这件事尚未办结，或已经评价过。"}
    shown = said.get(error.code, "链接已使用、已过期或无效，请向网格员重新索取。")
    return _page(
        f'<h1>无法评价</h1><p>{shown}</p><p lang="en"><small>{escape(error.hint)}</small></p>', status_of(error)
    )


def _page(inside: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>居民评价</title>'
        f"<style>{_STYLE}</style></head><body><main>{inside}</main></body></html>",
        status,
        headers=_HEADERS,
    )
