//! Signatures of plugins.

use std::fmt;
use std::str::FromStr;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// The header that carries the signature of the bytes in the body.
pub const SIGNATURE_HEADER: &str = "plugin-signature";

/// An Ed25519 signature (RFC 8032) of a module's bytes. Written as 64 bytes in base64.
#[derive(Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, min_length = 88, max_length = 88)]
pub struct Signature(pub [u8; 64]);

/// Text that is no signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be the 64 bytes of an Ed25519 signature in base64")]
pub struct SignatureError;

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| SignatureError)?;
        bytes.try_into().map(Self).map_err(|_| SignatureError)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The signature that a version carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PluginSignature {
    /// The signature of the module's bytes.
    pub value: Signature,
    /// Whose key it was made with, as the server calls it. Absent if the server trusted no keys when the signature came:
    /// then it was not verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_read_as_it_is_written() {
        let signature = Signature(std::array::from_fn(|index| u8::try_from(index * 4).unwrap()));
        assert_eq!(signature.to_string().parse(), Ok(signature));
        assert_eq!(format!(" {signature}\n").parse(), Ok(signature));
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        let cut = STANDARD.encode([1; 63]);
        for text in ["", "ba78", "no base64 at all", &cut, &"A".repeat(87), &STANDARD.encode([1; 65])] {
            assert_eq!(text.parse::<Signature>(), Err(SignatureError), "{text}");
        }
    }
}
