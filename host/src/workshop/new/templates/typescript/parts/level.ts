function checkLevel(player: Player, min: number): void {
  if (min === 0) return;
  const level = attribute("the player's attribute", player.attributes, "level", "count");
  if (level === undefined) throw refusal("LEVEL_MISSING", `the level is not known, and must be ${min} at least`);
  if (level < min) throw refusal("LEVEL_TOO_LOW", `level ${level} is too low: come back at ${min}`);
}
