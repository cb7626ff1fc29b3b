//! A channel that nobody reads, beside others that go on.

mod common;

use std::time::Duration;

use common::{Link, Pair};
use lariat_base::Instant;
use lariat_sctp::{ChannelConfig, ChannelId, Config, Event};

const WINDOW: usize = 1 << 20;
const MESSAGE: usize = 16_384;
const LONG: Link = Link { delay: Duration::from_millis(30), ..Link::PERFECT };

/// Two ends, of which the second one holds a mebibyte.
fn pair(link: Link) -> Pair {
    let config = Config { receive_window: WINDOW, ..Config::default() };
    let mut pair = Pair::with(1, link, Config::default(), config);
    pair.connect();
    pair
}

/// Bytes of user data that the second end holds for a channel which is resumed.
fn kept(pair: &mut Pair, id: ChannelId) -> usize {
    pair.events[1].clear();
    pair.ends[1].resume(id);
    while let Some(event) = pair.ends[1].poll_event() {
        pair.events[1].push(event);
    }
    pair.messages(1, id).iter().map(|message| message.len()).sum()
}

/// Fills a channel that is not read until nothing more moves.
fn unread(pair: &mut Pair) -> [ChannelId; 2] {
    let ids = pair.channel(ChannelConfig::new("unread"));
    pair.ends[1].pause(ids[1]);
    for _ in 0..4 * WINDOW / MESSAGE {
        assert_eq!(pair.send(0, ids[0], vec![1; MESSAGE]), Ok(()));
    }
    pair.run_for(Duration::from_secs(20));
    ids
}

#[test]
fn an_unread_channel_leaves_a_quarter_of_the_window_to_others() {
    let mut pair = pair(LONG);
    let hog = unread(&mut pair);
    // Three quarters, a message by which it tries whether it is read, and what is charged beyond
    // the bytes.
    let kept = kept(&mut pair, hog[1]);
    assert!((WINDOW * 5 / 8..=WINDOW * 3 / 4 + MESSAGE).contains(&kept), "{kept}");
}

#[test]
fn others_open_and_move_bulk_data_beside_an_unread_channel() {
    let mut pair = pair(LONG);
    let hog = unread(&mut pair);
    let other = pair.channel(ChannelConfig::new("other"));
    let start = pair.now;
    for _ in 0..256 {
        assert_eq!(pair.send(0, other[0], vec![2; MESSAGE]), Ok(()));
    }
    pair.run_until("four mebibytes", |pair| pair.messages(1, other[1]).len() == 256);
    // A sixteenth of the window per round trip at least.
    let rounds = (pair.now - start).as_millis() / 60;
    assert!(rounds <= 64, "{rounds} round trips");
    // Then the other way round: it is read after all, and nothing was lost.
    pair.ends[1].resume(hog[1]);
    let count = 4 * WINDOW / MESSAGE;
    pair.run_until("all of it", |pair| pair.messages(1, hog[1]).len() == count);
    assert_eq!(pair.ends[0].stats().retransmissions, 0);
}

#[test]
fn a_busy_channel_beside_one_that_is_not_read_from_the_start() {
    let mut pair = pair(LONG);
    let hog = pair.channel(ChannelConfig::new("unread"));
    let other = pair.channel(ChannelConfig::new("other"));
    pair.ends[1].pause(hog[1]);
    let start = pair.now;
    for _ in 0..480 {
        assert_eq!(pair.send(0, hog[0], vec![1; MESSAGE]), Ok(()));
        assert_eq!(pair.send(0, other[0], vec![2; MESSAGE]), Ok(()));
    }
    pair.run_until("bulk data", |pair| pair.messages(1, other[1]).len() == 480);
    let time = pair.now - start;
    assert!(time <= Duration::from_secs(20), "{time:?}");
}

#[test]
fn two_unread_channels_leave_room_for_a_third() {
    let mut pair = pair(LONG);
    unread(&mut pair);
    unread(&mut pair);
    let third = pair.channel(ChannelConfig::new("third"));
    let start = pair.now;
    for number in 0..100 {
        assert_eq!(pair.send(0, third[0], vec![number; 2_000]), Ok(()));
    }
    pair.run_until("messages", |pair| pair.messages(1, third[1]).len() == 100);
    assert!(pair.now - start <= Duration::from_secs(5), "{:?}", pair.now - start);
}

#[test]
fn the_loss_of_the_news_that_the_window_opens_does_not_stop_anything() {
    let mut pair = pair(LONG);
    let hog = unread(&mut pair);
    pair.ends[1].resume(hog[1]);
    // What the second end says of it is lost.
    pair.lose(|from, _| from == 1);
    pair.settle();
    pair.run_for(Duration::from_millis(100));
    pair.lose_none();
    let count = 4 * WINDOW / MESSAGE;
    pair.run_until("all of it", |pair| pair.messages(1, hog[1]).len() == count);
}

#[test]
fn a_channel_alone_is_fast_on_a_path_as_long_as_the_window() {
    let time = |window: usize, length: usize| {
        let config = Config { receive_window: window, ..Config::default() };
        let mut pair = Pair::with(1, LONG, Config::default(), config);
        pair.connect();
        let ids = pair.channel(ChannelConfig::new(""));
        // The window is reached first.
        let mut start = Instant::ZERO;
        let mut received = 0;
        for _ in 0..(13 << 20) / length {
            assert_eq!(pair.send(0, ids[0], vec![1; length]), Ok(()));
        }
        pair.run_until("all", |pair| {
            received += pair.messages(1, ids[1]).iter().map(|m| m.len()).sum::<usize>();
            pair.events[1].clear();
            pair.log.clear();
            if start == Instant::ZERO && received > 4 << 20 {
                (start, received) = (pair.now, 0);
            }
            start != Instant::ZERO && received >= 8 << 20
        });
        pair.now - start
    };
    for (window, length) in [(256 << 10, 1_000), (1 << 20, 1_000), (1 << 20, 16_384)] {
        let config =
            Config { receive_window: window, max_message_size: 16_384, ..Config::default() };
        let taken = time(config.receive_window, length);
        // Overhead is charged by the receiver: what is left of the window is used to 70 percent.
        let ideal = Duration::from_millis(60 * (8 << 20) / window as u64);
        assert!(taken <= ideal * 10 / 7, "{window} {length}: {taken:?} for {ideal:?}");
    }
}

#[test]
fn messages_longer_than_the_window_s_share_go_through() {
    let config = Config { receive_window: 64 << 10, max_message_size: 30_000, ..Config::default() };
    let sender = Config { remote_max_message_size: 30_000, ..Config::default() };
    let mut pair = Pair::with(1, LONG, sender, config);
    pair.connect();
    let ids = pair.channel(ChannelConfig::new(""));
    let start = pair.now;
    for _ in 0..50 {
        assert_eq!(pair.send(0, ids[0], vec![1; 30_000]), Ok(()));
    }
    pair.run_until("all", |pair| pair.messages(1, ids[1]).len() == 50);
    assert!(pair.now - start <= Duration::from_secs(6), "{:?}", pair.now - start);
    assert!(!pair.events[0].iter().any(|event| matches!(event, Event::Closed(_))));
}

/// Channels that are read and not read at random, over a link that loses and reorders, in windows
/// of any size: everything arrives, in order, and nothing stands still.
#[test]
fn whatever_is_read_when_nothing_is_lost_and_nothing_stalls() {
    for seed in 0..40 {
        let mut rng = common::seed(seed).split("owner").rng();
        let jitter = Duration::from_millis(rng.below(30));
        let link = Link { loss: rng.below(4) * 2, jitter, ..LONG };
        let window = (64 << 10) << rng.below(5);
        let config =
            Config { receive_window: window, max_message_size: 30_000, ..Config::default() };
        let mut pair = Pair::with(seed, link, Config::default(), config);
        pair.connect();
        let ids: Vec<_> = (0..4).map(|_| pair.channel(ChannelConfig::new(""))).collect();
        let mut sent = [0; 4];
        let mut received = [0; 4];
        let mut take = |pair: &mut Pair| {
            for (number, id) in ids.iter().enumerate() {
                for message in pair.messages(1, id[1]) {
                    assert_eq!(message[0], received[number] as u8, "seed {seed}");
                    received[number] += 1;
                }
            }
            pair.events.iter_mut().for_each(Vec::clear);
            pair.log.clear();
            received
        };
        for _ in 0..150 {
            let number = rng.below(4) as usize;
            match rng.below(4) {
                0 => pair.ends[1].pause(ids[number][1]),
                1 => pair.ends[1].resume(ids[number][1]),
                _ => {
                    for _ in 0..rng.below(8) {
                        let scale = 5 + rng.below(10);
                        let length = 1 + rng.below(1 << scale) as usize;
                        let payload = vec![sent[number] as u8; length.min(30_000)];
                        if pair.send(0, ids[number][0], payload).is_ok() {
                            sent[number] += 1;
                        }
                    }
                }
            }
            pair.run_for(Duration::from_millis(rng.below(300)));
            take(&mut pair);
        }
        for id in &ids {
            pair.ends[1].resume(id[1]);
        }
        let start = pair.now;
        pair.run_until("all of it", |pair| take(pair) == sent);
        assert!(
            pair.now - start <= Duration::from_secs(120),
            "seed {seed}: {:?}",
            pair.now - start
        );
        pair.run_until("drained", |pair| pair.ends[0].is_drained());
    }
}
