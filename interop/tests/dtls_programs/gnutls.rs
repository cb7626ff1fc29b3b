//! GnuTLS's `gnutls-serv` and `gnutls-cli`.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::Command;

use lariat_crypto::NamedGroup::{Secp256r1, Secp384r1, X25519, X25519MlKem768};
use lariat_dtls::{AlertDescription, Event, FailureReason, Fingerprint, Role};
use lariat_interop::dtls::Endpoint;
use lariat_interop::foreign::are_present;
use lariat_interop::process::Process;

use crate::identities::{Identities, P256, P384, RSA};
use crate::{LABEL, LENGTH, Meeting, ROLES, data};

const PRIORITY: &str = "NORMAL:-VERS-ALL:+VERS-DTLS1.2";

/// Its name of the profile 1. The tools know none with AES-GCM.
const PROFILE: &str = "SRTP_AES128_CM_HMAC_SHA1_80";

/// The alert access_denied (RFC 5246 §7.2.2).
const ACCESS_DENIED: AlertDescription = AlertDescription(49);

/// How many ports are tried: between a probe and its use somebody else may take one.
const PORTS: usize = 5;

/// Lariat in that role begins to meet GnuTLS, which demands a certificate that it trusts.
fn meet(role: Role, identities: &Identities, expected: &Fingerprint) -> Meeting {
    let (config, expected) = (identities.ours.clone(), expected.clone());
    match role {
        Role::Client => {
            let (theirs, address) = start_server(identities);
            Meeting { ours: Endpoint::client(config, expected, address).unwrap(), theirs }
        }
        Role::Server => {
            let ours = Endpoint::server(config, expected).unwrap();
            let mut client = gnutls("gnutls-cli", identities);
            client.args(["127.0.0.1", "--verify-hostname", "WebRTC"]);
            client.args(["--port", &ours.address().unwrap().port().to_string()]);
            Meeting { ours, theirs: Process::start_listening(client).unwrap() }
        }
    }
}

/// It does not say which port the system has picked, so it is told one that was free.
fn start_server(identities: &Identities) -> (Process, SocketAddr) {
    for _ in 0..PORTS {
        let probe = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        let port = probe.local_addr().unwrap().port();
        drop(probe);
        let mut server = gnutls("gnutls-serv", identities);
        server.args(["--echo", "--require-client-cert", "--verify-client-cert"]);
        server.args(["--port", &port.to_string()]);
        let mut server = Process::start_listening(server).unwrap();
        if server.wait_for(&format!("IPv4 0.0.0.0 port {port}...")).unwrap() == "done" {
            return (server, (Ipv4Addr::LOCALHOST, port).into());
        }
    }
    panic!("no port is free");
}

fn gnutls(program: &str, identities: &Identities) -> Command {
    let mut command = Command::new(program);
    command.args(["--udp", "--mtu", "1200", "--priority", PRIORITY, "--srtp-profiles", PROFILE]);
    command.args(["--keymatexport", LABEL, "--keymatexportsize", &LENGTH.to_string()]);
    command.args(["--x509certfile", &identities.file("certificate.pem")]);
    command.args(["--x509keyfile", &identities.file("key.pem")]);
    command.args(["--x509cafile", &identities.file("trusted.pem")]);
    command
}

#[test]
fn gnutls_as_client_exports_the_same_keys_and_both_close() {
    if !are_present(&["openssl", "gnutls"]) {
        return;
    }
    for kind in [P256, P384] {
        for we_close in [true, false] {
            let identities = Identities::new(kind);
            let mut meeting = meet(Role::Server, &identities, &identities.theirs);
            let info = meeting.connect();
            assert_eq!(info.srtp_profile, Some(1));
            let markers = ["- Status: ", "- SRTP profile: ", "- Key material: "];
            let [status, profile, keys] = meeting.theirs.wait_for_all(markers).unwrap();
            assert_eq!(status, "The certificate is trusted.");
            assert_eq!(profile, PROFILE);
            assert_eq!(keys, meeting.exported());
            meeting.exchange_lines();
            if we_close {
                meeting.ours.close().unwrap();
            } else {
                meeting.theirs.end_input();
            }
            assert_eq!(meeting.ours.wait_for_event().unwrap(), Event::Closed);
            if we_close {
                meeting.theirs.wait_for("Peer has closed").unwrap();
            }
            meeting.assert_that_nothing_was_odd();
        }
    }
}

// rfc6347 §4.2.1: this server has every client repeat its hello with a cookie. It asks once for
// each piece of a hello, and the one with X25519MLKEM768 comes in two.
#[test]
fn gnutls_as_server_sends_back_what_it_got() {
    if !are_present(&["openssl", "gnutls"]) {
        return;
    }
    for (kind, key_shares) in [(P256, vec![X25519]), (P384, vec![X25519MlKem768, X25519])] {
        let mut identities = Identities::new(kind);
        identities.ours.key_shares = key_shares;
        let mut meeting = meet(Role::Client, &identities, &identities.theirs);
        let info = meeting.connect();
        assert_eq!(info.srtp_profile, Some(1));
        for line in ["first\n", "second\n"] {
            meeting.ours.send(line.as_bytes()).unwrap();
            assert_eq!(meeting.ours.wait_for_event().unwrap(), data(line));
            meeting.theirs.wait_for(line.trim()).unwrap();
        }
        meeting.assert_that_nothing_was_odd();
    }
}

#[test]
fn gnutls_agrees_on_every_suite_and_group() {
    if !are_present(&["openssl", "gnutls"]) {
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
        (Role::Server, RSA, 0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
        (Role::Server, P256, 0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    ] {
        let mut identities = Identities::new(kind);
        // One of 1.3 is among them, so that it is still spoken.
        identities.ours.cipher_suites = vec![0x1301, suite];
        for (group, group_name) in
            [(X25519, "x25519"), (Secp256r1, "secp256r1"), (Secp384r1, "secp384r1")]
        {
            // rfc8422 §5.1: the curves of certificates are among the groups, too.
            identities.ours.groups = vec![group, Secp256r1];
            identities.ours.key_shares = vec![group];
            let mut meeting = meet(role, &identities, &identities.theirs);
            let info = meeting.connect();
            assert_eq!((info.group, info.cipher_suite), (group_name, suite_name), "{role:?}");
            if role == Role::Server {
                assert_eq!(
                    meeting.theirs.wait_for("- Key material: ").unwrap(),
                    meeting.exported()
                );
                meeting.exchange_lines();
            } else {
                meeting.ours.send(b"echo\n").unwrap();
                assert_eq!(meeting.ours.wait_for_event().unwrap(), data("echo\n"));
            }
            meeting.assert_that_nothing_was_odd();
        }
    }
}

// rfc5763 §5: with another certificate than the description promised there is no media.
#[test]
fn gnutls_with_another_certificate_is_refused() {
    if !are_present(&["openssl", "gnutls"]) {
        return;
    }
    let (identities, other) = (Identities::new(P256), Identities::new(P256));
    for role in ROLES {
        let mut meeting = meet(role, &identities, &other.theirs);
        assert_eq!(meeting.fail(), FailureReason::Fingerprint, "{role:?}");
        meeting.theirs.wait_for("A TLS fatal alert has been received").unwrap();
    }
}

#[test]
fn gnutls_refuses_a_certificate_that_it_does_not_trust() {
    if !are_present(&["openssl", "gnutls"]) {
        return;
    }
    let identities = Identities::new(P256);
    identities.distrust();
    for (role, alert) in
        [(Role::Client, ACCESS_DENIED), (Role::Server, AlertDescription::BAD_CERTIFICATE)]
    {
        let mut meeting = meet(role, &identities, &identities.theirs);
        assert_eq!(meeting.fail(), FailureReason::PeerAlert(alert), "{role:?}");
    }
}
