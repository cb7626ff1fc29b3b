//! Closing channels: both streams are reset (RFC 8831 §6.7).

use super::{ChannelId, ChannelState, DataChannels, Event};

/// Closes a channel of either side on request.
pub(super) fn close(channels: &mut DataChannels, id: ChannelId) {
    let known = channels.association.may_have_sent();
    let Some(channel) = channels.registry.get_mut(id) else { return };
    let (ChannelState::Opening | ChannelState::Open) = channel.state else { return };
    match channel.stream {
        Some(stream) if known => {
            channel.state = ChannelState::Closing { outgoing: false, incoming: false };
            channels.association.close_stream(stream);
        }
        stream => {
            // The peer does not know of it.
            if let Some(stream) = stream {
                channels.association.discard_stream(stream);
            }
            closed(channels, id);
        }
    }
}

/// A channel is gone.
pub(super) fn closed(channels: &mut DataChannels, id: ChannelId) {
    channels.registry.remove(id);
    channels.events.push(Event::ChannelClosed(id));
}

/// Every channel is gone.
pub(super) fn close_all(channels: &mut DataChannels) {
    for id in channels.registry.ids() {
        closed(channels, id);
    }
    channels.registry.forget_refused();
}

/// The peer did on a stream what it must not: the stream is closed (RFC 8832 §6).
pub(super) fn refuse(channels: &mut DataChannels, stream: u16) {
    match channels.registry.by_stream(stream) {
        Some((id, _)) => close(channels, id),
        None => {
            if channels.registry.refuse(stream) {
                channels.association.close_stream(stream);
            }
        }
    }
}

/// Our stream was reset, or counts as it.
pub(super) fn outgoing_reset(channels: &mut DataChannels, stream: u16, agreed: bool) {
    channels.registry.refused_reset(stream, true);
    let Some((id, channel)) = channels.registry.by_stream_mut(stream) else { return };
    let ChannelState::Closing { incoming, .. } = channel.state else { return };
    // A peer that cannot or will not reset does not answer with a reset of its own either.
    if incoming || !agreed {
        closed(channels, id);
    } else {
        channel.state = ChannelState::Closing { outgoing: true, incoming };
    }
}

/// The peer's streams were reset; none means all.
pub(super) fn incoming_reset(channels: &mut DataChannels, streams: &[u16]) {
    let all;
    let streams = if streams.is_empty() {
        all = channels.registry.used_streams();
        &all
    } else {
        streams
    };
    for stream in streams {
        incoming_reset_one(channels, *stream);
    }
}

fn incoming_reset_one(channels: &mut DataChannels, stream: u16) {
    channels.registry.refused_reset(stream, false);
    let Some((id, channel)) = channels.registry.by_stream_mut(stream) else { return };
    match channel.state {
        ChannelState::Opening | ChannelState::Open => {
            // rfc8831 §6.7: the other direction follows. What is queued has nobody to go to.
            channel.state = ChannelState::Closing { outgoing: false, incoming: true };
            channels.association.discard_stream(stream);
            channels.association.close_stream(stream);
        }
        ChannelState::Closing { outgoing: true, .. } => closed(channels, id),
        ChannelState::Closing { outgoing: false, .. } => {
            channel.state = ChannelState::Closing { outgoing: false, incoming: true };
        }
    }
}

/// The peer opens a channel on a stream that we are closing. If its side was reset, it has seen our
/// reset as well, and only its answer to that is missing.
pub(super) fn reused(channels: &mut DataChannels, stream: u16) {
    let closing = channels.registry.by_stream(stream).is_some_and(|(_, channel)| {
        channel.state == ChannelState::Closing { outgoing: false, incoming: true }
    });
    if closing && channels.association.assume_reset(stream) {
        outgoing_reset(channels, stream, true);
    }
}
