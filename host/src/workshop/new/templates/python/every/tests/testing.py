"""Calls for unit tests, in one line each. What a test does not mention has a plain default."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from componentize_py_types import Err
from wit_world.exports.eligibility import Application
from wit_world.exports.rewards import Grant, Page, Standing
from wit_world.exports.scoring import Action, Report, Scorecard
from wit_world.imports.types import (
    Counter,
    Difficulty,
    Event,
    EventType,
    Participation,
    ParticipantStatus,
    Player,
    RewardType,
)


def event(parameters: dict[str, Any] = {}, counters: dict[str, int] = {}) -> Event:
    """An event with a designer's parameters and shared counters."""
    return Event(
        id="00000000-0000-0000-0000-000000000000",
        type=EventType.FESTIVAL,
        name="test",
        region="test",
        difficulty=Difficulty.MEDIUM,
        starts_at=0,
        ends_at=None,
        participants=0,
        capacity=None,
        objectives="[]",
        rewards="[]",
        data="{}",
        parameters=json.dumps(parameters),
        counters=[Counter(name, value) for name, value in counters.items()],
        extra="{}",
    )


def player(id: str, **attributes: Any) -> Player:
    return Player(id, json.dumps(attributes), extra="{}")


def participation(who: str | Player, score: int = 0, **progress: Any) -> Participation:
    """How a player stands, with a score and the rule's own notes."""
    return Participation(
        player=player(who) if isinstance(who, str) else who,
        status=ParticipantStatus.ACTIVE,
        score=score,
        progress=json.dumps(progress),
        achievements="[]",
        joined_at=0,
        last_activity=0,
        extra="{}",
    )


def application(player: Player, of: Event = event()) -> Application:
    """A newcomer at the door."""
    return Application(of, player, participation=None, now=0, seed=0)


def coming_back(before: Participation, to: Event = event()) -> Application:
    """Somebody who left and comes back."""
    left = replace(before, status=ParticipantStatus.LEFT)
    return replace(application(before.player, to), participation=left)


def scorecard(participation: Participation, actions: list[tuple[str, int]], of: Event = event()) -> Scorecard:
    """A report of actions, each a kind and an amount."""
    reported = [Action(kind, amount, attributes="{}") for kind, amount in actions]
    return Scorecard(of, participation, Report(reported, progress=None, at=0, extra="{}"), seed=0)


def page(participations: list[Participation], of: Event = event()) -> Page:
    """The final standings on one page: ordered by score, equal scores sharing a rank."""
    scores = sorted((it.score for it in participations), reverse=True)
    ordered = sorted(participations, key=lambda it: it.score, reverse=True)
    rows = [Standing(scores.index(it.score) + 1, it) for it in ordered]
    return Page(of, offset=0, total=len(rows), rows=rows, now=0, seed=0)


def counted(counters: list[Counter], name: str) -> int:
    """What is added to a shared counter; 0 if nothing is."""
    return next((counter.value for counter in counters if counter.name == name), 0)


def xp(player: str, amount: int, reason: str) -> Grant:
    """A grant of experience."""
    return Grant(player, RewardType.XP, None, amount, reason, extra="")


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    """The code and the message of the refusal that a call raises."""
    try:
        call()
    except Err as refusal:
        return refusal.value.code, refusal.value.message
    raise AssertionError("nothing was refused")
