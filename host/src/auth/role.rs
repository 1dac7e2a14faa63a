//! What a caller may be.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What a caller may be, and so may do. Written in tokens and on the command line in kebab case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A player's own client: acts for that player only.
    Player,
    /// A game server: acts for every player.
    GameServer,
    /// Makes events, templates and plugins.
    Designer,
    /// Runs the world: may do everything.
    Operator,
}

impl Role {
    /// Every role, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Player, Self::GameServer, Self::Designer, Self::Operator];

    /// The name as it stands in a token.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Player => "player",
            Self::GameServer => "game-server",
            Self::Designer => "designer",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A role that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown role {0:?}: it must be player, game-server, designer or operator")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == name).ok_or_else(|| UnknownRole(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn one_name_everywhere() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
            assert_eq!(role.to_possible_value().unwrap().get_name(), role.as_str());
        }
        assert_eq!(Role::value_variants(), Role::ALL);
    }

    #[test]
    fn a_name_is_exact() {
        for name in ["", "Player", "game_server", "GAME-SERVER", "admin", " operator"] {
            assert_eq!(name.parse::<Role>(), Err(UnknownRole(name.to_owned())));
        }
    }
}
