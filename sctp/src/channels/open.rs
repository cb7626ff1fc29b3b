//! Opening channels (RFC 8831 §6.5, RFC 8832 §6).

use bytes::Bytes;

use super::dcep::Dcep;
use super::registry::label_bytes;
use super::{Channel, ChannelConfig, ChannelId, ChannelState, DataChannels, Event, close};
use crate::limits::{MAX_INCOMING_LABEL_BYTES, MAX_STREAMS};
use crate::{Dropped, OpenError, Ppid};

/// Opens a channel of ours.
pub(super) fn open(
    channels: &mut DataChannels,
    config: ChannelConfig,
) -> Result<ChannelId, OpenError> {
    if channels.closed {
        return Err(OpenError::Closed);
    }
    let longest = usize::from(u16::MAX);
    if config.label.len() > longest || config.protocol.len() > longest {
        return Err(OpenError::LabelTooLong);
    }
    let stream = stream_for(channels, &config)?;
    let negotiated = config.negotiated.is_some();
    let id = channels.registry.insert(Channel {
        config,
        state: ChannelState::Opening,
        stream,
        low_threshold: 0,
        low_queued: false,
        incoming: false,
    });
    if negotiated {
        if channels.streams.is_some() {
            opened(channels, id);
        }
    } else if stream.is_some() {
        announce(channels, id);
    }
    Ok(id)
}

fn stream_for(
    channels: &mut DataChannels,
    config: &ChannelConfig,
) -> Result<Option<u16>, OpenError> {
    let streams = channels.streams.unwrap_or(MAX_STREAMS);
    match (config.negotiated, channels.parity) {
        (Some(stream), _) if stream >= streams => Err(OpenError::InvalidStream),
        (Some(stream), _) if !channels.registry.is_free(stream) => Err(OpenError::StreamInUse),
        (Some(stream), _) => Ok(Some(stream)),
        (None, Some(parity)) => {
            let stream = channels.registry.free_stream(parity, streams);
            stream.map(Some).ok_or(OpenError::NoStream)
        }
        // It gets one when the parity is known.
        (None, None) if channels.registry.len() >= usize::from(MAX_STREAMS) => {
            Err(OpenError::NoStream)
        }
        (None, None) => Ok(None),
    }
}

/// Gives streams to the channels that were opened before our parity was known.
pub(super) fn assign_waiting(channels: &mut DataChannels) {
    let Some(parity) = channels.parity else { return };
    while let Some(id) = channels.registry.next_waiting() {
        let streams = channels.streams.unwrap_or(MAX_STREAMS);
        match channels.registry.free_stream(parity, streams) {
            Some(stream) => {
                channels.registry.assign(id, stream);
                if let Some(channel) = channels.registry.get(id) {
                    let threshold = channel.low_threshold;
                    channels.association.set_buffered_amount_low_threshold(stream, threshold);
                }
                announce(channels, id);
            }
            None => close::closed(channels, id),
        }
    }
}

/// Tells the peer of a channel, in order and reliably whatever the channel is.
fn announce(channels: &mut DataChannels, id: ChannelId) {
    let Some(channel) = channels.registry.get(id) else { return };
    let Some(stream) = channel.stream else { return };
    let open = Bytes::from(Dcep::Open(channel.config.clone()).encode());
    if channels.association.send_control(stream, Ppid::DCEP, open).is_err() {
        close::closed(channels, id);
    }
}

/// The association is up.
pub(super) fn connected(channels: &mut DataChannels, streams: u16) {
    channels.streams = Some(streams);
    channels.events.push(Event::Connected);
    for id in channels.registry.ids() {
        let Some(channel) = channels.registry.get(id) else { continue };
        let Some(stream) = channel.stream else { continue };
        if stream >= streams {
            // The peer takes fewer streams than we have given away.
            channels.association.discard_stream(stream);
            close::closed(channels, id);
        } else if channel.config.negotiated.is_some() {
            opened(channels, id);
        }
    }
}

/// A channel of ours may be sent on.
pub(super) fn opened(channels: &mut DataChannels, id: ChannelId) {
    if let Some(channel) = channels.registry.get_mut(id)
        && channel.state == ChannelState::Opening
    {
        channel.state = ChannelState::Open;
        channels.events.push(Event::ChannelOpened(id));
    }
}

/// The peer opens a channel.
pub(super) fn incoming(channels: &mut DataChannels, stream: u16, config: ChannelConfig) {
    // A stream that we have closed and whose last answer is missing: the peer has it behind it.
    close::reused(channels, stream);
    let bytes = channels.registry.incoming_label_bytes().saturating_add(label_bytes(&config));
    // rfc8832 §6: the stream is unused and has the peer's parity, or it is closed again.
    let parity_is_theirs = channels.parity.is_none_or(|parity| !parity.has(stream));
    if !channels.registry.is_free(stream) || !parity_is_theirs || bytes > MAX_INCOMING_LABEL_BYTES {
        channels.association.drop_message(Dropped::Dcep);
        return close::refuse(channels, stream);
    }
    if channels.registry.incoming_count() >= channels.max_incoming_channels {
        return refuse_one_too_many(channels, stream);
    }
    let ack = Bytes::from(Dcep::Ack.encode());
    if channels.association.send_control(stream, Ppid::DCEP, ack).is_err() {
        // We are shutting down, or the stream is beyond what the peer takes itself.
        channels.association.drop_message(Dropped::Dcep);
        return close::refuse(channels, stream);
    }
    let id = channels.registry.insert(Channel {
        config: config.clone(),
        state: ChannelState::Open,
        stream: Some(stream),
        low_threshold: 0,
        low_queued: false,
        incoming: true,
    });
    channels.events.push(Event::ChannelIncoming(id, config));
}

/// The peer has as many channels open as it may.
fn refuse_one_too_many(channels: &mut DataChannels, stream: u16) {
    channels.association.drop_message(Dropped::ChannelLimit);
    // One that waits to be polled says it all.
    if !core::mem::replace(&mut channels.refusal_queued, true) {
        let limit = channels.max_incoming_channels;
        channels.events.push(Event::IncomingRefused { limit });
    }
    close::refuse(channels, stream);
}
