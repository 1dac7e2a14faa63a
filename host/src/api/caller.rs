//! Who is calling, and what that role may do: the table of roles, written once.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;

use super::App;
use super::error::ApiError;
use crate::auth::{Claims, Role};
use crate::model::PlayerId;

/// Something that a role may or may not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Read events, templates and analytics.
    ReadEvents,
    /// List test events. Who knows the id of one may read it like any other.
    ReadTestEvents,
    /// Read participations; players see those of others without progress.
    ReadParticipations,
    /// Create, change and cancel events; their rules and settlement.
    ManageEvents,
    /// Create, change and deactivate templates.
    ManageTemplates,
    /// Publish and yank plugins, move their channels, read and replace drafts, try rules out.
    ManagePlugins,
    /// List, get and download plugins.
    ReadPlugins,
    /// Join and leave events.
    Join,
    /// Report progress.
    Report,
    /// Rate an event.
    Rate,
    /// Read rewards.
    ReadRewards,
    /// Claim rewards.
    Claim,
    /// Write the attributes of players.
    WriteAttributes,
    /// Read the attributes and events of players.
    ReadPlayer,
    /// Write what is known of regions.
    ManageRegions,
}

/// For whom a role may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// For nobody.
    Nobody,
    /// For itself.
    Itself,
    /// For anybody.
    Anybody,
}

impl Permission {
    /// For whom the role may do this.
    #[must_use]
    pub fn scope(self, role: Role) -> Scope {
        use Role::{Designer, GameServer, Operator, Player};
        use Scope::{Anybody, Itself, Nobody};
        match (self, role) {
            (Self::ReadEvents | Self::ReadParticipations, _) => Anybody,
            (Self::ManageEvents | Self::ManageTemplates | Self::ManagePlugins, Designer | Operator) => Anybody,
            (Self::ManageEvents | Self::ManageTemplates | Self::ManagePlugins, Player | GameServer) => Nobody,
            (Self::ReadPlugins | Self::ReadTestEvents, Player) => Nobody,
            (Self::ReadPlugins | Self::ReadTestEvents, GameServer | Designer | Operator) => Anybody,
            (Self::Join | Self::Report | Self::Rate | Self::Claim, Player) => Itself,
            (Self::Join | Self::Report | Self::Rate | Self::Claim, GameServer | Operator) => Anybody,
            (Self::Join | Self::Report | Self::Rate | Self::Claim, Designer) => Nobody,
            (Self::ReadRewards | Self::ReadPlayer, Player) => Itself,
            (Self::ReadRewards | Self::ReadPlayer, GameServer | Designer | Operator) => Anybody,
            (Self::WriteAttributes, GameServer | Operator) => Anybody,
            (Self::WriteAttributes, Player | Designer) => Nobody,
            (Self::ManageRegions, Operator) => Anybody,
            (Self::ManageRegions, Player | GameServer | Designer) => Nobody,
        }
    }
}

/// The bearer of a valid token.
#[derive(Debug, Clone)]
pub struct Caller {
    claims: Claims,
}

impl Caller {
    /// Its role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.claims.role
    }

    /// Who it is: for players, the player's id.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.claims.sub
    }

    /// Whether it is this player.
    #[must_use]
    pub fn is_player(&self, player: &PlayerId) -> bool {
        self.claims.role == Role::Player && self.claims.sub == player.as_str()
    }

    /// Whether backtraces and logs of rules may be shown to it.
    #[must_use]
    pub fn may_see_rules_inside(&self) -> bool {
        Permission::ManagePlugins.scope(self.role()) == Scope::Anybody
    }

    /// Demands that the role may do this for anybody.
    ///
    /// # Errors
    /// 403.
    pub fn require(&self, permission: Permission) -> Result<(), ApiError> {
        match permission.scope(self.role()) {
            Scope::Anybody => Ok(()),
            Scope::Itself | Scope::Nobody => {
                Err(ApiError::forbidden(format!("the role {} may not do this", self.role())))
            }
        }
    }

    /// Demands that the role may do this for the player.
    ///
    /// # Errors
    /// 403.
    pub fn require_for(&self, permission: Permission, player: &PlayerId) -> Result<(), ApiError> {
        match permission.scope(self.role()) {
            Scope::Itself if self.claims.sub == player.as_str() => Ok(()),
            Scope::Itself => Err(ApiError::forbidden("players may do this for themselves only")),
            Scope::Anybody | Scope::Nobody => self.require(permission),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller
where
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = App::from_ref(state);
        let Some(header) = parts.headers.get(header::AUTHORIZATION) else {
            return Err(ApiError::unauthorized("this needs a token: Authorization: Bearer <JWT>", "Bearer"));
        };
        let malformed = || ApiError::unauthorized("the Authorization header must be: Bearer <JWT>", "Bearer");
        let (scheme, token) = header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(malformed());
        }
        let claims = app.keys.verify_at(token.trim(), app.clock.now())?;
        Ok(Self { claims })
    }
}
