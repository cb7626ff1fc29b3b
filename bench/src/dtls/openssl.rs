//! OpenSSL, as the system has it. Version 3.0 speaks DTLS 1.2 only.

use std::any::Any;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;

use dimpl::{DtlsCertificate, certificate};
use openssl::error::ErrorStack;
use openssl::pkey::{Id, PKey};
use openssl::ssl::{
    HandshakeError, MidHandshakeSslStream, Ssl, SslContext, SslMethod, SslOptions,
    SslSessionCacheMode, SslStream, SslVerifyMode, SslVersion,
};
use openssl::x509::X509;

use crate::dtls::DATA_LEN;
use crate::dtls::pair::{End, Pair, Stack};
use crate::dtls::parameters::{Group, Parameters, Version};
use crate::dtls::subject::{Role, Subject};

const LABEL: &str = "EXTRACTOR-dtls_srtp";

/// Bytes of a datagram of the handshake at most, as with everybody.
const MTU: u32 = 1_200;

/// OpenSSL, or why it is not there.
///
/// # Errors
///
/// What it does not do.
pub fn subject() -> Result<Subject, String> {
    let stack = OpenSsl::new().map_err(|error| format!("OpenSSL: {error}"))?;
    let mut subject = Subject::of_stack("OpenSSL", Role::Peer, Rc::new(stack));
    // Its date follows.
    let version = openssl::version::version().split(' ').take(2).collect::<Vec<_>>();
    subject.versions.push(version.join(" "));
    Ok(subject)
}

/// The contexts of client and server for each group.
struct OpenSsl {
    contexts: Vec<(Group, [SslContext; 2])>,
}

impl OpenSsl {
    fn new() -> Result<Self, ErrorStack> {
        let certificates = [(); 2].map(|()| {
            certificate::generate_self_signed_certificate().expect("a certificate can be made")
        });
        let [client, server] = &certificates;
        let contexts = |group, name| -> Result<_, ErrorStack> {
            Ok((group, [context(client, name)?, context(server, name)?]))
        };
        // It lets nobody have a certificate on a curve that is not offered, and takes the first.
        let groups = [(Group::X25519, "X25519:P-256"), (Group::P256, "P-256")];
        let contexts = groups.into_iter().map(|(group, name)| contexts(group, name));
        Ok(Self { contexts: contexts.collect::<Result<_, _>>()? })
    }
}

fn context(identity: &DtlsCertificate, groups: &str) -> Result<SslContext, ErrorStack> {
    let mut context = SslContext::builder(SslMethod::dtls())?;
    context.set_min_proto_version(Some(SslVersion::DTLS1_2))?;
    context.set_max_proto_version(Some(SslVersion::DTLS1_2))?;
    context.set_cipher_list("ECDHE-ECDSA-AES128-GCM-SHA256")?;
    context.set_groups_list(groups)?;
    context.set_tlsext_use_srtp("SRTP_AEAD_AES_128_GCM")?;
    context.set_options(SslOptions::NO_QUERY_MTU | SslOptions::NO_TICKET);
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    // Both sides ask for a certificate, and take any: the signature is what costs.
    let mode = SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT;
    context.set_verify_callback(mode, |_, _| true);
    let certificate = X509::from_der(&identity.certificate)?;
    let key = PKey::private_key_from_der(&identity.private_key)?;
    context.set_certificate(&certificate)?;
    context.set_private_key(&key)?;
    Ok(context.build())
}

impl Stack for OpenSsl {
    fn pair(&self, parameters: Parameters) -> Option<Box<dyn Pair>> {
        if parameters.version != Version::V12 {
            return None;
        }
        let of_group = |(group, _): &&(Group, _)| *group == parameters.group;
        let (_, contexts) = self.contexts.iter().find(of_group)?;
        let [to_client, to_server] = [(); 2].map(|()| Queue::default());
        let wires = [
            Wire { inbound: to_client.clone(), outbound: to_server.clone() },
            Wire { inbound: to_server, outbound: to_client },
        ];
        let ssl = |context: &SslContext| {
            let mut ssl = Ssl::new(context).expect("there is memory");
            ssl.set_mtu(MTU).expect("the MTU is not too small");
            ssl
        };
        let ends = contexts.each_ref().map(ssl).map(State::Made);
        let exchange = match parameters.group {
            Group::X25519 => Id::X25519,
            _ => Id::EC,
        };
        Some(Box::new(Ends { exchange, ends, wires }))
    }
}

/// Datagrams on their way to one end.
type Queue = Rc<RefCell<VecDeque<Vec<u8>>>>;

/// What an end reads and writes: each call is a datagram.
#[derive(Clone, Debug)]
struct Wire {
    inbound: Queue,
    outbound: Queue,
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(datagram) = self.inbound.borrow_mut().pop_front() else {
            return Err(ErrorKind::WouldBlock.into());
        };
        let length = datagram.len().min(buffer.len());
        buffer[..length].copy_from_slice(&datagram[..length]);
        Ok(length)
    }
}

impl Write for Wire {
    fn write(&mut self, datagram: &[u8]) -> io::Result<usize> {
        self.outbound.borrow_mut().push_back(datagram.to_vec());
        Ok(datagram.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How far an end is.
enum State {
    Made(Ssl),
    Shaking(MidHandshakeSslStream<Wire>),
    Connected(SslStream<Wire>),
    /// Only while it goes on to the next.
    Between,
}

struct Ends {
    /// The kind of the keys that are exchanged.
    exchange: Id,
    ends: [State; 2],
    wires: [Wire; 2],
}

impl Ends {
    /// Goes on until the end waits for the other one.
    fn step(&mut self, end: End) -> Result<(), String> {
        let state = &mut self.ends[end as usize];
        let result = match std::mem::replace(state, State::Between) {
            State::Made(ssl) => {
                let wire = self.wires[end as usize].clone();
                match end {
                    End::Client => ssl.connect(wire),
                    End::Server => ssl.accept(wire),
                }
            }
            State::Shaking(shaking) => shaking.handshake(),
            other => {
                *state = other;
                return Ok(());
            }
        };
        *state = match result {
            Ok(stream) => State::Connected(stream),
            Err(HandshakeError::WouldBlock(shaking)) => State::Shaking(shaking),
            Err(error) => return Err(error.to_string()),
        };
        Ok(())
    }

    fn stream(&mut self, end: End) -> &mut SslStream<Wire> {
        match &mut self.ends[end as usize] {
            State::Connected(stream) => stream,
            _ => panic!("the {end:?} is not connected"),
        }
    }
}

impl Pair for Ends {
    fn handshake(&mut self) -> Result<(), String> {
        let is_connected = |end: &State| matches!(end, State::Connected(_));
        while !self.ends.iter().all(is_connected) {
            self.step(End::Client)?;
            self.step(End::Server)?;
            let is_silent = self.wires.iter().all(|wire| wire.inbound.borrow().is_empty());
            if is_silent && !self.ends.iter().all(is_connected) {
                return Err("nothing moves".to_owned());
            }
        }
        Ok(())
    }

    fn exported(&mut self) -> [Vec<u8>; 2] {
        let key = self.stream(End::Client).ssl().peer_tmp_key().expect("there was an exchange");
        assert_eq!(key.id(), self.exchange, "another group than the one that is meant");
        [End::Client, End::Server].map(|end| {
            let mut keys = vec![0; 56];
            let ssl = self.stream(end).ssl();
            ssl.export_keying_material(&mut keys, LABEL, None).expect("the end is connected");
            keys
        })
    }

    fn send(&mut self, end: End, data: &[u8], datagram: &mut Vec<u8>) {
        let outbound = self.wires[end as usize].outbound.clone();
        self.stream(end).ssl_write(data).expect("the end is connected");
        while let Some(record) = outbound.borrow_mut().pop_front() {
            datagram.extend_from_slice(&record);
        }
    }

    fn receive(&mut self, end: End, datagram: &[u8], show: &mut dyn FnMut(&[u8])) {
        self.wires[end as usize].inbound.borrow_mut().push_back(datagram.to_vec());
        let mut buffer = [0; DATA_LEN];
        // Nothing is heard of a record that is dropped.
        while let Ok(length) = self.stream(end).ssl_read(&mut buffer) {
            show(&buffer[..length]);
        }
    }

    fn keep(self: Box<Self>, end: End) -> Box<dyn Any> {
        let [client, server] = self.ends;
        Box::new(match end {
            End::Client => client,
            End::Server => server,
        })
    }
}
