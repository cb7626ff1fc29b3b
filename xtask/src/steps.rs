//! Running commands: one line of progress for each, and everything it said if it failed.

use std::env;
use std::fmt;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// How much of a failed command's output is shown; all of it is in its log.
const SHOWN_LINES: usize = 200;

/// Why a chore failed, for a person.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// Whether nothing is left to say.
    pub(crate) fn is_told(&self) -> bool {
        self.0.is_empty()
    }

    /// The shortest way to say it.
    pub(crate) fn last_line(&self) -> &str {
        self.0.trim_end().lines().next_back().unwrap_or_default().trim()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A command of a chore, run from the root of the project.
pub(crate) struct Step {
    name: String,
    command: Command,
}

impl Step {
    pub(crate) fn new(name: impl Into<String>, program: &str) -> Self {
        let mut command = Command::new(program);
        command.current_dir(lariat_conformance::root()).stdin(Stdio::null());
        command.env("CARGO_TERM_COLOR", "never");
        Self { name: name.into(), command }
    }

    pub(crate) fn cargo(name: impl Into<String>, arguments: &[&str]) -> Self {
        Self::new(name, "cargo").args(arguments)
    }

    pub(crate) fn args<A: AsRef<std::ffi::OsStr>>(mut self, arguments: &[A]) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, key: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// In another folder than the root of the project.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it, and lets it speak for itself, about failures too.
    ///
    /// # Errors
    ///
    /// If it cannot be started or ends with a failure; if that is a code, it said why.
    pub(crate) fn show(mut self) -> Result<(), Failure> {
        match self.command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) if status.code().is_some() => Err(Failure::new("")),
            Ok(status) => Err(Failure::new(format!("{} failed: {status}", self.name))),
            Err(error) => Err(self.unstartable(&error)),
        }
    }

    /// Runs it without a word, and returns what it wrote to its standard output and errors.
    ///
    /// # Errors
    ///
    /// If it cannot be started or says that it failed.
    pub(crate) fn output(mut self) -> Result<(String, String), Failure> {
        let output = self.command.output().map_err(|error| self.unstartable(&error))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (said, errors) = (text(&output.stdout), text(&output.stderr));
        if output.status.success() {
            return Ok((said, errors));
        }
        Err(Failure::new(format!("{said}{errors}\n{} failed: {}", self.name, output.status)))
    }

    /// Runs it, with a line of progress.
    ///
    /// # Errors
    ///
    /// If it cannot be started or says that it failed; its output is part of the error.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        announce(&self.name);
        let log = log_path(&self.name);
        let failed = |what: String| Failure::new(format!("{}: {what}", log.display()));
        let output = File::create(&log).map_err(|error| failed(error.to_string()))?;
        let errors = output.try_clone().map_err(|error| failed(error.to_string()))?;
        let started = now();
        let status = self.command.stdout(output).stderr(errors).status();
        match status {
            Ok(status) if status.success() => {
                println!("{:>8.1} s", started.elapsed().as_secs_f32());
                Ok(())
            }
            Ok(status) => {
                println!("  FAILED ({status}) after {:.1} s", started.elapsed().as_secs_f32());
                Err(Failure::new(format!(
                    "{}\n\n{} failed: {status}. Alone:\n\n    {}\n",
                    tail(&log),
                    self.name,
                    self.alone()
                )))
            }
            Err(error) => {
                println!("  FAILED");
                Err(self.unstartable(&error))
            }
        }
    }

    /// Whether the command can be started and says that it succeeded. It may say it only to us.
    pub(crate) fn succeeds(mut self) -> bool {
        let status = self.command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }

    fn unstartable(&self, error: &std::io::Error) -> Failure {
        Failure::new(format!("{} cannot be started: {error}", self.alone()))
    }

    /// The command, as a person would type it.
    fn alone(&self) -> String {
        let mut words = Vec::new();
        for (key, value) in self.command.get_envs() {
            if let Some(value) = value
                && key != "CARGO_TERM_COLOR"
            {
                let value = quoted(&value.to_string_lossy());
                words.push(format!("{}={value}", key.to_string_lossy()));
            }
        }
        words.push(quoted(&self.command.get_program().to_string_lossy()));
        words.extend(self.command.get_args().map(|word| quoted(&word.to_string_lossy())));
        words.join(" ")
    }
}

/// Runs what is no command of its own, with the same line of progress.
pub(crate) fn timed<T>(
    name: &str,
    work: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    announce(name);
    let started = now();
    let result = work();
    match &result {
        Ok(_) => println!("{:>8.1} s", started.elapsed().as_secs_f32()),
        Err(_) => println!("  FAILED after {:.1} s", started.elapsed().as_secs_f32()),
    }
    result
}

/// Says how long a chore of several steps took.
pub(crate) fn total(name: &str, started: Instant) {
    let seconds = started.elapsed().as_secs();
    println!("{name}: all passed in {} min {:02} s", seconds / 60, seconds % 60);
}

#[expect(clippy::disallowed_methods, reason = "the chores tell how long their steps take")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Where builds go: cargo's own choice.
pub(crate) fn target_folder() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    lariat_conformance::root().join(target)
}

fn announce(name: &str) {
    print!("{name:.<60}");
    // A line that appears late is better than a chore that fails over it.
    let _ = std::io::stdout().flush();
}

fn log_path(name: &str) -> PathBuf {
    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let folder = target_folder().join("xtask");
    // If this fails, so does the creation of the log, with a better message.
    let _ = fs::create_dir_all(&folder);
    folder.join(format!("{}.log", name.chars().map(word).collect::<String>()))
}

fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(SHOWN_LINES);
    let shown = lines.get(skipped..).unwrap_or_default().join("\n");
    match skipped {
        0 => shown,
        _ => format!("({skipped} lines before these are in {})\n{shown}", log.display()),
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:+,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_tells_how_to_run_it_alone() {
        let step = Step::cargo("x", &["test", "two words"]).env("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(step.alone(), "RUSTDOCFLAGS='-D warnings' cargo test 'two words'");
    }

    #[test]
    fn a_failed_step_shows_what_it_said() {
        let step =
            Step::new("a failing step", "sh").args(&["-c", "echo one; echo two >&2; exit 3"]);
        let failure = step.run().unwrap_err().to_string();
        assert!(failure.contains("one\ntwo"), "{failure}");
        assert!(failure.contains("exit status: 3"), "{failure}");
    }
}
