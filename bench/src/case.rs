//! What is measured.

/// Work that is done again and again, in passes over a batch of fixed size.
pub trait Case {
    /// Makes ready for the next pass. This is not timed.
    fn prepare(&mut self) {}

    /// One pass; returns how many items it dealt with, which is the same for every pass.
    fn pass(&mut self) -> usize;
}
