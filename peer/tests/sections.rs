//! As many sections as the limit says, and one more.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use lariat_base::{Instant, Seed};
use lariat_crypto::ring;
use lariat_dtls::Certificate;
use lariat_peer::limits::MAX_SECTIONS;
use lariat_peer::{
    ChannelConfig, Config, Direction, Error, MediaKind, NegotiationError, Peer, SessionDescription,
    TransceiverId,
};
use lariat_sdp::Session;

const NOW: Instant = Instant::ZERO;

fn peer(number: u8) -> Peer {
    let provider = ring::provider();
    let seed = Seed::new([number; 32]);
    let now_unix = Duration::from_secs(1_800_000_000);
    let certificate =
        Certificate::generate(&*provider, &mut seed.split("certificate").rng(), now_unix).unwrap();
    Peer::new(Config::new(provider, seed, certificate, now_unix))
}

/// Offer and answer; returns both.
fn negotiate(offerer: &mut Peer, answerer: &mut Peer) -> [Session; 2] {
    let offer = put_offer(offerer);
    let answer = answer(answerer, &offer).unwrap();
    offerer.set_remote_description(NOW, &answer).unwrap();
    [offer, answer].map(|description| Session::parse(&description.sdp).unwrap())
}

fn put_offer(peer: &mut Peer) -> SessionDescription {
    let offer = peer.create_offer().unwrap();
    peer.set_local_description(NOW, &offer).unwrap();
    offer
}

fn answer(peer: &mut Peer, offer: &SessionDescription) -> Result<SessionDescription, Error> {
    peer.set_remote_description(NOW, offer)?;
    let answer = peer.create_answer()?;
    peer.set_local_description(NOW, &answer)?;
    Ok(answer)
}

fn add(peer: &mut Peer, kind: MediaKind) -> Result<TransceiverId, Error> {
    peer.add_transceiver(kind, Direction::SendRecv)
}

fn add_data(peer: &mut Peer) -> Result<(), Error> {
    peer.create_data_channel(NOW, ChannelConfig::new("test")).map(|_| ())
}

#[test]
fn as_many_sections_of_media_as_the_limit_are_agreed_on_and_no_more() {
    let (mut one, mut other) = (peer(1), peer(2));
    let ids: Vec<_> = (0..MAX_SECTIONS).map(|_| add(&mut one, MediaKind::Audio).unwrap()).collect();
    assert_eq!(add(&mut one, MediaKind::Audio), Err(Error::TooManyTransceivers));
    // There is none left for data, and that is said at once.
    assert_eq!(add_data(&mut one), Err(Error::TooManyTransceivers));
    let [offer, answer] = negotiate(&mut one, &mut other);
    for description in [offer, answer] {
        assert_eq!(description.media.len(), MAX_SECTIONS);
        assert!(description.media.iter().all(|media| !media.is_rejected()));
    }
    assert_eq!(other.transceivers().count(), MAX_SECTIONS);
    assert_eq!(add(&mut other, MediaKind::Audio), Err(Error::TooManyTransceivers));
    assert_eq!(add_data(&mut other), Err(Error::TooManyTransceivers));
    // One that is stopped keeps its section until both sides have agreed to that.
    one.stop_transceiver(ids[7]).unwrap();
    assert_eq!(add(&mut one, MediaKind::Video), Err(Error::TooManyTransceivers));
    negotiate(&mut one, &mut other);
    add_data(&mut one).unwrap();
    assert_eq!(add(&mut one, MediaKind::Video), Err(Error::TooManyTransceivers));
    let [offer, answer] = negotiate(&mut one, &mut other);
    assert_eq!((offer.media.len(), answer.media.len()), (MAX_SECTIONS, MAX_SECTIONS));
    assert_eq!(offer.media[7].kind, lariat_sdp::MediaKind::Application);
    assert!(!answer.media[7].is_rejected());
}

#[test]
fn data_takes_one_of_the_sections() {
    let (mut one, mut other) = (peer(1), peer(2));
    add_data(&mut one).unwrap();
    for _ in 1..MAX_SECTIONS {
        add(&mut one, MediaKind::Video).unwrap();
    }
    assert_eq!(add(&mut one, MediaKind::Video), Err(Error::TooManyTransceivers));
    add_data(&mut one).unwrap();
    let [_, answer] = negotiate(&mut one, &mut other);
    assert_eq!(answer.media.len(), MAX_SECTIONS);
    assert!(answer.media.iter().all(|media| !media.is_rejected()));
    assert_eq!(add(&mut other, MediaKind::Video), Err(Error::TooManyTransceivers));
    add_data(&mut other).unwrap();
}

#[test]
fn a_description_with_one_section_past_the_limit_is_refused() {
    let (mut one, mut other) = (peer(1), peer(2));
    for _ in 0..MAX_SECTIONS {
        add(&mut one, MediaKind::Audio).unwrap();
    }
    let offer = put_offer(&mut one);
    let last = offer.sdp.rfind("m=audio").unwrap();
    let more = offer.sdp[last..].replace("a=mid:63", "a=mid:64");
    let bundled = offer.sdp.replace("a=group:BUNDLE 0", "a=group:BUNDLE 64 0");
    let longer = SessionDescription::offer(bundled + &more);
    let refused = other.set_remote_description(NOW, &longer);
    assert_eq!(refused, Err(Error::Negotiation(NegotiationError::TooManySections)));
    answer(&mut other, &offer).unwrap();
}

// What waits for an offer of ours does not keep an offer of theirs out.
#[test]
fn an_offer_is_answered_whatever_waits_on_this_side() {
    let (mut one, mut other) = (peer(1), peer(2));
    for _ in 0..MAX_SECTIONS {
        add(&mut one, MediaKind::Audio).unwrap();
        add(&mut other, MediaKind::Video).unwrap();
    }
    let [_, answer] = negotiate(&mut one, &mut other);
    assert!(answer.media.iter().all(|media| !media.is_rejected()));
    assert_eq!(other.create_offer(), Err(Error::TooManyTransceivers));
}
