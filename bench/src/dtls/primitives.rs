//! The limits of handshakes: signatures, verifications and the key exchange, alone.

use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

use lariat_crypto::{NamedGroup, Provider, SignatureScheme, SigningKey};

use crate::case::Case;
use crate::dtls::lariat::{backends, named_group};
use crate::dtls::subject::{Role, Subject, Work};

/// As long as what is signed in DTLS 1.3.
const MESSAGE: [u8; 130] = [0x20; 130];

/// What a handshake cannot leave out, and its parts, of every provider.
pub fn subjects() -> Vec<Subject> {
    let mut subjects = Vec::new();
    for (backend, provider) in backends() {
        let primitives = Rc::new(Primitives::new(provider));
        for (name, role, counts) in [
            ("limit", Role::Limit, Counts { signatures: 2, verifications: 2, exchanges: 1 }),
            ("one signature", Role::Part, Counts { signatures: 1, ..Counts::default() }),
            ("one verification", Role::Part, Counts { verifications: 1, ..Counts::default() }),
            ("exchange, both ends", Role::Part, Counts { exchanges: 1, ..Counts::default() }),
        ] {
            let primitives = primitives.clone();
            let make = move |work| -> Option<Box<dyn Case>> {
                let Work::Handshake(parameters) = work else { return None };
                let group = named_group(parameters.group);
                Some(Box::new(Series { primitives: primitives.clone(), group, counts }))
            };
            let subject = Subject::new(format!("{name}: {backend}"), role, make);
            subjects.push(subject.on(backend).of(&[backend]));
        }
    }
    subjects
}

/// How much of what.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    signatures: usize,
    verifications: usize,
    exchanges: usize,
}

/// A provider, with a key and a signature by it.
struct Primitives {
    provider: Arc<dyn Provider>,
    key: Box<dyn SigningKey>,
    signature: Vec<u8>,
}

impl Primitives {
    fn new(provider: Arc<dyn Provider>) -> Self {
        let scheme = SignatureScheme::EcdsaSecp256r1Sha256;
        let key = provider.generate_signing_key(scheme).expect("the provider has P-256");
        let signature = key.sign(&MESSAGE).expect("the provider signs");
        Self { provider, key, signature }
    }

    fn verify(&self) {
        let public = self.key.subject_public_key_info();
        self.provider
            .verify(self.key.scheme(), public, black_box(&MESSAGE), &self.signature)
            .expect("the signature is the key's");
    }

    /// Both ends of it.
    fn exchange(&self, group: NamedGroup) {
        let client = self.provider.start_key_exchange(group).expect("the provider has the group");
        let answer = self.provider.respond_key_exchange(group, client.share());
        let (share, secret) = answer.expect("the share is good");
        let same = client.complete(&share).expect("the answer is good");
        assert_eq!(same.as_bytes(), secret.as_bytes(), "the ends disagree");
    }
}

/// Some primitives in turn.
struct Series {
    primitives: Rc<Primitives>,
    group: NamedGroup,
    counts: Counts,
}

impl Case for Series {
    fn pass(&mut self) -> usize {
        for _ in 0..self.counts.signatures {
            black_box(self.primitives.key.sign(black_box(&MESSAGE))).expect("the provider signs");
        }
        for _ in 0..self.counts.verifications {
            self.primitives.verify();
        }
        for _ in 0..self.counts.exchanges {
            self.primitives.exchange(self.group);
        }
        1
    }
}
