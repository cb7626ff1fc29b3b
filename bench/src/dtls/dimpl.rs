//! dimpl, str0m's DTLS.
//!
//! It is measured without the cookie that its server asks for by default, as Lariat's sends none.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use dimpl::crypto::{CryptoProvider, Dtls12CipherSuite, Dtls13CipherSuite, NamedGroup};
use dimpl::{Config, Dtls, DtlsCertificate, Output, certificate};

use crate::dtls::pair::{End, Pair, Stack};
use crate::dtls::parameters::{Group, Parameters, Version};
use crate::dtls::subject::{Role, Subject};

/// More than any of its datagrams.
const ROOM: usize = 2_048;

/// dimpl on its two providers.
pub fn subjects() -> Vec<Subject> {
    let subject = |name: &str, provider| {
        Subject::of_stack(format!("dimpl on {name}"), Role::Peer, Rc::new(Dimpl::new(provider)))
            .of(&["dimpl"])
    };
    vec![
        subject("aws-lc-rs", dimpl::crypto::aws_lc_rs::default_provider()).on("aws-lc-rs"),
        subject("RustCrypto", dimpl::crypto::rust_crypto::default_provider()),
    ]
}

struct Dimpl {
    /// By group. To make one takes longer than a handshake: it tests the provider.
    configs: [(Group, Arc<Config>); 2],
    certificates: [DtlsCertificate; 2],
}

impl Dimpl {
    fn new(provider: CryptoProvider) -> Self {
        let certificates = [(); 2].map(|()| {
            certificate::generate_self_signed_certificate().expect("a certificate can be made")
        });
        let groups = [(Group::X25519, NamedGroup::X25519), (Group::P256, NamedGroup::Secp256r1)];
        let configs = groups.map(|(group, name)| (group, config(provider.clone(), name)));
        Self { configs, certificates }
    }
}

fn config(provider: CryptoProvider, group: NamedGroup) -> Arc<Config> {
    let config = Config::builder()
        .with_crypto_provider(provider)
        .use_server_cookie(false)
        .dtls12_cipher_suites(&[Dtls12CipherSuite::ECDHE_ECDSA_AES128_GCM_SHA256])
        .dtls13_cipher_suites(&[Dtls13CipherSuite::AES_128_GCM_SHA256])
        .kx_groups(&[group])
        .build();
    Arc::new(config.expect("the provider has all that"))
}

impl Stack for Dimpl {
    fn pair(&self, parameters: Parameters) -> Option<Box<dyn Pair>> {
        let of_group = |(group, _): &&(Group, _)| *group == parameters.group;
        let (_, config) = self.configs.iter().find(of_group)?;
        let now = Instant::now();
        let [client, server] = &self.certificates;
        let end = |certificate: &DtlsCertificate, is_client| {
            let (config, certificate) = (config.clone(), certificate.clone());
            let mut dtls = match parameters.version {
                Version::V12 => Dtls::new_12(config, certificate, now),
                Version::V13 => Dtls::new_13(config, certificate, now),
            };
            dtls.set_active(is_client);
            Foreign { dtls, buffer: vec![0; ROOM], exported: Vec::new(), is_connected: false }
        };
        Some(Box::new(Ends { now, client: end(client, true), server: end(server, false) }))
    }
}

/// One end, and what it said of itself.
struct Foreign {
    dtls: Dtls,
    buffer: Vec<u8>,
    exported: Vec<u8>,
    is_connected: bool,
}

impl Foreign {
    /// Polls for everything, and shows datagrams and data.
    fn poll(&mut self, send: &mut dyn FnMut(&[u8]), show: &mut dyn FnMut(&[u8])) {
        loop {
            match self.dtls.poll_output(&mut self.buffer) {
                Output::Packet(datagram) => send(datagram),
                Output::ApplicationData(data) => show(data),
                Output::Connected => self.is_connected = true,
                Output::KeyingMaterial(keys, _) => self.exported = keys.to_vec(),
                Output::Timeout(_) => return,
                _ => {}
            }
        }
    }

    /// Hands all that it has to say to `to`; whether that is something.
    fn hand_over(&mut self, to: &mut Self) -> Result<bool, String> {
        let mut handed = Ok(false);
        let mut send = |datagram: &[u8]| {
            if handed.is_ok() {
                handed = to.dtls.handle_packet(datagram).map(|()| true);
            }
        };
        self.poll(&mut send, &mut |_| {});
        handed.map_err(|error| error.to_string())
    }
}

struct Ends {
    now: Instant,
    client: Foreign,
    server: Foreign,
}

impl Ends {
    const fn end(&mut self, end: End) -> &mut Foreign {
        match end {
            End::Client => &mut self.client,
            End::Server => &mut self.server,
        }
    }
}

impl Pair for Ends {
    fn handshake(&mut self) -> Result<(), String> {
        for end in [&mut self.client, &mut self.server] {
            end.dtls.handle_timeout(self.now).map_err(|error| error.to_string())?;
        }
        while !self.client.is_connected || !self.server.is_connected {
            let before = (self.client.is_connected, self.server.is_connected);
            let moved = self.client.hand_over(&mut self.server)?
                | self.server.hand_over(&mut self.client)?;
            if !moved && before == (self.client.is_connected, self.server.is_connected) {
                return Err("nothing moves".to_owned());
            }
        }
        Ok(())
    }

    fn exported(&mut self) -> [Vec<u8>; 2] {
        // What it has to say about itself may come after the news that it is connected.
        [&mut self.client, &mut self.server].map(|end| {
            end.poll(&mut |_| {}, &mut |_| {});
            end.exported.clone()
        })
    }

    fn send(&mut self, end: End, data: &[u8], datagram: &mut Vec<u8>) {
        let end = self.end(end);
        end.dtls.send_application_data(data).expect("the end is connected");
        end.poll(&mut |packet| datagram.extend_from_slice(packet), &mut |_| {});
    }

    fn receive(&mut self, end: End, datagram: &[u8], show: &mut dyn FnMut(&[u8])) {
        let end = self.end(end);
        end.dtls.handle_packet(datagram).expect("nothing is fatal to it");
        end.poll(&mut |_| {}, show);
    }

    fn keep(mut self: Box<Self>, end: End) -> Box<dyn Any> {
        self.exported();
        let Self { client, server, .. } = *self;
        Box::new(match end {
            End::Client => client.dtls,
            End::Server => server.dtls,
        })
    }
}
