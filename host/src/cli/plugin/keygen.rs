//! `world-events plugin keygen`

use std::path::Path;

use clap::Args;

use crate::cli::print;
use crate::model::text::SignerName;
use crate::workshop::signing::make_keys;

/// Make a pair of keys that plugins are signed with: NAME.key.pem and NAME.pem, in this folder.
///
/// Both are Ed25519 keys in PEM, as OpenSSL makes them too.
#[derive(Debug, Args)]
pub(super) struct Keygen {
    /// Whose they are; servers know the signer by this name
    name: SignerName,
}

impl Keygen {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let files = make_keys(Path::new(""), self.name.as_str())?;
        let (private, public) = (files.private.display(), files.public.display());
        print(&format!(
            "made {private} and {public}\n\n  world-events plugin publish --sign {private}    # keep it to yourself\n  \
             {public} belongs into the folder `plugin_keys` of the server that is to trust it"
        ))
    }
}
