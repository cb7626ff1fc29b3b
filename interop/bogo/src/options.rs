//! The flags with which the runner starts us.

use std::time::Duration;

use lariat_crypto::NamedGroup;
use lariat_dtls::Version;

use crate::Failure;

/// What a test asks for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) is_handshaker_asked: bool,
    pub(crate) port: u16,
    pub(crate) shim_id: u64,
    pub(crate) ipv6: bool,
    pub(crate) is_dtls: bool,
    pub(crate) is_server: bool,
    pub(crate) cert_file: Option<String>,
    pub(crate) key_file: Option<String>,
    pub(crate) trust_cert: Option<String>,
    pub(crate) fail_verification: bool,
    pub(crate) min_version: Option<u16>,
    pub(crate) max_version: Option<u16>,
    pub(crate) no_12: bool,
    pub(crate) no_13: bool,
    pub(crate) groups: Vec<NamedGroup>,
    pub(crate) srtp_profiles: Vec<u16>,
    pub(crate) mtu: Option<usize>,
    pub(crate) initial_rto: Option<Duration>,
    pub(crate) shim_writes_first: bool,
    pub(crate) shim_shuts_down: bool,
    pub(crate) check_close_notify: bool,
    pub(crate) key_update: bool,
    pub(crate) key_update_before_read: bool,
    pub(crate) export_length: usize,
    pub(crate) export_label: String,
    pub(crate) export_context: String,
    pub(crate) use_export_context: bool,
    pub(crate) expect_version: Option<u16>,
    pub(crate) expect_group: Option<u16>,
    /// Whether a retry request is expected, if the test cares.
    pub(crate) expect_retry: Option<bool>,
}

impl Options {
    /// Reads the flags; what is not known is not implemented.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut arguments = Arguments(arguments);
        while let Some(flag) = arguments.0.next() {
            if !options.take_switch(&flag) && !options.take_value(&flag, &mut arguments)? {
                return Err(Failure::Unimplemented(flag));
            }
        }
        if !options.is_dtls && !options.is_handshaker_asked {
            return Err(Failure::Unimplemented("TLS".into()));
        }
        Ok(options)
    }

    /// The versions that are left.
    pub(crate) fn versions(&self) -> Vec<Version> {
        // Of DTLS the newer versions have the smaller code points.
        let is_left = |version: &Version| {
            let code_point = version.code_point();
            self.min_version.is_none_or(|min| code_point <= min)
                && self.max_version.is_none_or(|max| code_point >= max)
        };
        let mut versions = Vec::new();
        versions.extend((!self.no_13).then_some(Version::Dtls13));
        versions.extend((!self.no_12).then_some(Version::Dtls12));
        versions.retain(is_left);
        versions
    }

    /// A flag without a value, if it is one.
    fn take_switch(&mut self, flag: &str) -> bool {
        let switch = match flag {
            "-is-handshaker-supported" => &mut self.is_handshaker_asked,
            "-ipv6" => &mut self.ipv6,
            "-dtls" => &mut self.is_dtls,
            "-server" => &mut self.is_server,
            "-verify-fail" => &mut self.fail_verification,
            "-no-tls12" => &mut self.no_12,
            "-no-tls13" => &mut self.no_13,
            "-shim-writes-first" => &mut self.shim_writes_first,
            "-shim-shuts-down" => &mut self.shim_shuts_down,
            "-check-close-notify" => &mut self.check_close_notify,
            "-key-update" => &mut self.key_update,
            "-key-update-before-read" => &mut self.key_update_before_read,
            "-use-export-context" => &mut self.use_export_context,
            "-expect-hrr" => self.expect_retry.insert(true),
            "-expect-no-hrr" => {
                self.expect_retry = Some(false);
                return true;
            }
            _ => return UNMOVED.contains(&flag),
        };
        *switch = true;
        true
    }

    /// A flag with a value, if it is one.
    fn take_value(
        &mut self,
        flag: &str,
        arguments: &mut Arguments<impl Iterator<Item = String>>,
    ) -> Result<bool, Failure> {
        match flag {
            "-port" => self.port = arguments.number(flag)?,
            "-shim-id" => self.shim_id = arguments.number(flag)?,
            "-cert-file" => self.cert_file = Some(arguments.value(flag)?),
            "-key-file" => self.key_file = Some(arguments.value(flag)?),
            "-trust-cert" => self.trust_cert = Some(arguments.value(flag)?),
            "-min-version" => self.min_version = Some(arguments.number(flag)?),
            "-max-version" => self.max_version = Some(arguments.number(flag)?),
            "-mtu" => self.mtu = Some(arguments.number(flag)?),
            "-initial-timeout-duration-ms" => {
                self.initial_rto = Some(Duration::from_millis(arguments.number(flag)?));
            }
            "-curves" => self.groups.push(group(arguments.number(flag)?)?),
            "-srtp-profiles" => self.srtp_profiles = srtp_profiles(&arguments.value(flag)?)?,
            "-export-keying-material" => self.export_length = arguments.number(flag)?,
            "-export-label" => self.export_label = arguments.value(flag)?,
            "-export-context" => self.export_context = arguments.value(flag)?,
            "-expect-version" => self.expect_version = Some(arguments.number(flag)?),
            "-expect-curve-id" => self.expect_group = Some(arguments.number(flag)?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Switches that ask for nothing but what we always do, or that mean nothing without I/O.
const UNMOVED: &[&str] = &[
    "-async",
    "-implicit-handshake",
    "-no-tls1",
    "-no-tls11",
    "-no-legacy-server-connect",
    "-no-op-extra-handshake",
    "-no-ticket",
    "-require-any-client-certificate",
    "-use-custom-verify-callback",
    "-use-early-callback",
    "-verify-peer",
    "-expect-extended-master-secret",
    "-expect-secure-renegotiation",
];

struct Arguments<I>(I);

impl<I: Iterator<Item = String>> Arguments<I> {
    fn value(&mut self, flag: &str) -> Result<String, Failure> {
        self.0.next().ok_or_else(|| Failure::failed(format!("{flag} lacks its value")))
    }

    fn number<N: std::str::FromStr>(&mut self, flag: &str) -> Result<N, Failure> {
        let value = self.value(flag)?;
        value.parse().map_err(|_| Failure::failed(format!("{flag} {value} is no number")))
    }
}

fn group(code_point: u16) -> Result<NamedGroup, Failure> {
    [NamedGroup::X25519MlKem768, NamedGroup::X25519, NamedGroup::Secp256r1, NamedGroup::Secp384r1]
        .into_iter()
        .find(|group| group.code_point() == code_point)
        .ok_or_else(|| Failure::Unimplemented(format!("group {code_point}")))
}

fn srtp_profiles(names: &str) -> Result<Vec<u16>, Failure> {
    names
        .split(':')
        .map(|name| match name {
            "SRTP_AES128_CM_SHA1_80" => Ok(1),
            "SRTP_AES128_CM_SHA1_32" => Ok(2),
            _ => Err(Failure::Unimplemented(name.into())),
        })
        .collect()
}
