//! Talks to the server as any game would: HTTP, JSON, a token.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use chrono::Utc;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::measure::Measurements;
use super::wire::Refusal;
use crate::auth::{Claims, Keys, Role};
use crate::http_client;

/// How long a request may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);

/// How often a request is sent that is told to come back a little later (503), in all.
const TRIES: u32 = 5;

/// How long to wait before it is sent again; longer each time.
const PAUSE: Duration = Duration::from_millis(100);

/// How long the demonstration's tokens are valid.
const TOKEN_LIFE: Duration = Duration::from_secs(12 * 3600);

/// Where the server is, and who can mint tokens for it.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Arc<str>,
    keys: Arc<Keys>,
    measurements: Arc<Measurements>,
}

impl Client {
    /// A client for the server at `base`, whose tokens are signed with `keys`.
    ///
    /// # Errors
    ///
    /// When HTTP cannot be set up.
    pub fn new(base: &str, keys: Keys, measurements: Arc<Measurements>) -> anyhow::Result<Self> {
        let http = http_client::plain().timeout(REQUEST_LIMIT).build().context("cannot set up HTTP")?;
        Ok(Self { http, base: base.into(), keys: Arc::new(keys), measurements })
    }

    /// What was measured so far.
    pub fn measurements(&self) -> &Measurements {
        &self.measurements
    }

    /// Acts as this subject in this role, with a token of its own.
    ///
    /// # Errors
    ///
    /// When the server has only a public key, so that nobody here can mint tokens.
    pub fn login(&self, role: Role, subject: &str) -> anyhow::Result<Session> {
        let exp = (Utc::now() + TOKEN_LIFE).timestamp();
        let claims = Claims { sub: subject.to_owned(), role, exp: u64::try_from(exp)? };
        let token = self.keys.mint(&claims).context("the demo needs tokens")?;
        Ok(Session { client: self.clone(), token: token.into() })
    }
}

/// Somebody with a token.
#[derive(Debug, Clone)]
pub struct Session {
    client: Client,
    token: Arc<str>,
}

/// What a request is sent with.
enum Body {
    Nothing,
    Json(Vec<u8>),
    Wasm(Vec<u8>),
}

impl Session {
    /// The token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// `GET`. `kind` is what the request is counted as.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn get(&self, kind: &'static str, path: &str) -> anyhow::Result<Answer> {
        self.send(kind, Method::GET, path, &Body::Nothing).await
    }

    /// `POST` with JSON.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn post(&self, kind: &'static str, path: &str, body: &impl Serialize) -> anyhow::Result<Answer> {
        self.send(kind, Method::POST, path, &json(body)?).await
    }

    /// `POST` with WebAssembly.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn upload(&self, kind: &'static str, path: &str, wasm: Vec<u8>) -> anyhow::Result<Answer> {
        self.send(kind, Method::POST, path, &Body::Wasm(wasm)).await
    }

    /// `PUT` with JSON.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn put(&self, kind: &'static str, path: &str, body: &impl Serialize) -> anyhow::Result<Answer> {
        self.send(kind, Method::PUT, path, &json(body)?).await
    }

    /// `DELETE`.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn delete(&self, kind: &'static str, path: &str) -> anyhow::Result<Answer> {
        self.send(kind, Method::DELETE, path, &Body::Nothing).await
    }

    /// Sends a request, again if the server says that it should come a little later. Each try is measured.
    async fn send(&self, kind: &'static str, method: Method, path: &str, body: &Body) -> anyhow::Result<Answer> {
        let url = format!("{}{path}", self.client.base);
        let mut tries = 0;
        loop {
            tries += 1;
            let request =
                self.client.http.request(method.clone(), &url).header(AUTHORIZATION, format!("Bearer {}", self.token));
            let request = match body {
                Body::Nothing => request,
                Body::Json(json) => request.header(CONTENT_TYPE, "application/json").body(json.clone()),
                Body::Wasm(wasm) => request.header(CONTENT_TYPE, "application/wasm").body(wasm.clone()),
            };
            let began = Instant::now();
            let no_answer = || format!("no answer to {method} {path}");
            let response = request.send().await.with_context(no_answer)?;
            let status = response.status();
            let body = response.bytes().await.with_context(no_answer)?.to_vec();
            let answer = Answer { request: format!("{method} {path}"), status, body };
            self.client.measurements.request(kind, began.elapsed(), &answer.outcome());
            if status != StatusCode::SERVICE_UNAVAILABLE || tries == TRIES {
                return Ok(answer);
            }
            tokio::time::sleep(PAUSE * tries).await;
        }
    }
}

fn json(body: &impl Serialize) -> anyhow::Result<Body> {
    Ok(Body::Json(serde_json::to_vec(body).context("cannot write a request as JSON")?))
}

/// What the server said.
#[derive(Debug)]
pub struct Answer {
    request: String,
    status: StatusCode,
    body: Vec<u8>,
}

/// The outcome of a request that succeeded.
pub const OK: &str = "OK";

impl Answer {
    /// [`OK`], or the code of the refusal: the rule's own where a rule refused.
    pub fn outcome(&self) -> String {
        match self.refusal() {
            None => OK.to_owned(),
            Some(Refusal { details, code, .. }) => details.reason.map_or(code, |reason| reason.code),
        }
    }

    /// Why it was refused; `None` if it was not.
    pub fn refusal(&self) -> Option<Refusal> {
        if self.status.is_success() {
            return None;
        }
        let unreadable = |_| Refusal {
            code: format!("HTTP_{}", self.status.as_u16()),
            message: String::from_utf8_lossy(&self.body).into_owned(),
            details: super::wire::Details::default(),
        };
        Some(serde_json::from_slice(&self.body).unwrap_or_else(unreadable))
    }

    /// What the server answered, or why it refused.
    ///
    /// # Errors
    ///
    /// When the request was refused, or the answer is not what was expected.
    pub fn success<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        if let Some(refusal) = self.refusal() {
            bail!("{} was refused: {} {}: {}", self.request, self.status.as_u16(), refusal.code, refusal.message);
        }
        serde_json::from_slice(&self.body).with_context(|| format!("the answer to {} cannot be read", self.request))
    }
}
