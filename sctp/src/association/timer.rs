//! Everything that happens by itself.

use lariat_base::{Deadline, Instant};

use super::context::Context;
use super::shutdown::fail;
use super::state::State;
use super::{connect, heartbeat, reset, shutdown};
use crate::CloseReason;

/// When the association wants to be called.
pub(crate) fn deadline(state: &State, ctx: &Context) -> Option<Deadline> {
    let guard = ctx.guard.map(|at| Deadline::new(at, "setup or shutdown given up"));
    let own = match state {
        State::Idle | State::Closed => None,
        State::CookieWait(wait) => Some(Deadline::new(wait.t1.at(), "T1-init")),
        State::CookieEchoed(echoed) => Some(Deadline::new(echoed.t1.at(), "T1-cookie")),
        State::Established(tcb) | State::ShutdownPending(tcb) | State::ShutdownReceived(tcb) => {
            Deadline::earliest([
                ctx.tx.deadline(),
                tcb.rx.deadline(),
                tcb.reset.deadline(),
                Some(tcb.heartbeat.deadline()),
            ])
        }
        State::ShutdownSent(tcb, t2) | State::ShutdownAckSent(tcb, t2) => {
            let t2 = Deadline::new(t2.at(), "T2-shutdown");
            Deadline::earliest([Some(t2), tcb.rx.deadline(), tcb.reset.deadline()])
        }
    };
    Deadline::earliest([own, guard])
}

/// Lets everything expire that is due.
pub(crate) fn handle(state: &mut State, ctx: &mut Context, now: Instant) {
    if ctx.guard.is_some_and(|at| at <= now) {
        return give_up(state, ctx);
    }
    connect::handle_timeout(state, ctx, now);
    shutdown::handle_timeout(state, ctx, now);
    if let Some(tcb) = state.up_mut() {
        tcb.rx.handle_timeout(now);
    }
    if state.may_send_data() && ctx.tx.handle_timeout(now) && !ctx.count_error() {
        // rfc9260 §8.1: after Association.Max.Retrans the peer counts as unreachable.
        let reason = ctx.why_unreachable();
        fail(state, ctx, reason, None);
    }
    reset::handle_timeout(state, ctx, now);
    heartbeat::handle_timeout(state, ctx, now);
}

/// Connecting, or shutting down, has taken too long (§9.2: T5-shutdown-guard).
fn give_up(state: &mut State, ctx: &mut Context) {
    let reason = match state {
        State::CookieWait(_) | State::CookieEchoed(_) => CloseReason::ConnectTimeout,
        _ => CloseReason::ShutdownTimeout,
    };
    fail(state, ctx, reason, None);
}
