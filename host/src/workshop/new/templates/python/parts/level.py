def check_level(player: Player, least: int) -> None:
    if least == 0:
        return
    level = count("the player's attribute", player.attributes, "level")
    if level is None:
        raise refused("LEVEL_MISSING", f"the level is not known, and must be {least} at least")
    if level < least:
        raise refused("LEVEL_TOO_LOW", f"level {level} is too low: come back at {least}")
