//! What RFC 2202, RFC 3174 and FIPS 180 publish.

use std::vec;
use std::vec::Vec;

use sha1::block_api::compress;

use super::{Tag, by_every_way};
use crate::HmacSha1Key;
use crate::sha1::{BLOCK_LEN, Block, INITIAL, State};

// rfc2202 §3: every case is signed by every way, alone and in runs longer than a vector.
#[test]
fn the_macs_of_rfc_2202() {
    for (case, (key, message, expected)) in macs().iter().enumerate() {
        let key = HmacSha1Key::new(key);
        assert_eq!(key.sign(&[message]), *expected, "case {}", case + 1);
        for run in [1, 7, 16, 40] {
            // Cut where the index of the message says.
            let messages: Vec<[&[u8]; 2]> = (0..run)
                .map(|index| {
                    let (head, tail) = message.split_at(index % (message.len() + 1));
                    [head, tail]
                })
                .collect();
            for (way, tags) in by_every_way(&key, &messages) {
                assert_eq!(tags, vec![*expected; run], "case {}, run of {run}, {way}", case + 1);
            }
        }
    }
}

// rfc3174 §7.3: the four tests, two of which FIPS 180 has as well.
#[test]
fn the_digests_of_rfc_3174() {
    let digests: [(Vec<u8>, State); 4] = [
        (b"abc".to_vec(), [0xa999_3e36, 0x4706_816a, 0xba3e_2571, 0x7850_c26c, 0x9cd0_d89d]),
        (
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".to_vec(),
            [0x8498_3e44, 0x1c3b_d26e, 0xbaae_4aa1, 0xf951_29e5, 0xe546_70f1],
        ),
        (vec![b'a'; 1_000_000], [0x34aa_973c, 0xd4c4_daa4, 0xf61e_eb2b, 0xdbad_2731, 0x6534_016f]),
        (b"01234567".repeat(80), [0xdea3_56a2, 0xcddd_90c7, 0xa7ec_edc5, 0xebb5_6393, 0x4f46_0452]),
    ];
    for (message, expected) in &digests {
        let blocks = padded(message);
        let mut state = INITIAL;
        compress(&mut state, &blocks);
        assert_eq!(state, *expected);
        #[cfg(target_arch = "x86_64")]
        {
            use crate::processor::{Avx2, Avx512, Avx512Vl};

            Avx512::detect().into_iter().for_each(|lanes| in_every_lane(lanes, &blocks, *expected));
            Avx512Vl::detect()
                .into_iter()
                .for_each(|lanes| in_every_lane(lanes, &blocks, *expected));
            Avx2::detect().into_iter().for_each(|lanes| in_every_lane(lanes, &blocks, *expected));
        }
    }
}

/// Hashes `blocks` in each lane in turn, beside lanes that hash something else.
#[cfg(target_arch = "x86_64")]
fn in_every_lane<const N: usize>(
    lanes: impl crate::processor::Lanes<N>,
    blocks: &[Block],
    expected: State,
) {
    let other = vec![[0x5c; BLOCK_LEN]; blocks.len() + 1];
    for lane in 0..N {
        let mut beside = [other.as_slice(); N];
        beside[lane] = blocks;
        let mut states = INITIAL.map(|word| [word; N]);
        assert_eq!(lanes.compress(&mut states, &beside), blocks.len());
        assert_eq!(states.map(|words| words[lane]), expected, "lane {lane}");
        // The lane that has more is stopped where the shortest ends.
        let mut state = INITIAL;
        compress(&mut state, &other[..blocks.len()]);
        assert_eq!(states.map(|words| words[(lane + 1) % N]), state, "beside lane {lane}");
    }
}

fn padded(message: &[u8]) -> Vec<Block> {
    let mut bytes = message.to_vec();
    bytes.push(0x80);
    bytes.resize((bytes.len() + 8).next_multiple_of(BLOCK_LEN) - 8, 0);
    bytes.extend((message.len() as u64 * 8).to_be_bytes());
    bytes.as_chunks().0.to_vec()
}

fn macs() -> [(Vec<u8>, Vec<u8>, Tag); 7] {
    [
        (vec![0x0b; 20], b"Hi There".to_vec(), tag("b617318655057264e28bc0b6fb378c8ef146be00")),
        (
            b"Jefe".to_vec(),
            b"what do ya want for nothing?".to_vec(),
            tag("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        ),
        (vec![0xaa; 20], vec![0xdd; 50], tag("125d7342b9ac11cd91a39af48aa17b4f63f175d3")),
        ((1..=25).collect(), vec![0xcd; 50], tag("4c9007f4026250c6bc8414f9bf50c86c2d7235da")),
        (
            vec![0x0c; 20],
            b"Test With Truncation".to_vec(),
            tag("4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"),
        ),
        (
            vec![0xaa; 80],
            b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
            tag("aa4ae5e15272d00e95705637ce8a3b55ed402112"),
        ),
        (
            vec![0xaa; 80],
            b"Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data".to_vec(),
            tag("e8e99d0f45237d786d6bbaa7965c7808bbff1a91"),
        ),
    ]
}

fn tag(digits: &str) -> Tag {
    core::array::from_fn(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap())
}
