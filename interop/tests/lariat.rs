//! Lariat meets other people's stacks.

use lariat_interop::foreign::{self, aiortc, chromium, firefox, lariat, str0m, webrtc_rs};
use lariat_interop::pair::{Exchange, Peer};

/// Lariat and `other` meet, once as each of them offers.
fn both_ways(other: &Peer, exchange: Exchange) {
    foreign::test(&lariat(), other, exchange);
    foreign::test(other, &lariat(), exchange);
}

#[test]
fn lariat_exchanges_data_with_itself() {
    foreign::test(&lariat(), &lariat(), Exchange::Data);
}

#[test]
fn lariat_exchanges_data_with_aiortc() {
    both_ways(&aiortc(), Exchange::Data);
}

#[test]
fn lariat_exchanges_media_with_aiortc() {
    both_ways(&aiortc(), Exchange::DataAndMedia);
}

#[test]
fn lariat_exchanges_data_with_str0m() {
    both_ways(&str0m(), Exchange::Data);
}

#[test]
fn lariat_exchanges_media_with_str0m() {
    both_ways(&str0m(), Exchange::DataAndMedia);
}

#[test]
fn lariat_exchanges_data_with_webrtc_rs() {
    both_ways(&webrtc_rs(), Exchange::Data);
}

#[test]
fn lariat_exchanges_media_with_webrtc_rs() {
    both_ways(&webrtc_rs(), Exchange::DataAndMedia);
}

#[test]
fn lariat_exchanges_data_with_firefox() {
    both_ways(&firefox(), Exchange::Data);
}

#[test]
fn lariat_exchanges_media_with_firefox() {
    both_ways(&firefox(), Exchange::DataAndMedia);
}

#[test]
fn lariat_exchanges_data_with_chromium() {
    both_ways(&chromium(), Exchange::Data);
}

#[test]
fn lariat_exchanges_media_with_chromium() {
    both_ways(&chromium(), Exchange::DataAndMedia);
}
