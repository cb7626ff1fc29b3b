//! The events that wait for their owner.

use alloc::collections::VecDeque;

use crate::Event;
use crate::limits::{MAX_QUEUED_EVENT_BYTES, MAX_QUEUED_EVENTS};

/// A queue that knows how much it holds. It does not refuse: what is worth refusing its owner
/// decides.
#[derive(Debug, Default)]
pub(super) struct EventQueue {
    events: VecDeque<Event>,
    /// Bytes in all of them that the other side chose.
    bytes: usize,
}

impl EventQueue {
    pub(super) fn is_full(&self) -> bool {
        self.events.len() >= MAX_QUEUED_EVENTS || self.bytes >= MAX_QUEUED_EVENT_BYTES
    }

    pub(super) fn push(&mut self, event: Event) {
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
        Event::ChannelMessage { payload, .. } => payload.len(),
        Event::ChannelIncoming(_, config) => config.label.len() + config.protocol.len(),
        Event::Rtp { packet, .. } => packet.payload.len(),
        _ => 0,
    }
}
