//! A client of one role, and what it is answered.

use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde_json::Value;

/// Asks the server in the name of somebody.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: header::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Client {
    pub fn new(http: reqwest::Client, url: String, token: Option<String>) -> Self {
        Self { http, url, token }
    }

    /// The same somebody, asking at another place.
    pub fn to(self, url: String) -> Self {
        Self { url, ..self }
    }

    /// A request to be filled in.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, bytes: response.bytes().await.unwrap().to_vec() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    /// A change on the condition that the thing is still as its tag says.
    pub async fn put_if(&self, path: &str, tag: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).header(header::IF_MATCH, tag).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Puts WebAssembly somewhere.
    pub async fn put_wasm(&self, path: &str, wasm: Vec<u8>) -> Answer {
        let request = self.request(Method::PUT, path);
        self.send(request.header(header::CONTENT_TYPE, "application/wasm").body(wasm)).await
    }

    /// Publishes bytes as a version of a plugin.
    pub async fn publish(&self, plugin: &str, wasm: Vec<u8>) -> Answer {
        let request = self.request(Method::POST, &format!("/plugins/{plugin}/versions"));
        self.send(request.header(header::CONTENT_TYPE, "application/wasm").body(wasm)).await
    }
}

impl Answer {
    /// The body, as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.bytes)))
    }

    /// The body, if the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()
    }

    /// The error, if it is this one: every error has a code, a message and a time, as JSON.
    #[track_caller]
    pub fn expect_error(self, status: u16, code: &str) -> Value {
        let content_type = self.header("content-type").map(str::to_owned);
        let error = self.expect(status);
        assert_eq!(error["code"], code, "{error:#}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{error:#}");
        assert!(error["timestamp"].is_string(), "{error:#}");
        assert_eq!(content_type.as_deref(), Some("application/json"));
        error
    }

    /// The validation error, if it is about this member.
    #[track_caller]
    pub fn expect_invalid(self, field: &str) -> Value {
        let error = self.expect_error(400, "VALIDATION_ERROR");
        assert_eq!(error["details"]["field"], field, "{error:#}");
        error
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The `ETag`.
    #[track_caller]
    pub fn tag(&self) -> String {
        self.header("etag").expect("an ETag").to_owned()
    }
}
