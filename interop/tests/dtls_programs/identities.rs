//! The certificates of both sides, as values and as files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::BASE64_MIME;
use lariat_base::Seed;
use lariat_crypto::ring;
use lariat_dtls::{Certificate, Config, Fingerprint, FingerprintAlgorithm};

/// Kinds of keys, in the words of `openssl req`.
pub(crate) const P256: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
pub(crate) const P384: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"];
pub(crate) const RSA: &[&str] = &["rsa:2048"];
pub(crate) const ED25519: &[&str] = &["ed25519"];

/// Whom a program shows and whom it trusts, in a folder that goes with this.
pub(crate) struct Identities {
    folder: PathBuf,
    /// The fingerprint of the program's certificate.
    pub(crate) theirs: Fingerprint,
    /// Ours, of which the program has the certificate.
    pub(crate) ours: Config,
}

impl Identities {
    /// Makes a key of this kind for the program, and a certificate for it.
    pub(crate) fn new(kind: &[&str]) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("dtls-programs-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        make(kind, &folder.join("key.pem"), &folder.join("certificate.pem"));
        let theirs = der(&fs::read_to_string(folder.join("certificate.pem")).unwrap());
        let theirs = Fingerprint::of(&*ring::provider(), FingerprintAlgorithm::Sha256, &theirs);
        let ours = config(number);
        fs::write(folder.join("trusted.pem"), pem(&ours.certificate)).unwrap();
        Self { folder, theirs, ours }
    }

    /// We show a certificate that OpenSSL has made, with a key of this kind, and the program trusts
    /// it.
    pub(crate) fn take_over(&mut self, kind: &[&str]) {
        make(kind, &self.folder.join("our-key.pem"), &self.folder.join("trusted.pem"));
        let [certificate, key] = ["trusted.pem", "our-key.pem"].map(|name| self.file(name));
        let (certificate, key) = (fs::read(certificate).unwrap(), fs::read(key).unwrap());
        self.ours.certificate =
            Certificate::from_pem(&*ring::provider(), &certificate, &key).unwrap();
    }

    /// The program trusts somebody else.
    pub(crate) fn distrust(&self) {
        let certificate = &config(u64::MAX).certificate;
        fs::write(self.file("trusted.pem"), pem(certificate)).unwrap();
    }

    /// The name of a file.
    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }
}

impl Drop for Identities {
    fn drop(&mut self) {
        // It lies in the target folder, where it is not in the way.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A key of this kind, and a certificate for it.
fn make(kind: &[&str], key: &Path, certificate: &Path) {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=peer", "-newkey"]);
    openssl.args(kind).arg("-keyout").arg(key).arg("-out").arg(certificate);
    assert!(openssl.stderr(Stdio::null()).status().unwrap().success(), "{kind:?}");
}

/// Both versions, and the two profiles of SRTP that the programs know.
fn config(number: u64) -> Config {
    let (provider, seed) = (ring::provider(), Seed::new([1; 32]).split(&number.to_string()));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut rng = seed.split("certificate").rng();
    let certificate = Certificate::generate(&*provider, &mut rng, now).unwrap();
    let mut config = Config::new(provider, seed.split("dtls"), certificate);
    config.srtp_profiles = vec![7, 1];
    config
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----\n";
const END: &str = "-----END CERTIFICATE-----\n";

fn pem(certificate: &Certificate) -> String {
    format!("{BEGIN}{}{END}", BASE64_MIME.encode(certificate.der()))
}

fn der(pem: &str) -> Vec<u8> {
    let text = pem.trim().trim_start_matches(BEGIN).trim_end_matches(END.trim_end());
    BASE64_MIME.decode(text.as_bytes()).unwrap()
}
