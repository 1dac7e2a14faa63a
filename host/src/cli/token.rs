//! `world-events token`

use std::time::Duration;

use anyhow::Context as _;
use chrono::Utc;
use clap::Args;

use super::{Selection, SettingFlags, print};
use crate::{
    auth::{Claims, InvalidSubject, Keys, Role, check_subject},
    config::{Group, create_data_dir},
};

/// Print a token for the API, and nothing else, on standard output.
///
/// It is signed with the server's own key: the secret that is configured, or the one in the data directory, which is made
/// when it is not there yet. A server that is given a public key cannot make tokens.
#[derive(Debug, Args)]
pub(super) struct Token {
    /// What the bearer may do
    #[arg(long, value_enum)]
    role: Role,
    /// Who the bearer is, in 1 to 100 characters; for a player, the player's id
    #[arg(long, value_parser = parse_subject)]
    subject: String,
    /// How long the token is valid: 90s, 12h, 30d
    #[arg(long, value_name = "DURATION", default_value = "12h", value_parser = parse_ttl)]
    ttl: Duration,
    #[command(flatten)]
    settings: SettingFlags<ForTokens>,
}

#[derive(Debug)]
struct ForTokens;

impl Selection for ForTokens {
    const GROUPS: &'static [Group] = &[Group::Data, Group::Tokens];
}

/// A hundred years: far from where times overflow.
const MAX_TTL: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

fn parse_subject(text: &str) -> Result<String, InvalidSubject> {
    check_subject(text).map(|()| text.to_owned())
}

fn parse_ttl(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(ttl) if ttl.as_secs() >= 1 && ttl <= MAX_TTL => Ok(ttl),
        Ok(_) => Err("it must be between one second and a hundred years".to_owned()),
        Err(error) => Err(format!("{error}; it must be a time span such as 90s, 12h or 30d")),
    }
}

impl Token {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let settings = self.settings.load()?;
        create_data_dir(&settings.data_dir)
            .with_context(|| format!("cannot make the data directory {}", settings.data_dir.display()))?;
        let keys = Keys::load(&settings.key_source(), settings.jwt_algorithm, settings.jwt_audience.as_deref())?;
        let exp = (Utc::now() + self.ttl).timestamp();
        let claims = Claims { sub: self.subject.clone(), role: self.role, exp: u64::try_from(exp)? };
        print(&keys.mint(&claims)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spans_are_checked() {
        assert_eq!(parse_ttl("12h"), Ok(Duration::from_secs(43_200)));
        assert_eq!(parse_ttl("1m 30s"), Ok(Duration::from_secs(90)));
        for text in ["", "12", "0s", "500ms", "-1h", "101years", "soon", "99999999999999years"] {
            assert!(parse_ttl(text).is_err(), "{text:?}");
        }
    }
}
