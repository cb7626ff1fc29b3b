//! Counter mode against RustCrypto's, and against what RFC 3711 publishes.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::AesCtrKey;

// rfc3711 §B.2: the first blocks of the keystream, and those around the counter's fe ff.
#[test]
fn the_keystream_of_rfc_3711() {
    let key = 0x2b7e_1516_28ae_d2a6_abf7_1588_09cf_4f3c_u128.to_be_bytes();
    let iv = 0xf0f1_f2f3_f4f5_f6f7_f8f9_fafb_fcfd_0000_u128.to_be_bytes();
    let published = [
        (0x0000, 0xe03e_ad09_35c9_5e80_e166_b16d_d92b_4eb4),
        (0x0001, 0xd235_1316_2b02_d0f7_2a43_a2fe_4a5f_97ab),
        (0x0002, 0x41e9_5b3b_b0a2_e8dd_4779_01e4_fca8_94c0),
        (0xfeff, 0xec8c_df73_9860_7cb0_f2d2_1675_ea9e_a1e4),
        (0xff00, 0x362b_7c3c_6773_5163_18a0_77d7_fc50_73ae),
        (0xff01, 0x6a2c_c378_7889_374f_beb4_c81b_17ba_6c44_u128),
    ];
    for key in [AesCtrKey::new(&key), AesCtrKey::by_library(&key)] {
        let mut stream = std::vec![0; 16 * 0xff02];
        key.unwrap().apply_keystream(&iv, &mut stream);
        let (blocks, _) = stream.as_chunks();
        for (at, block) in published {
            assert_eq!(u128::from_be_bytes(blocks[at]), block, "block {at:#x}");
        }
    }
}

#[test]
fn a_key_has_one_of_three_lengths() {
    for length in 0..40 {
        let key = std::vec![1; length];
        let is_some = matches!(length, 16 | 24 | 32);
        assert_eq!(AesCtrKey::new(&key).is_some(), is_some, "{length} bytes");
        assert_eq!(AesCtrKey::by_library(&key).is_some(), is_some, "{length} bytes");
    }
    let key = AesCtrKey::new(&[1; 32]).unwrap();
    assert_eq!(std::format!("{key:?}"), "AesCtrKey(..)");
}

proptest! {
    #[test]
    fn lanes_are_what_rustcrypto_is(
        key in vec(any::<u8>(), 32),
        key_len in select(&[16, 24, 32][..]),
        iv in counter(),
        data in length().prop_flat_map(|length| vec(any::<u8>(), length)),
    ) {
        let key = &key[..key_len];
        let (mut ours, mut theirs) = (data.clone(), data);
        AesCtrKey::new(key).unwrap().apply_keystream(&iv.to_be_bytes(), &mut ours);
        AesCtrKey::by_library(key).unwrap().apply_keystream(&iv.to_be_bytes(), &mut theirs);
        prop_assert_eq!(ours, theirs);
    }
}

/// Counters of which some overflow in their lower half, or altogether.
fn counter() -> impl Strategy<Value = u128> {
    prop_oneof![
        any::<u128>(),
        (any::<u64>(), 0u64..600)
            .prop_map(|(high, blocks)| { u128::from(high) << 64 | u128::from(u64::MAX - blocks) }),
        (0u128..600).prop_map(|blocks| u128::MAX - blocks),
    ]
}

fn length() -> impl Strategy<Value = usize> {
    prop_oneof![
        0usize..600,
        select(&[0, 16, 255, 256, 257, 511, 512, 513, 1200][..]),
        0usize..9_000
    ]
}
