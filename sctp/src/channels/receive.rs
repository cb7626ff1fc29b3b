//! Messages on their way in (RFC 8831 §6.6).

use bytes::Bytes;

use super::dcep::Dcep;
use super::{ChannelState, DataChannels, Event, MessageKind, close, open};
use crate::association::Message;
use crate::{Dropped, Ppid};

/// Handles a message of the association's.
pub(super) fn message(channels: &mut DataChannels, message: Message) {
    let length = message.payload.len();
    let kept = match message.ppid {
        Ppid::DCEP => {
            dcep(channels, message.stream, &message.payload);
            false
        }
        Ppid::STRING | Ppid::STRING_EMPTY | Ppid::BINARY | Ppid::BINARY_EMPTY => {
            user(channels, message)
        }
        _ => {
            // rfc8831 §6.6: a channel with a message of unknown kind is closed.
            channels.association.drop_message(Dropped::Ppid);
            close::refuse(channels, message.stream);
            false
        }
    };
    if !kept {
        channels.association.consume(length);
    }
}

fn dcep(channels: &mut DataChannels, stream: u16, payload: &[u8]) {
    match Dcep::parse(payload) {
        Ok(Dcep::Open(config)) => open::incoming(channels, stream, config),
        Ok(Dcep::Ack) => match channels.registry.by_stream(stream) {
            Some((id, channel)) if channel.config.negotiated.is_none() => {
                open::opened(channels, id);
            }
            _ => channels.association.drop_message(Dropped::Dcep),
        },
        Err(_) => {
            channels.association.drop_message(Dropped::Dcep);
            close::refuse(channels, stream);
        }
    }
}

/// Handles a message of the user's, and says whether it waits to be polled.
fn user(channels: &mut DataChannels, message: Message) -> bool {
    let Message { stream, ppid, payload, .. } = message;
    let Some((id, channel)) = channels.registry.by_stream(stream) else {
        channels.association.drop_message(Dropped::Channel);
        if !channels.registry.is_refused(stream) {
            // rfc8832 §6: data on an unused stream is an error, and the stream is closed.
            close::refuse(channels, stream);
        }
        return false;
    };
    match channel.state {
        // rfc8832 §6: any message on a channel says as much as the acknowledgement.
        ChannelState::Opening => open::opened(channels, id),
        ChannelState::Open => {}
        // What was on its way when we closed still has its reader.
        ChannelState::Closing { incoming: false, .. } => {}
        ChannelState::Closing { incoming: true, .. } => {
            channels.association.drop_message(Dropped::Channel);
            return false;
        }
    }
    let length = payload.len();
    let (kind, payload) = match ppid {
        Ppid::STRING => (MessageKind::Text, payload),
        Ppid::STRING_EMPTY => (MessageKind::Text, Bytes::new()),
        Ppid::BINARY_EMPTY => (MessageKind::Binary, Bytes::new()),
        _ => (MessageKind::Binary, payload),
    };
    if payload.is_empty() {
        // An empty message is one byte on the wire, which is given back when it is read. Whatever a
        // peer adds to it is ignored, and must not stay in the window.
        channels.association.consume(length.saturating_sub(1));
    }
    if kind == MessageKind::Text && core::str::from_utf8(&payload).is_err() {
        // rfc8831 §6.6: an error condition closes the channel.
        channels.association.drop_message(Dropped::Text);
        close::refuse(channels, stream);
        return false;
    }
    channels.events.push(Event::Message { channel: id, kind, payload });
    true
}
