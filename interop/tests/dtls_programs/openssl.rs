//! OpenSSL's `s_server` and `s_client`.

use std::process::Command;

use lariat_crypto::NamedGroup::{Secp256r1, Secp384r1, X25519, X25519MlKem768};
use lariat_dtls::{AlertDescription, ConnectedInfo, Event, FailureReason, Fingerprint, Role};
use lariat_interop::dtls::Endpoint;
use lariat_interop::foreign::are_present;
use lariat_interop::process::Process;

use crate::identities::{ED25519, Identities, P256, P384, RSA};
use crate::{LABEL, LENGTH, Meeting, ROLES};

/// Their names of the profiles 7 and 1.
const PROFILES: [&str; 2] = ["SRTP_AEAD_AES_128_GCM", "SRTP_AES128_CM_SHA1_80"];

/// A length in bytes of datagrams that no certificate fits in.
const SMALL_MTU: usize = 300;

/// The alert unknown_ca (RFC 5246 §7.2.2).
const UNKNOWN_CA: AlertDescription = AlertDescription(48);

/// Lariat in that role begins to meet OpenSSL, which demands a certificate that it trusts.
fn meet(role: Role, identities: &Identities, expected: &Fingerprint, more: &[&str]) -> Meeting {
    let (config, expected) = (identities.ours.clone(), expected.clone());
    match role {
        Role::Client => {
            let mut server = openssl("s_server", identities);
            server.args(["-accept", "127.0.0.1:0", "-Verify", "1"]).args(more);
            let mut theirs = Process::start_listening(server).unwrap();
            let address = theirs.wait_for("ACCEPT ").unwrap().parse().unwrap();
            Meeting { ours: Endpoint::client(config, expected, address).unwrap(), theirs }
        }
        Role::Server => {
            let ours = Endpoint::server(config, expected).unwrap();
            let mut client = openssl("s_client", identities);
            client.args(["-connect", &ours.address().unwrap().to_string(), "-verify", "1"]);
            client.args(more);
            Meeting { ours, theirs: Process::start_listening(client).unwrap() }
        }
    }
}

fn openssl(program: &str, identities: &Identities) -> Command {
    let mut command = Command::new("openssl");
    command.args([program, "-dtls1_2", "-mtu", "1200", "-use_srtp", &PROFILES.join(":")]);
    command.args(["-keymatexport", LABEL, "-keymatexportlen", &LENGTH.to_string()]);
    command.args(["-cert", &identities.file("certificate.pem")]);
    command.args(["-key", &identities.file("key.pem")]);
    command.args(["-CAfile", &identities.file("trusted.pem"), "-verify_return_error"]);
    command
}

/// Connects, compares what both sides know of it, and lets both say something.
fn exchange(meeting: &mut Meeting, profile: u16) -> ConnectedInfo {
    let info = meeting.connect();
    assert_eq!(info.srtp_profile, Some(profile));
    let markers = ["verify return:", "profile=", "Keying material: "];
    let [verified, theirs, keys] = meeting.theirs.wait_for_all(markers).unwrap();
    assert_eq!(verified, "1");
    assert_eq!(theirs, PROFILES[usize::from(profile == 1)]);
    assert_eq!(keys.to_lowercase(), meeting.exported());
    meeting.exchange_lines();
    meeting.assert_that_nothing_was_odd();
    info
}

#[test]
fn openssl_exports_the_same_keys_whatever_its_certificate() {
    if !are_present(&["openssl"]) {
        return;
    }
    for role in ROLES {
        for kind in [P256, P384, RSA, ED25519] {
            // OpenSSL's server shows such a certificate in TLS only.
            if (role, kind) == (Role::Client, ED25519) {
                continue;
            }
            let identities = Identities::new(kind);
            let mut meeting = meet(role, &identities, &identities.theirs, &[]);
            exchange(&mut meeting, 7);
        }
    }
}

#[test]
fn openssl_verifies_signatures_of_every_kind_of_key() {
    if !are_present(&["openssl"]) {
        return;
    }
    for role in ROLES {
        for kind in [P256, P384, RSA, ED25519] {
            let mut identities = Identities::new(P256);
            identities.take_over(kind);
            let mut meeting = meet(role, &identities, &identities.theirs, &[]);
            exchange(&mut meeting, 7);
        }
    }
}

#[test]
fn openssl_agrees_on_every_suite_and_group() {
    if !are_present(&["openssl"]) {
        return;
    }
    // The server's certificate decides between ECDSA and RSA, and ours is ECDSA.
    for (role, kind, suite, suite_name) in [
        (Role::Client, P256, 0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
        (Role::Client, P256, 0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
        (Role::Client, P256, 0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
        (Role::Client, RSA, 0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        (Role::Client, RSA, 0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        (Role::Client, RSA, 0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
        (Role::Server, P256, 0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
        (Role::Server, P256, 0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
        (Role::Server, P256, 0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    ] {
        let mut identities = Identities::new(kind);
        // One of 1.3 is among them, so that it is still spoken.
        identities.ours.cipher_suites = vec![0x1301, suite];
        identities.ours.srtp_profiles = vec![1];
        for (group, group_name) in
            [(X25519, "x25519"), (Secp256r1, "secp256r1"), (Secp384r1, "secp384r1")]
        {
            // rfc8422 §5.1: the curves of certificates are among the groups, too.
            identities.ours.groups = vec![group, Secp256r1];
            identities.ours.key_shares = vec![group];
            let mut meeting = meet(role, &identities, &identities.theirs, &[]);
            let info = exchange(&mut meeting, 1);
            assert_eq!((info.group, info.cipher_suite), (group_name, suite_name), "{role:?}");
        }
    }
}

// Certificates come in pieces, and so does the hello with X25519MLKEM768.
#[test]
fn openssl_exchanges_small_datagrams() {
    if !are_present(&["openssl"]) {
        return;
    }
    for role in ROLES {
        for kind in [P256, RSA] {
            let mut identities = Identities::new(kind);
            identities.ours.mtu = SMALL_MTU;
            let more = ["-mtu", &SMALL_MTU.to_string()];
            let mut meeting = meet(role, &identities, &identities.theirs, &more);
            exchange(&mut meeting, 7);
            let [sent, received] = meeting.ours.longest_datagrams();
            assert!(sent <= SMALL_MTU && received <= SMALL_MTU, "{role:?}: {sent}, {received}");
        }
    }
}

// rfc6347 §4.2.1: a client repeats its hello with the server's cookie.
#[test]
fn openssl_gets_its_cookie_back() {
    if !are_present(&["openssl"]) {
        return;
    }
    let mut identities = Identities::new(P256);
    // In one piece, and in two.
    for key_shares in [vec![X25519], vec![X25519MlKem768, X25519]] {
        identities.ours.key_shares = key_shares;
        let mut meeting = meet(Role::Client, &identities, &identities.theirs, &["-listen"]);
        exchange(&mut meeting, 7);
    }
}

#[test]
fn openssl_sees_that_lariat_closes() {
    if !are_present(&["openssl"]) {
        return;
    }
    let identities = Identities::new(P256);
    for (role, farewell) in [(Role::Client, "DONE"), (Role::Server, "closed")] {
        let mut meeting = meet(role, &identities, &identities.theirs, &[]);
        exchange(&mut meeting, 7);
        meeting.ours.close().unwrap();
        assert_eq!(meeting.ours.wait_for_event().unwrap(), Event::Closed);
        meeting.theirs.wait_for(farewell).unwrap();
    }
}

// `s_server` closes its only socket before it could say that it is going.
#[test]
fn lariat_sees_that_a_client_of_openssl_closes() {
    if !are_present(&["openssl"]) {
        return;
    }
    let identities = Identities::new(P256);
    let mut meeting = meet(Role::Server, &identities, &identities.theirs, &[]);
    exchange(&mut meeting, 7);
    meeting.theirs.say("Q").unwrap();
    assert_eq!(meeting.ours.wait_for_event().unwrap(), Event::Closed);
}

// rfc5763 §5: with another certificate than the description promised there is no media.
#[test]
fn openssl_with_another_certificate_is_refused() {
    if !are_present(&["openssl"]) {
        return;
    }
    let (identities, other) = (Identities::new(P256), Identities::new(P256));
    for role in ROLES {
        let mut meeting = meet(role, &identities, &other.theirs, &[]);
        assert_eq!(meeting.fail(), FailureReason::Fingerprint, "{role:?}");
        meeting.theirs.wait_for("alert bad certificate").unwrap();
    }
}

#[test]
fn openssl_refuses_a_certificate_that_it_does_not_trust() {
    if !are_present(&["openssl"]) {
        return;
    }
    let identities = Identities::new(P256);
    identities.distrust();
    for role in ROLES {
        let mut meeting = meet(role, &identities, &identities.theirs, &[]);
        let reason = meeting.fail();
        assert_eq!(reason, FailureReason::PeerAlert(UNKNOWN_CA), "{role:?}");
        meeting.theirs.wait_for("verify error:").unwrap();
    }
}
