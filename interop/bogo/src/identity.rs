//! Certificates: ours, and those that the runner may show.

use std::fs;
use std::path::Path;
use std::time::Duration;

use data_encoding::BASE64;
use lariat_base::Seed;
use lariat_crypto::Provider;
use lariat_dtls::{Certificate, Fingerprint, FingerprintAlgorithm};

use crate::Failure;
use crate::options::Options;

/// When our own certificate was made, since 1970.
const NOW: Duration = Duration::from_secs(1_790_000_000);

/// The certificate that the test gives, or one of our own.
///
/// Tests that give an RSA key do so because that is the runner's habit; what we show instead is of
/// no interest to them, and tests of RSA keys are left out.
pub(crate) fn ours(
    provider: &dyn Provider,
    options: &Options,
    seed: &Seed,
) -> Result<Certificate, Failure> {
    if let (Some(certificate), Some(key)) = (&options.cert_file, &options.key_file) {
        let chain = pem(certificate, "CERTIFICATE")?;
        let keys = pem(key, "PRIVATE KEY")?;
        if let ([leaf, ..], [key]) = (&chain[..], &keys[..])
            && let Ok(certificate) = Certificate::from_der(provider, leaf, key)
        {
            return Ok(certificate);
        }
    }
    let mut rng = seed.split("certificate").rng();
    Certificate::generate(provider, &mut rng, NOW).map_err(Failure::failed)
}

/// The fingerprints of every certificate that the runner has, which it keeps in one folder.
pub(crate) fn theirs(
    provider: &dyn Provider,
    options: &Options,
) -> Result<Vec<Fingerprint>, Failure> {
    let known = options.trust_cert.as_ref().or(options.cert_file.as_ref());
    let Some(folder) = known.and_then(|file| Path::new(file).parent()) else {
        return Ok(Vec::new());
    };
    let mut fingerprints = Vec::new();
    for entry in fs::read_dir(folder)? {
        let Some(file) = entry?.path().to_str().map(str::to_owned) else { continue };
        if let [leaf, ..] = &pem(&file, "CERTIFICATE")?[..] {
            let algorithm = FingerprintAlgorithm::Sha256;
            fingerprints.push(Fingerprint::of(provider, algorithm, leaf));
        }
    }
    Ok(fingerprints)
}

/// What a file of PEM (RFC 7468) has under this label.
fn pem(file: &str, label: &str) -> Result<Vec<Vec<u8>>, Failure> {
    let text = fs::read_to_string(file)?;
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    text.split(&begin)
        .skip(1)
        .filter_map(|rest| rest.split_once(&end))
        .map(|(body, _)| {
            let base64: String = body.split_whitespace().collect();
            BASE64.decode(base64.as_bytes()).map_err(Failure::failed)
        })
        .collect()
}
