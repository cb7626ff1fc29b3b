//! `lariat-path measure`, and the programs that it starts on the sides.

use std::io::{self, Read as _};
use std::net::UdpSocket;
use std::time::Duration;

use lariat_path::{Ceiling, Path, Script, blast as send};

use crate::Result;

pub(crate) fn print() -> Result<()> {
    let path = Path::start(Script::default())?;
    let program = std::env::current_exe()?;
    let ceiling = Ceiling::measure(&path, &program.to_string_lossy(), Duration::from_secs(3))?;
    println!("at most {:.0} Mbit/s in packets of 1,200 bytes", ceiling.megabits_per_second);
    println!("at most {:.0} packets/s of 100 bytes", ceiling.packets_per_second);
    println!("10,000 packets/s over 30 ms: {}", ceiling.lateness);
    if !path.report()?.has_priority {
        println!("without priority: `chrt` is missing or may not be used here");
    }
    Ok(())
}

/// `blast ADDRESS BYTES MILLISECONDS RATE`
pub(crate) fn blast(words: &[&str]) -> Result<()> {
    let [to, bytes, time, rate] = words else { return Err("blast takes four words".into()) };
    let time = Duration::from_millis(time.parse()?);
    Ok(send(to.parse()?, bytes.parse()?, time, rate.parse()?)?)
}

/// `hold ADDRESS`: a socket that nobody reads, until the input ends.
pub(crate) fn hold(words: &[&str]) -> Result<()> {
    let [at] = words else { return Err("hold takes an address".into()) };
    let _socket = UdpSocket::bind(at)?;
    println!("ready");
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
