//! What both ends of the echo need: who they are, and what time it is.

use std::error::Error;

use lariat_base::{Instant, Seed};
use lariat_crypto::ring;
use lariat_dtls::{Certificate, Config, Fingerprint};

/// What stands on the command line.
pub(crate) struct Arguments {
    pub(crate) address: String,
    pub(crate) config: Config,
    /// Of the peer's certificate.
    pub(crate) fingerprint: Fingerprint,
}

impl Arguments {
    pub(crate) fn read() -> Result<Self, Box<dyn Error>> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [address, certificate, key, fingerprint] = &arguments[..] else {
            return Err("usage: ADDRESS CERTIFICATE KEY FINGERPRINT".into());
        };
        let provider = ring::provider();
        let mut seed = [0; 32];
        provider.random(&mut seed)?;
        let (certificate, key) = (std::fs::read(certificate)?, std::fs::read(key)?);
        let certificate = Certificate::from_pem(&*provider, &certificate, &key)?;
        Ok(Self {
            address: address.clone(),
            config: Config::new(provider, Seed::new(seed), certificate),
            fingerprint: fingerprint.parse()?,
        })
    }
}

/// The system's clock, as the time that connections see.
pub(crate) struct Clock(std::time::Instant);

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "a driver reads the clock; protocol crates do not"
    )]
    pub(crate) fn start() -> Self {
        Self(std::time::Instant::now())
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::ZERO + self.0.elapsed()
    }
}
