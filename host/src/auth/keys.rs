//! The key of a server: verifies tokens, and mints them where it can.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, crypto};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Algorithm, Claims, InvalidSubject, PublicKeyError, TokenError,
    claims::{RawClaims, check_subject},
    key_file::{self, KeyFileError},
    public_key,
    recent::RecentTokens,
};

/// The shortest secret that is accepted, in bytes: as long as the hash of HS256 (RFC 7518, 3.2).
pub const MIN_SECRET_BYTES: usize = 32;

/// Where the key of a server comes from.
#[derive(Clone)]
pub enum KeySource {
    /// A secret that is shared with whoever mints tokens: HS256. At least [`MIN_SECRET_BYTES`] bytes.
    Secret(String),
    /// A PEM file with a public key: Ed25519 (EdDSA), RSA (RS256) or P-256 (ES256). Tokens are minted elsewhere.
    PublicKey(PathBuf),
    /// The secret in the file [`KEY_FILE`](super::KEY_FILE) of this data directory, made on first use: HS256.
    DataDir(PathBuf),
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A secret that can be guessed.
    #[error(
        "{origin} has {length} bytes, and {MIN_SECRET_BYTES} are the least that is safe: `openssl rand -base64 48` makes one"
    )]
    ShortSecret {
        /// Where it comes from.
        origin: String,
        /// How long it is, in bytes.
        length: usize,
    },
    /// The key file in the data directory.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The PEM file cannot be read.
    #[error("cannot read the public key file {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The PEM file does not hold what it should.
    #[error("the public key file {} cannot be used", path.display())]
    PublicKey {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: PublicKeyError,
    },
    /// The algorithm that was asked for is not the one that the key is for.
    #[error("the algorithm {stated} was asked for, but {origin} is for {actual}")]
    AlgorithmMismatch {
        /// What was asked for.
        stated: Algorithm,
        /// Where the key comes from.
        origin: String,
        /// What the key is for.
        actual: Algorithm,
    },
}

/// Why a token was not minted.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// This server has only the public half.
    #[error(
        "this server verifies {0} tokens with a public key and cannot make any: mint them where the private key is, or \
         configure a shared secret (jwt_secret)"
    )]
    PublicKeyOnly(Algorithm),
    /// The subject is empty or too long.
    #[error(transparent)]
    Subject(#[from] InvalidSubject),
    /// The signature could not be made.
    #[error("the token could not be signed")]
    Sign(#[from] jsonwebtoken::errors::Error),
}

/// The key of a server: one algorithm, one key.
#[derive(Debug, Clone)]
pub struct Keys {
    algorithm: Algorithm,
    verifying: DecodingKey,
    /// Present where the verifying key is a shared secret.
    signing: Option<EncodingKey>,
    /// Whom tokens must be meant for.
    audience: Option<String>,
    recent: Arc<RecentTokens>,
}

impl Keys {
    /// Gets the key from its source, making the key file if that is the source and it does not exist. Reads and writes
    /// files: for start-up, not for requests.
    ///
    /// `algorithm` states what the key is expected to be for; without it the key itself decides. `audience` is what
    /// tokens must name in `aud`; without it, tokens that name an audience are for somebody else and are refused.
    ///
    /// # Errors
    ///
    /// When the key cannot be read, is not safe, or is not for `algorithm`.
    pub fn load(source: &KeySource, algorithm: Option<Algorithm>, audience: Option<&str>) -> Result<Self, KeyError> {
        let (keys, origin) = match source {
            KeySource::Secret(secret) => {
                (Self::from_secret("the secret (jwt_secret)", secret)?, "a shared secret".to_owned())
            }
            KeySource::DataDir(data_dir) => {
                let origin = format!("the key file {}", data_dir.join(super::KEY_FILE).display());
                (Self::from_secret(&origin, &key_file::load_or_create(data_dir)?)?, origin)
            }
            KeySource::PublicKey(path) => (Self::from_public_key(path)?, format!("the key in {}", path.display())),
        };
        match algorithm {
            Some(stated) if stated != keys.algorithm => {
                Err(KeyError::AlgorithmMismatch { stated, origin, actual: keys.algorithm })
            }
            _ => Ok(keys.with_audience(audience)),
        }
    }

    fn from_secret(origin: &str, secret: &str) -> Result<Self, KeyError> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(KeyError::ShortSecret { origin: origin.to_owned(), length: secret.len() });
        }
        let verifying = DecodingKey::from_secret(secret.as_bytes());
        Ok(Self::new(Algorithm::HS256, verifying, Some(EncodingKey::from_secret(secret.as_bytes()))))
    }

    fn from_public_key(path: &Path) -> Result<Self, KeyError> {
        let pem = fs::read_to_string(path).map_err(|source| KeyError::Read { path: path.to_owned(), source })?;
        let (algorithm, verifying) =
            public_key::read_pem(&pem).map_err(|source| KeyError::PublicKey { path: path.to_owned(), source })?;
        Ok(Self::new(algorithm, verifying, None))
    }

    fn new(algorithm: Algorithm, verifying: DecodingKey, signing: Option<EncodingKey>) -> Self {
        Self { algorithm, verifying, signing, audience: None, recent: Arc::default() }
    }

    fn with_audience(mut self, audience: Option<&str>) -> Self {
        self.audience = audience.map(str::to_owned);
        self
    }

    /// The one algorithm that is accepted.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Checks a token (the text after `Bearer `) and says who bears it.
    ///
    /// # Errors
    ///
    /// When it is not a token for this server, or no longer one.
    pub fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        self.verify_at(token, Utc::now())
    }

    /// [`verify`](Self::verify) at a time of the caller's choosing.
    ///
    /// # Errors
    ///
    /// As for `verify`.
    pub fn verify_at(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        if let Some(claims) = self.recent.claims(token, now) {
            return Ok(claims);
        }
        let checked = self.read(token)?.check(self.audience.as_deref(), now)?;
        Ok(self.recent.note(token, checked))
    }

    /// What a token says, once its signature is found to be right. `jsonwebtoken` verifies it; its `decode` would read the
    /// header twice more and the claims twice, for each player who comes with a token of its own.
    fn read(&self, token: &str) -> Result<RawClaims, TokenError> {
        let mut parts = token.split('.');
        let (Some(header), Some(body), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenError::Malformed("it must have three parts, separated by dots"));
        };
        self.check_header(header)?;
        let signed = token.as_bytes().get(..header.len() + 1 + body.len()).unwrap_or_default();
        let not_encoded = TokenError::Malformed("a part of it is not base64url");
        match crypto::verify(signature, signed, &self.verifying, self.algorithm.into()) {
            Ok(true) => {}
            Ok(false) => return Err(TokenError::BadSignature),
            Err(_) => return Err(not_encoded),
        }
        let Ok(body) = URL_SAFE_NO_PAD.decode(body) else { return Err(not_encoded) };
        serde_json::from_slice(&body)
            .map_err(|_| TokenError::Malformed("its body is not a JSON object with each member once"))
    }

    /// Compares the token's algorithm with the server's before any of it is believed.
    fn check_header(&self, header: &str) -> Result<(), TokenError> {
        let unreadable = TokenError::Malformed("its header is not a JSON object in base64url");
        let Ok(json) = URL_SAFE_NO_PAD.decode(header) else { return Err(unreadable) };
        let Ok(header) = serde_json::from_slice::<RawHeader>(&json) else { return Err(unreadable) };
        if header.alg.as_str() != Some(self.algorithm.as_str()) {
            return Err(TokenError::WrongAlgorithm { expected: self.algorithm });
        }
        // RFC 7515, 4.1.11: what is critical and not understood must be refused, and none is understood here.
        if header.crit.is_some() {
            return Err(TokenError::Malformed("its header has critical members (`crit`) that are not known here"));
        }
        Ok(())
    }

    /// Makes a token with these claims.
    ///
    /// # Errors
    ///
    /// With a public key, which can only verify; and for a subject that is empty or too long.
    pub fn mint(&self, claims: &Claims) -> Result<String, MintError> {
        let signing = self.signing.as_ref().ok_or(MintError::PublicKeyOnly(self.algorithm))?;
        check_subject(&claims.sub)?;
        let claims = MintedClaims { claims, aud: self.audience.as_deref() };
        Ok(jsonwebtoken::encode(&Header::new(self.algorithm.into()), &claims, signing)?)
    }
}

/// The members of a header that decide here.
#[derive(Deserialize)]
struct RawHeader {
    #[serde(default)]
    alg: Value,
    crit: Option<Value>,
}

/// What a minted token says: the claims, and the audience when the server has one.
#[derive(serde::Serialize)]
struct MintedClaims<'a> {
    #[serde(flatten)]
    claims: &'a Claims,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

#[cfg(test)]
mod tests;
