//! Before anything can happen: plugins are published, the region and the players are made known.

use serde_json::{Value, json};

use super::Story;
use crate::demo::crowd;
use crate::demo::plugins::Module;
use crate::demo::progress::Step;

/// Where everything takes place.
pub(super) const REGION: &str = "greyharbour";

/// So many people live in the region for each one who plays.
pub(super) const PEOPLE_PER_PLAYER: usize = 4;

impl Story {
    pub(super) async fn prepare(&mut self, modules: Vec<Module>) -> anyhow::Result<()> {
        self.publish(modules).await?;
        self.populate().await
    }

    async fn publish(&mut self, modules: Vec<Module>) -> anyhow::Result<()> {
        let step = Step::begin("publishing the plugins", modules.len());
        let mut published = Vec::new();
        for Module { name, wasm } in modules {
            let path = format!("/plugins/{name}/versions");
            let refused = self.game.upload("publish plugin", &path, wasm.clone()).await?.outcome();
            self.expectations.equal("a game server that publishes a plugin", &*refused, "FORBIDDEN");
            let kilobytes = wasm.len() / 1_000;
            let version: Value = self.designer.upload("publish plugin", &path, wasm).await?.success()?;
            let number = version.get("version").and_then(Value::as_str).unwrap_or("?");
            published.push(format!("{name} {number} ({kilobytes} KB)"));
            step.advance();
        }
        step.end(&published.join(", "));
        Ok(())
    }

    async fn populate(&mut self) -> anyhow::Result<()> {
        let step = Step::begin("telling the server about the players", self.players.len());
        let body = json!({ "population": self.players.len() * PEOPLE_PER_PLAYER });
        self.operator.put("set region", &format!("/regions/{REGION}"), &body).await?.success::<Value>()?;
        let told = crowd::each(self.players.clone(), |player| {
            let (game, step) = (self.game.clone(), step.clone());
            async move {
                let path = format!("/players/{}/attributes", player.id);
                game.put("set attributes", &path, &player.attributes).await?.success::<Value>()?;
                step.advance();
                Ok(())
            }
        })
        .await?;
        step.end(&format!("{} of them", told.len()));
        Ok(())
    }
}
