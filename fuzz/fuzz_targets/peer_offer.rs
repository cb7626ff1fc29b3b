//! A whole peer that is offered anything: what it accepts it can answer, unless it wants nothing of
//! it, and what it answers it can offer again.
#![no_main]

use std::time::Duration;

use lariat_peer::{Error, NegotiationError, SdpType, SessionDescription};
use lariat_peer_testing::{Link, Pair};

libfuzzer_sys::fuzz_target!(|sdp: &str| {
    let mut pair = Pair::new(1, Link::default());
    let offer = SessionDescription { kind: SdpType::Offer, sdp: sdp.to_owned() };
    if pair.with(0, |peer, now| peer.set_remote_description(now, &offer)).is_err() {
        return;
    }
    pair.with(0, |peer, now| {
        let answer = match peer.create_answer() {
            Ok(answer) => answer,
            // A description without any section that is used would have no transport.
            Err(Error::Negotiation(NegotiationError::NothingAcceptable)) => return,
            Err(error) => panic!("an offer that was accepted has an answer: {error}"),
        };
        peer.set_local_description(now, &answer).expect("an answer of its own");
        let offer = peer.create_offer().expect("what was agreed on can be offered");
        peer.set_local_description(now, &offer).expect("an offer of its own");
    });
    pair.run_for(Duration::from_secs(1));
});
