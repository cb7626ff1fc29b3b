//! As much HTTP as the tests need, on loopback.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::Result;

/// Longer than anything that is asked for takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends a request, with `body` as JSON if there is one, and returns the JSON that comes back.
///
/// # Errors
///
/// If the server does not answer with success and JSON.
pub fn request(
    server: SocketAddr,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Value> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut reader = BufReader::new(stream);
    let mut status = String::new();
    reader.read_line(&mut status)?;
    let mut length = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse::<u64>()?);
        }
    }
    let mut text = String::new();
    reader.take(length.unwrap_or(u64::MAX)).read_to_string(&mut text)?;
    if !status.contains(" 200 ") {
        return Err(format!("{method} {path}: {} {text}", status.trim()).into());
    }
    Ok(serde_json::from_str(&text)?)
}

/// Serves one page at every path of a port of its own, until the program ends.
///
/// A page from loopback is one that a browser lets use cameras.
///
/// # Errors
///
/// If there is no port.
pub fn serve(page: &'static str) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Each by itself: browsers open connections in advance, which say nothing for a while.
            // One that goes away in between is no concern of the page.
            std::thread::spawn(move || answer(&stream, page));
        }
    });
    Ok(address)
}

fn answer(stream: &TcpStream, page: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream).lines();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{page}",
        page.len()
    )
}
