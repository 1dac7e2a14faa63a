//! Places for which nobody waits.

use std::sync::atomic::{AtomicUsize, Ordering};

/// So many may be inside at once.
#[derive(Debug)]
pub(super) struct Gate {
    size: usize,
    inside: AtomicUsize,
}

/// A place inside, for as long as this is kept.
#[derive(Debug)]
pub(super) struct Inside<'gate>(&'gate Gate);

impl Gate {
    pub(super) fn new(size: usize) -> Self {
        Self { size, inside: AtomicUsize::new(0) }
    }

    /// Enters, if there is a place.
    pub(super) fn try_enter(&self) -> Option<Inside<'_>> {
        // Counted first, so that this can never let one too many in; who is too many leaves at once.
        let inside = Inside(self);
        (self.inside.fetch_add(1, Ordering::Relaxed) < self.size).then_some(inside)
    }

    /// How many places there are.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// How many are taken.
    pub(super) fn in_use(&self) -> usize {
        self.inside.load(Ordering::Relaxed).min(self.size)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_let_in_than_there_are_places() {
        let gate = Gate::new(2);
        let first = gate.try_enter().unwrap();
        let second = gate.try_enter().unwrap();
        assert!(gate.try_enter().is_none());
        assert_eq!(gate.in_use(), 2);
        drop(first);
        let third = gate.try_enter().unwrap();
        assert!(gate.try_enter().is_none());
        drop((second, third));
        assert_eq!(gate.in_use(), 0);
    }
}
