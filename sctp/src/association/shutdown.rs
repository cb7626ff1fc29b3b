//! Ending an association (RFC 9260 §9).

use lariat_base::{Backoff, Instant, Serial32};

use super::Event;
use super::context::Context;
use super::state::{State, Tcb};
use crate::chunk::{
    Abort, Cause, RawChunk, Shutdown, encode_shutdown_ack, encode_shutdown_complete,
};
use crate::{CloseReason, Dropped};

/// Ends the association without a word to the peer.
pub(crate) fn close(state: &mut State, ctx: &mut Context, reason: CloseReason) {
    if matches!(state, State::Closed) {
        return;
    }
    *state = State::Closed;
    ctx.restart(ctx.local);
    ctx.events.push_back(Event::Closed(reason));
}

/// Ends the association with an ABORT to the peer, if its tag is known.
pub(crate) fn fail(
    state: &mut State,
    ctx: &mut Context,
    reason: CloseReason,
    cause: Option<Cause<'_>>,
) {
    if let Some(tcb) = state.tcb() {
        // rfc9260 §9.1: nothing else travels with it.
        let tag = tcb.peer_tag.get();
        ctx.send_alone(tag, |out| Abort { reflected: false, cause }.encode(out));
    }
    close(state, ctx, reason);
}

/// Aborts on request.
pub(crate) fn abort(state: &mut State, ctx: &mut Context) {
    if !matches!(state, State::Closed) {
        fail(state, ctx, CloseReason::Aborted, Some(Cause::UserAbort));
    }
}

/// The user wants to end it in agreement (§9.2).
pub(crate) fn request(state: &mut State, ctx: &mut Context, now: Instant) {
    match state {
        // Nothing was agreed yet, so there is nothing to agree on.
        State::Idle | State::CookieWait(_) => close(state, ctx, CloseReason::Shutdown),
        State::CookieEchoed(_) => {
            fail(state, ctx, CloseReason::Shutdown, Some(Cause::UserAbort));
        }
        State::Established(_) => {
            if let Some(tcb) = state.take_tcb() {
                ctx.guard_shutdown(now);
                ctx.tx.hurry();
                *state = State::ShutdownPending(tcb);
            }
            progress(state, ctx, now);
        }
        // rfc9260 §9.2: in SHUTDOWN-RECEIVED and later the request is ignored.
        State::ShutdownPending(_)
        | State::ShutdownSent(..)
        | State::ShutdownReceived(_)
        | State::ShutdownAckSent(..)
        | State::Closed => {}
    }
}

fn t2(ctx: &Context, now: Instant) -> Backoff {
    let config = &ctx.config;
    Backoff::start(now, ctx.tx.rto.get(), config.rto_max, config.max_retransmits)
}

fn send_shutdown(tcb: &mut Tcb) {
    let shutdown = Shutdown { cumulative: tcb.rx.cumulative().wire() };
    tcb.control(|out| shutdown.encode(out));
}

/// Goes on once everything that we sent is acknowledged.
pub(crate) fn progress(state: &mut State, ctx: &Context, now: Instant) {
    let pending = matches!(state, State::ShutdownPending(_));
    if !pending && !matches!(state, State::ShutdownReceived(_)) || !ctx.tx.is_done() {
        return;
    }
    let Some(mut tcb) = state.take_tcb() else { return };
    *state = if pending {
        send_shutdown(&mut tcb);
        State::ShutdownSent(tcb, t2(ctx, now))
    } else {
        tcb.control(encode_shutdown_ack);
        State::ShutdownAckSent(tcb, t2(ctx, now))
    };
}

/// Handles a SHUTDOWN.
pub(crate) fn handle_shutdown(
    state: &mut State,
    ctx: &mut Context,
    now: Instant,
    chunk: RawChunk<'_>,
) {
    let Ok(shutdown) = Shutdown::parse(chunk) else { return ctx.drop(Dropped::Malformed) };
    match state {
        State::Established(_) | State::ShutdownPending(_) | State::ShutdownReceived(_) => {
            if !acknowledge(ctx, now, shutdown.cumulative) {
                return;
            }
            if ctx.guard.is_none() {
                ctx.guard_shutdown(now);
            }
            if let Some(tcb) = state.take_tcb() {
                *state = State::ShutdownReceived(tcb);
            }
            progress(state, ctx, now);
        }
        State::ShutdownSent(..) => {
            // rfc9260 §9.2: both have asked at once.
            if let Some(mut tcb) = state.take_tcb() {
                tcb.control(encode_shutdown_ack);
                *state = State::ShutdownAckSent(tcb, t2(ctx, now));
            }
        }
        State::ShutdownAckSent(tcb, _) => tcb.control(encode_shutdown_ack),
        State::Idle | State::CookieWait(_) | State::CookieEchoed(_) | State::Closed => {
            ctx.drop(Dropped::Unexpected);
        }
    }
}

fn acknowledge(ctx: &mut Context, now: Instant, cumulative: Serial32) -> bool {
    match ctx.tx.handle_cumulative(now, cumulative) {
        Ok(acked) => {
            if acked.bytes > 0 {
                ctx.errors = 0;
                ctx.guard_shutdown(now);
            }
            true
        }
        // An older point says nothing against the wish to end.
        Err(crate::tx::SackFault::Old) => true,
        Err(crate::tx::SackFault::BeyondSent) => {
            ctx.drop(Dropped::SackBeyondSent);
            false
        }
    }
}

/// Handles a SHUTDOWN ACK that came with our tag.
pub(crate) fn handle_shutdown_ack(state: &mut State, ctx: &mut Context) {
    match state {
        State::ShutdownSent(tcb, _) | State::ShutdownAckSent(tcb, _) => {
            let tag = tcb.peer_tag.get();
            ctx.send_alone(tag, |out| encode_shutdown_complete(out, false));
            close(state, ctx, CloseReason::Shutdown);
        }
        _ => ctx.drop(Dropped::Unexpected),
    }
}

/// Handles a SHUTDOWN COMPLETE.
pub(crate) fn handle_shutdown_complete(state: &mut State, ctx: &mut Context) {
    // rfc9260 §8.5.1 C: it means something in SHUTDOWN-ACK-SENT alone.
    if matches!(state, State::ShutdownAckSent(..)) {
        close(state, ctx, CloseReason::Shutdown);
    } else {
        ctx.drop(Dropped::Unexpected);
    }
}

/// Data came while our SHUTDOWN is under way: it is answered with another one.
pub(crate) fn answer_data(state: &mut State, ctx: &Context, now: Instant) {
    if let State::ShutdownSent(tcb, timer) = state {
        send_shutdown(tcb);
        if tcb.rx.has_gaps() {
            tcb.rx.owe(now);
        }
        *timer = t2(ctx, now);
    }
}

/// Lets T2-shutdown expire.
pub(crate) fn handle_timeout(state: &mut State, ctx: &mut Context, now: Instant) {
    let again = match state {
        State::ShutdownSent(tcb, t2) if t2.is_due(now) => {
            send_shutdown(tcb);
            t2.expire(now)
        }
        State::ShutdownAckSent(tcb, t2) if t2.is_due(now) => {
            tcb.control(encode_shutdown_ack);
            t2.expire(now)
        }
        _ => true,
    };
    if !again {
        fail(state, ctx, CloseReason::Unreachable, None);
    }
}
