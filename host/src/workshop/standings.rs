//! The final standings of an event that is held in memory, in the order in which a server pays them.

use std::collections::HashMap;

use crate::boards::Board;
use crate::model::{Object, Participation, PlayerId};
use crate::store::settlements::Standing;

/// The final standings of those who are in: best score first, ties by who reached it earlier, equal scores with the same
/// rank.
pub fn standings<'a>(participations: impl IntoIterator<Item = (&'a Participation, &'a Object)>) -> Vec<Standing> {
    let mut board = Board::default();
    let by_id: HashMap<&PlayerId, (&Participation, &Object)> = participations
        .into_iter()
        .filter(|(participation, _)| participation.status.is_inside())
        .map(|of| {
            board.note(of.0);
            (&of.0.player_id, of)
        })
        .collect();
    let everybody = u32::try_from(board.len()).unwrap_or(u32::MAX);
    let row = |(entry, position): (&crate::store::standings::Rank, i64)| {
        let (participation, attributes) = by_id.get(&entry.player_id)?;
        Some(Standing {
            position,
            rank: i64::try_from(entry.rank).ok()?,
            participation: Participation::clone(participation),
            attributes: Object::clone(attributes),
        })
    };
    board.page(None, everybody).entries.iter().zip(1..).filter_map(row).collect()
}
