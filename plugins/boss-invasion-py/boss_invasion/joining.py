"""Who may join."""

from wit_world.exports.eligibility import Admission
from wit_world.imports.types import Player

from .parameters import Parameters
from .sdk import count, refused, text


def admit(player: Player, parameters: Parameters) -> Admission:
    """Lets a player in, or raises a refusal.

    A condition that is not set is not checked, so that a player who lacks the attribute can still join.
    """
    if parameters.min_level > 0:
        check_level(player, parameters.min_level)
    if parameters.factions:
        check_faction(player, parameters.factions)
    return Admission(progress="", counters=[], extra="")


def check_level(player: Player, least: int) -> None:
    level = count("the player's attribute", player.attributes, "level")
    if level is None:
        raise refused("LEVEL_MISSING", f"the level is not known: the invasion is for {least} and above")
    if level < least:
        raise refused("LEVEL_TOO_LOW", f"level {level} is too low: the invasion is for {least} and above")


def check_faction(player: Player, allowed: list[str]) -> None:
    faction = text("the player's attribute", player.attributes, "faction")
    if faction is None:
        raise refused("FACTION_MISSING", f"the faction is not known: the invasion is for {', '.join(allowed)}")
    if faction not in allowed:
        message = f"{faction} does not take part: the invasion is for {', '.join(allowed)}"
        raise refused("FACTION_NOT_ALLOWED", message)
