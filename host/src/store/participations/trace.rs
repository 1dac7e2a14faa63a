//! What the database shows of changes whose answer was lost with the connection.

use std::sync::Arc;

use super::change::Change;
use crate::model::Participation;
use crate::store::{Store, StoreError};

/// What the database shows of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Trace {
    /// The row is as the change leaves it.
    Written(Arc<Participation>),
    /// Others have written since: whether it was written before them cannot be told.
    Overwritten,
    /// It was not written.
    Absent,
}

impl Store {
    /// Looks for changes that may have been written: what there is of each, in their order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn traces(&self, changes: &[&Change]) -> Result<Vec<Trace>, StoreError> {
        let keys: Vec<_> = changes.iter().map(|change| change.after.key()).collect();
        let rows = self.participations_by_key(&keys).await?;
        let trace = |change: &&Change| match rows.get(&change.after.key()) {
            Some(row) if *row == change.applied() => Trace::Written(Arc::new(row.clone())),
            Some(row) if row.version > change.after.version + 1 => Trace::Overwritten,
            Some(_) | None => Trace::Absent,
        };
        Ok(changes.iter().map(trace).collect())
    }
}
