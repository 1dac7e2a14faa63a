fn check_level(player: &Player, min: u32) -> Result<(), Refusal> {
    if min == 0 {
        return Ok(());
    }
    match player.attribute::<u64>("level")? {
        Some(level) if level >= min.into() => Ok(()),
        Some(level) => Err(Refusal::new("LEVEL_TOO_LOW", format!("level {level} is too low: come back at {min}"))),
        None => Err(Refusal::new("LEVEL_MISSING", format!("the level is not known, and must be {min} at least"))),
    }
}
