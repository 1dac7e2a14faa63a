//! Tokens of every algorithm, and everything that can be wrong with one.

use std::sync::LazyLock;

use ed25519_dalek::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, spki::der::pem::LineEnding};
use rsa::pkcs1::{EncodeRsaPrivateKey as _, EncodeRsaPublicKey as _};
use serde_json::json;

use super::*;
use crate::auth::{MIN_RSA_BITS, Role};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The year 2100.
const FAR_AWAY: u64 = 4_102_444_800;

fn claims() -> Claims {
    Claims { sub: "player-1".to_owned(), role: Role::Player, exp: FAR_AWAY }
}

fn secret_keys() -> Keys {
    Keys::load(&KeySource::Secret(SECRET.to_owned()), None, None).unwrap()
}

/// A token with any header and body, signed with `key`.
fn sign(algorithm: Algorithm, body: &Value, key: &EncodingKey) -> String {
    jsonwebtoken::encode(&Header::new(algorithm.into()), body, key).unwrap()
}

fn sign_with_secret(body: &Value) -> String {
    sign(Algorithm::HS256, body, &EncodingKey::from_secret(SECRET.as_bytes()))
}

/// A key pair made for this run: the private half to sign with, the public one as PEM.
struct Pair {
    algorithm: Algorithm,
    signing: EncodingKey,
    public_pem: String,
    private_pem: String,
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes);
    bytes
}

fn ed25519() -> Pair {
    let key = ed25519_dalek::SigningKey::from_bytes(&random());
    Pair {
        algorithm: Algorithm::EdDSA,
        signing: EncodingKey::from_ed_der(key.to_pkcs8_der().unwrap().as_bytes()),
        public_pem: key.verifying_key().to_public_key_pem(LineEnding::LF).unwrap(),
        private_pem: key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string(),
    }
}

fn p256() -> Pair {
    let key = p256::SecretKey::from_slice(&random::<32>()).unwrap();
    Pair {
        algorithm: Algorithm::ES256,
        signing: EncodingKey::from_ec_der(key.to_pkcs8_der().unwrap().as_bytes()),
        public_pem: key.public_key().to_public_key_pem(LineEnding::LF).unwrap(),
        private_pem: key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string(),
    }
}

/// Made once: it takes seconds in a debug build.
static RSA: LazyLock<rsa::RsaPrivateKey> =
    LazyLock::new(|| rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, MIN_RSA_BITS).unwrap());

fn rsa_2048() -> Pair {
    Pair {
        algorithm: Algorithm::RS256,
        signing: EncodingKey::from_rsa_der(RSA.to_pkcs1_der().unwrap().as_bytes()),
        public_pem: RSA.to_public_key().to_public_key_pem(LineEnding::LF).unwrap(),
        private_pem: RSA.to_pkcs8_pem(LineEnding::LF).unwrap().to_string(),
    }
}

fn load_pem(pem: &str, algorithm: Option<Algorithm>) -> Result<Keys, KeyError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("public.pem");
    fs::write(&path, pem).unwrap();
    Keys::load(&KeySource::PublicKey(path), algorithm, None)
}

#[test]
fn a_minted_token_is_verified() {
    let keys = secret_keys();
    for role in Role::ALL {
        let claims = Claims { role, ..claims() };
        assert_eq!(keys.verify(&keys.mint(&claims).unwrap()), Ok(claims));
    }
    assert_eq!(keys.algorithm(), Algorithm::HS256);
}

#[test]
fn every_public_key_algorithm() {
    for pair in [ed25519(), p256(), rsa_2048()] {
        let claims = claims();
        for stated in [None, Some(pair.algorithm)] {
            let keys = load_pem(&pair.public_pem, stated).unwrap();
            assert_eq!(keys.algorithm(), pair.algorithm);
            let token = sign(pair.algorithm, &serde_json::to_value(&claims).unwrap(), &pair.signing);
            assert_eq!(keys.verify(&token).as_ref(), Ok(&claims));

            let mut tampered = token.clone().into_bytes();
            let last = tampered.len() - 10;
            tampered[last] = if tampered[last] == b'A' { b'B' } else { b'A' };
            assert_eq!(keys.verify(&String::from_utf8(tampered).unwrap()), Err(TokenError::BadSignature));
        }
        let keys = load_pem(&pair.public_pem, None).unwrap();
        let error = keys.mint(&claims).unwrap_err();
        assert!(matches!(error, MintError::PublicKeyOnly(algorithm) if algorithm == pair.algorithm), "{error}");
    }
}

#[test]
fn a_pkcs1_public_key_works_too() {
    let pem = RSA.to_public_key().to_pkcs1_pem(LineEnding::LF).unwrap();
    assert_eq!(load_pem(&pem, None).unwrap().algorithm(), Algorithm::RS256);
}

#[test]
fn another_key_of_the_same_kind_is_refused() {
    for (ours, theirs) in [(ed25519(), ed25519()), (p256(), p256())] {
        let keys = load_pem(&ours.public_pem, None).unwrap();
        let token = sign(theirs.algorithm, &serde_json::to_value(claims()).unwrap(), &theirs.signing);
        assert_eq!(keys.verify(&token), Err(TokenError::BadSignature));
    }
    let token = sign(Algorithm::HS256, &json!(claims()), &EncodingKey::from_secret(&random::<32>()));
    assert_eq!(secret_keys().verify(&token), Err(TokenError::BadSignature));
}

/// The classic: the public key's text taken as a shared secret.
#[test]
fn algorithms_are_not_confused() {
    for pair in [ed25519(), p256(), rsa_2048()] {
        let keys = load_pem(&pair.public_pem, None).unwrap();
        let wrong = Err(TokenError::WrongAlgorithm { expected: pair.algorithm });
        let body = json!(claims());
        let forged = sign(Algorithm::HS256, &body, &EncodingKey::from_secret(pair.public_pem.as_bytes()));
        assert_eq!(keys.verify(&forged), wrong);
        let token = sign(pair.algorithm, &body, &pair.signing);
        assert_eq!(secret_keys().verify(&token), Err(TokenError::WrongAlgorithm { expected: Algorithm::HS256 }));
        for other in [ed25519(), p256()].iter().filter(|other| other.algorithm != pair.algorithm) {
            assert_eq!(keys.verify(&sign(other.algorithm, &body, &other.signing)), wrong);
        }
    }
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let longer = jsonwebtoken::encode(&Header::new(jsonwebtoken::Algorithm::HS512), &claims(), &key).unwrap();
    assert_eq!(secret_keys().verify(&longer), Err(TokenError::WrongAlgorithm { expected: Algorithm::HS256 }));
}

#[test]
fn unsigned_tokens_are_refused() {
    let body = URL_SAFE_NO_PAD.encode(json!(claims()).to_string());
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"None","typ":"JWT"}"#, r#"{"alg":null}"#, "{}"] {
        for signature in ["", "AAAA"] {
            let token = format!("{}.{body}.{signature}", URL_SAFE_NO_PAD.encode(header));
            assert_eq!(secret_keys().verify(&token), Err(TokenError::WrongAlgorithm { expected: Algorithm::HS256 }));
        }
    }
}

#[test]
fn a_changed_body_is_refused() {
    let token = secret_keys().mint(&claims()).unwrap();
    let [header, _, signature] = token.split('.').collect::<Vec<_>>()[..] else { unreachable!() };
    let body = URL_SAFE_NO_PAD.encode(json!(Claims { role: Role::Operator, ..claims() }).to_string());
    assert_eq!(secret_keys().verify(&format!("{header}.{body}.{signature}")), Err(TokenError::BadSignature));
}

#[test]
fn malformed_tokens_are_refused() {
    let good = secret_keys().mint(&claims()).unwrap();
    let header = good.split('.').next().unwrap();
    let not_base64 = format!("{header}.!!!.AAAA");
    for token in ["", ".", "..", "...", "abc", "a.b", "a.b.c", &format!("{good}.x"), &format!("{good}!"), &not_base64] {
        let error = secret_keys().verify(token).unwrap_err();
        assert!(matches!(error, TokenError::Malformed(_) | TokenError::BadSignature), "{token:?}: {error}");
    }
    for body in [json!([]), json!("text"), json!(1)] {
        assert!(matches!(secret_keys().verify(&sign_with_secret(&body)), Err(TokenError::Malformed(_))), "{body}");
    }
}

#[test]
fn critical_header_members_are_refused() {
    let mut header = Header::new(jsonwebtoken::Algorithm::HS256);
    header.crit = Some(vec!["exp".to_owned()]);
    let token = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(SECRET.as_bytes())).unwrap();
    assert!(matches!(secret_keys().verify(&token), Err(TokenError::Malformed(_))));
}

#[test]
fn every_claim_is_required() {
    for claim in ["sub", "role", "exp"] {
        let mut body = json!(claims());
        body.as_object_mut().unwrap().remove(claim);
        assert_eq!(secret_keys().verify(&sign_with_secret(&body)), Err(TokenError::MissingClaim(claim)));
        body[claim] = Value::Null;
        assert_eq!(secret_keys().verify(&sign_with_secret(&body)), Err(TokenError::MissingClaim(claim)));
    }
}

#[test]
fn claims_of_the_wrong_shape_are_refused() {
    let with = |claim: &str, value: Value| {
        let mut body = json!(claims());
        body[claim] = value;
        secret_keys().verify(&sign_with_secret(&body)).unwrap_err()
    };
    for role in [json!("admin"), json!("Player"), json!(""), json!(["player"]), json!(1)] {
        assert_eq!(with("role", role), TokenError::UnknownRole);
    }
    for sub in [json!(""), json!("x".repeat(101)), json!(7)] {
        assert!(matches!(with("sub", sub), TokenError::InvalidClaim { claim: "sub", .. }));
    }
    for exp in [json!("soon"), json!(-1), json!(1e300), json!(true)] {
        assert!(matches!(with("exp", exp), TokenError::InvalidClaim { claim: "exp", .. }));
    }
}

#[test]
fn a_subject_is_counted_in_characters() {
    let keys = secret_keys();
    let longest = Claims { sub: "é".repeat(100), ..claims() };
    assert_eq!(keys.verify(&keys.mint(&longest).unwrap()), Ok(longest));
    for sub in [String::new(), "é".repeat(101)] {
        assert!(matches!(keys.mint(&Claims { sub, ..claims() }), Err(MintError::Subject(_))));
    }
}

#[test]
fn expiry_is_exact() {
    let keys = secret_keys();
    let claims = claims();
    let token = keys.mint(&claims).unwrap();
    let at = |seconds: u64| DateTime::from_timestamp(i64::try_from(seconds).unwrap(), 0).unwrap();
    assert_eq!(keys.verify_at(&token, at(claims.exp - 1)), Ok(claims.clone()));
    assert_eq!(keys.verify_at(&token, at(claims.exp)), Err(TokenError::Expired));
    assert_eq!(keys.verify_at(&token, at(claims.exp + 3600)), Err(TokenError::Expired));

    let fraction = sign_with_secret(&json!({"sub": "a", "role": "player", "exp": 1000.9}));
    assert_eq!(keys.verify_at(&fraction, at(999)).unwrap().exp, 1000);
    assert_eq!(keys.verify_at(&fraction, at(1000)), Err(TokenError::Expired));

    let later = sign_with_secret(&json!({"sub": "a", "role": "player", "exp": 2000, "nbf": 1000}));
    assert_eq!(keys.verify_at(&later, at(999)), Err(TokenError::NotYetValid));
    assert!(keys.verify_at(&later, at(1000)).is_ok());
}

#[test]
fn an_audience_is_for_those_who_have_one() {
    let with_audience = Keys::load(&KeySource::Secret(SECRET.to_owned()), None, Some("world-events")).unwrap();
    let token = with_audience.mint(&claims()).unwrap();
    assert_eq!(with_audience.verify(&token), Ok(claims()));
    assert_eq!(secret_keys().verify(&token), Err(TokenError::WrongAudience));
    let plain = secret_keys().mint(&claims()).unwrap();
    assert_eq!(with_audience.verify(&plain), Err(TokenError::MissingClaim("aud")));
    let mut body = json!(claims());
    for (aud, is_meant) in [
        (json!(["billing", "world-events"]), true),
        (json!(["billing", "chat"]), false),
        (json!("world-events-test"), false),
        (json!([]), false),
        (json!([["world-events"]]), false),
        (json!(5), false),
    ] {
        body["aud"] = aud;
        let token = sign_with_secret(&body);
        let expected = if is_meant { Ok(claims()) } else { Err(TokenError::WrongAudience) };
        assert_eq!(with_audience.verify(&token), expected, "{}", body["aud"]);
        assert_eq!(secret_keys().verify(&token), Err(TokenError::WrongAudience), "{}", body["aud"]);
    }
}

#[test]
fn short_secrets_are_refused() {
    let error = Keys::load(&KeySource::Secret("x".repeat(31)), None, None).unwrap_err();
    assert!(matches!(error, KeyError::ShortSecret { length: 31, .. }), "{error}");
    let dir = tempfile::tempdir().unwrap();
    let source = KeySource::DataDir(dir.path().to_owned());
    Keys::load(&source, None, None).unwrap();
    fs::write(dir.path().join(crate::auth::KEY_FILE), "short\n").unwrap();
    assert!(matches!(Keys::load(&source, None, None), Err(KeyError::ShortSecret { length: 5, .. })));
}

#[test]
fn the_key_file_is_a_secret_that_can_be_configured() {
    let dir = tempfile::tempdir().unwrap();
    let made = Keys::load(&KeySource::DataDir(dir.path().to_owned()), None, None).unwrap();
    let text = fs::read_to_string(dir.path().join(crate::auth::KEY_FILE)).unwrap();
    let configured = Keys::load(&KeySource::Secret(text.trim().to_owned()), None, None).unwrap();
    assert_eq!(configured.verify(&made.mint(&claims()).unwrap()), Ok(claims()));
}

#[test]
fn the_stated_algorithm_must_be_the_keys() {
    let error = load_pem(&ed25519().public_pem, Some(Algorithm::RS256)).unwrap_err();
    assert!(matches!(error, KeyError::AlgorithmMismatch { actual: Algorithm::EdDSA, .. }), "{error}");
    let error = Keys::load(&KeySource::Secret(SECRET.to_owned()), Some(Algorithm::ES256), None).unwrap_err();
    assert!(matches!(error, KeyError::AlgorithmMismatch { actual: Algorithm::HS256, .. }), "{error}");
}

#[test]
fn files_that_hold_no_public_key_say_why() {
    let refusal = |pem: &str| match load_pem(pem, None).unwrap_err() {
        KeyError::PublicKey { source, .. } => source,
        error => panic!("{error}"),
    };
    for pair in [ed25519(), p256(), rsa_2048()] {
        assert_eq!(refusal(&pair.private_pem), PublicKeyError::Private);
    }
    assert_eq!(refusal("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), PublicKeyError::Certificate);
    for text in ["", "hello", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
        assert_eq!(refusal(text), PublicKeyError::Unsupported, "{text:?}");
    }
    let short = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 1024).unwrap();
    assert_eq!(
        refusal(&short.to_public_key().to_public_key_pem(LineEnding::LF).unwrap()),
        PublicKeyError::ShortRsa(1024)
    );
    let missing = Keys::load(&KeySource::PublicKey("/nonexistent/key.pem".into()), None, None).unwrap_err();
    assert!(missing.to_string().contains("/nonexistent/key.pem"), "{missing}");
}

#[test]
fn secrets_are_not_printed() {
    assert!(!format!("{:?}", secret_keys()).contains(SECRET));
}
