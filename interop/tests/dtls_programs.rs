//! DTLS 1.2 between Lariat and the programs of OpenSSL and GnuTLS, over UDP on loopback.
//!
//! Lariat speaks both versions here, and goes down to the one that they have.

#[path = "dtls_programs/gnutls.rs"]
mod gnutls;
#[path = "dtls_programs/identities.rs"]
mod identities;
#[path = "dtls_programs/openssl.rs"]
mod openssl;

use lariat_dtls::{ConnectedInfo, Dropped, Event, ExportError, FailureReason, Role, Version};
use lariat_interop::dtls::Endpoint;
use lariat_interop::process::Process;

/// Both roles of ours.
const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// What SRTP takes its keys from (RFC 5764 §4.2).
const LABEL: &str = "EXTRACTOR-dtls_srtp";

/// How much of it, in bytes: more than two master keys with their salts.
const LENGTH: usize = 60;

/// A handshake that is under way.
struct Meeting {
    ours: Endpoint,
    theirs: Process,
}

impl Meeting {
    /// Completes it in the version that both have.
    fn connect(&mut self) -> ConnectedInfo {
        let info = self.ours.connect().unwrap();
        assert_eq!(info.version, Version::Dtls12);
        info
    }

    /// Our keying material as the programs print it, but for the case of the digits.
    fn exported(&self) -> String {
        let mut exported = [0; LENGTH];
        self.ours.connection().export_keying_material(LABEL, None, &mut exported).unwrap();
        data_encoding::HEXLOWER.encode(&exported)
    }

    /// They say a line, and we another.
    fn exchange_lines(&mut self) {
        self.theirs.say("from the program").unwrap();
        assert_eq!(self.ours.wait_for_event().unwrap(), data("from the program\n"));
        self.ours.send(b"from lariat\n").unwrap();
        self.theirs.wait_for("from lariat").unwrap();
    }

    /// All that came was taken, but for what they said again.
    fn assert_that_nothing_was_odd(&self) {
        let dropped = self.ours.connection().dropped();
        assert_eq!(dropped.total(), dropped.get(Dropped::Retransmission), "{dropped:?}");
    }

    /// Waits for the end of a handshake that must not succeed.
    fn fail(&mut self) -> FailureReason {
        let event = self.ours.wait_for_event().unwrap();
        let Event::Failed(reason) = event else { panic!("not failed, but {event:?}") };
        let mut exported = [0; LENGTH];
        let result = self.ours.connection().export_keying_material(LABEL, None, &mut exported);
        assert_eq!((result, exported), (Err(ExportError::NotConnected), [0; LENGTH]));
        reason
    }
}

fn data(line: &str) -> Event {
    Event::Data(line.as_bytes().to_vec())
}
