//! SRTP: forged packets, and what one side protects the other restores.
#![no_main]

use lariat_crypto::fake;
use lariat_srtp::{Inbound, KeyingMaterial, Outbound, Profile};

libfuzzer_sys::fuzz_target!(|datagram: &[u8]| {
    let provider = fake::provider(1);
    for profile in [Profile::Aes128CmHmacSha1_80, Profile::AeadAes128Gcm] {
        let exported = vec![7; KeyingMaterial::exported_len(profile)];
        let keys = KeyingMaterial::from_exporter(profile, &exported).expect("the length is right");
        let mut inbound = Inbound::new(&provider, profile, &keys.client).expect("the same");
        let mut outbound = Outbound::new(&provider, profile, &keys.client).expect("the same");
        let _ = inbound.unprotect_rtp(&mut datagram.to_vec());
        let _ = inbound.unprotect_rtcp(&mut datagram.to_vec());
        let mut packet = datagram.to_vec();
        if outbound.protect_rtp(&mut packet).is_ok() {
            let length = inbound.unprotect_rtp(&mut packet).expect("it is authentic");
            assert_eq!(&packet[..length], datagram);
        }
        let mut packet = datagram.to_vec();
        if outbound.protect_rtcp(&mut packet).is_ok() {
            let length = inbound.unprotect_rtcp(&mut packet).expect("it is authentic");
            assert_eq!(&packet[..length], datagram);
        }
    }
});
