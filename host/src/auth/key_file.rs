//! The secret that a server makes for itself when none is configured.

use std::{
    fs::{File, Permissions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// The file's name in the data directory.
pub const KEY_FILE: &str = "jwt-secret";

/// How many random bytes a made secret has; the file holds them as 64 characters of base64url.
const RANDOM_BYTES: usize = 48;

/// Far above any sensible secret: a file larger than that is not one.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be made or read.
    #[error("cannot {action} the key file {}", path.display())]
    Io {
        /// `make` or `read`.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Other users may read it, so it may be no secret any more.
    #[error(
        "the key file {path} can be read by other users (mode {mode:04o}): run `chmod 600 {path}`, or delete it so that \
         a new one is made if they may have read it",
        path = path.display()
    )]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A folder, a device or something too large.
    #[error("the key file {} is not a text file with a secret", path.display())]
    NotAFile {
        /// Which file.
        path: PathBuf,
    },
}

/// Reads the secret in `data_dir`, or makes one there when there is none. The secret is the file's text without the line
/// break, so the same text can be given as a setting elsewhere.
pub(super) fn load_or_create(data_dir: &Path) -> Result<String, KeyFileError> {
    let path = data_dir.join(KEY_FILE);
    match File::open(&path) {
        Ok(file) => read(file, path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(data_dir, path),
        Err(source) => Err(KeyFileError::Io { action: "read", path, source }),
    }
}

fn read(file: File, path: PathBuf) -> Result<String, KeyFileError> {
    let mut secret = String::new();
    // The open file is asked, not the path: what is checked is what is read.
    let read = file.metadata().and_then(|metadata| {
        file.take(MAX_FILE_BYTES).read_to_string(&mut secret)?;
        Ok(metadata)
    });
    let metadata = match read {
        Ok(metadata) => metadata,
        Err(source) => return Err(KeyFileError::Io { action: "read", path, source }),
    };
    if !metadata.is_file() || metadata.len() >= MAX_FILE_BYTES {
        return Err(KeyFileError::NotAFile { path });
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed { path, mode });
    }
    Ok(secret.trim().to_owned())
}

/// Writes the whole file beside its place and links it there, so that nobody ever sees a part of it, and of two servers
/// that start at once both use the same secret.
fn create(data_dir: &Path, path: PathBuf) -> Result<String, KeyFileError> {
    let mut random = [0_u8; RANDOM_BYTES];
    rand::fill(&mut random);
    let secret = URL_SAFE_NO_PAD.encode(random);
    let written = tempfile::Builder::new()
        .prefix(".jwt-secret-")
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(data_dir)
        .and_then(|mut file| {
            file.write_all(secret.as_bytes())?;
            file.write_all(b"\n")?;
            file.as_file().sync_all()?;
            Ok(file)
        });
    let written = match written {
        Ok(file) => file.persist_noclobber(&path).map_err(|error| error.error),
        Err(error) => Err(error),
    };
    match written {
        Ok(_) => Ok(secret),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match File::open(&path) {
            Ok(file) => read(file, path),
            Err(source) => Err(KeyFileError::Io { action: "read", path, source }),
        },
        Err(source) => Err(KeyFileError::Io { action: "make", path, source }),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, thread};

    use super::*;

    #[test]
    fn made_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let secret = load_or_create(dir.path()).unwrap();
        assert_eq!(secret.len(), 64);
        assert_eq!(fs::metadata(dir.path().join(KEY_FILE)).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(load_or_create(dir.path()).unwrap(), secret);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");

        let other = tempfile::tempdir().unwrap();
        assert_ne!(load_or_create(other.path()).unwrap(), secret);
    }

    #[test]
    fn racing_servers_agree() {
        let dir = tempfile::tempdir().unwrap();
        let secrets: Vec<String> = thread::scope(|scope| {
            let racers: Vec<_> = (0..8).map(|_| scope.spawn(|| load_or_create(dir.path()).unwrap())).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        assert!(secrets.iter().all(|secret| *secret == secrets[0]), "{secrets:?}");
    }

    #[test]
    fn readable_by_others_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        load_or_create(dir.path()).unwrap();
        let path = dir.path().join(KEY_FILE);
        for mode in [0o640, 0o604, 0o620, 0o601] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let error = load_or_create(dir.path()).unwrap_err();
            assert!(matches!(error, KeyFileError::Exposed { mode: found, .. } if found == mode), "{error}");
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn a_folder_in_its_place_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(KEY_FILE)).unwrap();
        assert!(load_or_create(dir.path()).is_err());
    }

    #[test]
    fn a_data_directory_that_is_missing_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = load_or_create(&dir.path().join("nowhere")).unwrap_err();
        assert!(error.to_string().contains("nowhere/jwt-secret"), "{error}");
    }
}
