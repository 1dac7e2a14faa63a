//! Hands a plugin to a server.

use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde::Deserialize;
use uuid::Uuid;

use super::client::{Client, ServerError};
use crate::model::signature::{SIGNATURE_HEADER, Signature};
use crate::model::text::DraftName;

/// How a server took a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// The version is new.
    New,
    /// The same bytes were published before.
    Unchanged,
}

/// What a server says of a version.
#[derive(Deserialize)]
struct Version {
    name: String,
}

/// How a server took a draft.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drafted {
    name: String,
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

impl Client<'_> {
    /// Publishes a plugin under the name in its manifest, with a signature if there is one.
    ///
    /// # Errors
    /// The server is not reached, refuses the plugin, or is none.
    pub async fn publish(
        &self,
        name: &str,
        wasm: Vec<u8>,
        signature: Option<Signature>,
    ) -> Result<Published, ServerError> {
        let path = ["plugins", name, "versions"];
        let is_its = |version: &Version| version.name == name;
        let upload = |request| match signature {
            Some(signature) => module(request, wasm).header(SIGNATURE_HEADER, signature.to_string()),
            None => module(request, wasm),
        };
        let (status, _) = self.ask(Method::POST, &path, is_its, upload).await?;
        Ok(if status == StatusCode::CREATED { Published::New } else { Published::Unchanged })
    }

    /// Publishes a plugin as a draft, which can be replaced, under the name in its manifest.
    ///
    /// # Errors
    /// The server is not reached, refuses the plugin, or is none.
    pub async fn publish_draft(&self, name: &str, draft: &DraftName, wasm: Vec<u8>) -> Result<Drafted, ServerError> {
        let path = ["plugins", name, "drafts", draft.as_str()];
        let is_its = |drafted: &Drafted| drafted.name == name;
        let (status, drafted) = self.ask(Method::PUT, &path, is_its, |request| module(request, wasm)).await?;
        Ok(Drafted { is_new: status == StatusCode::CREATED, ..drafted })
    }
}

fn module(request: RequestBuilder, wasm: Vec<u8>) -> RequestBuilder {
    request.header(header::CONTENT_TYPE, "application/wasm").body(wasm)
}
