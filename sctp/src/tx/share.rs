//! How the peer's receive window is shared among streams.
//!
//! SCTP has one window for the whole association: a stream that nobody reads at the other end would
//! fill it, and then nothing gets through on any. So a stream leaves a part of the window to the
//! others: it holds at most three times what it leaves free, which for one stream alone is three
//! quarters of the window. A second stream that is not read either gets three quarters of the
//! rest, and so on; one that is read goes on in what is left.
//!
//! The peer does not say which streams it has read. It is estimated: what is consumed counts for
//! the streams whose data was acknowledged last. A stream that holds nothing is never kept from
//! sending by this rule, and while the peer keeps up with what arrives, one stream alone may use
//! seven eighths of the window, so that bulk data over a long path is as fast as the window allows.

use alloc::collections::VecDeque;

/// How many streams are remembered as those whose data was acknowledged last.
const RECENT: usize = 8;

/// What is known of the peer's window.
#[derive(Debug, Default)]
pub(crate) struct Share {
    /// The largest window that the peer has advertised.
    full: usize,
    /// The peer consumes what arrives.
    prompt: bool,
    /// Bytes that the peer has consumed, but for a constant.
    consumed: u64,
    /// What a stream was found to hold in an earlier epoch has been consumed.
    epoch: u64,
    recent: VecDeque<u16>,
}

impl Share {
    /// A window before any data.
    pub(crate) fn new(window: usize) -> Self {
        Self { full: window, prompt: true, consumed: window as u64, ..Self::default() }
    }

    /// The peer has acknowledged `arrived` bytes in all, the last of them of `stream`, and offers
    /// `window`. Gives how much it has consumed since the last time.
    pub(crate) fn update(&mut self, arrived: u64, stream: Option<u16>, window: usize) -> usize {
        if let Some(stream) = stream
            && self.recent.front() != Some(&stream)
        {
            self.recent.retain(|recent| *recent != stream);
            self.recent.truncate(RECENT - 1);
            self.recent.push_front(stream);
        }
        self.full = self.full.max(window);
        self.prompt = window.saturating_add(self.full / 8) >= self.full;
        // What arrived and is not in the window any more was consumed. A peer that charges more
        // than the bytes of a message gives that back as well, and it does not count.
        let consumed = arrived.saturating_add(window as u64);
        let news = consumed.saturating_sub(self.consumed);
        self.consumed = self.consumed.max(consumed);
        usize::try_from(news).unwrap_or(usize::MAX)
    }

    pub(crate) const fn consumed(&self) -> u64 {
        self.consumed
    }

    /// The streams whose data was acknowledged last, the newest first.
    pub(crate) fn recent(&self) -> impl Iterator<Item = u16> + '_ {
        self.recent.iter().copied()
    }

    pub(crate) const fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(crate) const fn is_prompt(&self) -> bool {
        self.prompt
    }

    /// Begins a new epoch if nearly everything is consumed, with `left` bytes of the window to be
    /// used, and says whether it is so.
    pub(crate) const fn turn_epoch(&mut self, left: usize) -> bool {
        let empty = left.saturating_add(self.full / 32) >= self.full;
        if empty {
            self.epoch = self.epoch.saturating_add(1);
        }
        empty
    }

    /// Whether a stream that holds `held` bytes may begin a message of `length` bytes, with `left`
    /// bytes of the window to be used.
    pub(crate) fn admits(&self, left: usize, held: usize, length: usize) -> bool {
        let short = length.saturating_mul(4) <= self.full;
        if held == 0 || short && left >= self.full / 2 {
            return true;
        }
        let Some(free) = left.checked_sub(length) else { return false };
        let holds = held.min(self.full.saturating_sub(left)).saturating_add(length);
        if !self.prompt {
            return holds <= free.saturating_mul(3);
        }
        // A window of few messages is used as it is.
        holds <= free.saturating_mul(7) || !short
    }

    /// How much has to be left for the message to be admitted whatever the peer consumes.
    pub(crate) fn needed(&self, held: usize, length: usize) -> usize {
        (held.saturating_add(length) / 3).min(self.full / 4).saturating_add(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(prompt: bool) -> Share {
        Share { prompt, ..Share::new(1_000) }
    }

    #[test]
    fn a_stream_alone_leaves_a_quarter() {
        assert!(share(false).admits(260, 740, 10));
        assert!(!share(false).admits(259, 741, 10));
        // The next one leaves a quarter of the rest.
        assert!(share(false).admits(70, 180, 5));
        assert!(!share(false).admits(60, 190, 5));
        assert!(share(false).admits(1, 0, 500), "who holds nothing waits for the window alone");
    }

    #[test]
    fn a_peer_that_keeps_up_is_left_an_eighth() {
        assert!(share(true).admits(135, 865, 10));
        assert!(!share(true).admits(134, 866, 10));
        assert!(share(true).admits(300, 700, 300), "of a few long messages nothing is kept back");
        assert!(!share(true).admits(300, 700, 301));
    }

    #[test]
    fn what_is_needed_is_enough() {
        for held in 1..1_000 {
            let needed = share(false).needed(held, 10);
            assert!(share(false).admits(needed + 1, held, 10), "{held} {needed}");
        }
    }

    #[test]
    fn what_a_peer_charges_beyond_the_bytes_is_not_consumed() {
        let mut share = Share::new(1_000);
        assert_eq!(share.update(100, Some(1), 700), 0, "300 were charged for 100");
        assert_eq!(share.update(200, Some(1), 400), 0);
        assert_eq!(share.update(200, None, 1_000), 200);
        assert_eq!(share.update(300, Some(2), 1_000), 100);
        assert_eq!(share.recent().collect::<alloc::vec::Vec<_>>(), [2, 1]);
    }
}
