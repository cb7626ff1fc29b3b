//! The handshake of DTLS 1.2, as states that consume themselves.
//!
//! ```text
//! client                                            server
//! ClientHello                 ------ flight 1 ----->
//!                             <----- flight 2 ------  HelloVerifyRequest (other people's servers)
//! ClientHello with cookie     ------ flight 3 ----->
//!                                                     ServerHello, Certificate, ServerKeyExchange,
//!                             <----- flight 4 ------  CertificateRequest, ServerHelloDone
//! Certificate, ClientKeyExchange, CertificateVerify,
//! ChangeCipherSpec, Finished  ------ flight 5 ----->
//!                             <----- flight 6 ------  ChangeCipherSpec, Finished
//! ```
//!
//! ChangeCipherSpec is sent but not waited for: a record's epoch says the same, and says it for
//! every record, whatever was lost or reordered.

mod client;
mod keys;
mod server;
mod suite;

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_base::Rng;
use lariat_crypto::{Provider, Secret, SignatureScheme};

pub(crate) use keys::MasterSecret;

use crate::certificate;
use crate::config::Config;
use crate::error::FailureReason;
use crate::event::{ConnectedInfo, Role, Version};
use crate::fingerprint::Fingerprint;
use crate::handshake::{HandshakeType, Message, Outbox, Transcript};
use crate::message::{CertificateMessage, Finished};
use crate::record::{Epoch, RecordLayer};
use keys::Randoms;
use suite::CipherSuite;

/// What the states work on.
pub(crate) struct Context<'a> {
    pub(crate) config: &'a Config,
    pub(crate) peer_fingerprints: &'a [Fingerprint],
    pub(crate) rng: &'a mut Rng,
    pub(crate) transcript: &'a mut Transcript,
    pub(crate) outbox: &'a mut Outbox,
    pub(crate) records: &'a mut RecordLayer,
}

/// What we wait for, in protocol order: first as client, then as server.
#[derive(Debug)]
pub(crate) enum State {
    ServerHello(client::ExpectServerHello),
    ServerCertificate(client::ExpectServerCertificate),
    ServerKeyExchange(client::ExpectServerKeyExchange),
    CertificateRequestOrDone(client::ExpectCertificateRequestOrDone),
    ServerHelloDone(client::ExpectServerHelloDone),
    ServerFinished(client::ExpectServerFinished),
    ClientHello(server::ExpectClientHello),
    ClientCertificate(server::ExpectClientCertificate),
    ClientKeyExchange(server::ExpectClientKeyExchange),
    CertificateVerify(server::ExpectCertificateVerify),
    ClientFinished(server::ExpectClientFinished),
    Connected(Box<Established>),
}

/// What a completed handshake leaves.
#[derive(Debug)]
pub(crate) struct Established {
    pub(crate) info: ConnectedInfo,
    pub(crate) master_secret: MasterSecret,
}

impl State {
    /// The state before anything came; a client sends its hello.
    pub(crate) fn start(role: Role, context: &mut Context<'_>) -> Result<Self, FailureReason> {
        match role {
            Role::Client => client::start(context),
            Role::Server => Ok(Self::ClientHello(server::ExpectClientHello)),
        }
    }

    /// Takes the next message.
    pub(crate) fn handle(
        self,
        message: &Message,
        context: &mut Context<'_>,
    ) -> Result<Self, FailureReason> {
        match self {
            Self::ServerHello(state) => state.handle(message, context),
            Self::ServerCertificate(state) => state.handle(message, context),
            Self::ServerKeyExchange(state) => state.handle(message, context),
            Self::CertificateRequestOrDone(state) => state.handle(message, context),
            Self::ServerHelloDone(state) => state.handle(message, context),
            Self::ServerFinished(state) => state.handle(message, context),
            Self::ClientHello(state) => state.handle(message, context),
            Self::ClientCertificate(state) => state.handle(message, context),
            Self::ClientKeyExchange(state) => state.handle(message, context),
            Self::CertificateVerify(state) => state.handle(message, context),
            Self::ClientFinished(state) => state.handle(message, context),
            Self::Connected(_) => Err(FailureReason::UnexpectedMessage),
        }
    }
}

impl<'a> Context<'a> {
    fn provider(&self) -> &'a dyn Provider {
        &*self.config.provider
    }

    /// Adds a message of ours to the flight and the transcript.
    fn send(
        &mut self,
        handshake_type: HandshakeType,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), FailureReason> {
        self.send_in(Epoch::Plaintext, handshake_type, encode)
    }

    fn send_in(
        &mut self,
        epoch: Epoch,
        handshake_type: HandshakeType,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), FailureReason> {
        let mut body = Vec::new();
        encode(&mut body);
        self.outbox.send(epoch, handshake_type, body, self.transcript)
    }

    /// Adds a message of the peer to the transcript.
    fn received(&mut self, message: &Message) -> Result<(), FailureReason> {
        self.transcript.add(message.handshake_type, message.message_seq, &message.body)
    }

    fn send_certificate(&mut self) -> Result<(), FailureReason> {
        let chain = alloc::vec![self.config.certificate.der().to_vec()];
        self.send(HandshakeType::Certificate, |out| CertificateMessage { chain }.encode(out))
    }

    /// Ends a flight with ChangeCipherSpec and Finished, in the epoch that begins there.
    fn send_finished(
        &mut self,
        master_secret: &MasterSecret,
        suite: &CipherSuite,
        sender: Role,
    ) -> Result<(), FailureReason> {
        self.outbox.change_cipher_spec();
        self.records.install_outbound(master_secret.protection(self.provider(), sender)?);
        let hash = self.transcript.hash(self.provider(), suite.hash);
        let finished = master_secret.finished(self.provider(), sender, &hash);
        self.send_in(Epoch::Protected, HandshakeType::Finished, |out| finished.encode(out))
    }

    /// Reads and checks the peer's Finished, and adds it to the transcript.
    fn receive_finished(
        &mut self,
        message: &Message,
        master_secret: &MasterSecret,
        suite: &CipherSuite,
        sender: Role,
    ) -> Result<(), FailureReason> {
        expect(message, HandshakeType::Finished)?;
        let finished = Finished::parse(&message.body)?;
        let hash = self.transcript.hash(self.provider(), suite.hash);
        master_secret.verify_finished(self.provider(), sender, &hash, &finished)?;
        self.received(message)
    }

    /// The public key of the peer's certificate, if that is the expected one.
    ///
    /// rfc8122 §6.2: the leaf must have one of the fingerprints; without any, nothing is trusted.
    /// The rest of the chain, names and dates mean nothing here.
    fn check_certificate(&self, message: &Message) -> Result<Vec<u8>, FailureReason> {
        let certificate = CertificateMessage::parse(&message.body)?;
        let leaf = certificate.chain.first().ok_or(FailureReason::NoCertificate)?;
        let provider = self.provider();
        if !self.peer_fingerprints.iter().any(|expected| expected.matches(provider, leaf)) {
            return Err(FailureReason::Fingerprint);
        }
        let key = certificate::subject_public_key_info(leaf).map_err(FailureReason::Certificate)?;
        Ok(key.to_vec())
    }

    /// The scheme of our own signatures, if the peer verifies it.
    fn our_scheme(&self, offered: &[u16]) -> Result<SignatureScheme, FailureReason> {
        let scheme = self.config.certificate.signing_key().scheme();
        if offered.contains(&scheme.code_point()) {
            Ok(scheme)
        } else {
            Err(FailureReason::NoCommonSignatureScheme)
        }
    }
}

/// The choices of the hellos and the key exchange.
#[derive(Clone, Copy, Debug)]
struct Negotiated {
    suite: &'static CipherSuite,
    randoms: Randoms,
    srtp_profile: Option<u16>,
}

impl Negotiated {
    fn info(&self, group: lariat_crypto::NamedGroup) -> ConnectedInfo {
        ConnectedInfo {
            version: Version::Dtls12,
            cipher_suite: self.suite.name,
            group: suite::group_name(group),
            srtp_profile: self.srtp_profile,
        }
    }

    fn master_secret(&self, context: &Context<'_>, pre_master_secret: &Secret) -> MasterSecret {
        let session_hash = context.transcript.hash(context.provider(), self.suite.hash);
        let provider = context.provider();
        MasterSecret::extended(provider, self.suite, self.randoms, pre_master_secret, &session_hash)
    }
}

fn expect(message: &Message, handshake_type: HandshakeType) -> Result<(), FailureReason> {
    if message.handshake_type == handshake_type {
        Ok(())
    } else {
        Err(FailureReason::UnexpectedMessage)
    }
}
