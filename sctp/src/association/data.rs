//! DATA on its way in (RFC 9260 §6.2, §6.5).

use bytes::Bytes;

use super::context::Context;
use super::shutdown::fail;
use super::state::{State, Tcb};
use super::{Event, Message};
use crate::chunk::{Cause, Data, DataFlags, RawChunk, encode_error};
use crate::limits::MAX_STREAMS;
use crate::rx::{ReassemblyFault, Taken};
use crate::{CloseReason, Dropped};

/// Handles a DATA chunk.
pub(crate) fn handle(state: &mut State, ctx: &mut Context, datagram: &Bytes, chunk: RawChunk<'_>) {
    // rfc9260 §6: elsewhere data is discarded.
    if !state.may_receive_data() {
        return ctx.drop(Dropped::Unexpected);
    }
    let Ok(data) = Data::parse(chunk) else { return ctx.drop(Dropped::Malformed) };
    if data.payload.is_empty() {
        // rfc9260 §6.2: data without data ends the association.
        ctx.drop(Dropped::Malformed);
        let cause = Cause::NoUserData(data.tsn.get());
        return fail(state, ctx, CloseReason::ProtocolViolation, Some(cause));
    }
    let Some(tcb) = state.tcb_mut() else { return };
    if data.flags.has(DataFlags::IMMEDIATE) {
        tcb.rx.hurry();
    }
    // Identifiers start at 0: the one equal to the number of streams is the only one beyond them.
    if data.stream == MAX_STREAMS {
        // rfc9260 §6.5: it is acknowledged, reported, and goes no further.
        ctx.drop(Dropped::Stream);
        tcb.rx.discard(&data);
        return tcb.control(|out| encode_error(out, &Cause::InvalidStream(data.stream)));
    }
    let payload = detach(datagram, data.payload);
    match tcb.rx.take(&data, payload, ctx.blocked) {
        Taken::Accepted => {}
        Taken::Dropped(reason) => ctx.drop(reason),
        Taken::Fault(fault) => {
            let (reason, words) = match fault {
                ReassemblyFault::Mismatch => {
                    (CloseReason::ProtocolViolation, "fragments do not belong together")
                }
                ReassemblyFault::TooLong => (CloseReason::MessageTooLong, "message is too long"),
            };
            fail(state, ctx, reason, Some(Cause::ProtocolViolation(words)));
        }
    }
}

/// The payload by itself: a slice of the datagram if it is most of it, otherwise a copy. A slice
/// keeps the whole datagram, and what is held must not cost many times what it is charged.
fn detach(datagram: &Bytes, payload: &[u8]) -> Bytes {
    if payload.len() < datagram.len() / 2 {
        Bytes::copy_from_slice(payload)
    } else {
        datagram.slice_ref(payload)
    }
}

/// Hands complete messages to the owner.
pub(crate) fn deliver(state: &mut State, ctx: &mut Context) {
    if let Some(tcb) = state.up_mut() {
        deliver_ready(tcb, ctx);
    }
}

/// The same, for whoever has the association's parts in hand.
pub(crate) fn deliver_ready(tcb: &mut Tcb, ctx: &mut Context) {
    while let Some(received) = tcb.rx.poll() {
        ctx.events.push_back(Event::Message(Message {
            stream: received.stream,
            ppid: received.ppid,
            payload: received.payload,
        }));
    }
}
