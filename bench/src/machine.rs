//! What machine it is. Only Linux tells; elsewhere less is known.

use std::fs;
use std::process::Command;

use crate::report::Facts;

const UNKNOWN: &str = "unknown";

/// Facts of the machine that figures depend on, a name and a value each.
pub fn facts() -> Facts {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    vec![
        ("date", said_by("date", &["-u", "+%Y-%m-%d"])),
        ("processor", processor(&read("/proc/cpuinfo"))),
        ("cores", cores.to_string()),
        ("governor", first_word("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
        ("load before", load(&read("/proc/loadavg"))),
        ("kernel", first_word("/proc/sys/kernel/osrelease")),
        ("compiler", said_by("rustc", &["--version"])),
    ]
}

/// The extensions that this program sees, which are fewer than the system's in an emulator.
pub fn extensions() -> Vec<&'static str> {
    let mut seen = Vec::new();
    #[cfg(target_arch = "x86_64")]
    for (name, is_there) in [
        ("aes", is_x86_feature_detected!("aes")),
        ("vaes", is_x86_feature_detected!("vaes")),
        ("pclmulqdq", is_x86_feature_detected!("pclmulqdq")),
        ("vpclmulqdq", is_x86_feature_detected!("vpclmulqdq")),
        ("sha", is_x86_feature_detected!("sha")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
    ] {
        if is_there {
            seen.push(name);
        }
    }
    seen
}

/// The processor's name, and those of its extensions that the ciphers choose their code by.
fn processor(cpuinfo: &str) -> String {
    let value = |key: &str| {
        let line = cpuinfo.lines().find(|line| line.starts_with(key))?;
        line.split_once(": ").map(|(_, value)| value)
    };
    let name = value("model name").unwrap_or(UNKNOWN);
    let flags: Vec<&str> = value("flags").unwrap_or_default().split(' ').collect();
    let wanted = ["aes", "vaes", "pclmulqdq", "vpclmulqdq", "sha_ni", "avx2", "avx512f"];
    let had: Vec<&str> = wanted.into_iter().filter(|flag| flags.contains(flag)).collect();
    if had.is_empty() { name.to_owned() } else { format!("{name} ({})", had.join(", ")) }
}

/// The number of programs that wanted to run in the last minute, on average.
fn load(loadavg: &str) -> String {
    loadavg.split(' ').next().filter(|word| !word.is_empty()).unwrap_or(UNKNOWN).to_owned()
}

fn first_word(path: &str) -> String {
    read(path).split_whitespace().next().unwrap_or(UNKNOWN).to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    said.ok().filter(|said| !said.is_empty()).unwrap_or_else(|| UNKNOWN.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_is_told_with_what_ciphers_use_of_it() {
        let cpuinfo = "processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: fpu aes sha_ni sse\n";
        assert_eq!(processor(cpuinfo), "Some CPU (aes, sha_ni)");
        assert_eq!(processor(""), "unknown");
        assert_eq!(load("0.42 0.1 0.0 1/100 7"), "0.42");
        assert_eq!(load(""), "unknown");
    }
}
