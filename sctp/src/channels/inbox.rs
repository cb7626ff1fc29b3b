//! Events that wait to be polled, with those of paused channels set aside.

use alloc::collections::{BTreeMap, VecDeque};

use super::{ChannelId, Event};

/// Events in the order in which they happened. What belongs to a paused channel is set aside when
/// its turn comes, so that pausing costs nothing and each event is moved at most once per pause.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    events: VecDeque<Event>,
    /// What came to paused channels, each of which has an entry.
    withheld: BTreeMap<ChannelId, VecDeque<Event>>,
    /// What was set aside for channels that were resumed since. It comes before the rest.
    resumed: VecDeque<(ChannelId, VecDeque<Event>)>,
    length: usize,
}

impl Inbox {
    /// How many events wait, those of paused channels included.
    pub(super) const fn len(&self) -> usize {
        self.length
    }

    pub(super) fn push(&mut self, event: Event) {
        self.length = self.length.saturating_add(1);
        self.events.push_back(event);
    }

    pub(super) fn pause(&mut self, id: ChannelId) {
        self.withheld.entry(id).or_default();
    }

    pub(super) fn resume(&mut self, id: ChannelId) {
        if let Some(events) = self.withheld.remove(&id).filter(|events| !events.is_empty()) {
            self.resumed.push_back((id, events));
        }
    }

    /// The next event that belongs to no paused channel.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Event> {
        let event = if self.resumed.is_empty() && self.withheld.is_empty() {
            self.events.pop_front()
        } else {
            self.pop_resumed().or_else(|| self.pop_new())
        };
        self.length = self.length.saturating_sub(usize::from(event.is_some()));
        event
    }

    fn pop_resumed(&mut self) -> Option<Event> {
        while let Some((id, events)) = self.resumed.front_mut() {
            if let Some(withheld) = self.withheld.get_mut(id) {
                // It was paused again. What was set aside since, if anything, is newer.
                events.append(withheld);
                *withheld = core::mem::take(events);
            } else if let Some(event) = events.pop_front() {
                return Some(event);
            }
            self.resumed.pop_front();
        }
        None
    }

    fn pop_new(&mut self) -> Option<Event> {
        loop {
            let event = self.events.pop_front()?;
            if self.withheld.is_empty() {
                return Some(event);
            }
            match event {
                Event::Message { channel, .. } => match self.withheld.get_mut(&channel) {
                    Some(withheld) => withheld.push_back(event),
                    None => return Some(event),
                },
                Event::ChannelClosed(id) => match self.withheld.get_mut(&id) {
                    Some(withheld) if !withheld.is_empty() => withheld.push_back(event),
                    _ => {
                        // Nothing can come to it any more.
                        self.withheld.remove(&id);
                        return Some(event);
                    }
                },
                event => return Some(event),
            }
        }
    }
}
