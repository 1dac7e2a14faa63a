//! Signs plugins, and makes the keys for it.

use std::fs::{File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, KeypairBytes};
use ed25519_dalek::{Signer as _, SigningKey};

use crate::model::signature::Signature;

/// An Ed25519 private key.
pub struct PrivateKey(SigningKey);

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey([redacted])")
    }
}

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("cannot read the key {}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It holds something else.
    #[error(
        "{} holds no Ed25519 private key in PEM (PKCS #8, `-----BEGIN PRIVATE KEY-----`): `world-events plugin keygen NAME` \
         makes one, and so does `openssl genpkey -algorithm ed25519`",
        .0.display()
    )]
    NoKey(PathBuf),
    /// A file cannot be made.
    #[error("cannot make {}: {source}", path.display())]
    Make {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A key could not be written as text.
    #[error("the key cannot be written")]
    Encode,
}

/// The two files of a new pair of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFiles {
    /// For whoever signs, and nobody else.
    pub private: PathBuf,
    /// For servers that are to trust the signer.
    pub public: PathBuf,
}

impl PrivateKey {
    /// Reads a key from a PEM file.
    ///
    /// # Errors
    /// The file cannot be read, or holds no such key.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let pem = fs::read_to_string(path).map_err(|source| KeyError::Read { path: path.to_owned(), source })?;
        SigningKey::from_pkcs8_pem(pem.trim()).map(Self).map_err(|_| KeyError::NoKey(path.to_owned()))
    }

    /// The signature of these bytes.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Signature {
        Signature(self.0.sign(bytes).to_bytes())
    }
}

/// Makes a pair of keys in a folder: `NAME.key.pem`, readable by its owner only, and `NAME.pem`.
///
/// # Errors
/// One of the files exists, or cannot be written. Then neither is left behind.
pub fn make_keys(folder: &Path, name: &str) -> Result<KeyFiles, KeyError> {
    let key = SigningKey::from_bytes(&rand::random());
    // Without the public half: OpenSSL does not read the version of PKCS #8 that has both.
    let alone = KeypairBytes { secret_key: key.to_bytes(), public_key: None };
    let private = alone.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Encode)?;
    let public = key.verifying_key().to_public_key_pem(LineEnding::LF).map_err(|_| KeyError::Encode)?;
    let files =
        KeyFiles { private: folder.join(format!("{name}.key.pem")), public: folder.join(format!("{name}.pem")) };
    write_new(&files.private, &private, 0o600)?;
    write_new(&files.public, &public, 0o644).inspect_err(|_| {
        // It is ours, and of no use.
        let _ = fs::remove_file(&files.private);
    })?;
    Ok(files)
}

/// Writes a file that must not be there yet.
fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), KeyError> {
    let failed = |source| KeyError::Make { path: path.to_owned(), source };
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.set_permissions(Permissions::from_mode(mode))
        .and_then(|()| file.write_all(text.as_bytes()))
        .and_then(|()| file.sync_all())
        .map_err(|source| {
            let _ = fs::remove_file(path);
            failed(source)
        })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;
    use crate::auth::Signers;

    #[test]
    fn what_is_signed_with_a_made_key_is_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let files = make_keys(folder.path(), "alice").unwrap();
        let mode = |path| fs::metadata(path).unwrap().mode() & 0o7777;
        assert_eq!((mode(&files.private), mode(&files.public)), (0o600, 0o644));
        let trusted = tempfile::tempdir().unwrap();
        fs::copy(&files.public, trusted.path().join("alice.pem")).unwrap();
        let signers = Signers::load(trusted.path()).unwrap();
        let key = PrivateKey::load(&files.private).unwrap();
        assert_eq!(signers.signer_of(b"rules", &key.sign(b"rules")), Some("alice"));
        assert!(!format!("{key:?}").contains(&fs::read_to_string(&files.private).unwrap()));
    }

    #[test]
    fn no_key_is_ever_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let files = make_keys(folder.path(), "alice").unwrap();
        let both = || [&files.private, &files.public].map(|path| fs::read_to_string(path).unwrap());
        let before = both();
        assert!(matches!(make_keys(folder.path(), "alice"), Err(KeyError::Make { .. })));
        assert_eq!(both(), before);
        // The one that would be made is not left behind without the other.
        fs::remove_file(&files.private).unwrap();
        assert!(matches!(make_keys(folder.path(), "alice"), Err(KeyError::Make { .. })));
        assert!(!files.private.exists());
    }

    #[test]
    fn what_is_no_private_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let files = make_keys(folder.path(), "alice").unwrap();
        assert!(matches!(PrivateKey::load(&files.public), Err(KeyError::NoKey(_))));
        assert!(matches!(PrivateKey::load(&folder.path().join("nobody.pem")), Err(KeyError::Read { .. })));
    }
}
