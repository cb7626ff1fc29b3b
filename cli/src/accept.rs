//! HTTP connections: how many, and how long each may take.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::HttpBody as _;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

use crate::limits;
use crate::log::Log;
use crate::places::{Bounds, Place, Places};
use crate::source::Ends;

/// Where connections come from.
pub(crate) trait Listen: Send + 'static {
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Waits for the next one. If the future is dropped, none is lost.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Stream, Ends)>> + Send;
}

impl Listen for TcpListener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<(TcpStream, Ends)> {
        let (stream, remote) = Self::accept(self).await?;
        let ends = Ends::new(remote, stream.local_addr()?);
        // Without it the end of an answer may wait for an acknowledgement of its beginning.
        let _ = stream.set_nodelay(true);
        Ok((stream, ends))
    }
}

/// The HTTP side of the server, for any number of listeners.
#[derive(Debug)]
pub(crate) struct Server {
    router: Router,
    connections: Places<oneshot::Sender<()>>,
    /// Told when a connection has ended.
    freed: Notify,
    log: Arc<Log>,
}

/// The place of the connection on which a request came. It is safe while the request is answered,
/// that is from when the request is there as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Seat(Arc<Place<oneshot::Sender<()>>>);

impl Seat {
    pub(crate) fn has_whole_request(&self) {
        self.0.settle();
    }
}

impl Server {
    pub(crate) fn new(router: Router, bounds: Bounds, log: Arc<Log>) -> Self {
        Self { router, connections: Places::new(bounds), freed: Notify::new(), log }
    }

    /// Accepts connections until it is dropped.
    pub(crate) async fn run(self: Arc<Self>, mut listener: impl Listen) {
        loop {
            match listener.accept().await {
                Ok((stream, ends)) => self.admit(stream, ends),
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    // No descriptor or no memory is left. The connection that waits would make
                    // the next call fail at once, so nothing is asked before one has ended.
                    self.log.trouble(format!("No connection can be accepted for now: {error}."));
                    let _ = timeout(limits::ACCEPT_PAUSE, self.freed.notified()).await;
                }
            }
        }
    }

    fn admit(
        self: &Arc<Self>,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        ends: Ends,
    ) {
        let (notice, lost) = oneshot::channel();
        match self.connections.take(ends.source(), notice) {
            // Whoever lost the place learns it by the notice that is dropped here.
            Ok((place, _loser)) => {
                let server = Arc::clone(self);
                tokio::spawn(async move {
                    server.serve(stream, ends, Seat(Arc::new(place)), lost).await;
                    server.freed.notify_waiters();
                });
            }
            Err(_) => self.log.refused(ends, "Too many connections with requests under way."),
        }
    }

    async fn serve(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        ends: Ends,
        seat: Seat,
        mut lost: oneshot::Receiver<()>,
    ) {
        let router = TowerToHyperService::new(self.router.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            if request.body().is_end_stream() {
                seat.has_whole_request();
            }
            let seat = seat.clone();
            request.extensions_mut().insert(ends);
            request.extensions_mut().insert(seat.clone());
            let answer = router.call(request);
            async move {
                let answer = answer.await;
                seat.0.unsettle();
                answer
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // Also the time between two requests.
            .header_read_timeout(limits::HEAD_TIMEOUT)
            .max_buf_size(limits::HEAD)
            .max_headers(limits::HEADERS)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            // Whatever went wrong, the client has gone or broken the rules.
            _ = connection.as_mut() => return,
            _ = &mut lost => return,
            () = sleep_until(Instant::now() + limits::CONNECTION_LIFETIME) => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            _ = timeout(limits::LAST_ANSWER, connection) => {}
            _ = lost => {}
        }
    }
}

/// Whether the next connection may be better.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
            | io::ErrorKind::NotConnected
    )
}

#[cfg(test)]
mod tests;
