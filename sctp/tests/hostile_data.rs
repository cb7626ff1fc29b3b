//! Data and acknowledgements that an attacker could send (adversarial C9 to C14, C18, C19).

mod common;

use std::time::Duration;

use bytes::Bytes;
use common::by_hand::ByHand;
use common::wire::{Init, chunk, data, kinds, last_sack, sack, u32_at};
use common::{Link, Pair};
use lariat_sctp::{ChannelConfig, CloseReason, Config, Dropped, Event, MessageKind, SendError};

/// The first TSN of the peer that the test plays.
const FIRST: u32 = Init::PLAIN.tsn;
const WHOLE: u8 = 3;
const UNORDERED: u8 = 4;
const BINARY: u32 = 53;

/// An end with a channel that it may send on.
fn with_channel(config: Config, init: Init) -> (ByHand, lariat_sctp::ChannelId) {
    let mut end = ByHand::with(config, init);
    let id = end.negotiated(0);
    (end, id)
}

fn send(end: &mut ByHand, id: lariat_sctp::ChannelId, length: usize) -> Result<(), SendError> {
    let payload = Bytes::from(vec![1; length]);
    end.pair.ends[0].send(end.pair.now, id, MessageKind::Binary, payload)
}

// adversarial C9
#[test]
fn acknowledgements_of_what_was_never_sent_are_ignored() {
    let (mut end, id) = with_channel(Config::default(), Init::PLAIN);
    send(&mut end, id, 5_000).unwrap();
    let sent = end.sent().len();
    let tsn = end.tsn;
    let before = end.pair.ends[0].stats();
    end.give(&[sack(tsn + 100, 1 << 20, &[])]);
    end.give(&[sack(tsn.wrapping_sub(1), 1 << 20, &[(1, 65_535)])]);
    end.give(&[sack(tsn.wrapping_add(1 << 31), 1 << 20, &[])]);
    assert_eq!(end.pair.ends[0].dropped().get(Dropped::SackBeyondSent), 2);
    assert_eq!(end.pair.ends[0].dropped().total(), 3);
    assert_eq!(end.pair.ends[0].stats().congestion_window, before.congestion_window);
    assert_eq!(end.pair.ends[0].stats().buffered, before.buffered);
    // The end before the start, and counts that lie.
    end.give(&[sack(tsn, 1 << 20, &[(5, 2)])]);
    let mut lying = sack(tsn, 1 << 20, &[]);
    lying[12..14].copy_from_slice(&[0xff, 0xff]);
    end.give(&[lying]);
    assert_eq!(end.pair.ends[0].dropped().get(Dropped::Malformed), 2);
    // Overlapping blocks, out of order: they mean their union.
    end.give(&[sack(tsn.wrapping_sub(1), 1 << 20, &[(3, 4), (2, 3), (2, 4)])]);
    end.give(&[sack(tsn + sent as u32 - 1, 1 << 20, &[])]);
    assert_eq!(end.pair.ends[0].stats().buffered, 0);
}

// adversarial C10
#[test]
fn repeated_and_split_acknowledgements_do_not_open_the_window() {
    let (mut end, id) = with_channel(Config::default(), Init::PLAIN);
    end.pair.ends[0].set_remote_max_message_size(1 << 20);
    send(&mut end, id, 100_000).unwrap();
    let window = end.pair.ends[0].stats().congestion_window;
    let first = end.sent().len();
    let tsn = end.tsn;
    for _ in 0..10_000 {
        end.give(&[sack(tsn.wrapping_sub(1), 1 << 20, &[])]);
    }
    assert_eq!(end.pair.ends[0].stats().congestion_window, window);
    // Given, taken back and given again, a gap block counts once.
    for _ in 0..10_000 {
        end.give(&[sack(tsn.wrapping_sub(1), 1 << 20, &[(2, 2)])]);
        end.give(&[sack(tsn.wrapping_sub(1), 1 << 20, &[])]);
    }
    assert!(end.pair.ends[0].stats().congestion_window <= window);
    assert!(end.sent().len() < first + 4);
}

// adversarial C11
#[test]
fn data_beyond_what_a_sack_can_name_is_dropped() {
    let mut end = ByHand::established();
    end.give(&[data(WHOLE, FIRST + 65_535, 0, 0, BINARY, b"x")]);
    end.give(&[data(WHOLE, FIRST + (1 << 30), 0, 0, BINARY, b"x")]);
    assert_eq!(end.pair.ends[0].dropped().get(Dropped::Window), 2);
    let sent = end.sent();
    assert_eq!(last_sack(&sent).map(|sack| (sack.0, sack.2)), Some((FIRST - 1, 0)));
}

// adversarial C11
#[test]
fn data_on_a_stream_that_cannot_exist_is_acknowledged_and_reported() {
    let mut end = ByHand::established();
    end.give(&[data(WHOLE, FIRST, 65_535, 0, BINARY, b"x")]);
    let sent = end.sent();
    assert_eq!((sent[0].0, &sent[0].2[..]), (9, &[0, 1, 0, 8, 0xff, 0xff, 0, 0][..]));
    assert_eq!(last_sack(&sent).unwrap().0, FIRST);
    assert!(end.is_alive());
}

// adversarial C11, rfc9260 §6.2
#[test]
fn data_without_data_ends_the_association() {
    let mut end = ByHand::established();
    end.give(&[data(WHOLE, FIRST, 0, 0, BINARY, b"")]);
    assert_eq!(end.events(), [Event::Closed(CloseReason::ProtocolViolation)]);
    let sent = end.sent();
    assert_eq!((sent[0].0, &sent[0].2[..4]), (6, &[0, 9, 0, 8][..]));
}

// adversarial C11
#[test]
fn fragments_that_contradict_each_other_end_the_association() {
    let mut end = ByHand::established();
    end.give(&[data(2, FIRST, 0, 0, BINARY, b"begin"), data(2, FIRST + 1, 0, 0, BINARY, b"begin")]);
    assert_eq!(end.events(), [Event::Closed(CloseReason::ProtocolViolation)]);
    assert_eq!(end.sent_kinds(), [6]);
}

// adversarial C12
#[test]
fn tiny_fragments_with_gaps_are_bounded_by_the_window() {
    // Every other TSN, one byte each, in a packet that is otherwise stuffed.
    let config = Config { receive_window: 600 << 10, ..Config::default() };
    let mut end = ByHand::with(config, Init::PLAIN);
    let stuffing = chunk(0xbf, 0, &[0; 1_000]);
    let accepted = |end: &ByHand| {
        end.pair.ends[0].stats().packets_received
            - 2
            - end.pair.ends[0].dropped().get(Dropped::Window)
    };
    for number in 0..40_000_u32 {
        let tsn = FIRST + 1 + 2 * (number % 32_000);
        end.give(&[data(UNORDERED, tsn, 0, 0, BINARY, b"x"), stuffing.clone()]);
    }
    assert!(accepted(&end) <= 1_024 + 8_000, "runs are limited; the rest are duplicates");
    // One long run of middles, without beginning or end.
    let mut end = ByHand::with(
        Config { receive_window: 600 << 10, max_message_size: 1 << 18, ..Config::default() },
        Init::PLAIN,
    );
    for number in 0..20_000 {
        end.give(&[data(0, FIRST + 1 + number, 0, 0, BINARY, b"x"), stuffing.clone()]);
    }
    // 600 KiB at a byte and 192 of bookkeeping each.
    assert!(accepted(&end) <= 3_184, "{}", accepted(&end));
    end.wait(Duration::from_secs(1));
    assert!(end.is_alive());
}

// adversarial C12
#[test]
fn a_full_window_takes_what_fills_the_gap() {
    let config = Config { receive_window: 600 << 10, ..Config::default() };
    let mut end = ByHand::with(config, Init::PLAIN);
    let mut tsn = FIRST;
    while end.pair.ends[0].dropped().get(Dropped::Window) == 0 {
        tsn += 1;
        end.give(&[data(WHOLE, tsn, 7, (tsn - FIRST) as u16, BINARY, &[1; 1_000])]);
    }
    let sent = end.sent();
    let (cumulative, window, gaps, _) = last_sack(&sent).unwrap();
    assert_eq!((cumulative, gaps), (FIRST - 1, 1));
    assert!(window < 2_000, "{window}");
    end.give(&[data(WHOLE, FIRST, 7, 0, BINARY, b"the missing one")]);
    assert_eq!(last_sack(&end.sent()).unwrap().0, tsn - 1);
}

// adversarial C13
#[test]
fn a_message_over_our_limit_ends_the_association_with_a_reason() {
    let config = Config { max_message_size: 5_000, ..Config::default() };
    for last in [1_000, 1_001] {
        let mut end = ByHand::with(config.clone(), Init::PLAIN);
        for part in 0..4 {
            let flags = if part == 0 { 2 } else { 0 };
            end.give(&[data(flags, FIRST + part, 9, 0, BINARY, &[1; 1_000])]);
        }
        end.give(&[data(1, FIRST + 4, 9, 0, BINARY, &vec![1; last])]);
        let closed = end.events().contains(&Event::Closed(CloseReason::MessageTooLong));
        assert_eq!(closed, last > 1_000);
    }
}

// rfc9260 §6.2: every second packet or 200 ms; the first, duplicates and gaps at once.
#[test]
fn acknowledgements_come_when_they_are_due() {
    let mut end = ByHand::established();
    let give = |end: &mut ByHand, tsn: u32, flags: u8| {
        end.give(&[data(flags | WHOLE | UNORDERED, tsn, 0, 0, BINARY, b"x")]);
        last_sack(&end.sent()).map(|sack| (sack.0, sack.2, sack.3))
    };
    assert_eq!(give(&mut end, FIRST, 0), Some((FIRST, 0, 0)), "the first of all");
    assert_eq!(give(&mut end, FIRST + 1, 0), None);
    assert_eq!(give(&mut end, FIRST + 2, 0), Some((FIRST + 2, 0, 0)), "the second");
    assert_eq!(give(&mut end, FIRST + 2, 0), Some((FIRST + 2, 0, 1)), "a duplicate");
    assert_eq!(give(&mut end, FIRST + 3, 8), Some((FIRST + 3, 0, 0)), "the I bit");
    assert_eq!(give(&mut end, FIRST + 5, 0), Some((FIRST + 3, 1, 0)), "a gap");
    assert_eq!(give(&mut end, FIRST + 4, 0), Some((FIRST + 5, 0, 0)), "its end");
    assert_eq!(give(&mut end, FIRST + 6, 0), None);
    assert_eq!(last_sack(&end.wait(Duration::from_millis(199))), None);
    let late = end.wait(Duration::from_millis(1));
    assert_eq!(last_sack(&late).map(|sack| sack.0), Some(FIRST + 6));
}

// rfc9260 §6.2
#[test]
fn the_window_shrinks_with_what_is_unread_and_opens_when_it_is_read() {
    let (mut end, _) = with_channel(Config::default(), Init::PLAIN);
    let window = |sent: &[_]| last_sack(sent).unwrap().1;
    let mut smallest = u32::MAX;
    for number in 0..2_000_u16 {
        let tsn = FIRST + u32::from(number);
        end.give(&[data(WHOLE, tsn, 0, number, BINARY, &[1; 1_100])]);
        if let Some(sack) = last_sack(&end.sent()) {
            smallest = smallest.min(sack.1);
        }
    }
    assert!(smallest < 2 << 20, "{smallest}");
    assert_eq!(end.events().len(), 2_000);
    // Reading them all is worth telling, without waiting for data.
    let deadline = end.pair.ends[0].poll_timeout().unwrap();
    assert!(deadline.at <= end.pair.now, "{deadline:?}");
    assert!(window(&end.sent()) > 4_000_000);
}

// adversarial C18
#[test]
fn a_window_closed_forever_is_probed_and_costs_nothing() {
    let config = Config { send_buffer: 100_000, ..Config::default() };
    let (mut end, id) = with_channel(config, Init::PLAIN);
    let tsn = end.tsn;
    let close = |end: &mut ByHand| end.give(&[sack(tsn.wrapping_sub(1), 0, &[])]);
    close(&mut end);
    let mut probes = Vec::new();
    for _ in 0..3_600 {
        let _ = send(&mut end, id, 1_000);
        for (kind, ..) in end.wait(Duration::from_secs(1)) {
            if kind == 0 {
                probes.push(end.pair.now);
                close(&mut end);
            }
        }
    }
    let result = send(&mut end, id, 1_000);
    assert!(matches!(result, Err(SendError::WouldBlock { buffered }) if buffered <= 100_000));
    assert!(end.pair.ends[0].stats().buffered <= 100_000);
    let closed = end.events().iter().any(|event| matches!(event, Event::Closed(_)));
    assert!(!closed, "the peer answers, so the association lives");
    // The interval doubles up to the longest timeout.
    assert!((300..=400).contains(&probes.len()), "{}", probes.len());
    // When the window opens, everything goes.
    end.give(&[sack(tsn.wrapping_sub(1), 1 << 20, &[])]);
    assert!(!end.wait(Duration::from_secs(11)).is_empty());
}

// adversarial C18
#[test]
fn nothing_but_a_probe_goes_into_a_closed_window() {
    let (mut end, id) = with_channel(Config::default(), Init { window: 1_500, ..Init::PLAIN });
    send(&mut end, id, 60_000).unwrap();
    let sent = end.sent_kinds();
    assert_eq!(sent, [0], "a window of 1500 takes one packet");
}

// adversarial C22
#[test]
fn packets_stay_within_the_configured_size() {
    for mtu in [512, 576, 1_200, 1_280] {
        let config = Config { mtu, ..Config::default() };
        let mut pair = Pair::with(1, Link::PERFECT, config.clone(), config);
        // The harness checks against 1191; larger ones are only counted here.
        if mtu > 1_191 {
            continue;
        }
        pair.connect();
        let ids = pair.channel(ChannelConfig::new("small packets"));
        for length in (1..3_000).step_by(7) {
            let payload = Bytes::from(vec![1; length]);
            pair.ends[0].send(pair.now, ids[0], MessageKind::Binary, payload).unwrap();
        }
        pair.run_until("all of them", |pair| pair.messages(1, ids[1]).len() == 429);
        let longest = pair.log.iter().map(|(_, packet)| packet.len()).max().unwrap();
        assert!(longest <= mtu && longest > mtu - 4, "{longest} of {mtu}");
    }
}

// adversarial C19
#[test]
fn lost_acknowledgements_alone_do_not_stop_a_transfer() {
    for seed in 0..20 {
        let mut pair = Pair::connected(seed, Link::PERFECT);
        let ids = pair.channel(ChannelConfig::new("one way"));
        // Three of four packets with nothing but a SACK disappear.
        let mut count = 0;
        pair.lose(move |from, packet| {
            count += 1;
            from == 1 && kinds(packet) == [3] && count % 4 != 0
        });
        for _ in 0..40 {
            let payload = Bytes::from(vec![1; 16_000]);
            pair.ends[0].send(pair.now, ids[0], MessageKind::Binary, payload).unwrap();
        }
        pair.run_until("all of them", |pair| pair.messages(1, ids[1]).len() == 40);
    }
}

// adversarial C19
#[test]
fn reordering_and_duplicates_do_not_stop_a_transfer() {
    for seed in 0..20 {
        let link = Link { jitter: Duration::from_millis(80), duplicate: 10, ..Link::lossy(2) };
        let mut pair = Pair::connected(seed, link);
        let ids = pair.channel(ChannelConfig::new("ordered"));
        let sent: Vec<Bytes> = (0..60).map(|number| Bytes::from(vec![number; 9_000])).collect();
        for payload in &sent {
            pair.ends[0].send(pair.now, ids[0], MessageKind::Binary, payload.clone()).unwrap();
        }
        pair.run_until("all of them", |pair| pair.messages(1, ids[1]).len() == 60);
        assert_eq!(pair.messages(1, ids[1]), sent);
    }
}

// rfc9260 §7.2.4
#[test]
fn a_single_loss_is_repaired_without_a_timeout() {
    let (mut end, id) = with_channel(Config::default(), Init::PLAIN);
    send(&mut end, id, 9_000).unwrap();
    end.sent();
    let tsn = end.tsn;
    for gaps in [[(2, 2)], [(2, 3)]] {
        end.give(&[sack(tsn.wrapping_sub(1), 1 << 20, &gaps)]);
        assert_eq!(end.sent_kinds(), [0_u8; 0]);
    }
    let window = end.pair.ends[0].stats().congestion_window;
    end.give(&[sack(tsn.wrapping_sub(1), 1 << 20, &[(2, 4)])]);
    let sent = end.sent();
    assert_eq!((sent[0].0, u32_at(&sent[0].2, 0)), (0, tsn), "the third report repeats it");
    assert!(end.pair.ends[0].stats().congestion_window <= window / 2 + 1);
    assert_eq!(end.pair.ends[0].stats().retransmissions, 1);
    end.give(&[sack(tsn.wrapping_sub(1), 1 << 20, &[(2, 5)])]);
    assert_eq!(end.pair.ends[0].stats().retransmissions, 1, "once");
}

// rfc9260 §6.3.3
#[test]
fn a_timeout_repeats_one_packet_and_doubles() {
    let (mut end, id) = with_channel(Config::default(), Init::PLAIN);
    send(&mut end, id, 9_000).unwrap();
    let first = end.pair.now;
    end.sent();
    let mut times = Vec::new();
    for _ in 0..3 {
        let at = end.pair.ends[0].poll_timeout().unwrap().at;
        let sent = end.wait(at - end.pair.now);
        assert_eq!(sent.iter().filter(|chunk| chunk.0 == 0).count(), 1);
        times.push((at - first).as_millis());
    }
    assert_eq!(times, [500, 1_500, 3_500]);
}
