//! Typed access to players, participations and what is reported about them.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::json::{member, parse};
use crate::{Action, Malformed, Participation, Player, Report, Standing};

impl Player {
    /// All that game servers have set about the player, a JSON object.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use world_events_plugin_sdk::{json, testing};
    ///
    /// #[derive(Deserialize)]
    /// struct Attributes {
    ///     level: u32,
    ///     guild: Option<String>,
    /// }
    ///
    /// let player = testing::player("p1").with_attributes(json!({"level": 12, "mount": "griffin"}));
    /// let attributes: Attributes = player.attributes().unwrap();
    /// assert_eq!((attributes.level, attributes.guild), (12, None));
    /// ```
    ///
    /// # Errors
    ///
    /// If it does not read as a `T`.
    pub fn attributes<T: DeserializeOwned>(&self) -> Result<T, Malformed> {
        parse("what is known about the player", &self.attributes)
    }

    /// One thing that game servers have set about the player; `None` if it is absent or null.
    ///
    /// ```
    /// use world_events_plugin_sdk::{json, testing};
    ///
    /// let player = testing::player("p1").with_attributes(json!({"level": 12}));
    /// assert_eq!(player.attribute::<u32>("level").unwrap(), Some(12));
    /// assert_eq!(player.attribute::<String>("guild").unwrap(), None);
    /// ```
    ///
    /// # Errors
    ///
    /// If it does not read as a `T`.
    pub fn attribute<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Malformed> {
        member("the player's attribute", &self.attributes, name)
    }
}

impl Participation {
    /// The rule's own notes about the player, as [`Outcome::set_progress`](crate::Outcome::set_progress) left them.
    /// `{}` until then, so that a `T` usually has `#[serde(default)]`.
    ///
    /// ```
    /// use serde::{Deserialize, Serialize};
    /// use world_events_plugin_sdk::testing;
    ///
    /// #[derive(Default, Serialize, Deserialize)]
    /// #[serde(default)]
    /// struct Progress {
    ///     hits: u64,
    /// }
    ///
    /// let participation = testing::participation("p1");
    /// assert_eq!(participation.progress::<Progress>().unwrap().hits, 0);
    /// ```
    ///
    /// # Errors
    ///
    /// If they do not read as a `T`: another version of the rule wrote them, or they were changed by hand.
    pub fn progress<T: DeserializeOwned>(&self) -> Result<T, Malformed> {
        parse("the player's progress", &self.progress)
    }

    /// What was achieved so far, each a JSON object.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use world_events_plugin_sdk::{json, testing};
    ///
    /// #[derive(Deserialize)]
    /// struct Medal {
    ///     #[serde(default)]
    ///     points: u64,
    /// }
    ///
    /// let medals = json!([{"id": "bronze", "points": 10}, {"id": "silver", "points": 25}, {"id": "cheer"}]);
    /// let participation = testing::participation("p1").with_achievements(medals);
    /// let medals: Vec<Medal> = participation.achievements().unwrap();
    /// assert_eq!(medals.iter().map(|medal| medal.points).sum::<u64>(), 35);
    /// ```
    ///
    /// # Errors
    ///
    /// If one of them does not read as a `T`.
    pub fn achievements<T: DeserializeOwned>(&self) -> Result<Vec<T>, Malformed> {
        parse("an achievement of the player", &self.achievements)
    }

    /// Whether there is an achievement with this `id`. Achievements without an `id` are passed over.
    ///
    /// ```
    /// use world_events_plugin_sdk::{json, testing};
    ///
    /// let participation = testing::participation("p1").with_achievements(json!([{"id": "first-blood"}]));
    /// assert!(participation.has_achievement("first-blood").unwrap());
    /// assert!(!participation.has_achievement("slayer").unwrap());
    /// ```
    ///
    /// # Errors
    ///
    /// If the achievements are no list of objects, or an `id` is no string.
    pub fn has_achievement(&self, id: &str) -> Result<bool, Malformed> {
        let known: Vec<Identified> = self.achievements()?;
        Ok(known.iter().any(|achievement| achievement.id.as_deref() == Some(id)))
    }
}

/// As much of an achievement as tells it from others.
#[derive(Deserialize)]
struct Identified {
    id: Option<String>,
}

impl Report {
    /// The merge patch (RFC 7396) for the progress, if the report carried one. What of it holds is the rule's to say.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use world_events_plugin_sdk::{json, testing};
    ///
    /// /// Players may choose a banner; whatever else they send does not count.
    /// #[derive(Deserialize)]
    /// struct Choice {
    ///     banner: Option<String>,
    /// }
    ///
    /// let mut card = testing::scorecard(testing::participation("p1"), [("march", 3)]);
    /// assert!(card.report.progress::<Choice>().unwrap().is_none());
    /// card.report.progress = Some(json!({"banner": "owl", "score": 1_000_000}).to_string());
    /// assert_eq!(card.report.progress::<Choice>().unwrap().unwrap().banner.as_deref(), Some("owl"));
    /// ```
    ///
    /// # Errors
    ///
    /// If it does not read as a `T`.
    pub fn progress<T: DeserializeOwned>(&self) -> Result<Option<T>, Malformed> {
        self.progress.as_deref().map(|patch| parse("the report's progress", patch)).transpose()
    }
}

impl Action {
    /// All that the game says about the action beyond its amount, a JSON object.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use world_events_plugin_sdk::{Action, json};
    ///
    /// #[derive(Default, Deserialize)]
    /// #[serde(default)]
    /// struct Hit {
    ///     element: Option<String>,
    ///     critical: bool,
    /// }
    ///
    /// let action = Action::from(("hit", 70, json!({"element": "fire", "critical": true, "weapon": "bow"})));
    /// let hit: Hit = action.attributes().unwrap();
    /// assert_eq!((hit.element.as_deref(), hit.critical), (Some("fire"), true));
    /// ```
    ///
    /// # Errors
    ///
    /// If it does not read as a `T`.
    pub fn attributes<T: DeserializeOwned>(&self) -> Result<T, Malformed> {
        parse("what is known about the action", &self.attributes)
    }

    /// One thing that the game says about the action; `None` if it is absent or null.
    ///
    /// ```
    /// use world_events_plugin_sdk::{Action, json};
    ///
    /// let action = Action::from(("hit", 70, json!({"element": "fire"})));
    /// assert_eq!(action.attribute::<String>("element").unwrap().as_deref(), Some("fire"));
    /// ```
    ///
    /// # Errors
    ///
    /// If it does not read as a `T`.
    pub fn attribute<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Malformed> {
        member("the action's attribute", &self.attributes, name)
    }
}

impl Standing {
    /// Whose row this is.
    ///
    /// ```
    /// use world_events_plugin_sdk::testing;
    ///
    /// let players = [("p1", 5), ("p2", 9)].map(|(id, score)| testing::participation(id).with_score(score));
    /// let page = testing::page(players);
    /// assert_eq!(page.rows[0].player_id(), "p2");
    /// ```
    #[must_use]
    pub fn player_id(&self) -> &str {
        &self.participation.player.id
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{Report, testing};

    #[test]
    fn achievements_without_an_id_are_passed_over() {
        let participation = testing::participation("p1").with_achievements(json!([{"name": "x"}, {"id": "y"}]));
        assert!(participation.has_achievement("y").unwrap());
        assert!(!participation.has_achievement("x").unwrap());
    }

    #[test]
    fn achievements_that_are_no_list_are_malformed() {
        let participation = testing::participation("p1").with_achievements(json!({"id": "y"}));
        let error = participation.has_achievement("y").unwrap_err();
        assert!(error.to_string().starts_with("an achievement of the player is malformed"), "{error}");
    }

    #[test]
    fn a_report_may_carry_progress() {
        let mut report = testing::scorecard(testing::participation("p1"), [("hit", 1)]).report;
        assert_eq!(report.progress::<Value>().unwrap(), None);
        report = Report { progress: Some(r#"{"note": 1}"#.to_owned()), ..report };
        assert_eq!(report.progress::<Value>().unwrap(), Some(json!({"note": 1})));
    }
}
