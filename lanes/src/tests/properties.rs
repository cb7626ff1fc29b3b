//! Any messages, split in any way, in runs of any length.

use std::vec::Vec;

use hmac::{Hmac, KeyInit as _, Mac as _};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sha1::Sha1;

use super::by_every_way;
use crate::HmacSha1Key;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_run_of_any_messages_is_signed_like_each_of_them_by_rustcrypto(
        key in vec(any::<u8>(), 0..200),
        shapes in vec((length(), any::<u16>()), 0..70),
        seed: u8,
    ) {
        let messages: Vec<Vec<u8>> = shapes
            .iter()
            .enumerate()
            .map(|(index, (length, _))| message(*length, index, seed))
            .collect();
        let parts: Vec<[&[u8]; 2]> = messages
            .iter()
            .zip(&shapes)
            .map(|(message, (length, at))| {
                let (head, tail) = message.split_at(usize::from(*at) % (length + 1));
                [head, tail]
            })
            .collect();
        let expected: Vec<[u8; 20]> =
            messages.iter().map(|message| oracle(&key, message)).collect();
        let key = HmacSha1Key::new(&key);
        for (way, tags) in by_every_way(&key, &parts) {
            prop_assert_eq!(&tags, &expected, "{}", way);
        }
        // Nothing of one run is left in the next.
        let reversed: Vec<[&[u8]; 2]> = parts.iter().rev().copied().collect();
        for (way, tags) in by_every_way(&key, &reversed) {
            prop_assert!(tags.iter().rev().eq(&expected), "{}, reversed", way);
        }
    }

    #[test]
    fn one_message_in_any_parts_is_signed_like_the_whole_by_rustcrypto(
        key in vec(any::<u8>(), 0..200),
        length in length(),
        cuts in vec(any::<u16>(), 0..6),
        seed: u8,
    ) {
        let message = message(length, 0, seed);
        let mut cuts: Vec<usize> =
            cuts.iter().map(|cut| usize::from(*cut) % (length + 1)).collect();
        cuts.sort_unstable();
        let mut parts = Vec::new();
        let mut rest = message.as_slice();
        for cut in cuts {
            let (part, after) = rest.split_at(cut - (length - rest.len()));
            parts.push(part);
            rest = after;
        }
        parts.push(rest);
        prop_assert_eq!(HmacSha1Key::new(&key).sign(&parts), oracle(&key, &message));
    }
}

/// The lengths at which a block ends, or the padding needs one more.
const BOUNDARIES: &[usize] = &[0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 1200, 1204];

fn length() -> impl Strategy<Value = usize> {
    prop_oneof![
        8 => 0usize..300,
        4 => select(BOUNDARIES),
        1 => 0usize..9_000,
    ]
}

/// A message unlike the others of its run.
fn message(length: usize, index: usize, seed: u8) -> Vec<u8> {
    let mut state = (index as u32) << 8 | u32::from(seed);
    let mut byte = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(|_| byte()).collect()
}

fn oracle(key: &[u8], message: &[u8]) -> [u8; 20] {
    let mut hmac = Hmac::<Sha1>::new_from_slice(key).expect("any length will do");
    hmac.update(message);
    hmac.finalize().into_bytes().into()
}
