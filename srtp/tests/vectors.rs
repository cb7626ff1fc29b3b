//! Whole packets under known keys, with every profile.
//!
//! What is published of their parts is held to where the parts are: keystreams (RFC 3711 §B.2,
//! RFC 6188 §7.1, §7.3) in `cm.rs`, session keys (RFC 3711 §B.3, RFC 6188 §7.2, §7.4) in
//! `derivation.rs`, Galois/counter mode (RFC 7714 §16, §17) in `gcm.rs`, header extension elements
//! (RFC 6904 §A) in `extension.rs`, Cryptex (RFC 9335 §A) in `tests/cryptex.rs`. AES-f8 (RFC 3711
//! §B.1) is not offered, so that its vectors have nothing to show. Nobody has packets of
//! `AES_256_CM_HMAC_SHA1_32`: they are those of the long tag, cut.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod known;

use common::{Setup, hex, opened, opened_rtcp, rtp};
use known::{RTCP, RTCP_PACKETS, RTP, RTP_PACKETS, SSRC, master_key};
use lariat_crypto::ring;
use lariat_srtp::{Cryptex, Dropped, Inbound, Outbound, Profile};

// R14
#[test]
fn known_rtp_packets_are_protected_and_unprotected() {
    for vector in RTP_PACKETS {
        let (provider, key) = (ring::provider(), master_key(vector.profile));
        let begun = u64::from(vector.rollover_counter) << 16;
        let mut outbound = Outbound::new(&provider, vector.profile, &key).unwrap();
        outbound.resume_rtp(SSRC, begun).unwrap();
        let mut packet = hex(RTP);
        outbound.protect_rtp(&mut packet).unwrap();
        assert_eq!(packet, hex(vector.srtp), "{} {begun:x}", vector.profile);

        let mut inbound = Inbound::new(&provider, vector.profile, &key).unwrap();
        inbound.resume_rtp(SSRC, begun).unwrap();
        assert_eq!(opened(&mut inbound, &packet), Ok(hex(RTP)));
        assert_eq!(inbound.next_rtp_index(SSRC), Some(begun + 0x1235));
    }
}

#[test]
fn known_rtcp_packets_are_protected_and_unprotected() {
    for vector in RTCP_PACKETS {
        let (provider, key) = (ring::provider(), master_key(vector.profile));
        let mut outbound = Outbound::new(&provider, vector.profile, &key).unwrap();
        outbound.resume_rtcp(SSRC, vector.index).unwrap();
        let mut packet = hex(RTCP);
        outbound.protect_rtcp(&mut packet).unwrap();
        assert_eq!(packet, hex(vector.srtcp), "{} {}", vector.profile, vector.index);

        let mut inbound = Inbound::new(&provider, vector.profile, &key).unwrap();
        assert_eq!(opened_rtcp(&mut inbound, &packet), Ok(hex(RTCP)));
        assert_eq!(opened_rtcp(&mut inbound, &packet), Err(Dropped::Replayed));
    }
}

#[test]
fn a_packet_is_protected_behind_others_in_the_same_buffer() {
    for vector in RTCP_PACKETS.iter().filter(|vector| vector.index == 0) {
        let (provider, key) = (ring::provider(), master_key(vector.profile));
        let mut outbound = Outbound::new(&provider, vector.profile, &key).unwrap();
        let mut out = [b"before".to_vec(), hex(RTP), vec![0; 100]].concat();
        let length = outbound.protect_rtp_in(&mut out[6..], hex(RTP).len()).unwrap();
        out.truncate(6 + length);
        let mut rtp = RTP_PACKETS.iter().filter(|rtp| rtp.profile == vector.profile);
        let expected = hex(rtp.find(|rtp| rtp.rollover_counter == 0).unwrap().srtp);
        assert_eq!(out, [b"before".to_vec(), expected].concat());
        let start = out.len();
        out.extend(hex(RTCP));
        out.resize(out.len() + outbound.rtcp_overhead(), 0);
        outbound.protect_rtcp_in(&mut out[start..], hex(RTCP).len()).unwrap();
        assert_eq!(out[start..], hex(vector.srtcp));
    }
}

// rfc3711 §4.2, rfc3711 §5.2: a short tag is the long one's beginning, and RTCP has the long one.
#[test]
fn a_short_tag_is_the_beginning_of_the_long_one() {
    let of = |profile| {
        let mut outbound = Outbound::new(&ring::provider(), profile, &master_key(profile)).unwrap();
        let (mut rtp, mut rtcp) = (hex(RTP), hex(RTCP));
        outbound.protect_rtp(&mut rtp).unwrap();
        outbound.protect_rtcp(&mut rtcp).unwrap();
        (rtp, rtcp)
    };
    for (long, short) in [
        (Profile::Aes128CmHmacSha1_80, Profile::Aes128CmHmacSha1_32),
        (Profile::Aes256CmHmacSha1_80, Profile::Aes256CmHmacSha1_32),
    ] {
        let ((rtp, rtcp), (short_rtp, short_rtcp)) = (of(long), of(short));
        assert_eq!(rtp[..rtp.len() - 6], short_rtp);
        assert_eq!(rtcp, short_rtcp);
    }
}

// rfc7714 §17.3, §17.4: authentic, and refused for what it shows; `gcm.rs` checks the tags.
#[test]
fn the_published_rtcp_packets_without_encryption_are_refused() {
    for (profile, tag) in [
        (Profile::AeadAes128Gcm, "841dd9683dd78ec92ae58790125f62b3"),
        (Profile::AeadAes256Gcm, "91db4afbfeee5a978fab4393ed2615fe"),
    ] {
        let rtcp = "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61\
                    deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";
        let packet = hex(&[rtcp, tag, "000005d4"].concat());
        let mut inbound = Inbound::new(&ring::provider(), profile, &master_key(profile)).unwrap();
        assert_eq!(opened_rtcp(&mut inbound, &packet), Err(Dropped::Unencrypted));
    }
}

// rfc3711 §3.1: padding is encrypted with the payload, and CSRCs and extension may be of any size.
#[test]
fn every_form_of_header_comes_back_as_it_was() {
    let extensions: [&[u8]; 5] = [
        b"",
        b"\xbe\xde\x00\x00",
        b"\xbe\xde\x00\x02\x10a\x20b\x30c\x00\x00",
        b"\x10\x00\x00\x00",
        b"\x10\x00\x00\x02\x01\x02ab\x03\x01c\x00",
    ];
    let payloads: [(u8, &[u8]); 3] =
        [(0x80, b""), (0x80, b"payload"), (0xa0, b"payload\x00\x00\x00\x00\x05")];
    for setup in Setup::all() {
        let (mut outbound, mut inbound) = setup.pair();
        let mut sequence_number = 0;
        for extension in extensions {
            for csrcs in 0..=15_u8 {
                // Cryptex adds an extension here, which its own test looks at.
                if setup.config.cryptex != Cryptex::Off && csrcs > 0 && extension.is_empty() {
                    continue;
                }
                for (first, payload) in payloads {
                    sequence_number += 1;
                    let mut plain = rtp(SSRC, sequence_number)[..12].to_vec();
                    plain[0] = first | csrcs | if extension.is_empty() { 0 } else { 0x10 };
                    plain.extend(vec![csrcs; 4 * usize::from(csrcs)]);
                    plain.extend([extension, payload].concat());
                    let mut packet = plain.clone();
                    outbound.protect_rtp(&mut packet).unwrap();
                    assert_eq!(packet.len(), plain.len() + outbound.rtp_overhead());
                    assert_eq!(opened(&mut inbound, &packet), Ok(plain), "{setup:?}");
                }
            }
        }
    }
}
