//! Resetting streams, which is how data channels close (RFC 6525 §5).

use alloc::vec::Vec;

use lariat_base::{Backoff, Deadline, Instant, Serial32};

use super::context::Context;
use super::shutdown::fail;
use super::state::{State, Tcb};
use super::{Event, data};
use crate::Dropped;
use crate::chunk::{RawChunk, ReconfigParameter, ResetRequest, ResetResponse, ResetResult};
use crate::limits::{MAX_RESET_ATTEMPTS, MAX_RESET_STREAMS};
use crate::packet::HEADER_LEN;
use crate::types::Tsn;

/// Bytes of a RE-CONFIG chunk with a request, but for the streams and the padding behind them.
const REQUEST_LEN: usize = 24;

/// Both directions of stream reset.
#[derive(Debug)]
pub(crate) struct Reset {
    /// The peer said that it knows RE-CONFIG.
    supported: bool,
    next_sequence: Serial32,
    /// Our request that is not answered yet. There is at most one (§5.1.1).
    request: Option<Request>,
    /// The sequence number of the peer's next request.
    expected: Serial32,
    /// What we said to the peer's last request.
    answered: Option<ResetResponse>,
}

#[derive(Debug)]
struct Request {
    wire: ResetRequest,
    /// Streams of the request that are not known to be reset.
    streams: Vec<u16>,
    timer: Backoff,
    attempts: u32,
    send: bool,
    /// The peer is at it: a timeout says nothing about the path.
    in_progress: bool,
}

impl Reset {
    pub(crate) const fn new(local: Serial32, peer: Serial32, supported: bool) -> Self {
        // rfc6525 §4.1: the sequence numbers start with the initial TSN.
        Self { supported, next_sequence: local, request: None, expected: peer, answered: None }
    }

    pub(crate) fn deadline(&self) -> Option<Deadline> {
        self.request.as_ref().map(|request| Deadline::new(request.timer.at(), "stream reset"))
    }

    /// Whether a request is to be sent.
    pub(crate) fn wants_to_send(&self) -> bool {
        self.request.as_ref().is_some_and(|request| request.send)
    }

    /// The peer shows that it has reset a stream whose answer is still missing.
    pub(crate) fn assume_done(&mut self, stream: u16) -> bool {
        let Some(request) = &mut self.request else { return false };
        let before = request.streams.len();
        request.streams.retain(|waiting| *waiting != stream);
        before != request.streams.len()
    }
}

/// Asks for the reset of streams that have nothing left to send, if no other request is under way.
pub(crate) fn prepare(tcb: &mut Tcb, ctx: &mut Context, now: Instant) {
    if tcb.reset.request.is_some() {
        return;
    }
    let fitting = ctx.config.mtu.saturating_sub(HEADER_LEN.saturating_add(REQUEST_LEN)) / 2;
    let streams = ctx.tx.queue.pause_drained(MAX_RESET_STREAMS.min(fitting));
    if !tcb.reset.supported {
        // Nobody to ask: the stream counts as reset on our side alone.
        finish(ctx, &streams, false);
        return;
    }
    let wire = ResetRequest {
        sequence: tcb.reset.next_sequence,
        response_sequence: tcb.reset.expected.add(u32::MAX),
        last_tsn: ctx.tx.next_tsn().previous().wire(),
        streams: streams.clone(),
    };
    tcb.reset.next_sequence = tcb.reset.next_sequence.add(1);
    let config = &ctx.config;
    let timer = Backoff::start(now, ctx.tx.rto.get(), config.rto_max, u32::MAX);
    tcb.reset.request =
        Some(Request { wire, streams, timer, attempts: 0, send: true, in_progress: false });
}

/// The request, if it is to be sent and fits, or is `alone` in its packet.
pub(crate) fn poll(tcb: &mut Tcb, out: &mut Vec<u8>, room: usize, alone: bool) {
    let Some(request) = tcb.reset.request.as_mut().filter(|request| request.send) else { return };
    let mut chunk = Vec::new();
    request.wire.encode(&mut chunk);
    if alone || chunk.len() <= room {
        out.extend_from_slice(&chunk);
        request.send = false;
    }
}

/// Our side of streams is reset, or counts as it.
fn finish(ctx: &mut Context, streams: &[u16], agreed: bool) {
    for stream in streams {
        ctx.tx.queue.resume(*stream);
        ctx.events.push_back(Event::OutgoingReset { stream: *stream, agreed });
    }
}

/// Handles a RE-CONFIG chunk.
pub(crate) fn handle(state: &mut State, ctx: &mut Context, now: Instant, chunk: RawChunk<'_>) {
    let Some(tcb) = state.up_mut() else { return ctx.drop(Dropped::Unexpected) };
    let Ok(parameters) = ReconfigParameter::parse_all(chunk) else {
        return ctx.drop(Dropped::Malformed);
    };
    for parameter in parameters {
        match parameter {
            ReconfigParameter::Request(request) => {
                handle_request(tcb, ctx, request.sequence, Some(request));
                // rfc6525 §5.2.1: the acknowledgement helps the peer to fill what is missing.
                tcb.rx.owe(now);
            }
            ReconfigParameter::Other(sequence) => handle_request(tcb, ctx, sequence, None),
            ReconfigParameter::Response(response) => handle_response(tcb, ctx, now, response),
        }
    }
}

/// Handles a request; `None` is one for something that we do not do.
fn handle_request(
    tcb: &mut Tcb,
    ctx: &mut Context,
    sequence: Serial32,
    request: Option<ResetRequest>,
) {
    let repeated = tcb.reset.answered.filter(|answer| answer.sequence == sequence);
    let result = match (repeated, request) {
        // rfc6525 §5.2.1: a repeated request gets the same answer, but for one that has made
        // progress.
        (Some(answer), Some(request)) if answer.result == ResetResult::InProgress => {
            incoming(tcb, ctx, request)
        }
        (Some(answer), _) => answer.result,
        (None, _) if sequence != tcb.reset.expected => {
            ctx.drop(Dropped::Reset);
            let result = ResetResult::BadSequence;
            return tcb.control(|out| ResetResponse { sequence, result }.encode(out));
        }
        (None, Some(request)) => incoming(tcb, ctx, request),
        (None, None) => ResetResult::Denied,
    };
    if repeated.is_none() {
        tcb.reset.expected = sequence.add(1);
    }
    let answer = ResetResponse { sequence, result };
    tcb.reset.answered = Some(answer);
    tcb.control(|out| answer.encode(out));
}

/// Resets streams of the peer's, now or when everything before has come.
fn incoming(tcb: &mut Tcb, ctx: &mut Context, request: ResetRequest) -> ResetResult {
    let last = Tsn::from_wire(request.last_tsn, tcb.rx.cumulative());
    if last > tcb.rx.cumulative() {
        // rfc6525 §5.2.2 E2.
        tcb.rx.reassembly.defer(last, request.streams);
        return ResetResult::InProgress;
    }
    tcb.rx.reassembly.reset(&request.streams);
    deliver_reset(tcb, ctx, request.streams);
    ResetResult::Performed
}

fn deliver_reset(tcb: &mut Tcb, ctx: &mut Context, streams: Vec<u16>) {
    // Messages that were complete by now came before the reset.
    data::deliver_ready(tcb, ctx);
    ctx.events.push_back(Event::IncomingReset { streams });
}

/// Performs a reset that was put off, when everything before it has come.
pub(crate) fn perform_deferred(state: &mut State, ctx: &mut Context, now: Instant) {
    let Some(tcb) = state.up_mut() else { return };
    let cumulative = tcb.rx.cumulative();
    let Some(streams) = tcb.rx.reassembly.perform_deferred(cumulative) else { return };
    ctx.events.push_back(Event::IncomingReset { streams });
    if let Some(answer) = &mut tcb.reset.answered {
        answer.result = ResetResult::Performed;
        let answer = *answer;
        tcb.control(|out| answer.encode(out));
        tcb.rx.owe(now);
    }
    data::deliver(state, ctx);
}

fn handle_response(tcb: &mut Tcb, ctx: &mut Context, now: Instant, response: ResetResponse) {
    let Some(request) =
        tcb.reset.request.as_mut().filter(|request| request.wire.sequence == response.sequence)
    else {
        // rfc6525 §5.2.7 H1: the answer to nothing.
        return ctx.drop(Dropped::Reset);
    };
    ctx.errors = 0;
    if response.result == ResetResult::InProgress {
        // H2: the timer starts again, and the path is not to blame.
        request.in_progress = true;
        request.timer = Backoff::start(now, ctx.tx.rto.get(), ctx.config.rto_max, u32::MAX);
        return;
    }
    let agreed = matches!(response.result, ResetResult::Performed | ResetResult::NothingToDo);
    if let Some(request) = tcb.reset.request.take() {
        finish(ctx, &request.streams, agreed);
    }
}

/// Repeats a request that was not answered.
pub(crate) fn handle_timeout(state: &mut State, ctx: &mut Context, now: Instant) {
    let Some(tcb) = state.up_mut() else { return };
    let Some(request) = &mut tcb.reset.request else { return };
    if !request.timer.is_due(now) {
        return;
    }
    request.timer.expire(now);
    request.send = true;
    request.attempts = request.attempts.saturating_add(1);
    let in_progress = request.in_progress;
    if request.attempts >= MAX_RESET_ATTEMPTS {
        // A peer that is at it forever does not keep the streams forever.
        if let Some(request) = tcb.reset.request.take() {
            finish(ctx, &request.streams, false);
        }
        return;
    }
    // rfc6525 §5.1.1 A5 and H2.
    if !in_progress && !ctx.count_error() {
        let reason = ctx.why_unreachable();
        fail(state, ctx, reason, None);
    }
}
