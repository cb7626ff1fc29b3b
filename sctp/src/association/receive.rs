//! What a packet meets on its way in: checksum, ports, tag, then one chunk after the other (RFC
//! 9260 §8.4, §8.5).

use bytes::Bytes;
use lariat_base::{Instant, Reader};

use super::context::Context;
use super::state::State;
use super::{connect, data, heartbeat, reset, sack, shutdown};
use crate::chunk::{
    Abort, Cause, FLAG_REFLECTED, RawChunk, UnknownChunk, encode_error, encode_shutdown_complete,
    kind,
};
use crate::limits::MAX_CHUNKS_PER_PACKET;
use crate::packet::Packet;
use crate::types::Tag;
use crate::{CloseReason, Dropped};

/// Handles one packet.
pub(crate) fn handle(state: &mut State, ctx: &mut Context, now: Instant, datagram: &Bytes) {
    let packet = match Packet::parse(datagram) {
        Ok(packet) => packet,
        Err(reason) => return ctx.drop(reason),
    };
    if (packet.destination_port, packet.source_port) != ctx.ports() {
        return ctx.drop(Dropped::Port);
    }
    let mut reader = Reader::new(packet.chunks);
    let first = match RawChunk::read(&mut reader) {
        Ok(first) => first,
        Err(_) => return ctx.drop(Dropped::TooShort),
    };
    // rfc9260 §5.1, §6.10: these are alone in their packets.
    let alone = matches!(first.kind, kind::INIT | kind::INIT_ACK | kind::SHUTDOWN_COMPLETE);
    if alone && !reader.is_empty() {
        return ctx.drop(Dropped::Bundled);
    }
    match admit(state, ctx, now, packet.tag, &first) {
        Admission::Refused => {}
        Admission::Handled => chunks(state, ctx, now, datagram, reader),
        Admission::Admitted => {
            chunks(state, ctx, now, datagram, Reader::new(packet.chunks));
        }
    }
    end_packet(state, ctx, now);
}

enum Admission {
    /// The packet is done with.
    Refused,
    /// The first chunk is done with, and the others belong to the association.
    Handled,
    /// The packet belongs to the association.
    Admitted,
}

/// Decides by the first chunk and the tag whether the packet belongs to the association.
fn admit(
    state: &mut State,
    ctx: &mut Context,
    now: Instant,
    tag: u32,
    first: &RawChunk<'_>,
) -> Admission {
    if first.kind == kind::INIT {
        // rfc9260 §8.5.1 A: an INIT comes without a tag.
        if tag == Tag::NONE {
            connect::handle_init(state, ctx, now, *first);
        } else {
            ctx.drop(Dropped::Tag);
        }
        return Admission::Refused;
    }
    if first.kind == kind::COOKIE_ECHO {
        return if connect::handle_cookie_echo(state, ctx, now, tag, first.value) {
            Admission::Handled
        } else {
            Admission::Refused
        };
    }
    if matches!(state, State::Idle | State::Closed) {
        out_of_the_blue(ctx, now, tag, first);
        return Admission::Refused;
    }
    let peer_tag = state.tcb().map(|tcb| tcb.peer_tag.get());
    // rfc9260 §8.5.1 B, C: these two may carry the receiver's own tag instead, and say so.
    let reflected = matches!(first.kind, kind::ABORT | kind::SHUTDOWN_COMPLETE)
        && first.flags & FLAG_REFLECTED != 0;
    let matches = if reflected { peer_tag == Some(tag) } else { tag == ctx.local.tag.get() };
    if first.kind == kind::SHUTDOWN_ACK && !state.is_up() {
        // rfc9260 §8.5.1 E: it belongs to an association that is no more.
        out_of_the_blue(ctx, now, tag, first);
        return Admission::Refused;
    }
    if !matches {
        ctx.drop(Dropped::Tag);
        return Admission::Refused;
    }
    Admission::Admitted
}

/// Answers a packet that belongs to no association (§8.4).
fn out_of_the_blue(ctx: &mut Context, now: Instant, tag: u32, first: &RawChunk<'_>) {
    ctx.drop(Dropped::OutOfTheBlue);
    let stale = || matches!(Cause::staleness(first), Ok(Some(_)));
    match first.kind {
        kind::SHUTDOWN_ACK => ctx.reply(now, tag, |out| encode_shutdown_complete(out, true)),
        kind::ABORT | kind::SHUTDOWN_COMPLETE | kind::COOKIE_ACK | kind::INIT_ACK => {}
        kind::ERROR if stale() => {}
        _ => ctx.reply(now, tag, |out| Abort { reflected: true, cause: None }.encode(out)),
    }
}

/// Handles the chunks of a packet in their order.
fn chunks(
    state: &mut State,
    ctx: &mut Context,
    now: Instant,
    datagram: &Bytes,
    mut reader: Reader<'_>,
) {
    for _ in 0..MAX_CHUNKS_PER_PACKET {
        if reader.is_empty() || matches!(state, State::Closed) {
            return;
        }
        let Ok(chunk) = RawChunk::read(&mut reader) else {
            return ctx.drop(Dropped::ChunkLength);
        };
        if !dispatch(state, ctx, now, datagram, &chunk) {
            return;
        }
    }
    if !reader.is_empty() {
        ctx.drop(Dropped::ChunkLength);
    }
}

/// Handles one chunk, and says whether the next one is to be handled.
fn dispatch(
    state: &mut State,
    ctx: &mut Context,
    now: Instant,
    datagram: &Bytes,
    chunk: &RawChunk<'_>,
) -> bool {
    match chunk.kind {
        kind::DATA => data::handle(state, ctx, datagram, *chunk),
        kind::SACK => sack::handle(state, ctx, now, *chunk),
        kind::HEARTBEAT => heartbeat::handle(state, ctx, now, chunk),
        kind::HEARTBEAT_ACK => heartbeat::handle_ack(state, ctx, now, chunk),
        kind::ABORT => shutdown::close(state, ctx, CloseReason::PeerAborted),
        kind::SHUTDOWN => shutdown::handle_shutdown(state, ctx, now, *chunk),
        kind::SHUTDOWN_ACK => shutdown::handle_shutdown_ack(state, ctx),
        kind::SHUTDOWN_COMPLETE => shutdown::handle_shutdown_complete(state, ctx),
        kind::ERROR => connect::handle_error(state, ctx, now, chunk),
        kind::COOKIE_ACK => connect::handle_cookie_ack(state, ctx, now),
        kind::INIT_ACK => connect::handle_init_ack(state, ctx, now, *chunk),
        kind::RECONFIG => reset::handle(state, ctx, now, *chunk),
        kind::INIT | kind::COOKIE_ECHO => {
            // The one must be alone, the other first.
            ctx.drop(Dropped::Bundled);
            return false;
        }
        _ => return unknown(state, ctx, now, chunk),
    }
    true
}

/// Follows the high bits of a type that we do not know (§3.2).
fn unknown(state: &mut State, ctx: &mut Context, now: Instant, chunk: &RawChunk<'_>) -> bool {
    ctx.drop(Dropped::UnknownChunk);
    let unknown = UnknownChunk(*chunk);
    if unknown.reported()
        && let Some(tcb) = state.up_mut()
        && ctx.may_reply(now)
    {
        let mut bytes = alloc::vec::Vec::new();
        unknown.encode(&mut bytes);
        tcb.control(|out| encode_error(out, &Cause::UnrecognizedChunk(&bytes)));
    }
    unknown.continues()
}

/// Draws the consequences of a whole packet.
fn end_packet(state: &mut State, ctx: &mut Context, now: Instant) {
    let had_data = state.up_mut().is_some_and(|tcb| tcb.rx.end_packet(now));
    if had_data {
        data::deliver(state, ctx);
        reset::perform_deferred(state, ctx, now);
        shutdown::answer_data(state, ctx, now);
    }
    shutdown::progress(state, ctx, now);
}
