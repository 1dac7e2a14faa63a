//! Where clients meet the server.

use std::{
    env,
    ffi::OsString,
    fs, io,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, chown},
    },
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::{EmbeddedError, Owner};

/// The port, which is only a part of the socket's name here.
pub(super) const PORT: u16 = 5432;

/// What a socket's address can hold (`sun_path` has 108 bytes on Linux and 104 on macOS, the last a zero).
const MAX_PATH_BYTES: usize = 103;

/// The folder of the server's socket, open to the cluster's owner only.
#[derive(Debug)]
pub(super) struct SocketDir {
    path: PathBuf,
    /// Whether the folder was made for the socket, and goes with it.
    is_apart: bool,
}

impl SocketDir {
    /// The cluster itself where its path is short enough, otherwise a private folder of a short name. The same cluster gets
    /// the same folder each time, so that nothing piles up.
    pub(super) fn choose(cluster: &Path, owner: &Owner) -> Result<Self, EmbeddedError> {
        if fits(cluster) {
            return Ok(Self { path: cluster.to_owned(), is_apart: false });
        }
        let digest = Sha256::digest(cluster.as_os_str().as_bytes());
        let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let mut failure = EmbeddedError::Socket { path: "/tmp".into(), problem: "it is too long as well".to_owned() };
        for base in bases(owner) {
            let path = base.join(format!("world-events-{name}"));
            if !fits(&path) {
                continue;
            }
            match make_private(&path, owner) {
                Ok(()) => return Ok(Self { path, is_apart: true }),
                Err(problem) => failure = EmbeddedError::Socket { path, problem },
            }
        }
        Err(failure)
    }

    /// Where clients find the socket.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The server's `unix_socket_directories`. Relative to the cluster where it can be, as the server works there.
    pub(super) fn for_server(&self) -> OsString {
        if self.is_apart { self.path.clone().into() } else { ".".into() }
    }
}

impl Drop for SocketDir {
    fn drop(&mut self) {
        if self.is_apart {
            // What a killed server left in it, or nothing. Not worth an error: the next start uses the folder again.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Whether the socket's address can be written: short enough, and text that the client can repeat.
fn fits(folder: &Path) -> bool {
    let socket = folder.join(format!(".s.PGSQL.{PORT}"));
    socket.as_os_str().len() <= MAX_PATH_BYTES && socket.to_str().is_some()
}

/// Where the folder can be, the best first.
fn bases(owner: &Owner) -> impl Iterator<Item = PathBuf> {
    let runtime_dir = if owner.is_other { Some(PathBuf::from("/run")) } else { user_runtime_dir() };
    runtime_dir.into_iter().chain([PathBuf::from("/tmp")])
}

/// The user's own folder for sockets. Its name must not need quoting in PostgreSQL's list of folders.
fn user_runtime_dir() -> Option<PathBuf> {
    let path = PathBuf::from(env::var_os("XDG_RUNTIME_DIR")?);
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
    (path.is_absolute() && path.to_str()?.chars().all(plain)).then_some(path)
}

/// Makes the folder for the owner alone. One that is there already must be theirs: in `/tmp` anybody can make it first.
fn make_private(path: &Path, owner: &Owner) -> Result<(), String> {
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let metadata = fs::symlink_metadata(path).map_err(|error| error.to_string())?;
            let made_by_root = owner.is_other && metadata.uid() == 0;
            if !metadata.is_dir() || !(made_by_root || metadata.uid() == owner.uid.as_raw()) {
                return Err("somebody else has made it".to_owned());
            }
        }
        Err(error) => return Err(error.to_string()),
    }
    if owner.is_other {
        chown(path, Some(owner.uid.as_raw()), Some(owner.gid.as_raw())).map_err(|error| error.to_string())?;
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Owner {
        Owner::choose(Path::new("/nonexistent")).unwrap()
    }

    #[test]
    fn a_short_path_holds_its_own_socket() {
        let dir = tempfile::tempdir().unwrap();
        let socket = SocketDir::choose(dir.path(), &owner()).unwrap();
        assert_eq!((socket.path(), socket.for_server()), (dir.path(), OsString::from(".")));
        drop(socket);
        assert!(dir.path().exists());
    }

    #[test]
    fn a_long_path_gets_a_private_folder() {
        let long = PathBuf::from(format!("/{}", "data/".repeat(30)));
        let socket = SocketDir::choose(&long, &owner()).unwrap();
        let path = socket.path().to_owned();
        assert!(fits(&path), "{}", path.display());
        assert_eq!(socket.for_server(), path.as_os_str());
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!((metadata.mode() & 0o777, metadata.uid()), (0o700, owner().uid.as_raw()));
        // A killed server leaves it behind; the next one takes it again.
        std::mem::forget(socket);
        let again = SocketDir::choose(&long, &owner()).unwrap();
        assert_eq!(again.path(), path);
        drop(again);
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_that_somebody_else_made_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("target");
        fs::create_dir(&target).unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(make_private(&link, &owner()).is_err());
        let stranger = Owner { uid: nix::unistd::Uid::from_raw(4_000_000), is_other: false, ..owner() };
        assert!(make_private(&target, &stranger).is_err());
    }
}
