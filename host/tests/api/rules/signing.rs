//! Signatures of versions, and servers that take none without.

use std::fs;
use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::pkcs8::EncodePublicKey as _;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::json;
use tempfile::TempDir;

use crate::guest::Guest;
use crate::support::{Answer, Client, TestServer};

fn key() -> SigningKey {
    SigningKey::from_bytes(&rand::random())
}

fn trust(folder: &Path, name: &str, key: &SigningKey) {
    let pem = key.verifying_key().to_public_key_pem(LineEnding::LF).unwrap();
    fs::write(folder.join(format!("{name}.pem")), pem).unwrap();
}

/// A server that trusts one key.
async fn trusting(key: &SigningKey) -> (TestServer, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    trust(folder.path(), "alice", key);
    let path = folder.path().to_owned();
    (TestServer::start_with(|settings| settings.plugin_keys = Some(path)).await, folder)
}

fn signed(key: &SigningKey, bytes: &[u8]) -> String {
    STANDARD.encode(key.sign(bytes).to_bytes())
}

async fn publish(client: &Client, wasm: &[u8], signature: &str) -> Answer {
    let request = client.request(reqwest::Method::POST, "/plugins/inn/versions").body(wasm.to_vec());
    client.send(request.header("Plugin-Signature", signature)).await
}

fn inn() -> Vec<u8> {
    Guest::welcoming("inn").build()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_trusted_key_has_signed_is_published() {
    let alice = key();
    let (server, _folder) = trusting(&alice).await;
    let signature = signed(&alice, &inn());
    let version = publish(&server.designer(), &inn(), &signature).await.expect(201);
    assert_eq!(version["signature"], json!({ "value": signature, "signer": "alice" }));
    assert_eq!(server.game().get("/plugins/inn/versions/1.2.3").await.expect(200), version);
    let download = server.game().get("/plugins/inn/versions/1.2.3/wasm").await;
    assert_eq!(download.header("plugin-signature"), Some(&*signature));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_has_signed_who_is_trusted_is_refused() {
    let [alice, eve] = [(); 2].map(|()| key());
    let (server, _folder) = trusting(&alice).await;
    let designer = server.designer();
    let error = designer.publish("inn", inn()).await.expect_error(403, "SIGNATURE_REQUIRED");
    assert_eq!(error["details"], json!({ "trusted": ["alice"] }));
    publish(&designer, &inn(), &signed(&eve, &inn())).await.expect_error(403, "SIGNATURE_WRONG");
    publish(&designer, &inn(), &signed(&alice, b"something else")).await.expect_error(403, "SIGNATURE_WRONG");
    publish(&designer, &inn(), "no signature").await.expect_invalid("Plugin-Signature");
    // The role is asked for first.
    publish(&server.player("hero"), &inn(), &signed(&alice, &inn())).await.expect_error(403, "FORBIDDEN");
    designer.get("/plugins/inn").await.expect(404);
    // What is no plugin is not even looked at.
    designer.publish("inn", b"no wasm".to_vec()).await.expect_error(403, "SIGNATURE_REQUIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_needs_no_signature() {
    let (server, _folder) = trusting(&key()).await;
    server.designer().put_wasm("/plugins/inn/drafts/mine", inn()).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_trusted_keys_a_signature_is_carried_along() {
    let server = TestServer::start().await;
    let designer = server.designer();
    let unsigned = designer.publish("inn", inn()).await.expect(201);
    assert!(unsigned.get("signature").is_none(), "{unsigned}");
    assert_eq!(designer.get("/plugins/inn/versions/1.2.3/wasm").await.header("plugin-signature"), None);
    publish(&designer, &inn(), "AAAA").await.expect_invalid("Plugin-Signature");
    let signature = signed(&key(), &inn());
    let signed = publish(&designer, &inn(), &signature).await.expect(200);
    assert_eq!(signed["signature"], json!({ "value": signature }));
    assert_eq!(signed["publishedAt"], unsigned["publishedAt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_there_can_be_signed_later() {
    let [alice, bob] = [(); 2].map(|()| key());
    let folder = tempfile::tempdir().unwrap();
    trust(folder.path(), "alice", &alice);
    trust(folder.path(), "bob", &bob);
    let mut server = TestServer::start().await;
    let of_a_stranger = signed(&key(), &inn());
    publish(&server.designer(), &inn(), &of_a_stranger).await.expect(201);
    let path = folder.path().to_owned();
    server.restart_with(|settings| settings.plugin_keys = Some(path)).await;

    let designer = server.designer();
    let of_alice = signed(&alice, &inn());
    // What was published before the keys were trusted stays.
    assert_eq!(designer.get("/plugins/inn/versions/1.2.3").await.expect(200)["signature"]["value"], of_a_stranger);
    let signature = json!({ "value": of_alice, "signer": "alice" });
    assert_eq!(publish(&designer, &inn(), &of_alice).await.expect(200)["signature"], signature);
    // Whoever has vouched for it first is not replaced.
    assert_eq!(publish(&designer, &inn(), &signed(&bob, &inn())).await.expect(200)["signature"], signature);
    // The bytes of a version do not change, whoever signs them.
    let other = Guest::welcoming("inn").more("(func $another)").build();
    publish(&designer, &other, &signed(&alice, &other)).await.expect_error(409, "VERSION_TAKEN");
    assert_eq!(designer.get("/plugins/inn/versions/1.2.3").await.expect(200)["signature"], signature);
}
