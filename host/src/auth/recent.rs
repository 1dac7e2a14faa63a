//! Tokens that were verified lately.
//!
//! A game server sends thousands of requests with one token. Its signature and what it says stay right for ever, so they
//! are looked at once; its times are looked at again each time.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, Utc};

use super::Claims;
use super::claims::Checked;

/// How many tokens are held at most. Each has one place where it can be, and takes it from whoever is there.
const PLACES: usize = 4_096;

/// The longest token that is held, in bytes: this and [`PLACES`] bound the memory to 4 MiB.
const LONGEST: usize = 1_024;

/// How much of a token's end tells where its place is. It ends in its signature, which nobody can choose.
const TAIL: usize = 32;

/// Tokens that were verified with one key.
pub(super) struct RecentTokens {
    places: Box<[Place]>,
    hasher: RandomState,
}

#[derive(Default)]
struct Place {
    /// The hash of the token that was verified last. Only one that comes again is held: a player's token that is used once
    /// costs nothing more than this.
    last: AtomicU64,
    held: RwLock<Option<Held>>,
}

struct Held {
    hash: u64,
    token: Box<str>,
    checked: Checked,
}

impl fmt::Debug for RecentTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecentTokens").finish_non_exhaustive()
    }
}

impl Default for RecentTokens {
    fn default() -> Self {
        Self { places: (0..PLACES).map(|_| Place::default()).collect(), hasher: RandomState::new() }
    }
}

impl RecentTokens {
    /// What this very token says, if it was verified before and is valid at this time. If not, it has to be verified.
    pub(super) fn claims(&self, token: &str, now: DateTime<Utc>) -> Option<Claims> {
        let (hash, place) = self.place(token)?;
        let held = place.held.read().unwrap_or_else(PoisonError::into_inner);
        // The hash first: who guesses a signature must not learn by the time that takes how much of it is right.
        let held = held.as_ref().filter(|held| held.hash == hash && *held.token == *token)?;
        held.checked.holds_at(now).then(|| held.checked.claims.clone())
    }

    /// Takes note of a token that was verified.
    pub(super) fn note(&self, token: &str, checked: Checked) -> Claims {
        let claims = checked.claims.clone();
        if token.len() <= LONGEST
            && let Some((hash, place)) = self.place(token)
            && place.last.swap(hash, Ordering::Relaxed) == hash
        {
            let held = Held { hash, token: token.into(), checked };
            *place.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held);
        }
        claims
    }

    fn place(&self, token: &str) -> Option<(u64, &Place)> {
        let tail = token.as_bytes().get(token.len().saturating_sub(TAIL)..)?;
        let hash = self.hasher.hash_one(tail);
        Some((hash, self.places.get(hash as usize % PLACES)?))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::super::claims::RawClaims;
    use super::super::{KeySource, Keys, Role, TokenError};
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2030-01-01T12:00:00Z".parse().unwrap()
    }

    fn checked() -> Checked {
        let (nbf, exp) = (noon().timestamp(), noon().timestamp() + 60);
        let claims = json!({ "sub": "shard", "role": "game-server", "nbf": nbf, "exp": exp });
        serde_json::from_value::<RawClaims>(claims).unwrap().check(None, noon()).unwrap()
    }

    #[test]
    fn a_token_is_held_when_it_comes_again_and_only_itself() {
        let recent = RecentTokens::default();
        recent.note("header.body.signature", checked());
        assert_eq!(recent.claims("header.body.signature", noon()), None);
        let claims = recent.note("header.body.signature", checked());
        assert_eq!(recent.claims("header.body.signature", noon()), Some(claims));
        for other in ["", "signature", "header.body.signaturE", "header.body.signature "] {
            assert_eq!(recent.claims(other, noon()), None);
        }
    }

    #[test]
    fn tokens_with_the_same_end_are_told_apart() {
        let recent = RecentTokens::default();
        let signature = "x".repeat(TAIL);
        for _ in 0..2 {
            recent.note(&format!("one.{signature}"), checked());
        }
        assert!(recent.claims(&format!("one.{signature}"), noon()).is_some());
        assert_eq!(recent.claims(&format!("two.{signature}"), noon()), None);
    }

    #[test]
    fn times_are_looked_at_each_time() {
        let recent = RecentTokens::default();
        for _ in 0..2 {
            recent.note("a.b.c", checked());
        }
        for (offset, is_valid) in [(-1, false), (0, true), (59, true), (60, false), (3_600, false)] {
            assert_eq!(recent.claims("a.b.c", noon() + TimeDelta::seconds(offset)).is_some(), is_valid, "{offset}");
        }
    }

    #[test]
    fn long_tokens_are_verified_each_time() {
        let (recent, token) = (RecentTokens::default(), "x".repeat(LONGEST + 1));
        for _ in 0..2 {
            recent.note(&token, checked());
        }
        assert_eq!(recent.claims(&token, noon()), None);
    }

    #[test]
    fn what_is_held_does_not_let_anything_else_in() {
        let keys = Keys::load(&KeySource::Secret("s".repeat(32)), None, None).unwrap();
        let exp = u64::try_from(noon().timestamp()).unwrap();
        let token = keys.mint(&Claims { sub: "shard".to_owned(), role: Role::GameServer, exp }).unwrap();
        let before = noon() - TimeDelta::seconds(1);
        for _ in 0..3 {
            assert!(keys.verify_at(&token, before).is_ok());
        }
        assert_eq!(keys.verify_at(&token, noon()), Err(TokenError::Expired));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = signed.split_once('.').unwrap();
        let forged = format!("{header}.e30.{signature}");
        assert_eq!(keys.verify_at(&forged, before), Err(TokenError::BadSignature));
    }
}
