//! Keeps account of the calls of rules: what was counted in memory is added to the sums in the database now and then.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::rules::Rules;
use crate::store::Store;

/// How often.
const PERIOD: Duration = Duration::from_secs(5);

/// Keeps account until no request runs any more.
pub(super) async fn keep(rules: Rules, store: Store, drained: CancellationToken) {
    let mut pending = Vec::new();
    loop {
        let is_last = drained.run_until_cancelled(tokio::time::sleep(PERIOD)).await.is_none();
        pending.extend(rules.take_calls());
        if !pending.is_empty() {
            match store.add_calls(&pending).await {
                Ok(()) => pending.clear(),
                // They are added the next time.
                Err(error) => tracing::warn!(%error, "the calls of rules could not be added up"),
            }
        }
        if is_last {
            return;
        }
    }
}
