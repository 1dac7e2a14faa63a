//! Puts the participants of an event that is over in their final order.

use std::sync::Arc;
use std::time::Instant;

use uuid::Uuid;

use super::throttle::Throttle;
use crate::boards::Board;
use crate::store::settlements::Ranking;
use crate::store::{Store, StoreError};

/// Writes the final standings: best score first, ties by who reached it earlier, then by id. Nobody can change a score any
/// more, as the event is over. What a server leaves unfinished, the next one does anew.
///
/// The board is one of its own and not one of those that are held: what people edit by hand meanwhile must not move
/// anybody past the rows that are written.
pub(super) async fn rank(store: &Store, event_id: Uuid, mut ranking: Ranking) -> Result<(), StoreError> {
    let (mut throttle, mut board, mut after) = (Throttle::begin().await, Board::default(), Arc::default());
    loop {
        let began = Instant::now();
        let rows = store.standing_rows(event_id, &after, throttle.rows().into()).await?;
        let Some(last) = rows.last() else { break };
        after = Arc::clone(&last.player);
        rows.iter().filter(|row| row.stands).for_each(|row| board.merge(row));
        throttle.rest(began.elapsed()).await;
    }
    loop {
        let began = Instant::now();
        if ranking.clear(throttle.rows().into()).await? == 0 {
            break;
        }
        throttle.rest(began.elapsed()).await;
    }
    let mut last = None;
    loop {
        let began = Instant::now();
        let page = board.page(last.as_ref(), throttle.rows());
        ranking.write(&page.entries).await?;
        last = page.entries.last().map(|entry| (entry.score, entry.score_at, entry.player_id.clone()));
        if !page.more {
            return ranking.finish().await;
        }
        throttle.rest(began.elapsed()).await;
    }
}
