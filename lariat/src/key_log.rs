//! Secrets in a file, for somebody who is to read along.

use std::env;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lariat_dtls::KeyLog;

/// A file that gets **every secret** of the connections whose
/// [`Configuration::key_log`](crate::Configuration::key_log) it is, in the format of NSS
/// (`SSLKEYLOGFILE`, RFC 9850), which Wireshark reads.
///
/// **Whoever reads this file reads all that was ever said on those connections, and can forge it.**
/// It is for looking for mistakes, and no program should make one unless it was told to. Making one
/// says so on the standard error stream.
///
/// Lines are appended, each in one write, so that several connections and processes may share a
/// file. One that does not exist is made so that only its owner can read it; the mode of one that
/// does stays as it is. A line that cannot be written is lost, and the connection goes on. Writing
/// happens in the task of the connection, so the file is to be one that does not block.
///
/// ```no_run
/// use lariat::{Configuration, KeyLogFile};
///
/// let mut configuration = Configuration::default();
/// // Nothing but this line makes Lariat look at the variable.
/// configuration.key_log = KeyLogFile::from_environment()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct KeyLogFile {
    file: File,
    path: PathBuf,
}

impl KeyLogFile {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// If it cannot be opened to append to it.
    pub fn append(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref().to_path_buf();
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        eprintln!(
            "WARNING: lariat writes the secrets of all connections to {}. \
             Whoever has them can read and forge what is said.",
            path.display()
        );
        Ok(Self { file, path })
    }

    /// The file that the variable `SSLKEYLOGFILE` names, as it goes into a configuration; `None` if
    /// the variable is not set, or empty.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn from_environment() -> io::Result<Option<Arc<dyn KeyLog>>> {
        match env::var_os("SSLKEYLOGFILE") {
            Some(path) if !path.is_empty() => Ok(Some(Arc::new(Self::append(path)?))),
            _ => Ok(None),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl KeyLog for KeyLogFile {
    fn log(&self, label: &str, client_random: &[u8; 32], secret: &[u8]) {
        let mut line = label.to_owned();
        for field in [&client_random[..], secret] {
            line.push(' ');
            for byte in field {
                // Writing to a string does not fail.
                let _ = write!(line, "{byte:02x}");
            }
        }
        line.push('\n');
        let _ = (&self.file).write_all(line.as_bytes());
    }
}
