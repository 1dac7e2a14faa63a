//! Public keys in PEM files, and the algorithms they are for.

use std::fmt;

use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::DecodePublicKey as _;
use jsonwebtoken::DecodingKey;
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use rsa::{
    RsaPublicKey,
    pkcs1::{DecodeRsaPublicKey as _, EncodeRsaPublicKey as _},
    traits::PublicKeyParts as _,
};
use serde::{Deserialize, Serialize};

/// The smallest RSA modulus that is accepted, in bits (RFC 7518, 3.3).
pub const MIN_RSA_BITS: usize = 2048;

/// How tokens are signed. One server accepts exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// HMAC with SHA-256: a secret that signer and server share.
    HS256,
    /// RSA (PKCS #1 v1.5) with SHA-256.
    RS256,
    /// ECDSA on the curve P-256 with SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

impl Algorithm {
    /// The name as it stands in a token's header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<Algorithm> for jsonwebtoken::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::HS256 => Self::HS256,
            Algorithm::RS256 => Self::RS256,
            Algorithm::ES256 => Self::ES256,
            Algorithm::EdDSA => Self::EdDSA,
        }
    }
}

/// Why a PEM file cannot serve as the key that tokens are verified with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// Somebody's private key.
    #[error(
        "it holds a private key, which does not belong on a server that only verifies: make the public one with `openssl \
         pkey -pubout`"
    )]
    Private,
    /// A certificate.
    #[error("it holds a certificate: take its public key out with `openssl x509 -pubkey -noout`")]
    Certificate,
    /// Not PEM, or not of a kind that is known here.
    #[error("it holds no Ed25519, RSA or P-256 public key in PEM (`-----BEGIN PUBLIC KEY-----`)")]
    Unsupported,
    /// A key, but of another kind than signatures of plugins are made with.
    #[error("it holds no Ed25519 public key in PEM (`-----BEGIN PUBLIC KEY-----`)")]
    NotEd25519,
    /// An RSA key that is too short to be safe.
    #[error("its RSA key has {0} bits, and {MIN_RSA_BITS} are the least that is safe")]
    ShortRsa(usize),
}

/// Reads a public key and tells which algorithm it is for.
pub(super) fn read_pem(pem: &str) -> Result<(Algorithm, DecodingKey), PublicKeyError> {
    let pem = public(pem)?;
    if let Ok(key) = VerifyingKey::from_public_key_pem(pem) {
        return Ok((Algorithm::EdDSA, DecodingKey::from_ed_der(key.as_bytes())));
    }
    if let Ok(key) = p256::PublicKey::from_public_key_pem(pem) {
        return Ok((Algorithm::ES256, DecodingKey::from_ec_der(key.to_encoded_point(false).as_bytes())));
    }
    let key = RsaPublicKey::from_public_key_pem(pem)
        .or_else(|_| RsaPublicKey::from_pkcs1_pem(pem))
        .map_err(|_| PublicKeyError::Unsupported)?;
    let bits = key.size() * 8;
    if bits < MIN_RSA_BITS {
        return Err(PublicKeyError::ShortRsa(bits));
    }
    let der = key.to_pkcs1_der().map_err(|_| PublicKeyError::Unsupported)?;
    Ok((Algorithm::RS256, DecodingKey::from_rsa_der(der.as_bytes())))
}

/// Reads a public key that must be one for Ed25519.
pub(super) fn read_ed25519(pem: &str) -> Result<VerifyingKey, PublicKeyError> {
    VerifyingKey::from_public_key_pem(public(pem)?).map_err(|_| PublicKeyError::NotEd25519)
}

/// Refuses what often is put where a public key belongs.
fn public(pem: &str) -> Result<&str, PublicKeyError> {
    if pem.contains("PRIVATE KEY-----") {
        return Err(PublicKeyError::Private);
    }
    if pem.contains("-----BEGIN CERTIFICATE-----") {
        return Err(PublicKeyError::Certificate);
    }
    Ok(pem.trim())
}
