"""Handlers are plain functions: a test calls them with a request and the context of an app, without HTTP."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.requests import Request
from starlette.responses import Response

import gateway
from contracts.chapters.detection import VictimDetected
from contracts.errors import StafettError
from gateway.auth import Caller, TokenError
from gateway.cases.routes import list_cases, read_case
from gateway.contacts.routes import read_hotline
from gateway.http.problems import ProblemError, ProblemKind
from gateway.middleware.authentication import CALLER
from gateway.tasks.routes import finish_task, list_tasks

from .conftest import NOW, Edge


def request_of(caller: Caller | StafettError) -> Request:
    """A request without a body, from somebody who is known already."""
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [], CALLER: caller})


def told(response: Response) -> Any:
    """The JSON of a response."""
    return json.loads(bytes(response.body))


def somebody(*roles: str) -> Request:
    """A request of a person with these roles."""
    return request_of(Caller("somebody", frozenset(roles), NOW.timestamp() + 60))


async def test_a_handler_answers_as_a_function(edge: Edge) -> None:
    """What it returns is the response itself; parameters have their documented defaults."""
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    asks, context = somebody("caseworker"), edge.app.context
    assert told(await read_hotline(asks, context))["open"] is True
    case = await read_case(asks, context, case_id)
    assert case.headers["etag"] == f'"{told(case)["digest"]}"'
    listed = told(await list_cases(asks, context, limit=1))
    assert ([one["case_id"] for one in listed["items"]], listed["limit"], listed["page"]) == ([case_id], 1, 1)
    task_id = await edge.given_task(case_id, None)
    assert told(await list_tasks(asks, context, case_id))["total"] == 1
    assert told(await finish_task(asks, context, task_id))["done"] is True
    assert told(await list_tasks(asks, context, case_id))["total"] == 0


async def test_a_handler_refuses_by_itself(edge: Edge) -> None:
    """It asks who calls, and what they may do, before it does anything."""
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    task_id = await edge.given_task(case_id, None)
    context = edge.app.context
    with pytest.raises(ProblemError) as refusal:
        await finish_task(somebody("auditor"), context, task_id)
    assert refusal.value.kind is ProblemKind.MISSING_ROLE
    with pytest.raises(TokenError):
        await finish_task(request_of(TokenError("the token is not believed")), context, task_id)
    assert told(await list_tasks(somebody("auditor"), context, case_id))["total"] == 1


def test_every_router_is_in_the_app(coordinator: Edge) -> None:
    """A room is found by its routes, and its handlers are functions of its module."""
    served = {route.endpoint for route in iter_route_contexts(coordinator.app.routes)}
    rooms = [path.parent.name for path in Path(gateway.__path__[0]).glob("*/routes.py")]
    assert len(rooms) > 10
    for room in rooms:
        module = import_module(f"gateway.{room}.routes")
        routers = [value for value in vars(module).values() if isinstance(value, APIRouter)]
        handlers = [route.endpoint for router in routers for route in router.routes if isinstance(route, APIRoute)]
        assert handlers, room
        for handler in handlers:
            assert handler in served
            assert getattr(module, handler.__name__) is handler
