//! A server's connection that begins with a client's second hello.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Connection, Handshaking, Phase};
use crate::config::Config;
use crate::event::Role;
use crate::fingerprint::Fingerprint;
use crate::gate::Admission;
use crate::handshake::{Fragment, HandshakeType};
use crate::negotiation::ExpectClientHello;
use crate::record::{Epoch, RecordNumber};
use crate::state::State;
use crate::v13;

impl Connection {
    /// The connection to a client that has shown its address.
    pub(crate) fn admitted(
        admission: &Admission,
        config: Config,
        peer_fingerprints: Vec<Fingerprint>,
    ) -> Self {
        let mut connection = Self::new(config, Role::Server, peer_fingerprints);
        if !matches!(connection.phase, Phase::Handshaking(_)) {
            return connection;
        }
        // rfc6347 §4.2.1: our first record has the number of the hello's.
        connection.records.start_plaintext_at(admission.record_sequence);
        // Each of the client's hellos had one answer, so both sides have counted as far.
        let message_seq = admission.message_seq;
        let begun = connection.handshaking(message_seq, |context| match &admission.retried {
            // rfc6347 §4.2.1: of 1.2 there is nothing in the transcript yet.
            None => Ok(State::ClientHello(ExpectClientHello)),
            Some(retried) => v13::after_retry(retried, context).map(State::V13),
        });
        match begun {
            Ok(handshaking) => {
                let give_up_at = Some(admission.at + connection.config.handshake_timeout);
                let handshaking = Handshaking { give_up_at, ..handshaking };
                connection.phase = Phase::Handshaking(Box::new(handshaking));
            }
            Err(reason) => connection.fail(reason),
        }
        if let Some(body) = &admission.hello {
            let sequence = admission.record_sequence;
            let number = RecordNumber { epoch: Epoch::PLAINTEXT, sequence };
            let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
            let handshake_type = HandshakeType::ClientHello;
            let hello = Fragment { handshake_type, length, message_seq, offset: 0, body };
            // The gate has read it, and a hello that is due is taken.
            let _taken = connection.fragment(admission.at, number, &hello);
        }
        connection
    }
}
