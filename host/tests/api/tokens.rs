//! Who is asking: tokens that are accepted, and everything that is not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use serde_json::{Value, json};
use world_events::auth::MIN_RSA_BITS;

use crate::support::{Answer, TestServer, noon};

const SECRET: &str = "a secret of the test, of 32 bytes";

async fn with_secret() -> TestServer {
    TestServer::start_with(|settings| settings.jwt_secret = Some(SECRET.to_owned().try_into().unwrap())).await
}

fn claims() -> Value {
    json!({ "sub": "tester", "role": "operator", "exp": (noon() + TimeDelta::hours(1)).timestamp() })
}

fn secret() -> EncodingKey {
    EncodingKey::from_secret(SECRET.as_bytes())
}

fn sign(algorithm: Algorithm, claims: &Value, key: &EncodingKey) -> String {
    jsonwebtoken::encode(&Header::new(algorithm), claims, key).unwrap()
}

#[track_caller]
fn expect_refused(answer: Answer, why: &str) {
    let challenge = answer.header("www-authenticate").unwrap_or_default().to_owned();
    assert!(challenge.starts_with("Bearer"), "{why}: {challenge:?}");
    answer.expect_error(401, "UNAUTHORIZED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_token_is_let_in() {
    let server = with_secret().await;
    server.bearer(&sign(Algorithm::HS256, &claims(), &secret())).get("/events").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_tokens_are_401_with_a_challenge() {
    let server = with_secret().await;
    let without = |claim: &str| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(claim);
        sign(Algorithm::HS256, &claims, &secret())
    };
    let with = |claim: &str, value: Value| {
        let mut claims = claims();
        claims[claim] = value;
        sign(Algorithm::HS256, &claims, &secret())
    };
    let unsigned = |algorithm: &str| {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.", part(json!({ "alg": algorithm, "typ": "JWT" })), part(claims()))
    };
    let good = sign(Algorithm::HS256, &claims(), &secret());
    let [header, _, signature] = good.split('.').collect::<Vec<_>>()[..] else { unreachable!() };
    let changed = json!({ "sub": "somebody else", "role": "operator", "exp": 4_102_444_800_u64 });
    let changed = format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(changed.to_string()));
    for (why, token) in [
        ("unsigned", unsigned("none")),
        ("unsigned, spelt otherwise", unsigned("nOnE")),
        ("another algorithm, right secret", sign(Algorithm::HS384, &claims(), &secret())),
        ("another key", sign(Algorithm::HS256, &claims(), &EncodingKey::from_secret(&[7; 32]))),
        ("changed", changed),
        ("no subject", without("sub")),
        ("no role", without("role")),
        ("no end", without("exp")),
        ("an unknown role", with("role", json!("admin"))),
        ("an empty subject", with("sub", json!(""))),
        ("expired", with("exp", json!(noon().timestamp() - 1))),
        ("expires now", with("exp", json!(noon().timestamp()))),
        ("not yet valid", with("nbf", json!(noon().timestamp() + 60))),
        ("for somebody else", with("aud", json!("another service"))),
        ("no token", "token".to_owned()),
    ] {
        expect_refused(server.bearer(&token).get("/events").await, why);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_ways_to_say_who_one_is_are_refused() {
    let server = with_secret().await;
    expect_refused(server.stranger().get("/events").await, "no header");
    let token = sign(Algorithm::HS256, &claims(), &secret());
    for header in ["", "Bearer", "Basic dXNlcjpwYXNz", &token] {
        let request = server.stranger().request(Method::GET, "/events").header("authorization", header);
        expect_refused(server.stranger().send(request).await, header);
    }
    let request = server.stranger().request(Method::GET, "/events").header("authorization", format!("bearer {token}"));
    server.stranger().send(request).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_expire_by_the_server_s_clock() {
    let server = with_secret().await;
    let client = server.bearer(&sign(Algorithm::HS256, &claims(), &secret()));
    server.clock.advance(TimeDelta::minutes(59));
    client.get("/events").await.expect(200);
    server.clock.advance(TimeDelta::minutes(1));
    expect_refused(client.get("/events").await, "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_can_be_for_an_audience() {
    let server = TestServer::start_with(|settings| {
        settings.jwt_secret = Some(SECRET.to_owned().try_into().unwrap());
        settings.jwt_audience = Some("world-events".to_owned());
    })
    .await;
    let to = |audience: &str| {
        let mut claims = claims();
        claims["aud"] = json!(audience);
        server.bearer(&sign(Algorithm::HS256, &claims, &secret()))
    };
    to("world-events").get("/events").await.expect(200);
    expect_refused(to("another").get("/events").await, "another audience");
    let unaddressed = server.bearer(&sign(Algorithm::HS256, &claims(), &secret()));
    expect_refused(unaddressed.get("/events").await, "no audience");
}

/// A server that has the first public key only.
async fn accepts_its_own_only(algorithm: Algorithm, public_pem: String, own: EncodingKey, other: EncodingKey) {
    let keys = tempfile::tempdir().unwrap();
    let file = keys.path().join("public.pem");
    std::fs::write(&file, &public_pem).unwrap();
    let server = TestServer::start_with(|settings| settings.jwt_public_key = Some(file)).await;
    server.bearer(&sign(algorithm, &claims(), &own)).get("/events").await.expect(200);
    expect_refused(server.bearer(&sign(algorithm, &claims(), &other)).get("/events").await, "another key");
    // The classic: the public key's text taken as a shared secret.
    let confused = sign(Algorithm::HS256, &claims(), &EncodingKey::from_secret(public_pem.as_bytes()));
    expect_refused(server.bearer(&confused).get("/events").await, "the public key as a secret");
}

#[tokio::test(flavor = "multi_thread")]
async fn ed25519_keys_verify_eddsa() {
    let [own, other] = [(); 2].map(|()| ed25519_dalek::SigningKey::from_bytes(&rand::random()));
    let signing = |key: &ed25519_dalek::SigningKey| EncodingKey::from_ed_der(key.to_pkcs8_der().unwrap().as_bytes());
    let public = own.verifying_key().to_public_key_pem(LineEnding::LF).unwrap();
    accepts_its_own_only(Algorithm::EdDSA, public, signing(&own), signing(&other)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p256_keys_verify_es256() {
    let [own, other] = [(); 2].map(|()| p256::SecretKey::from_slice(&rand::random::<[u8; 32]>()).unwrap());
    let signing = |key: &p256::SecretKey| EncodingKey::from_ec_der(key.to_pkcs8_der().unwrap().as_bytes());
    let public = own.public_key().to_public_key_pem(LineEnding::LF).unwrap();
    accepts_its_own_only(Algorithm::ES256, public, signing(&own), signing(&other)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rsa_keys_verify_rs256() {
    let make = || rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, MIN_RSA_BITS).unwrap();
    let [own, other] = [make(), make()];
    let signing = |key: &rsa::RsaPrivateKey| EncodingKey::from_rsa_der(key.to_pkcs1_der().unwrap().as_bytes());
    let public = own.to_public_key().to_public_key_pem(LineEnding::LF).unwrap();
    accepts_its_own_only(Algorithm::RS256, public, signing(&own), signing(&other)).await;
}
