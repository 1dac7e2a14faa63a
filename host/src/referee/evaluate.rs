//! Evaluation: questions about real players to a module that need not be the event's own. Changes nothing.

use std::sync::Arc;

use super::rehearse::{Stage, page};
use super::{Attributes, EventInput, Referee, RefereeError, input};
use crate::model::action::Action;
use crate::model::event::WorldEvent;
use crate::model::plugin::PluginModule;
use crate::model::rules::PinnedRules;
use crate::model::{Object, Participation, PlayerId, Time};
use crate::rules::{Plugin, Rules, abi};

/// An event as it would be with another module.
pub struct Trial {
    referee: Referee,
    stage: Stage,
}

impl Referee {
    /// What rules are called through.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// A module, ready to be called.
    ///
    /// # Errors
    /// It cannot be loaded.
    pub async fn load(&self, module: &PluginModule) -> Result<Arc<Plugin>, RefereeError> {
        self.plugin(&module.digest, &format!("{}@{}", module.name, module.version)).await
    }

    /// The event as it is, but with this module and these parameters; `None`: its own.
    ///
    /// # Errors
    /// The module cannot be loaded.
    pub async fn try_out(
        &self,
        event: &WorldEvent,
        module: &PluginModule,
        parameters: Option<Object>,
    ) -> Result<Trial, RefereeError> {
        let held = event.rules.as_ref();
        let own = || held.map(|rules| rules.parameters.clone()).unwrap_or_default();
        let rules = PinnedRules {
            plugin: module.name.clone(),
            version: module.version.clone(),
            channel: None,
            draft: None,
            digest: module.digest.clone(),
            capabilities: module.capabilities.clone(),
            parameters: parameters.unwrap_or_else(own).with_plain_integers(),
            goals: held.map(|rules| rules.goals.clone()).unwrap_or_default(),
            on_failure: held.map(|rules| rules.on_failure).unwrap_or_default(),
        };
        let event = Arc::new(WorldEvent { rules: Some(rules), ..event.clone() });
        let stage = Stage { plugin: self.load(module).await?.apart(), input: EventInput::of(&event) };
        Ok(Trial { referee: self.clone(), stage })
    }
}

impl Trial {
    /// The module, ready to be called.
    #[must_use]
    pub fn plugin(&self) -> &Arc<Plugin> {
        &self.stage.plugin
    }

    /// The parameters that it gets.
    #[must_use]
    pub fn parameters(&self) -> Object {
        self.stage.input.event.rules.as_ref().map(|rules| rules.parameters.clone()).unwrap_or_default()
    }

    /// The question whether a player may join; `before` is how the player stands, if known to the event.
    ///
    /// # Errors
    /// The database failed.
    pub async fn application(
        &self,
        player: &PlayerId,
        before: Option<&Participation>,
        now: Time,
    ) -> Result<abi::Application, RefereeError> {
        let attributes = self.attributes(player).await?;
        Ok(input::application(&self.stage.input, player, before, &attributes, now))
    }

    /// The question what a report about a participant is worth.
    ///
    /// # Errors
    /// The database failed.
    pub async fn scorecard(
        &self,
        participation: &Participation,
        actions: &[Action],
        progress: Option<&Object>,
        now: Time,
    ) -> Result<abi::Scorecard, RefereeError> {
        let attributes = self.attributes(&participation.player_id).await?;
        Ok(input::scorecard(&self.stage.input, participation, &attributes, actions, progress, now))
    }

    /// The question who is paid what, about some of those who are in the event: as if there were nobody else.
    ///
    /// # Errors
    /// The database failed.
    pub async fn page(&self, now: Time) -> Result<abi::Page, RefereeError> {
        let cast = self.referee.cast(&self.stage.input.event).await?;
        Ok(page(&self.stage, cast, now))
    }

    async fn attributes(&self, player: &PlayerId) -> Result<Attributes, RefereeError> {
        let known = self.referee.store.attributes_of(std::slice::from_ref(player)).await?.remove(player);
        Ok(known.map(Attributes::new).unwrap_or_default())
    }
}
