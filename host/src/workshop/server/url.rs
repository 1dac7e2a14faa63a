//! Where a server is.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// The address that a server's API has, perhaps with the prefix of its paths: `https://games.example/api/v1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl(Url);

/// Text that is no address of a server.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadServerUrl {
    /// It is no URL at all.
    #[error("{0}; it must be a URL such as https://games.example or http://127.0.0.1:8080")]
    NoUrl(String),
    /// No HTTP.
    #[error("it must begin with https:// or http://, and not with {0}:")]
    Scheme(String),
    /// There is more behind the path.
    #[error("it must end with the path, without `?` or `#`")]
    Rest,
}

impl std::str::FromStr for ServerUrl {
    type Err = BadServerUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|error| BadServerUrl::NoUrl(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BadServerUrl::Scheme(url.scheme().to_owned()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BadServerUrl::Rest);
        }
        Ok(Self(url))
    }
}

impl ServerUrl {
    /// Whether it is plain HTTP.
    pub(super) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// Whether others may read what is sent there: it is plain HTTP, and not by its name on this machine.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let is_loopback = host == "localhost"
            || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
            || host.trim_matches(['[', ']']).parse().is_ok_and(|address: Ipv6Addr| address.is_loopback());
        self.is_plain() && !is_loopback
    }

    /// The address of a resource.
    pub(super) fn of(&self, path: &[&str]) -> Url {
        let mut url = self.0.clone();
        // Every http URL has a path.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL without a path is written with one all the same.
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_may_have_a_prefix() {
        for (server, expected) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/plugins/hydra/versions"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/plugins/hydra/versions"),
            ("http://games.example/api/v1", "http://games.example/api/v1/plugins/hydra/versions"),
            ("https://games.example/api/v1/", "https://games.example/api/v1/plugins/hydra/versions"),
        ] {
            let url = server.parse::<ServerUrl>().unwrap().of(&["plugins", "hydra", "versions"]);
            assert_eq!(url.as_str(), expected);
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        let refused = |text: &str| text.parse::<ServerUrl>().unwrap_err();
        assert!(matches!(refused("127.0.0.1:8080"), BadServerUrl::NoUrl(_)));
        assert_eq!(refused("localhost:8080"), BadServerUrl::Scheme("localhost".to_owned()));
        assert_eq!(refused("ftp://games.example"), BadServerUrl::Scheme("ftp".to_owned()));
        assert_eq!(refused("https://games.example/?a=b"), BadServerUrl::Rest);
    }

    #[test]
    fn plain_http_to_another_machine_is_exposed() {
        let is_exposed = |text: &str| text.parse::<ServerUrl>().unwrap().is_exposed();
        for server in [
            "http://games.example",
            "http://localhost.games.example:8080",
            "http://127.games.example",
            "http://10.0.0.1:8080/api",
            "http://[fe80::1]",
        ] {
            assert!(is_exposed(server), "{server}");
        }
        for server in [
            "https://games.example",
            "http://localhost:8080",
            "HTTP://LOCALHOST",
            "http://127.0.0.1",
            "http://127.8.9.1:80",
            "http://[::1]:8080",
        ] {
            assert!(!is_exposed(server), "{server}");
        }
    }
}
