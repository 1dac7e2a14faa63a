//! Asks a server for something.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::unreachable::why;
use super::url::ServerUrl;
use crate::http_client;

/// How long the whole of a request may take. A server may compile for two minutes, and be busy.
const TIMEOUT: Duration = Duration::from_secs(300);
/// How much of an answer is shown that is none of ours, in characters.
const SHOWN: usize = 300;

/// A server, and who asks.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// The server.
    pub server: &'a ServerUrl,
    /// A token of a designer or an operator.
    pub token: &'a str,
}

/// Why a server did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The server was not reached, or broke off.
    #[error("the server at {server} cannot be reached: {}", why(.server, .error))]
    Unreachable {
        /// The server.
        server: ServerUrl,
        /// Why not. Not its source, as the text has said it all.
        error: reqwest::Error,
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

impl Client<'_> {
    /// Asks for something. Gives the status, which is `CREATED` or `OK`, and the answer, if it is about what was asked.
    pub(super) async fn ask<Answer: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        is_about: impl FnOnce(&Answer) -> bool,
        fill: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<(StatusCode, Answer), ServerError> {
        let unreachable = |error| ServerError::Unreachable { server: self.server.clone(), error };
        let url = self.server.of(path);
        // A redirected POST would arrive as a GET; whoever is redirected has the wrong address.
        let http = if self.server.is_plain() { http_client::plain() } else { http_client::verifying() };
        let http = http.timeout(TIMEOUT).redirect(Policy::none()).build().map_err(unreachable)?;
        let request = fill(http.request(method, url.clone()).bearer_auth(self.token));
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let body = response.text().await.map_err(unreachable)?;
        // Many a web server answers 200 to anything.
        if matches!(status, StatusCode::CREATED | StatusCode::OK)
            && let Ok(answer) = serde_json::from_str(&body)
            && is_about(&answer)
        {
            return Ok((status, answer));
        }
        Err(match serde_json::from_str(&body) {
            Ok(ErrorBody { code, message, details }) => ServerError::Refused { status, code, message, details },
            Err(_) => ServerError::Stranger { url, status, text: body.chars().take(SHOWN).collect() },
        })
    }
}
