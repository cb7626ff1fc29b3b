//! The program as a child process, and just enough HTTP to talk to it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// A program that runs until this is dropped.
pub(crate) struct Program {
    child: Child,
    output: BufReader<ChildStdout>,
    errors: BufReader<ChildStderr>,
    authority: String,
}

/// What the program answered.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: String,
    head: String,
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lariat"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Program {
    /// Starts it on a free port.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts it on a free port, with further arguments.
    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let arguments = [&["--listen", "localhost:0"], arguments].concat();
        Self::from(command(&arguments))
    }

    /// Starts it where a process has so many descriptors.
    #[cfg(unix)]
    pub(crate) fn start_with_descriptors(count: usize, arguments: &[&str]) -> Self {
        let mut limited = Command::new("sh");
        let script = format!("ulimit -n {count}; exec \"$0\" \"$@\"");
        limited.args(["-c", &script, env!("CARGO_BIN_EXE_lariat"), "--listen", "localhost:0"]);
        limited.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self::from(limited)
    }

    fn from(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let errors = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let authority = line.trim_end().strip_prefix("Lariat is at http://").unwrap().to_owned();
        Self { child, output, errors, authority }
    }

    /// Runs it where it cannot run; returns its exit code and what it says.
    pub(crate) fn fails(arguments: &[&str]) -> (Option<i32>, String) {
        let output = command(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }

    pub(crate) fn port(&self) -> &str {
        self.authority.rsplit(':').next().unwrap()
    }

    /// The address of localhost that has IP version 4.
    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port().parse().unwrap()).into()
    }

    /// Waits for a line of its log.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(self.errors.read_line(&mut line).unwrap(), 0, "it ended without {text}");
        }
    }

    /// Interrupts it, as Ctrl-C does; returns its exit code and what else it printed.
    #[cfg(unix)]
    pub(crate) fn interrupt(mut self) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        self.errors.read_to_string(&mut rest).unwrap();
        (code, rest)
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &str,
    ) -> Response {
        self.send_with(method, path, "", content_type, body).await
    }

    /// Sends a request with further header lines.
    pub(crate) async fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        content_type: &str,
        body: &str,
    ) -> Response {
        let content_type = match content_type {
            "" => String::new(),
            content_type => format!("Content-Type: {content_type}\r\n"),
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}{content_type}\
             Content-Length: {}\r\n\r\n{body}",
            self.authority,
            body.len(),
        );
        self.exchange(Ipv4Addr::LOCALHOST, &request).await.unwrap()
    }

    /// Connects from another address of this machine.
    pub(crate) async fn connect(&self, from: Ipv4Addr) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        socket.connect(self.address()).await.unwrap()
    }

    /// Sends the bytes of a request, which is to close the connection; returns what is answered,
    /// if anything is.
    pub(crate) async fn exchange(&self, from: Ipv4Addr, request: &str) -> Option<Response> {
        let mut stream = self.connect(from).await;
        // A body that is refused may not be read to its end.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Some(Response { status, body: body.to_owned(), head: head.to_owned() })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already if it was interrupted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Response {
    /// The value of a header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }
}
