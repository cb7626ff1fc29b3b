//! Secrets for somebody who is to read along.

use core::fmt;

/// Takes the secrets of connections, so that a recording of their datagrams can be read.
///
/// **Whoever holds these secrets reads and forges all that the connection says.** It is for looking
/// for mistakes in tests; a product has no reason to set one. It gets what the lines of an NSS key
/// log file (`SSLKEYLOGFILE`) consist of; nothing in this crate writes a file or reads the
/// environment.
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use lariat_crypto::ring;
/// use lariat_dtls::KeyLog;
///
/// #[derive(Debug, Default)]
/// struct Lines(Mutex<String>);
///
/// impl KeyLog for Lines {
///     fn log(&self, label: &str, client_random: &[u8; 32], secret: &[u8]) {
///         let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
///         let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
///         self.0.lock().unwrap().push_str(&line);
///     }
/// }
///
/// # use core::time::Duration;
/// # use lariat_base::Seed;
/// # use lariat_dtls::{Certificate, Config};
/// # let (provider, seed) = (ring::provider(), Seed::new([1; 32]));
/// # let now = Duration::from_secs(1_790_000_000);
/// # let certificate = Certificate::generate(&*provider, &mut seed.rng(), now)?;
/// # let mut config = Config::new(provider, seed, certificate);
/// config.key_log = Some(Arc::new(Lines::default()));
/// # Ok::<(), lariat_dtls::CertificateError>(())
/// ```
pub trait KeyLog: fmt::Debug + Send + Sync {
    /// A secret has come to be, and records follow that depend on it.
    ///
    /// Labels are `CLIENT_RANDOM` for the master secret of DTLS 1.2, and for 1.3
    /// `CLIENT_HANDSHAKE_TRAFFIC_SECRET`, `SERVER_HANDSHAKE_TRAFFIC_SECRET`,
    /// `CLIENT_TRAFFIC_SECRET_0`, `SERVER_TRAFFIC_SECRET_0` and `EXPORTER_SECRET`. The secrets
    /// after a renewal of keys follow from those before it. `client_random` is that of the
    /// ClientHello, by which the connection is known.
    fn log(&self, label: &str, client_random: &[u8; 32], secret: &[u8]);
}
