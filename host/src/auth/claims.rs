//! What a token says, and what can be wrong with one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Algorithm, Role};

/// How many characters (Unicode scalar values) a subject may have at most: a player's id is a subject.
pub const MAX_SUBJECT_CHARS: usize = 100;

/// What a valid token says about its bearer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// Who it is: the player's id for players, any name for the others. 1 to [`MAX_SUBJECT_CHARS`] characters.
    pub sub: String,
    /// What the bearer may do.
    pub role: Role,
    /// When the token stops being valid, in Unix seconds: from that second on it is refused.
    pub exp: u64,
}

/// Why a token was refused. The messages are safe to show to whoever sent the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a JSON Web Token at all, or a header or a body that cannot be read.
    #[error("the token is malformed: {0}")]
    Malformed(&'static str),
    /// Signed by an algorithm other than the server's, `none` included.
    #[error("the token is signed with the wrong algorithm: this server accepts {expected} only")]
    WrongAlgorithm {
        /// The one algorithm that is accepted.
        expected: Algorithm,
    },
    /// Signed with another key, or changed after it was signed.
    #[error("the token's signature does not match")]
    BadSignature,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `nbf` has not come yet.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `sub`, `role` or `exp` is missing.
    #[error("the token lacks the claim `{0}`")]
    MissingClaim(&'static str),
    /// A claim that is there and cannot be what it says.
    #[error("the token's claim `{claim}` is invalid: it must be {expected}")]
    InvalidClaim {
        /// Which claim.
        claim: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// A role that does not exist.
    #[error("the token's claim `role` is invalid: it must be player, game-server, designer or operator")]
    UnknownRole,
    /// Meant for another service (RFC 7519, 4.1.3).
    #[error("the token is meant for another audience")]
    WrongAudience,
}

/// A subject that is empty or too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a subject must have 1 to {MAX_SUBJECT_CHARS} characters, this one has {0}")]
pub struct InvalidSubject(pub usize);

/// Whether `subject` can stand in a token.
///
/// # Errors
///
/// When it is empty or longer than [`MAX_SUBJECT_CHARS`].
pub fn check_subject(subject: &str) -> Result<(), InvalidSubject> {
    match subject.chars().count() {
        1..=MAX_SUBJECT_CHARS => Ok(()),
        count => Err(InvalidSubject(count)),
    }
}

/// The claims as they come out of a token whose signature matched: any of them may be missing or wrong.
#[derive(Deserialize)]
pub(super) struct RawClaims {
    sub: Option<Value>,
    role: Option<Value>,
    exp: Option<Value>,
    nbf: Option<Value>,
    aud: Option<Value>,
}

impl RawClaims {
    /// Checks the claims at the time `now`, for a server that goes by the name `audience`.
    pub(super) fn check(self, audience: Option<&str>, now: DateTime<Utc>) -> Result<Checked, TokenError> {
        check_audience(self.aud.as_ref(), audience)?;
        let exp = numeric_date("exp", &self.exp.ok_or(TokenError::MissingClaim("exp"))?)?;
        check_end(exp, now)?;
        let nbf = self.nbf.map(|nbf| numeric_date("nbf", &nbf)).transpose()?;
        check_begin(nbf, now)?;
        let sub = match self.sub.ok_or(TokenError::MissingClaim("sub"))? {
            Value::String(sub) if check_subject(&sub).is_ok() => sub,
            _ => return Err(TokenError::InvalidClaim { claim: "sub", expected: "text of 1 to 100 characters" }),
        };
        let role = match self.role.ok_or(TokenError::MissingClaim("role"))? {
            Value::String(role) => role.parse().map_err(|_| TokenError::UnknownRole)?,
            _ => return Err(TokenError::UnknownRole),
        };
        Ok(Checked { claims: Claims { sub, role, exp }, nbf })
    }
}

/// Claims that were right when they were checked.
pub(super) struct Checked {
    /// What the bearer is told by.
    pub(super) claims: Claims,
    nbf: Option<u64>,
}

impl Checked {
    /// Whether they are right at this time, too: only times can make them wrong.
    pub(super) fn holds_at(&self, now: DateTime<Utc>) -> bool {
        check_end(self.claims.exp, now).and_then(|()| check_begin(self.nbf, now)).is_ok()
    }
}

/// RFC 7519, 4.1.3: one name or a list of names. Who is named in none must refuse the token, who goes by no name included.
fn check_audience(aud: Option<&Value>, audience: Option<&str>) -> Result<(), TokenError> {
    let names = match aud {
        None => return if audience.is_none() { Ok(()) } else { Err(TokenError::MissingClaim("aud")) },
        Some(Value::Array(names)) => names.as_slice(),
        Some(name) => std::slice::from_ref(name),
    };
    if names.iter().any(|name| name.as_str().is_some_and(|name| Some(name) == audience)) {
        Ok(())
    } else {
        Err(TokenError::WrongAudience)
    }
}

fn check_end(exp: u64, now: DateTime<Utc>) -> Result<(), TokenError> {
    if i64::try_from(exp).is_ok_and(|exp| exp <= now.timestamp()) { Err(TokenError::Expired) } else { Ok(()) }
}

fn check_begin(nbf: Option<u64>, now: DateTime<Utc>) -> Result<(), TokenError> {
    let is_early = nbf.is_some_and(|nbf| i64::try_from(nbf).map_or(true, |nbf| nbf > now.timestamp()));
    if is_early { Err(TokenError::NotYetValid) } else { Ok(()) }
}

/// A time in Unix seconds. RFC 7519 allows a fraction; it is cut off, so that nothing lives longer than it says.
fn numeric_date(claim: &'static str, value: &Value) -> Result<u64, TokenError> {
    let invalid = TokenError::InvalidClaim { claim, expected: "a time in Unix seconds" };
    match (value.as_u64(), value.as_f64()) {
        (Some(seconds), _) => Ok(seconds),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within u64, by the guard")]
        (None, Some(seconds)) if (0.0..9_007_199_254_740_992.0).contains(&seconds) => Ok(seconds as u64),
        _ => Err(invalid),
    }
}
