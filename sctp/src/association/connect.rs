//! Setting an association up (RFC 9260 §5).

use alloc::vec::Vec;

use lariat_base::{Backoff, Instant};

use super::Event;
use super::context::{Context, Local};
use super::cookie::{self, Cookie};
use super::shutdown::close;
use super::state::{CookieEchoed, CookieWait, Peer, State, Tcb};
use crate::chunk::{
    Abort, Cause, Init, InitKind, RawChunk, encode_cookie_ack, encode_error, encode_shutdown_ack,
};
use crate::limits::MAX_COOKIE_LEN;
use crate::{CloseReason, Dropped};

/// The smallest window that an INIT may offer (§3.3.2).
const MIN_WINDOW: u32 = 1_500;

/// Starts to connect, unless that has begun or the peer was first.
pub(crate) fn connect(state: &mut State, ctx: &mut Context, now: Instant) {
    if matches!(state, State::Idle) {
        ctx.guard = Some(now + ctx.config.setup_timeout);
        *state = State::CookieWait(CookieWait { t1: t1(ctx, now), send: true, stale: 0 });
    }
}

fn t1(ctx: &Context, now: Instant) -> Backoff {
    let config = &ctx.config;
    Backoff::start(now, config.rto_initial, config.rto_max, config.max_init_retransmits)
}

/// Handles an INIT, which was alone in its packet and came with no tag.
pub(crate) fn handle_init(state: &mut State, ctx: &mut Context, now: Instant, chunk: RawChunk<'_>) {
    let Ok(init) = Init::parse(chunk) else { return ctx.drop(Dropped::Malformed) };
    // rfc9260 §3.3.2: a tag of zero is dropped without an answer.
    let Some(peer) = Peer::new(&init) else { return ctx.drop(Dropped::Malformed) };
    if let Some(cause) = objection(&init) {
        ctx.drop(Dropped::Malformed);
        let abort = Abort { reflected: false, cause: Some(cause) };
        return ctx.reply(now, peer.tag.get(), |out| abort.encode(out));
    }
    let (local, tie) = match state {
        // rfc9260 §5.2.1: in a collision the same numbers as in our own INIT. Before we have sent
        // one, the ones that it will have.
        State::Idle | State::CookieWait(_) => (ctx.local, 0),
        State::CookieEchoed(echoed) => (ctx.local, echoed.tcb.tie),
        // rfc9260 §9.2: the peer starts again without having seen the end of the association, so
        // it is told of that end first.
        State::ShutdownAckSent(tcb, _) => return tcb.control(encode_shutdown_ack),
        State::Closed => {
            ctx.drop(Dropped::OutOfTheBlue);
            let abort = Abort { reflected: false, cause: None };
            return ctx.reply(now, peer.tag.get(), |out| abort.encode(out));
        }
        // rfc9260 §5.2.2: a new tag, and the tie tag in the cookie; nothing else changes.
        State::Established(tcb)
        | State::ShutdownPending(tcb)
        | State::ShutdownSent(tcb, _)
        | State::ShutdownReceived(tcb) => (Local::random(&mut ctx.rng), tcb.tie),
    };
    let mut answer = local.init(InitKind::InitAck, &ctx.config);
    answer.cookie = Some(cookie::seal(ctx, &Cookie { created: now, local, peer, tie }));
    answer.unrecognized = init.unrecognized;
    ctx.reply(now, peer.tag.get(), |out| answer.encode(out));
}

/// What is wrong with an INIT or INIT ACK (§3.3.2, §3.3.3).
fn objection(init: &Init) -> Option<Cause<'static>> {
    if init.has_host_name {
        return Some(Cause::UnresolvableAddress);
    }
    let zero = init.outbound_streams == 0 || init.inbound_streams == 0;
    (zero || init.a_rwnd < MIN_WINDOW).then_some(Cause::InvalidMandatoryParameter)
}

/// Handles an INIT ACK, which was alone in its packet and came with our tag.
pub(crate) fn handle_init_ack(
    state: &mut State,
    ctx: &mut Context,
    now: Instant,
    chunk: RawChunk<'_>,
) {
    // rfc9260 §5.2.3: in any other state it answers an old INIT.
    let State::CookieWait(wait) = state else { return ctx.drop(Dropped::Unexpected) };
    let stale = wait.stale;
    let Ok(init) = Init::parse(chunk) else { return ctx.drop(Dropped::Malformed) };
    let Some(peer) = Peer::new(&init) else {
        // rfc9260 §3.3.3: a tag of zero ends the attempt.
        return close(state, ctx, CloseReason::ProtocolViolation);
    };
    let cookie = match (objection(&init), init.cookie) {
        (None, Some(cookie)) if cookie.len() <= MAX_COOKIE_LEN => cookie,
        (objection, _) => {
            let cause = objection.unwrap_or(Cause::InvalidMandatoryParameter);
            let abort = Abort { reflected: false, cause: Some(cause) };
            ctx.reply(now, peer.tag.get(), |out| abort.encode(out));
            return close(state, ctx, CloseReason::ProtocolViolation);
        }
    };
    let tcb = Tcb::new(ctx, now, &peer);
    let t1 = t1(ctx, now);
    let unrecognized = init.unrecognized;
    *state = State::CookieEchoed(CookieEchoed { tcb, cookie, unrecognized, t1, send: true, stale });
}

/// Handles a COOKIE ECHO at the start of a packet with `tag`, and says whether the rest of the
/// packet belongs to the association.
pub(crate) fn handle_cookie_echo(
    state: &mut State,
    ctx: &mut Context,
    now: Instant,
    tag: u32,
    bytes: &[u8],
) -> bool {
    // rfc9260 §5.1.5, 2 and 3: a cookie that is not ours, or not for this packet's tag, leaves no
    // trace.
    let Some(cookie) = cookie::open(ctx, bytes).filter(|cookie| cookie.local.tag.get() == tag)
    else {
        ctx.drop(Dropped::Cookie);
        return false;
    };
    let local_matches = cookie.local == ctx.local;
    let peer_matches = state.tcb().is_some_and(|tcb| tcb.peer_tag == cookie.peer.tag);
    if let Some(staleness) = cookie.staleness(ctx, now)
        && !(local_matches && peer_matches)
    {
        ctx.drop(Dropped::StaleCookie);
        ctx.reply(now, cookie.peer.tag.get(), |out| {
            encode_error(out, &Cause::StaleCookie(staleness));
        });
        return false;
    }
    let tie_matches = state.tcb().is_some_and(|tcb| tcb.tie == cookie.tie);
    // rfc9260 §5.2.4, table 12.
    match (local_matches, peer_matches) {
        (true, true) => accept(state, ctx, now),
        (true, false) => adopt(state, ctx, now, &cookie),
        (false, false) if tie_matches => return restart(state, ctx, now, &cookie),
        _ => {
            ctx.drop(Dropped::Cookie);
            return false;
        }
    }
    acknowledge(state);
    !matches!(state, State::Closed)
}

fn acknowledge(state: &mut State) {
    if let Some(tcb) = state.tcb_mut() {
        // rfc9260 §5.1 D: COOKIE ACK comes first.
        tcb.control_first(encode_cookie_ack);
    }
}

/// Action D: both tags are those of the association; it is up.
fn accept(state: &mut State, ctx: &mut Context, now: Instant) {
    if matches!(state, State::CookieEchoed(_))
        && let Some(tcb) = state.take_tcb()
    {
        establish(state, ctx, now, tcb);
    }
}

/// The cookie answers our own INIT's numbers with a tag of the peer's that we do not know: either
/// there was no association yet, or this is action B, where the peer has chosen anew.
fn adopt(state: &mut State, ctx: &mut Context, now: Instant, cookie: &Cookie) {
    match state {
        State::Idle | State::CookieWait(_) | State::CookieEchoed(_) => {
            // What travelled with our own COOKIE ECHO went to an association that is no more.
            ctx.tx.lose_all();
            let tcb = Tcb::from_cookie(ctx, now, cookie);
            establish(state, ctx, now, tcb);
        }
        State::Established(tcb) if tcb.rx.is_untouched() => {
            *tcb = Tcb::from_cookie(ctx, now, cookie);
        }
        _ => {
            if let Some(tcb) = state.tcb_mut() {
                tcb.peer_tag = cookie.peer.tag;
            }
        }
    }
}

/// Action A: the peer has started again.
fn restart(state: &mut State, ctx: &mut Context, now: Instant, cookie: &Cookie) -> bool {
    if let State::ShutdownAckSent(tcb, _) = state {
        tcb.control(encode_shutdown_ack);
        tcb.control(|out| encode_error(out, &Cause::CookieWhileShuttingDown));
        return false;
    }
    ctx.restart(cookie.local);
    // Messages of before that wait to be read take their room with them.
    let unread = state.tcb().map_or(0, |tcb| tcb.rx.unread());
    let mut tcb = Tcb::from_cookie(ctx, now, cookie);
    tcb.rx.carry_over(unread);
    let streams = tcb.streams;
    *state = State::Established(tcb);
    ctx.events.push_back(Event::Restarted { streams });
    acknowledge(state);
    true
}

/// Handles a COOKIE ACK.
pub(crate) fn handle_cookie_ack(state: &mut State, ctx: &mut Context, now: Instant) {
    // rfc9260 §5.2.5: in any other state it is a duplicate.
    if !matches!(state, State::CookieEchoed(_)) {
        return ctx.drop(Dropped::Unexpected);
    }
    if let Some(tcb) = state.take_tcb() {
        establish(state, ctx, now, tcb);
    }
}

fn establish(state: &mut State, ctx: &mut Context, now: Instant, tcb: alloc::boxed::Box<Tcb>) {
    ctx.errors = 0;
    ctx.guard = None;
    ctx.tx.start(now);
    ctx.events.push_back(Event::Connected { streams: tcb.streams });
    *state = State::Established(tcb);
}

/// Handles an ERROR: of its causes only a stale cookie means anything to us.
pub(crate) fn handle_error(
    state: &mut State,
    ctx: &mut Context,
    now: Instant,
    chunk: &RawChunk<'_>,
) {
    match Cause::staleness(chunk) {
        Err(_) => ctx.drop(Dropped::Malformed),
        Ok(None) => {}
        Ok(Some(_)) => {
            // rfc9260 §5.2.6: only while the cookie is under way; then we ask for another one.
            let State::CookieEchoed(echoed) = state else { return ctx.drop(Dropped::Unexpected) };
            let stale = echoed.stale.saturating_add(1);
            if stale > ctx.config.max_init_retransmits {
                return close(state, ctx, CloseReason::ConnectTimeout);
            }
            ctx.tx.lose_all();
            *state = State::CookieWait(CookieWait { t1: t1(ctx, now), send: true, stale });
        }
    }
}

/// Lets T1-init and T1-cookie expire.
pub(crate) fn handle_timeout(state: &mut State, ctx: &mut Context, now: Instant) {
    let (t1, send) = match state {
        State::CookieWait(wait) => (&mut wait.t1, &mut wait.send),
        State::CookieEchoed(echoed) => (&mut echoed.t1, &mut echoed.send),
        _ => return,
    };
    if !t1.is_due(now) {
        return;
    }
    if t1.expire(now) {
        *send = true;
    } else {
        // rfc9260 §5.1.4: after Max.Init.Retransmits the association is closed.
        close(state, ctx, CloseReason::ConnectTimeout);
    }
}

/// Reports parameters of the INIT ACK that we did not recognise, next to the COOKIE ECHO (§3.2.2).
pub(crate) fn encode_unrecognized(out: &mut Vec<u8>, parameters: &[u8]) {
    if !parameters.is_empty() {
        encode_error(out, &Cause::UnrecognizedParameters(parameters));
    }
}
