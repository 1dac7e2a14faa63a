//! As whom PostgreSQL runs.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt as _, lchown},
    path::Path,
};

use nix::unistd::{Gid, Uid, User, getegid, geteuid};

use super::EmbeddedError;

/// Whom root gives the cluster to, the best first.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// The user that the cluster belongs to.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) uid: Uid,
    pub(super) gid: Gid,
    pub(super) name: String,
    /// Whether this process must become that user to act for it.
    pub(super) is_other: bool,
}

impl Owner {
    /// The user for the cluster at `path`, which need not exist. A cluster keeps its owner.
    pub(super) fn choose(path: &Path) -> Result<Self, EmbeddedError> {
        let existing = match fs::metadata(path) {
            Ok(metadata) => Some((Uid::from_raw(metadata.uid()), Gid::from_raw(metadata.gid()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(EmbeddedError::io("look at", path.display().to_string(), error)),
        };
        let own = geteuid();
        if !own.is_root() {
            return match existing {
                Some((uid, _)) if uid != own => Err(EmbeddedError::NotOurs { path: path.to_owned(), owner: name(uid) }),
                _ => Ok(Self { uid: own, gid: getegid(), name: name(own), is_other: false }),
            };
        }
        if let Some((uid, gid)) = existing.filter(|(uid, _)| !uid.is_root()) {
            return Ok(Self { uid, gid, name: name(uid), is_other: true });
        }
        UNPRIVILEGED
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .filter(|user| !user.uid.is_root())
            .map(|user| Self { uid: user.uid, gid: user.gid, name: user.name, is_other: true })
            .ok_or(EmbeddedError::NoUser)
    }

    /// Gives `path` and everything in it to this user, without following links.
    pub(super) fn take_over(&self, path: &Path) -> io::Result<()> {
        let metadata = fs::symlink_metadata(path)?;
        if (metadata.uid(), metadata.gid()) != (self.uid.as_raw(), self.gid.as_raw()) {
            lchown(path, Some(self.uid.as_raw()), Some(self.gid.as_raw()))?;
        }
        if metadata.is_dir() {
            for entry in fs::read_dir(path)? {
                self.take_over(&entry?.path())?;
            }
        }
        Ok(())
    }

    /// Whether this user may pass through every folder above `path`. Says no where only an access list would say yes.
    pub(super) fn can_reach(&self, path: &Path) -> bool {
        !self.is_other || path.ancestors().skip(1).all(|folder| fs::metadata(folder).is_ok_and(|it| self.may_pass(&it)))
    }

    fn may_pass(&self, folder: &fs::Metadata) -> bool {
        let class = if folder.uid() == self.uid.as_raw() {
            0o100
        } else if folder.gid() == self.gid.as_raw() {
            0o010
        } else {
            0o001
        };
        folder.mode() & class != 0
    }
}

/// A user's name for messages; the number where there is none.
fn name(uid: Uid) -> String {
    User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn folders_that_keep_strangers_out_are_seen() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("inner/cluster");
        fs::create_dir_all(&inner).unwrap();
        // Nobody on this machine: neither the owner nor in the group of anything here.
        let owner = |is_other| Owner {
            uid: Uid::from_raw(4_000_000),
            gid: Gid::from_raw(4_000_000),
            name: "stranger".to_owned(),
            is_other,
        };
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(!owner(true).can_reach(&inner));
        assert!(owner(false).can_reach(&inner), "whoever acts for itself needs no check");
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o711)).unwrap();
        assert!(owner(true).can_reach(&inner));
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o700)).unwrap();
        assert!(owner(true).can_reach(&inner), "only the folders above count");
        assert!(!owner(true).can_reach(&inner.join("x")));
    }

    #[test]
    fn somebody_is_chosen_who_is_not_root() {
        let dir = tempfile::tempdir().unwrap();
        let owner = Owner::choose(&dir.path().join("none")).unwrap();
        assert!(!owner.uid.is_root());
        assert_eq!(owner.is_other, geteuid().is_root());
    }
}
