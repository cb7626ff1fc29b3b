//! Probing a path on which nothing else travels (RFC 9260 §8.3).

use lariat_base::{Deadline, Instant, Reader, Writer};

use super::context::Context;
use super::shutdown::fail;
use super::state::State;
use crate::Dropped;
use crate::chunk::{RawChunk, encode_heartbeat, encode_heartbeat_ack, heartbeat_info};
use crate::packet::HEADER_LEN;

/// When the next HEARTBEAT is due, and which one is under way.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    at: Instant,
    pending: Option<Pending>,
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    nonce: u64,
    sent: Instant,
}

impl Heartbeat {
    pub(crate) const fn new(at: Instant) -> Self {
        Self { at, pending: None }
    }

    pub(crate) const fn deadline(&self) -> Deadline {
        Deadline::new(self.at, "heartbeat")
    }

    /// Something travelled that measures the path: no HEARTBEAT is needed for a while.
    pub(crate) fn postpone(&mut self, ctx: &Context, now: Instant) {
        if self.pending.is_none() {
            self.at = now + ctx.config.heartbeat_interval + ctx.tx.rto.get();
        }
    }
}

/// Answers a HEARTBEAT.
pub(crate) fn handle(state: &mut State, ctx: &mut Context, now: Instant, chunk: &RawChunk<'_>) {
    let mtu = ctx.config.mtu;
    // rfc9260 §8.3: from COOKIE-ECHOED on, until the association is shutting down.
    let Some(tcb) = state.tcb_mut() else { return ctx.drop(Dropped::Unexpected) };
    if heartbeat_info(chunk).is_err() || chunk.value.len().saturating_add(HEADER_LEN + 8) > mtu {
        return ctx.drop(Dropped::Malformed);
    }
    if ctx.may_reply(now) {
        tcb.control(|out| encode_heartbeat_ack(out, chunk.value));
    }
}

/// Handles the answer to a HEARTBEAT.
pub(crate) fn handle_ack(state: &mut State, ctx: &mut Context, now: Instant, chunk: &RawChunk<'_>) {
    let Some(tcb) = state.up_mut() else { return ctx.drop(Dropped::Unexpected) };
    let nonce = heartbeat_info(chunk).ok().and_then(|info| Reader::new(info).u64().ok());
    let answered = tcb.heartbeat.pending.take_if(|pending| nonce == Some(pending.nonce));
    let Some(answered) = answered else { return ctx.drop(Dropped::Heartbeat) };
    ctx.errors = 0;
    ctx.tx.rto.measure(now - answered.sent);
    tcb.heartbeat.postpone(ctx, now);
}

/// Sends a HEARTBEAT when the path was idle, and counts one that was not answered.
pub(crate) fn handle_timeout(state: &mut State, ctx: &mut Context, now: Instant) {
    // rfc9260 §8.3: not once SHUTDOWN or its answer was sent.
    if !state.may_send_data() {
        return;
    }
    let Some(tcb) = state.tcb_mut() else { return };
    if tcb.heartbeat.at > now {
        return;
    }
    let unanswered = tcb.heartbeat.pending.is_some();
    if unanswered {
        ctx.tx.rto.back_off();
        if !ctx.count_error() {
            let reason = ctx.why_unreachable();
            return fail(state, ctx, reason, None);
        }
    }
    let nonce = ctx.rng.u64();
    tcb.heartbeat =
        Heartbeat { at: now + ctx.tx.rto.get(), pending: Some(Pending { nonce, sent: now }) };
    tcb.control(|out| {
        let mut info = alloc::vec::Vec::new();
        Writer::new(&mut info).bytes(&nonce.to_be_bytes());
        encode_heartbeat(out, &info);
    });
}
