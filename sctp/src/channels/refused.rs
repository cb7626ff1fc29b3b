//! Channels on which a message was refused because the send buffer was full.

use alloc::collections::VecDeque;

use super::{ChannelId, Registry};
use crate::limits::MESSAGE_OVERHEAD;

/// Channels that wait for room, in the order in which they were refused, each at most once, with
/// how much room the message needs.
#[derive(Debug, Default)]
pub(super) struct Refused {
    channels: VecDeque<(ChannelId, usize)>,
}

impl Refused {
    pub(super) fn is_empty(&self) -> bool {
        self.channels.is_empty()
    }

    /// A message of `length` bytes was refused.
    pub(super) fn push(&mut self, registry: &mut Registry, id: ChannelId, length: usize) {
        let Some(channel) = registry.get_mut(id) else { return };
        if !core::mem::replace(&mut channel.refused, true) {
            self.channels.push_back((id, length.saturating_add(MESSAGE_OVERHEAD)));
        }
    }

    /// The next channel for which there is room, which is then less.
    pub(super) fn pop(&mut self, registry: &mut Registry, room: &mut usize) -> Option<ChannelId> {
        loop {
            let (id, needed) = *self.channels.front()?;
            let Some(channel) = registry.get_mut(id) else {
                // It has closed since.
                self.channels.pop_front();
                continue;
            };
            if needed > *room {
                return None;
            }
            *room = room.saturating_sub(needed);
            channel.refused = false;
            self.channels.pop_front();
            return Some(id);
        }
    }
}
