//! Encrypted header extension elements (RFC 6904) in whole packets.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{hex, opened};
use lariat_crypto::ring;
use lariat_srtp::{Config, ExtensionIds, Inbound, MasterKey, Outbound, Profile};

// rfc6904 §3: the header's salt is as long as the payload's, also with GCM. Made by libsrtp 2.7.0.
#[test]
fn with_gcm_the_elements_are_encrypted_as_libsrtp_does() {
    let key = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    let salt = hex("a0a1a2a3a4a5a6a7a8a9aaab");
    let rtp = "900f1235decafbadcafebabebede000617414273a475262748220000c8308e4655996386b395fb00\
               abababab";
    let protected = [
        "900f1235decafbadcafebabebede000617c3ad429ca14903f4220000c830f4461356a4563df7a900c33c8462\
         c6c4b5a562c513147602818937a2b1df",
        "900f1235decafbadcafebabebede000617bf2027f9692c1358220000c830dd46ff49c55a5ee262002f515217\
         08286eb471c6947a6edf5f707f499dff",
    ];
    let encrypted_extensions = ExtensionIds::NONE.with(1).with(3).with(4);
    let config = Config { encrypted_extensions, ..Config::default() };
    for (profile, srtp) in [Profile::AeadAes128Gcm, Profile::AeadAes256Gcm].iter().zip(protected) {
        let key = MasterKey::new(&key[..profile.key_len()], &salt);
        let provider = ring::provider();
        let mut outbound = Outbound::with_config(&provider, *profile, &key, config).unwrap();
        let mut inbound = Inbound::with_config(&provider, *profile, &key, config).unwrap();
        let mut packet = hex(rtp);
        outbound.protect_rtp(&mut packet).unwrap();
        assert_eq!(packet, hex(srtp), "{profile}");
        assert_eq!(opened(&mut inbound, &packet), Ok(hex(rtp)), "{profile}");
    }
}
