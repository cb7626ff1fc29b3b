//! Which part of a flight begins a datagram.

use alloc::vec::Vec;

/// Where the datagrams of a flight began when it was sent first.
///
/// What is sent again is not packed anew. There are peers that look at the first message of a
/// datagram alone, and drop the whole datagram if they have that one already: what they miss would
/// never reach them behind something that they have. Besides, fragments with the same boundaries as
/// before are the easiest to put together.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Each by the item of the flight and the offset in it.
    starts: Vec<(usize, usize)>,
    /// How long the datagrams are at most.
    mtu: usize,
    is_complete: bool,
}

impl Layout {
    /// The next transmission is in datagrams of this length; shorter ones than before begin
    /// elsewhere.
    pub(super) fn begin(&mut self, mtu: usize) {
        if !self.is_complete || mtu < self.mtu {
            *self = Self { mtu, ..Self::default() };
        }
    }

    /// The transmission is over.
    pub(super) const fn complete(&mut self) {
        self.is_complete = true;
    }

    /// A datagram begins here.
    pub(super) fn note(&mut self, item: usize, offset: usize) {
        if !self.is_complete {
            self.starts.push((item, offset));
        }
    }

    /// Whether a datagram began here.
    pub(super) fn has(&self, item: usize, offset: usize) -> bool {
        self.is_complete && self.starts.contains(&(item, offset))
    }

    /// How much of an item, from here on, goes into the same datagram at most.
    pub(super) fn room(&self, item: usize, offset: usize) -> usize {
        let of_item = self.starts.iter().filter(|(other, _)| *other == item);
        let next = of_item.map(|(_, start)| *start).filter(|start| *start > offset).min();
        next.filter(|_| self.is_complete).map_or(usize::MAX, |next| next.saturating_sub(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_transmission_decides_until_datagrams_become_shorter() {
        let mut layout = Layout::default();
        layout.begin(300);
        for (item, offset) in [(0, 0), (1, 50), (1, 200)] {
            layout.note(item, offset);
            assert!(!layout.has(item, offset), "it is being made");
        }
        assert_eq!(layout.room(1, 0), usize::MAX);
        layout.complete();
        for mtu in [300, 500, 300] {
            layout.begin(mtu);
            layout.note(1, 70);
            assert!(layout.has(1, 50) && layout.has(1, 200) && !layout.has(1, 70));
            let rooms = [(0, 0), (1, 0), (1, 49), (1, 50), (1, 60)];
            let rooms = rooms.map(|(item, offset)| layout.room(item, offset));
            assert_eq!(rooms, [usize::MAX, 50, 1, 150, 140]);
            assert_eq!(layout.room(1, 200), usize::MAX);
            layout.complete();
        }
        layout.begin(299);
        assert!(!layout.has(1, 50));
        assert_eq!(layout.room(1, 0), usize::MAX);
    }
}
