//! SACK on its way in (RFC 9260 §6.2.1).

use lariat_base::Instant;

use super::context::Context;
use super::state::State;
use crate::Dropped;
use crate::chunk::{RawChunk, Sack};
use crate::tx::SackFault;

/// Handles a SACK chunk.
pub(crate) fn handle(state: &State, ctx: &mut Context, now: Instant, chunk: RawChunk<'_>) {
    // rfc9260 §6: it is processed where data may be under way, COOKIE-ECHOED included.
    if !state.may_send_data() && !matches!(state, State::CookieEchoed(_)) {
        return ctx.drop(Dropped::Unexpected);
    }
    let Ok(sack) = Sack::parse(chunk) else { return ctx.drop(Dropped::Malformed) };
    match ctx.tx.handle_sack(now, &sack) {
        Ok(acked) => {
            // rfc9260 §8.1: the peer is there. §6.1 A: it also is while it says that its window is
            // closed.
            if acked.bytes > 0 || ctx.tx.peer_window_closed() {
                ctx.errors = 0;
            }
            if acked.bytes > 0
                && matches!(state, State::ShutdownPending(_) | State::ShutdownReceived(_))
            {
                ctx.guard_shutdown(now);
            }
        }
        Err(SackFault::Old) => ctx.drop(Dropped::OldSack),
        Err(SackFault::BeyondSent) => ctx.drop(Dropped::SackBeyondSent),
    }
}
