//! Packets on their way out, one at a time, built when they are asked for.

use alloc::vec::Vec;

use lariat_base::Instant;

use super::connect::encode_unrecognized;
use super::context::Context;
use super::reset;
use super::state::{CookieEchoed, State, Tcb};
use crate::chunk::{InitKind, encode_cookie_echo};
use crate::packet::PacketWriter;
use crate::types::Tag;

/// Appends the next packet to `out` and says how long it is.
pub(crate) fn poll(
    state: &mut State,
    ctx: &mut Context,
    now: Instant,
    out: &mut Vec<u8>,
) -> Option<usize> {
    let (ports, mtu) = (ctx.ports(), ctx.config.mtu);
    if let Some(reply) = ctx.next_reply() {
        let mut packet = PacketWriter::new(out, ports, reply.tag, mtu);
        packet.out().extend_from_slice(&reply.chunk);
        return packet.finish();
    }
    let may_send_data = state.may_send_data();
    match state {
        State::Idle | State::Closed => None,
        State::CookieWait(wait) => {
            if !core::mem::take(&mut wait.send) {
                return None;
            }
            let mut packet = PacketWriter::new(out, ports, Tag::NONE, mtu);
            ctx.local.init(InitKind::Init, &ctx.config).encode(packet.out());
            packet.finish()
        }
        State::CookieEchoed(echoed) => cookie_echo(echoed, ctx, now, out),
        State::Established(tcb)
        | State::ShutdownPending(tcb)
        | State::ShutdownSent(tcb, _)
        | State::ShutdownReceived(tcb)
        | State::ShutdownAckSent(tcb, _) => {
            if may_send_data && ctx.tx.queue.has_drained() {
                reset::prepare(tcb, ctx, now);
            }
            let packet = PacketWriter::new(out, ports, tcb.peer_tag.get(), mtu);
            established(tcb, ctx, now, packet, may_send_data)
        }
    }
}

/// COOKIE ECHO, with data right behind it.
fn cookie_echo(
    echoed: &mut CookieEchoed,
    ctx: &mut Context,
    now: Instant,
    out: &mut Vec<u8>,
) -> Option<usize> {
    // rfc9260 §5.1 C: one packet, and no other before the answer.
    if !core::mem::take(&mut echoed.send) {
        return None;
    }
    let tag = echoed.tcb.peer_tag.get();
    let mut packet = PacketWriter::new(out, ctx.ports(), tag, ctx.config.mtu);
    encode_cookie_echo(packet.out(), &echoed.cookie);
    encode_unrecognized(packet.out(), &echoed.unrecognized);
    ctx.tx.lose_all();
    ctx.tx.fill(now, &mut packet, false);
    packet.finish()
}

/// Control chunks, then an acknowledgement, then data (§6.10).
fn established(
    tcb: &mut Tcb,
    ctx: &mut Context,
    now: Instant,
    mut packet: PacketWriter<'_>,
    may_send_data: bool,
) -> Option<usize> {
    while let Some(chunk) = tcb.next_control(packet.room(), packet.is_empty()) {
        packet.out().extend_from_slice(&chunk);
    }
    if tcb.reset.wants_to_send() {
        let (room, alone) = (packet.room(), packet.is_empty());
        reset::poll(tcb, packet.out(), room, alone);
    }
    let data = may_send_data && ctx.tx.wants_to_send(now);
    // rfc9260 §6.1: an acknowledgement that is owed travels with data.
    if (tcb.rx.is_ack_due() || (data && tcb.rx.is_ack_owed()))
        && let Some(sack) = tcb.rx.sack(packet.room())
    {
        sack.encode(packet.out());
    }
    if data {
        ctx.tx.fill(now, &mut packet, true);
        tcb.heartbeat.postpone(ctx, now);
    }
    packet.finish()
}
