//! The interfaces in `wit/` for a plugin in TypeScript or Python, which is built against them: where WIT has the packages
//! that another one uses, beside the world of the rule.

use std::path::{Path, PathBuf};

use super::place::Place;
use super::{Content, NewError, NewFile, embedded, sdk};

/// Where they are, in the plugin's folder.
const FOLDER: &str = "wit/deps/world-events-rules";
/// The repository's own from there, for a plugin in its folder of plugins.
const UP: &str = "../../../../wit";

/// Whether a plugin in this place can use those of the repository that it is in.
pub(super) fn is_shared(place: &Place) -> bool {
    matches!(place, Place::Workspace { root, .. } if root.join("wit").is_dir())
}

/// A link to those of the repository, or else a copy of those in this program.
pub(super) fn files(place: &Place) -> Result<Vec<NewFile>, NewError> {
    if is_shared(place) {
        return Ok(vec![(PathBuf::from(FOLDER), Content::Link(PathBuf::from(UP)))]);
    }
    let copy = |file: &'static include_dir::File<'_>| {
        Ok((Path::new(FOLDER).join(file.path()), Content::Text(embedded::text(file)?.to_owned())))
    };
    embedded::files(&sdk::WIT).into_iter().map(copy).collect()
}
