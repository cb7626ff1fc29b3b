//! The events that wait for their owner: all but those of data channels, which wait in the
//! association.

use alloc::collections::VecDeque;

use crate::Event;
use crate::limits::{MAX_QUEUED_EVENT_BYTES, MAX_QUEUED_EVENTS};

/// A queue that knows how much it holds. It does not refuse: what is worth refusing its owner
/// decides.
#[derive(Debug, Default)]
pub(super) struct EventQueue {
    events: VecDeque<Event>,
    /// Bytes of media in all of them.
    bytes: usize,
}

impl EventQueue {
    pub(super) fn is_full(&self) -> bool {
        self.events.len() >= MAX_QUEUED_EVENTS || self.bytes >= MAX_QUEUED_EVENT_BYTES
    }

    /// Appends an event. In a full queue a state takes the place of the one before it, so that a
    /// path that comes and goes costs nothing.
    pub(super) fn push(&mut self, event: Event) {
        if self.is_full() {
            let is_replaced = |queued: &Event| {
                matches!(
                    (queued, &event),
                    (Event::ConnectionState(_), Event::ConnectionState(_))
                        | (Event::SignalingState(_), Event::SignalingState(_))
                )
            };
            if let Some(index) = self.events.iter().rposition(is_replaced) {
                self.events.remove(index);
            }
        }
        self.bytes = self.bytes.saturating_add(payload_len(&event));
        self.events.push_back(event);
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.bytes = self.bytes.saturating_sub(payload_len(&event));
        Some(event)
    }
}

fn payload_len(event: &Event) -> usize {
    match event {
        Event::Rtp { packet, .. } => packet.payload.len(),
        _ => 0,
    }
}
