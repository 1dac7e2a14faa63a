//! Values that are checked when they are read.

use std::{fmt, net::SocketAddr, str::FromStr};

use serde::{Deserialize, Serialize, Serializer};
use sqlx::postgres::PgConnectOptions;

use crate::auth::MIN_SECRET_BYTES;

/// What stands in the place of a secret wherever settings are shown.
const REDACTED: &str = "[redacted]";

/// What every path of the API begins with: nothing, or segments such as `/api/v1/world-events`. Never a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PathPrefix(String);

/// Text that cannot be the beginning of paths.
#[derive(Debug, thiserror::Error)]
#[error("one of its segments is empty, `.` or `..`, or has a character that needs escaping in a URL")]
pub struct InvalidPathPrefix;

impl PathPrefix {
    /// Empty, or with a slash at the beginning and none at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PathPrefix {
    type Err = InvalidPathPrefix;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let trimmed = text.strip_prefix('/').unwrap_or(text);
        let trimmed = trimmed.strip_suffix('/').unwrap_or(trimmed);
        if matches!(text, "" | "/") {
            return Ok(Self::default());
        }
        let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        let good = |segment: &str| !matches!(segment, "" | "." | "..") && segment.chars().all(unreserved);
        if trimmed.split('/').all(good) { Ok(Self(format!("/{trimmed}"))) } else { Err(InvalidPathPrefix) }
    }
}

impl TryFrom<String> for PathPrefix {
    type Error = InvalidPathPrefix;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PathPrefix> for String {
    fn from(prefix: PathPrefix) -> Self {
        prefix.0
    }
}

/// Where metrics are served: at an address of their own, or nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MetricsListen {
    /// No metrics listener.
    Off,
    /// A listener at this address.
    At(SocketAddr),
}

/// Neither an address nor `off`.
#[derive(Debug, thiserror::Error)]
#[error("it is neither an address with a port nor `off`")]
pub struct InvalidMetricsListen;

impl TryFrom<String> for MetricsListen {
    type Error = InvalidMetricsListen;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "off" {
            return Ok(Self::Off);
        }
        text.parse().map(Self::At).map_err(|_| InvalidMetricsListen)
    }
}

impl From<MetricsListen> for String {
    fn from(listen: MetricsListen) -> Self {
        match listen {
            MetricsListen::Off => "off".to_owned(),
            MetricsListen::At(address) => address.to_string(),
        }
    }
}

/// The address of a PostgreSQL server. It usually holds a password, so it is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DatabaseUrl(String);

/// Text that is no address of a PostgreSQL server. The text is not repeated, as it may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("it is no PostgreSQL URL: {0}")]
pub struct InvalidDatabaseUrl(String);

impl DatabaseUrl {
    /// The address, password included.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What to connect with.
    ///
    /// # Errors
    ///
    /// Never in practice: the text was read the same way before.
    pub fn connect_options(&self) -> Result<PgConnectOptions, InvalidDatabaseUrl> {
        connect_options(&self.0)
    }
}

fn connect_options(text: &str) -> Result<PgConnectOptions, InvalidDatabaseUrl> {
    if !(text.starts_with("postgres://") || text.starts_with("postgresql://")) {
        return Err(InvalidDatabaseUrl("it must begin with postgres:// or postgresql://".to_owned()));
    }
    text.parse().map_err(|error: sqlx::Error| InvalidDatabaseUrl(error.to_string()))
}

impl TryFrom<String> for DatabaseUrl {
    type Error = InvalidDatabaseUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        connect_options(&text)?;
        Ok(Self(text))
    }
}

/// The secret that tokens are signed with. Never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct JwtSecret(String);

/// A secret that can be guessed.
#[derive(Debug, thiserror::Error)]
#[error("it has {0} bytes, and {MIN_SECRET_BYTES} are the least that is safe")]
pub struct ShortJwtSecret(usize);

impl JwtSecret {
    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for JwtSecret {
    type Error = ShortJwtSecret;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() < MIN_SECRET_BYTES { Err(ShortJwtSecret(text.len())) } else { Ok(Self(text)) }
    }
}

/// Shows neither in logs nor in serialised settings.
macro_rules! redact {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(REDACTED)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(REDACTED)
            }
        }
    )*};
}

redact!(DatabaseUrl, JwtSecret);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_normalised() {
        for (text, prefix) in [
            ("", ""),
            ("/", ""),
            ("api", "/api"),
            ("/api/", "/api"),
            ("api/v1/world-events", "/api/v1/world-events"),
            ("/api/v1.2/~me_/", "/api/v1.2/~me_"),
        ] {
            assert_eq!(text.parse::<PathPrefix>().unwrap().as_str(), prefix, "{text:?}");
        }
    }

    #[test]
    fn prefixes_that_are_no_paths_are_refused() {
        for text in ["//", "/api//v1", "/api/../v1", "/.", "/a b", "/{id}", "/*rest", "/a?b", "/a#b", "/é", "/%2e"] {
            assert!(text.parse::<PathPrefix>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn metrics_are_off_or_somewhere() {
        assert_eq!(MetricsListen::try_from("off".to_owned()).unwrap(), MetricsListen::Off);
        let at = MetricsListen::try_from("[::1]:9464".to_owned()).unwrap();
        assert_eq!(String::from(at), "[::1]:9464");
        for text in ["", "on", "OFF", "127.0.0.1", "localhost:9464"] {
            assert!(MetricsListen::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn database_urls_are_checked_and_hidden() {
        let url = DatabaseUrl::try_from("postgres://me:hunter2@db.example:6543/game".to_owned()).unwrap();
        assert_eq!(url.connect_options().unwrap().get_port(), 6543);
        assert_eq!(format!("{url:?}"), REDACTED);
        assert_eq!(serde_json::to_string(&url).unwrap(), format!("{REDACTED:?}"));
        for text in ["", "db.example", "mysql://me:hunter2@db/game", "postgres://me:hunter2@db:no/game"] {
            let error = DatabaseUrl::try_from(text.to_owned()).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn secrets_have_a_least_length() {
        assert!(JwtSecret::try_from("x".repeat(31)).is_err());
        let secret = JwtSecret::try_from("x".repeat(32)).unwrap();
        assert_eq!(format!("{secret:?}"), REDACTED);
    }
}
