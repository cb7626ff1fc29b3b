//! webrtc-rs: `rtc-dtls`, which is what became of `webrtc-dtls` without its runtime.
//!
//! It speaks 1.2. Nothing tells its server to do without a cookie, so its handshakes take a round
//! trip more than those of the others.

use std::any::Any;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use bytes::BytesMut;
use rtc_dtls::cipher_suite::CipherSuiteId;
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::crypto_provider::providers::{AwsLcRsProvider, RingProvider};
use rtc_dtls::crypto_provider::{
    ActiveKeyExchange, AeadAlgorithm, AeadCipher, CryptoAlgorithm, CryptoError, HashAlgorithm,
    HmacAlgorithm, KeyExchangeAlgorithm, Mac, PublicKey, RTCCrypto, RTCCryptoProvider, RTCRandom,
    SignatureScheme,
};
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;

use crate::dtls::pair::{End, Pair, Stack};
use crate::dtls::parameters::{Group, Parameters, Version};
use crate::dtls::subject::{Role, Subject};

const LABEL: &str = "EXTRACTOR-dtls_srtp";

const PROFILE: SrtpProtectionProfile = SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm;

/// With each of its providers.
pub fn subjects() -> Vec<Subject> {
    let providers: [(&'static str, Arc<dyn RTCCryptoProvider>); 2] = [
        ("ring", Arc::new(RingProvider::default())),
        ("aws-lc-rs", Arc::new(AwsLcRsProvider::default())),
    ];
    let subject = |(backend, provider)| {
        let stack = Rc::new(Rtc::new(&provider));
        Subject::of_stack(format!("rtc-dtls on {backend}"), Role::Peer, stack)
            .on(backend)
            .of(&["rtc-dtls"])
    };
    providers.into_iter().map(subject).collect()
}

struct Rtc {
    /// Of the client and of the server, by group.
    configs: [(Group, [Arc<HandshakeConfig>; 2]); 2],
}

impl Rtc {
    fn new(provider: &Arc<dyn RTCCryptoProvider>) -> Self {
        let certificates = ["client", "server"].map(|name| {
            Certificate::generate_self_signed(vec![name.to_owned()], provider.crypto())
                .expect("a certificate can be made")
        });
        let [client, server] = &certificates;
        let groups = [
            (Group::X25519, KeyExchangeAlgorithm::X25519),
            (Group::P256, KeyExchangeAlgorithm::P256),
        ];
        let configs = groups.map(|(group, only)| {
            let provider = Arc::new(OneGroup { provider: provider.clone(), group: only });
            (group, [config(&provider, client, true), config(&provider, server, false)])
        });
        Self { configs }
    }
}

fn config(
    provider: &Arc<OneGroup>,
    certificate: &Certificate,
    is_client: bool,
) -> Arc<HandshakeConfig> {
    let config = ConfigBuilder::default()
        .with_crypto_provider(provider.clone())
        .with_certificates(vec![certificate.clone()])
        .with_cipher_suites(vec![CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Gcm_Sha256])
        .with_srtp_protection_profiles(vec![PROFILE])
        .with_extended_master_secret(ExtendedMasterSecretType::Require)
        .with_client_auth(ClientAuthType::RequireAnyClientCert)
        // There is no authority to ask; signatures are verified all the same.
        .with_insecure_skip_verify(true)
        .build(is_client, None);
    Arc::new(config.expect("the provider has all that"))
}

/// A provider that has one group. A configuration names none: it offers all that its provider has.
struct OneGroup {
    provider: Arc<dyn RTCCryptoProvider>,
    group: KeyExchangeAlgorithm,
}

impl RTCCryptoProvider for OneGroup {
    fn name(&self) -> &'static str {
        self.provider.name()
    }

    fn crypto(&self) -> &dyn RTCCrypto {
        self
    }

    fn random(&self) -> &dyn RTCRandom {
        self.provider.random()
    }
}

/// Of the operations, those that the suite needs; certificates sign by themselves.
impl RTCCrypto for OneGroup {
    fn supports(&self, algorithm: CryptoAlgorithm) -> bool {
        match algorithm {
            CryptoAlgorithm::KeyExchange(group) => group == self.group,
            _ => self.provider.crypto().supports(algorithm),
        }
    }

    fn hash(&self, algorithm: HashAlgorithm, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.provider.crypto().hash(algorithm, data)
    }

    fn new_hmac(&self, algorithm: HmacAlgorithm, key: &[u8]) -> Result<Box<dyn Mac>, CryptoError> {
        self.provider.crypto().new_hmac(algorithm, key)
    }

    fn new_aead(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn AeadCipher>, CryptoError> {
        self.provider.crypto().new_aead(algorithm, key)
    }

    fn start_key_exchange(
        &self,
        group: KeyExchangeAlgorithm,
    ) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        assert_eq!(group, self.group, "another group than the one that is meant");
        self.provider.crypto().start_key_exchange(group)
    }

    fn verify_signature(
        &self,
        scheme: SignatureScheme,
        key: PublicKey<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        self.provider.crypto().verify_signature(scheme, key, message, signature)
    }
}

impl Stack for Rtc {
    fn pair(&self, parameters: Parameters) -> Option<Box<dyn Pair>> {
        if parameters.version != Version::V12 {
            return None;
        }
        let of_group = |(group, _): &&(Group, _)| *group == parameters.group;
        let (_, [client, server]) = self.configs.iter().find(of_group)?;
        let end = |port, config| {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let endpoint = Endpoint::new(address, Default::default(), config);
            Foreign { address, endpoint, is_connected: false }
        };
        Some(Box::new(Ends {
            now: Instant::now(),
            config: client.clone(),
            client: end(1, None),
            server: end(2, Some(server.clone())),
        }))
    }
}

/// One end. It could have a connection with each of many addresses.
struct Foreign {
    address: SocketAddr,
    endpoint: Endpoint,
    is_connected: bool,
}

impl Foreign {
    /// Hands all that it has to say to `to`; whether that is something.
    fn hand_over(&mut self, now: Instant, to: &mut Self) -> Result<bool, String> {
        let mut moved = false;
        while let Some(datagram) = self.endpoint.poll_transmit() {
            let events = to.endpoint.read(now, self.address, None, datagram.message);
            let is_complete = |e: &EndpointEvent| matches!(e, EndpointEvent::HandshakeComplete);
            to.is_connected |= events.map_err(|error| error.to_string())?.iter().any(is_complete);
            moved = true;
        }
        Ok(moved)
    }
}

struct Ends {
    now: Instant,
    /// Of the client, which is given it when it begins.
    config: Arc<HandshakeConfig>,
    client: Foreign,
    server: Foreign,
}

impl Ends {
    /// That end, and the address of the other one.
    const fn end(&mut self, end: End) -> (&mut Endpoint, SocketAddr) {
        match end {
            End::Client => (&mut self.client.endpoint, self.server.address),
            End::Server => (&mut self.server.endpoint, self.client.address),
        }
    }
}

impl Pair for Ends {
    fn handshake(&mut self) -> Result<(), String> {
        let Self { now, config, client, server } = self;
        client
            .endpoint
            .connect(*now, server.address, config.clone(), None)
            .map_err(|error| error.to_string())?;
        while !client.is_connected || !server.is_connected {
            if !(client.hand_over(*now, server)? | server.hand_over(*now, client)?) {
                return Err("nothing moves".to_owned());
            }
        }
        Ok(())
    }

    fn exported(&mut self) -> [Vec<u8>; 2] {
        [End::Client, End::Server].map(|end| {
            let (endpoint, peer) = self.end(end);
            let state = endpoint.get_connection_state(peer).expect("the end is connected");
            assert_eq!(state.srtp_protection_profile(), PROFILE, "another profile than offered");
            let keys = state.export_keying_material(LABEL, &[], 56);
            keys.expect("the end is connected").into_bytes()
        })
    }

    fn send(&mut self, end: End, data: &[u8], datagram: &mut Vec<u8>) {
        let now = self.now;
        let (endpoint, peer) = self.end(end);
        endpoint.write(now, peer, data).expect("the end is connected");
        while let Some(record) = endpoint.poll_transmit() {
            datagram.extend_from_slice(&record.message);
        }
    }

    fn receive(&mut self, end: End, datagram: &[u8], show: &mut dyn FnMut(&[u8])) {
        let now = self.now;
        let (endpoint, peer) = self.end(end);
        // It takes no other buffers.
        let events = endpoint.read(now, peer, None, BytesMut::from(datagram));
        for event in events.expect("nothing is fatal to it") {
            if let EndpointEvent::ApplicationData(data) = event {
                show(&data);
            }
        }
    }

    fn keep(mut self: Box<Self>, end: End) -> Box<dyn Any> {
        while self.end(end).0.poll_transmit().is_some() {}
        let Self { client, server, .. } = *self;
        Box::new(match end {
            End::Client => client.endpoint,
            End::Server => server.endpoint,
        })
    }
}
