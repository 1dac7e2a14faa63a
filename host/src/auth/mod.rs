//! Who is asking: keys, tokens and roles.
//!
//! A token is a JSON Web Token with the claims `sub`, `role` and `exp`, all required. A server accepts one algorithm, the
//! one that its key is for; what a token says about its own algorithm is compared with that and never followed.

mod claims;
mod key_file;
mod keys;
mod public_key;
mod recent;
mod role;
mod signers;

pub use claims::{Claims, InvalidSubject, MAX_SUBJECT_CHARS, TokenError, check_subject};
pub use key_file::{KEY_FILE, KeyFileError};
pub use keys::{KeyError, KeySource, Keys, MIN_SECRET_BYTES, MintError};
pub use public_key::{Algorithm, MIN_RSA_BITS, PublicKeyError};
pub use role::{Role, UnknownRole};
pub use signers::{Signers, SignersError};
