//! Whose signatures of plugins are trusted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use ed25519_dalek::VerifyingKey;

use super::PublicKeyError;
use super::public_key::read_ed25519;
use crate::model::signature::Signature;

/// How the files of keys end.
const EXTENSION: &str = "pem";

/// The keys whose signatures are trusted. Each is known by the name of its file: `alice.pem` is Alice's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signers(BTreeMap<String, VerifyingKey>);

/// Why it cannot be told whose signatures are trusted.
#[derive(Debug, thiserror::Error)]
pub enum SignersError {
    /// The folder or a file in it cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is no key.
    #[error("the key {} cannot be used", path.display())]
    Key {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: PublicKeyError,
    },
    /// Nobody could publish anything.
    #[error(
        "there is no key in {}: put the public key of everybody who may sign plugins there, as NAME.{EXTENSION}; \
         `world-events plugin keygen NAME` makes one",
        .0.display()
    )]
    None(PathBuf),
}

impl Signers {
    /// Reads all keys in a folder, each in a PEM file. Files of other names are left alone.
    ///
    /// # Errors
    /// When the folder or a key cannot be read, or there is none.
    pub fn load(folder: &Path) -> Result<Self, SignersError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| SignersError::Read { path, source }
        };
        let mut keys = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
            let path = entry.map_err(unreadable(folder))?.path();
            if path.extension().is_none_or(|extension| extension != EXTENSION) {
                continue;
            }
            let pem = fs::read_to_string(&path).map_err(unreadable(&path))?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            keys.insert(name, read_ed25519(&pem).map_err(|source| SignersError::Key { path, source })?);
        }
        if keys.is_empty() { Err(SignersError::None(folder.to_owned())) } else { Ok(Self(keys)) }
    }

    /// Who has signed these bytes, if it is somebody who is trusted.
    #[must_use]
    pub fn signer_of(&self, bytes: &[u8], signature: &Signature) -> Option<&str> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        let mut keys = self.0.iter();
        let (name, _) = keys.find(|(_, key)| key.verify_strict(bytes, &signature).is_ok())?;
        Some(name)
    }

    /// The names of all who are trusted, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
    use ed25519_dalek::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&rand::random())
    }

    fn public(key: &SigningKey) -> String {
        key.verifying_key().to_public_key_pem(LineEnding::LF).unwrap()
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn who_signed_is_told_by_name() {
        let [alice, bob, eve] = [(); 3].map(|()| key());
        let files = [("alice.pem", &*public(&alice)), ("bob.pem", &public(&bob)), ("README", "whose keys these are")];
        let signers = Signers::load(folder(&files).path()).unwrap();
        assert_eq!(signers.names().collect::<Vec<_>>(), ["alice", "bob"]);
        let by = |key: &SigningKey, bytes: &[u8]| Signature(key.sign(bytes).to_bytes());
        assert_eq!(signers.signer_of(b"rules", &by(&alice, b"rules")), Some("alice"));
        assert_eq!(signers.signer_of(b"rules", &by(&bob, b"rules")), Some("bob"));
        assert_eq!(signers.signer_of(b"rules", &by(&eve, b"rules")), None);
        assert_eq!(signers.signer_of(b"other rules", &by(&alice, b"rules")), None);
        assert_eq!(signers.signer_of(b"rules", &Signature([0; 64])), None);
    }

    /// RFC 8032, 7.1, test 2.
    #[test]
    fn a_signature_of_the_standard_is_verified() {
        let bytes = |hex: &str| hex.parse::<crate::rules::PluginDigest>().unwrap();
        let public = bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        let public = VerifyingKey::from_bytes(public.as_bytes()).unwrap().to_public_key_pem(LineEnding::LF).unwrap();
        let halves = [
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ];
        let signature = halves.map(|half| *bytes(half).as_bytes()).concat().try_into().unwrap();
        let signers = Signers::load(folder(&[("rfc.pem", &public)]).path()).unwrap();
        assert_eq!(signers.signer_of(&[0x72], &Signature(signature)), Some("rfc"));
    }

    #[test]
    fn what_is_no_key_is_named() {
        let private = key().to_pkcs8_pem(LineEnding::LF).unwrap();
        for (text, part) in [(&**private, "private key"), ("", "no Ed25519 public key"), ("-----BEGIN", "no Ed25519")] {
            let error = Signers::load(folder(&[("a.pem", text)]).path()).unwrap_err();
            let SignersError::Key { path, source } = &error else { panic!("{error}") };
            assert!(path.ends_with("a.pem") && source.to_string().contains(part), "{source}");
        }
        assert!(matches!(Signers::load(folder(&[("a.txt", "")]).path()), Err(SignersError::None(_))));
        assert!(matches!(Signers::load(Path::new("/nowhere/at/all")), Err(SignersError::Read { .. })));
    }
}
