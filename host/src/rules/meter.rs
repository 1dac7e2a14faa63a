//! How much memory a call takes, and where that ends.

use wasmtime::ResourceLimiter;

/// Counts what a call's instances take, refuses what goes past the limit, and remembers that it did: growth that fails
/// is a trap, so that no plugin carries on with a null pointer.
#[derive(Debug)]
pub(super) struct MemoryMeter {
    limit: usize,
    /// Elements that one table may have.
    table_elements: usize,
    /// Bytes of linear memory that are in use. Memories only ever grow, so this is the peak as well.
    used: usize,
    refused: bool,
}

/// Growth past the limit.
#[derive(Debug, thiserror::Error)]
#[error("the plugin asked for more memory than it may have")]
struct Refused;

impl MemoryMeter {
    pub(super) fn new(limit: usize, table_elements: usize) -> Self {
        Self { limit, table_elements, used: 0, refused: false }
    }

    /// The most bytes of linear memory that were in use.
    pub(super) fn peak(&self) -> usize {
        self.used
    }

    /// Whether anything was refused.
    pub(super) fn has_refused(&self) -> bool {
        self.refused
    }

    fn refuse(&mut self) -> wasmtime::Result<bool> {
        self.refused = true;
        Err(Refused.into())
    }
}

impl ResourceLimiter for MemoryMeter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let used = self.used.saturating_add(desired.saturating_sub(current));
        if used > self.limit || maximum.is_some_and(|maximum| desired > maximum) {
            return self.refuse();
        }
        self.used = used;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = true;
        Err(error)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.table_elements || maximum.is_some_and(|maximum| desired > maximum) {
            return self.refuse();
        }
        Ok(true)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = true;
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_are_counted_together() {
        let mut meter = MemoryMeter::new(300, 10);
        assert!(meter.memory_growing(0, 100, None).unwrap());
        assert!(meter.memory_growing(0, 100, None).unwrap());
        assert!(meter.memory_growing(100, 200, None).unwrap());
        assert!(!meter.has_refused());
        meter.memory_growing(200, 201, None).unwrap_err();
        assert!(meter.has_refused());
        assert_eq!(meter.peak(), 300);
    }

    #[test]
    fn a_memory_keeps_to_its_own_maximum() {
        let mut meter = MemoryMeter::new(300, 10);
        meter.memory_growing(0, 200, Some(100)).unwrap_err();
        assert!(meter.has_refused());
    }
}
