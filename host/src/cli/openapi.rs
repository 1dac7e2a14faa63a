//! `world-events openapi`

use anyhow::Context as _;
use clap::Args;

use super::print;

/// Print the API's OpenAPI 3.1 document as YAML.
#[derive(Debug, Args)]
pub(super) struct Openapi {}

impl Openapi {
    #[expect(clippy::unused_self, reason = "as every command")]
    pub(super) fn run(&self) -> anyhow::Result<()> {
        print(&crate::api::openapi().to_yaml().context("cannot write the OpenAPI document")?)
    }
}
