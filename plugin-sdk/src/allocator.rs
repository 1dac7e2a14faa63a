//! Memory for calls that are over soon.
//!
//! A call runs in a fresh memory that is thrown away with it, so giving memory back is mostly lost work. This allocator
//! hands out one block after the other and takes back only the last one. That makes it a few instructions, and keeps
//! the pages that a call touches, which the server has to clear, few and close together.

/// The memory that is handed out, as addresses. It knows nothing of the machine, so that it can be tested anywhere.
#[derive(Debug)]
struct Region {
    /// Where the next block may begin.
    next: usize,
    /// Where the memory that exists ends.
    end: usize,
}

impl Region {
    /// The address of a block of `size` bytes, aligned to a power of two; `None` if there is no such memory. `grow`
    /// adds at least so many bytes at the end of the memory and says how many they were.
    fn allocate(&mut self, size: usize, align: usize, grow: impl FnOnce(usize) -> Option<usize>) -> Option<usize> {
        let start = self.next.checked_next_multiple_of(align)?;
        let next = start.checked_add(size)?;
        self.extend_to(next, grow)?;
        self.next = next;
        Some(start)
    }

    /// Takes a block back, if it is the last one.
    fn release(&mut self, start: usize, size: usize) {
        if start + size == self.next {
            self.next = start;
        }
    }

    /// Makes a block larger or smaller where it is, if it is the last one; whether that was done.
    fn resize(&mut self, start: usize, size: usize, new: usize, grow: impl FnOnce(usize) -> Option<usize>) -> bool {
        if start + size != self.next {
            return false;
        }
        let Some(next) = start.checked_add(new) else {
            return false;
        };
        if self.extend_to(next, grow).is_none() {
            return false;
        }
        self.next = next;
        true
    }

    fn extend_to(&mut self, next: usize, grow: impl FnOnce(usize) -> Option<usize>) -> Option<()> {
        if next > self.end {
            self.end = self.end.checked_add(grow(next - self.end)?)?;
        }
        Some(())
    }
}

#[cfg(target_arch = "wasm32")]
mod global {
    use core::arch::wasm32::{memory_grow, memory_size};
    use std::alloc::{GlobalAlloc, Layout};
    use std::cell::UnsafeCell;
    use std::ptr;

    use super::Region;

    /// The size of a page of WebAssembly memory, from its specification.
    const PAGE: usize = 64 * 1024;

    /// How many pages are asked for at least: growing costs the server two system calls, asking for more than is used
    /// costs it nothing.
    const MIN_GROWTH: usize = 4;

    unsafe extern "C" {
        /// Where the linker says that memory begins to be free; only its address means anything.
        static __heap_base: u8;
    }

    #[global_allocator]
    static ALLOCATOR: Bump = Bump(UnsafeCell::new(None));

    /// The region, once the first block was asked for.
    struct Bump(UnsafeCell<Option<Region>>);

    // SAFETY: the target has no threads.
    unsafe impl Sync for Bump {}

    impl Bump {
        #[allow(clippy::mut_from_ref, reason = "the allocator's interface takes `&self`")]
        fn region(&self) -> &mut Region {
            // SAFETY: the target has no threads, and no method of `Bump` calls another while it holds this reference.
            unsafe { &mut *self.0.get() }
                .get_or_insert_with(|| Region { next: &raw const __heap_base as usize, end: memory_size::<0>() * PAGE })
        }
    }

    fn grow(bytes: usize) -> Option<usize> {
        let pages = bytes.div_ceil(PAGE).max(MIN_GROWTH);
        // The instruction answers with -1 if there is no more memory.
        (memory_grow::<0>(pages) != usize::MAX).then_some(pages * PAGE)
    }

    // SAFETY: blocks lie within the memory, above all that the linker placed, and do not overlap until they are given
    // back; addresses are multiples of the alignment. The region's arithmetic is tested.
    unsafe impl GlobalAlloc for Bump {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            match self.region().allocate(layout.size(), layout.align(), grow) {
                Some(start) => ptr::with_exposed_provenance_mut(start),
                None => ptr::null_mut(),
            }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            self.region().release(block.expose_provenance(), layout.size());
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
            if self.region().resize(block.expose_provenance(), layout.size(), new_size, grow) {
                return block;
            }
            if new_size <= layout.size() {
                return block;
            }
            // SAFETY: the caller vouches that `new_size` does not overflow when rounded up to the alignment.
            let larger = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
            // SAFETY: the caller vouches that `new_size` is not zero.
            let moved = unsafe { self.alloc(larger) };
            if !moved.is_null() {
                // SAFETY: `block` has `layout.size()` bytes, `moved` has more, and is a block of its own.
                unsafe { ptr::copy_nonoverlapping(block, moved, layout.size()) };
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: usize) -> Option<usize> {
        None
    }

    #[test]
    fn blocks_are_aligned_and_do_not_overlap() {
        let mut region = Region { next: 1_001, end: 2_000 };
        assert_eq!(region.allocate(3, 1, none), Some(1_001));
        assert_eq!(region.allocate(8, 8, none), Some(1_008));
        assert_eq!(region.allocate(1, 16, none), Some(1_024));
        assert_eq!(region.next, 1_025);
    }

    #[test]
    fn memory_grows_by_what_is_missing() {
        let mut region = Region { next: 100, end: 128 };
        let granted = region.allocate(100, 4, |missing| {
            assert_eq!(missing, 72);
            Some(1_000)
        });
        assert_eq!((granted, region.next, region.end), (Some(100), 200, 1_128));
        assert_eq!(region.allocate(928, 1, none), Some(200));
    }

    #[test]
    fn what_cannot_be_had_changes_nothing() {
        let mut region = Region { next: 100, end: 128 };
        assert_eq!(region.allocate(29, 1, none), None);
        assert_eq!(region.allocate(usize::MAX, 1, none), None);
        assert_eq!((region.next, region.end), (100, 128));
        assert_eq!(region.allocate(28, 1, none), Some(100));
    }

    #[test]
    fn only_the_last_block_is_taken_back() {
        let mut region = Region { next: 100, end: 1_000 };
        let first = region.allocate(10, 1, none).unwrap();
        let second = region.allocate(10, 1, none).unwrap();
        region.release(first, 10);
        assert_eq!(region.next, 120);
        region.release(second, 10);
        assert_eq!(region.next, 110);
    }

    #[test]
    fn only_the_last_block_is_resized_in_place() {
        let mut region = Region { next: 100, end: 200 };
        let first = region.allocate(10, 1, none).unwrap();
        let second = region.allocate(10, 1, none).unwrap();
        assert!(!region.resize(first, 10, 20, none));
        assert!(region.resize(second, 10, 90, none));
        assert_eq!(region.next, 200);
        assert!(!region.resize(second, 90, 91, none));
        assert_eq!(region.next, 200);
        assert!(region.resize(second, 90, 100, |missing| Some(missing + 50)));
        assert_eq!((region.next, region.end), (210, 260));
        assert!(region.resize(second, 100, 1, none));
        assert_eq!(region.next, 111);
    }
}
