//! Every way to hash that this processor has, against published vectors and against RustCrypto.

mod counter;
mod properties;
mod vectors;

use std::vec;
use std::vec::Vec;

use crate::HmacSha1Key;

type Tag = [u8; 20];

/// A name, and the tags of a run that was hashed that way.
type Way = (&'static str, Vec<Tag>);

/// Hands out the tags of a run.
type Sign<'a> = dyn Fn(&mut dyn FnMut(usize, Tag)) + 'a;

/// The tags of `messages`, by every way that this processor has.
fn by_every_way(key: &HmacSha1Key, messages: &[[&[u8]; 2]]) -> Vec<Way> {
    let alone = messages.iter().map(|message| key.sign(message)).collect();
    let mut ways = vec![("alone", alone)];
    let mut way = |name, sign: &Sign<'_>| {
        let mut tags = vec![None; messages.len()];
        sign(&mut |index, tag| {
            assert_eq!(tags[index], None, "{name} signs message {index} twice");
            tags[index] = Some(tag);
        });
        let tags = tags.into_iter().map(|tag| tag.expect("every message is signed"));
        ways.push((name, tags.collect()));
    };
    way("as detected", &|tags| key.sign_run(messages, tags));
    #[cfg(target_arch = "x86_64")]
    {
        use crate::processor::{Avx2, Avx512, Avx512Vl};
        use crate::run;

        // To the very last block in lanes, and with some that go on alone.
        for few in [0, 5] {
            if let Some(lanes) = Avx512::detect() {
                way("AVX-512", &|tags| run::sign(key, lanes, few, messages, tags));
            }
            if let Some(lanes) = Avx512Vl::detect() {
                way("AVX-512VL", &|tags| run::sign(key, lanes, few, messages, tags));
            }
            if let Some(lanes) = Avx2::detect() {
                way("AVX2", &|tags| run::sign(key, lanes, few, messages, tags));
            }
        }
    }
    ways
}

#[cfg(target_arch = "x86_64")]
#[test]
fn what_the_processor_has_is_detected() {
    use std::is_x86_feature_detected;

    use crate::processor::{Avx2, Avx512, Avx512Vl, Vaes};

    let avx2 = is_x86_feature_detected!("avx2");
    let avx512f = is_x86_feature_detected!("avx512f");
    assert_eq!(Avx2::detect().is_some(), avx2);
    let avx512bw = is_x86_feature_detected!("avx512bw");
    assert_eq!(Avx512::detect().is_some(), avx512f && avx512bw);
    let avx512vl = is_x86_feature_detected!("avx512vl");
    assert_eq!(Avx512Vl::detect().is_some(), avx2 && avx512f && avx512vl);
    let aes = is_x86_feature_detected!("aes") && is_x86_feature_detected!("sse4.1");
    let vaes = is_x86_feature_detected!("vaes");
    assert_eq!(Vaes::detect().is_some(), avx512f && avx512bw && aes && vaes);
}

#[test]
fn a_key_is_not_shown() {
    assert_eq!(std::format!("{:?}", HmacSha1Key::new(b"secret")), "HmacSha1Key(..)");
}
