//! Where a server keeps what it must not lose.

use std::{
    env, fs, io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use directories::ProjectDirs;
use nix::unistd::geteuid;

/// For root, the system's place for state.
const SYSTEM_DATA_DIR: &str = "/var/lib/world-events";

/// Where data goes when nothing is said: `/var/lib/world-events` for root, otherwise the user's own place for
/// application data (on Linux `$XDG_DATA_HOME/world-events` or `~/.local/share/world-events`).
#[must_use]
pub fn default_data_dir() -> PathBuf {
    if geteuid().is_root() {
        return SYSTEM_DATA_DIR.into();
    }
    // A user without a home has only the working directory.
    ProjectDirs::from("", "", "world-events")
        .map_or_else(|| PathBuf::from("world-events-data"), |dirs| dirs.data_local_dir().to_owned())
}

/// Where what can be made again goes: the user's own place for that (on Linux `$XDG_CACHE_HOME/world-events` or
/// `~/.cache/world-events`).
#[must_use]
pub fn cache_dir() -> PathBuf {
    // A user without a home has only what everybody has.
    let shared = || env::temp_dir().join(format!("world-events-{}", geteuid()));
    ProjectDirs::from("", "", "world-events").map_or_else(shared, |dirs| dirs.cache_dir().to_owned())
}

/// Makes the data directory, and what is missing above it, unless it exists. Others may pass through (root's PostgreSQL
/// runs as another user) but not look around.
///
/// # Errors
///
/// When it cannot be made.
pub fn create_data_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o711).create(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn made_with_its_parents() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        create_data_dir(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o066, 0);
        create_data_dir(&path).unwrap();
    }

    #[test]
    fn the_default_is_absolute_and_ours() {
        let path = default_data_dir();
        assert!(path.is_absolute() || path == Path::new("world-events-data"), "{}", path.display());
        assert!(path.to_string_lossy().contains("world-events"));
    }
}
