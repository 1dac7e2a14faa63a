//! Hands a plugin to a server.

use std::fmt;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode, Url, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::model::text::DraftName;

/// How long the whole of an upload may take. A server may compile for two minutes, and be busy.
const TIMEOUT: Duration = Duration::from_secs(300);
/// How much of an answer is shown that is none of ours, in characters.
const SHOWN: usize = 300;

/// The address that a server's API has, perhaps with the prefix of its paths: `http://127.0.0.1:8080/api/v1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl(Url);

/// Text that is no address of a server.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadServerUrl {
    /// It is no URL at all.
    #[error("{0}; it must be a URL such as http://127.0.0.1:8080")]
    NoUrl(String),
    /// TLS, or no HTTP.
    #[error("it must begin with http://; this program does not speak {0}")]
    Scheme(String),
    /// There is more behind the path.
    #[error("it must end with the path, without `?` or `#`")]
    Rest,
}

impl std::str::FromStr for ServerUrl {
    type Err = BadServerUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|error| BadServerUrl::NoUrl(error.to_string()))?;
        if url.scheme() != "http" {
            return Err(BadServerUrl::Scheme(url.scheme().to_owned()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BadServerUrl::Rest);
        }
        Ok(Self(url))
    }
}

impl ServerUrl {
    /// The address of a resource.
    fn of(&self, path: &[&str]) -> Url {
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
        self.0.fmt(f)
    }
}

/// How a server took a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// The version is new.
    New,
    /// The same bytes were published before.
    Unchanged,
}

/// Why a plugin was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The server was not reached, or broke off.
    #[error("the server at {server} cannot be reached: {}", causes(.source))]
    Unreachable {
        /// The server.
        server: ServerUrl,
        /// Why not.
        source: reqwest::Error,
    },
    /// The server says no.
    #[error("refused with {status}, {code}: {message}{}", shown(.details.as_ref()))]
    Refused {
        /// The status.
        status: StatusCode,
        /// The stable word for programs.
        code: String,
        /// What is wrong.
        message: String,
        /// More about it.
        details: Option<Value>,
    },
    /// Whatever answered, it is not a World Events server.
    #[error("{url} answers with {status}, and not as a World Events server does: {text}")]
    Stranger {
        /// What was asked.
        url: Url,
        /// The status.
        status: StatusCode,
        /// The beginning of the answer.
        text: String,
    },
}

/// An error with its causes: reqwest's own text leaves them out.
fn causes(error: &reqwest::Error) -> String {
    let first: &dyn std::error::Error = error;
    let chain = std::iter::successors(Some(first), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Details on lines of their own.
fn shown(details: Option<&Value>) -> String {
    details.map(|details| format!("\n{details:#}")).unwrap_or_default()
}

/// A server's error.
#[derive(Deserialize)]
struct ErrorBody {
    code: String,
    message: String,
    details: Option<Value>,
}

/// How a server took a draft.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drafted {
    /// Whether there was none of that name before.
    #[serde(skip)]
    pub is_new: bool,
    /// The test events that go on with it.
    pub moved_events: Vec<Uuid>,
    /// The test events that do not, though they follow it.
    pub kept_events: Vec<KeptEvent>,
}

/// A test event that stays with the bytes that it had.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptEvent {
    /// The event.
    pub event_id: Uuid,
    /// What is wrong with its parameters.
    pub why: String,
}

/// Publishes a plugin under the name in its manifest.
///
/// # Errors
/// The server is not reached, refuses the plugin, or is none.
pub async fn publish(server: &ServerUrl, token: &str, name: &str, wasm: Vec<u8>) -> Result<Published, PublishError> {
    let url = server.of(&["plugins", name, "versions"]);
    let (status, Named { .. }) = send(server, Method::POST, url, token, name, wasm).await?;
    Ok(if status == StatusCode::CREATED { Published::New } else { Published::Unchanged })
}

/// Publishes a plugin as a draft, which can be replaced, under the name in its manifest.
///
/// # Errors
/// The server is not reached, refuses the plugin, or is none.
pub async fn publish_draft(
    server: &ServerUrl,
    token: &str,
    name: &str,
    draft: &DraftName,
    wasm: Vec<u8>,
) -> Result<Drafted, PublishError> {
    let url = server.of(&["plugins", name, "drafts", draft.as_str()]);
    let (status, drafted): (_, Drafted) = send(server, Method::PUT, url, token, name, wasm).await?;
    Ok(Drafted { is_new: status == StatusCode::CREATED, ..drafted })
}

/// Sends a plugin of this name. Gives the status, which is `CREATED` or `OK`, and what the server says.
async fn send<Answer: DeserializeOwned>(
    server: &ServerUrl,
    method: Method,
    url: Url,
    token: &str,
    name: &str,
    wasm: Vec<u8>,
) -> Result<(StatusCode, Answer), PublishError> {
    let unreachable = |source| PublishError::Unreachable { server: server.clone(), source };
    // A redirected POST would arrive as a GET; whoever is redirected has the wrong address.
    let client = Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build().map_err(unreachable)?;
    let request =
        client.request(method, url.clone()).bearer_auth(token).header(header::CONTENT_TYPE, "application/wasm");
    let response = request.body(wasm).send().await.map_err(unreachable)?;
    let status = response.status();
    let body = response.text().await.map_err(unreachable)?;
    // Many a web server answers 200 to anything.
    let is_its = serde_json::from_str(&body).is_ok_and(|plugin: Named| plugin.name == name);
    if matches!(status, StatusCode::CREATED | StatusCode::OK)
        && is_its
        && let Ok(answer) = serde_json::from_str(&body)
    {
        return Ok((status, answer));
    }
    Err(match serde_json::from_str(&body) {
        Ok(ErrorBody { code, message, details }) => PublishError::Refused { status, code, message, details },
        Err(_) => PublishError::Stranger { url, status, text: body.chars().take(SHOWN).collect() },
    })
}

/// What a server's answer says of any plugin.
#[derive(Deserialize)]
struct Named {
    name: String,
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
            ("http://games.example/api/v1/", "http://games.example/api/v1/plugins/hydra/versions"),
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
        assert_eq!(refused("https://games.example"), BadServerUrl::Scheme("https".to_owned()));
        assert_eq!(refused("http://games.example/?a=b"), BadServerUrl::Rest);
    }
}
