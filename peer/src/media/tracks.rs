//! The life of a track: what a transceiver receives, from the first agreement to its end.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::negotiation::session::Negotiation;
use crate::{Event, TransceiverId};

/// Whether a track that lives gets anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Live,
    /// The direction that was agreed on does not receive.
    Muted,
}

/// All tracks that the owner was told of, and that have not ended.
#[derive(Debug, Default)]
pub(super) struct Tracks(BTreeMap<TransceiverId, State>);

impl Tracks {
    /// Compares with what is agreed on now, and says what changed: ends first.
    pub(super) fn follow(&mut self, negotiation: &Negotiation) -> Vec<Event> {
        let mut events = Vec::new();
        self.0.retain(|id, _| {
            // One without a section was rejected; it may get another, and with it another track.
            let goes_on = negotiation
                .transceiver(*id)
                .is_some_and(|one| !one.is_stopped && one.negotiated.is_some());
            if !goes_on {
                events.push(Event::TrackEnded(*id));
            }
            goes_on
        });
        for transceiver in negotiation.transceivers() {
            let (id, kind) = (transceiver.id, transceiver.kind);
            let event = match (self.0.get(&id), transceiver.receives()) {
                (None, true) => Event::Track { transceiver: id, kind },
                (Some(State::Live), false) => Event::TrackMuted(id),
                (Some(State::Muted), true) => Event::TrackUnmuted(id),
                _ => continue,
            };
            events.push(event);
            let state = if transceiver.receives() { State::Live } else { State::Muted };
            self.0.insert(id, state);
        }
        events
    }

    /// The connection is over, and every track with it.
    pub(super) fn end(&mut self) -> Vec<Event> {
        core::mem::take(&mut self.0).into_keys().map(Event::TrackEnded).collect()
    }
}
