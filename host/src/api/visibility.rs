//! What of a thing a caller may see.

use super::caller::Caller;
use crate::auth::Role;
use crate::model::Participation;
use crate::model::event::WorldEvent;
use crate::model::settlement::Settlement;

/// Of a participation: players see the notes about themselves only.
pub(super) fn participation(participation: Participation, caller: &Caller) -> Participation {
    if caller.role() == Role::Player && !caller.is_player(&participation.player_id) {
        participation.without_progress()
    } else {
        participation
    }
}

/// Of a settlement: what is inside a rule is for designers and operators only.
pub(super) fn settlement(settlement: Settlement, caller: &Caller) -> Settlement {
    if caller.may_see_rules_inside() { settlement } else { settlement.without_details() }
}

/// Of an event: as of its settlement.
pub(super) fn event(mut event: WorldEvent, caller: &Caller) -> WorldEvent {
    event.settlement = settlement(event.settlement, caller);
    event
}
