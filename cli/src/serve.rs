//! `lariat serve`: the demo page and the signalling, until Ctrl-C.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use clap::builder::RangedU64ValueParser;

use crate::accept::Server;
use crate::gate::Gate;
use crate::limits;
use crate::listen::{self, Address};
use crate::log::Log;
use crate::origin::{Allowed, Host, Known};
use crate::places::Bounds;
use crate::sessions::Sessions;
use crate::{page, signalling};

/// Options of `lariat serve`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Where the page is served; port 0 takes any free one.
    #[arg(long, value_name = "HOST:PORT", default_value = "localhost:8080")]
    listen: Address,
    /// A local IP address that media may use; may be given several times. Without it: all of them.
    #[arg(long, value_name = "IP")]
    host_ip: Vec<IpAddr>,
    /// A name or address under which the server is known; may be given several times. Without it:
    /// localhost, and the address at which a request arrives. Needed behind a proxy or a port
    /// that is forwarded.
    #[arg(long, value_name = "NAME")]
    host: Vec<Host>,
    /// An origin, such as https://example.org, whose pages may use the server from browsers; may be
    /// given several times; '*' is every one. Without it: the server's own page. Clients that are
    /// no pages need nothing.
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<Allowed>,
    /// Sessions at one time. When they are short, those not connected yet make room.
    #[arg(long, value_name = "N", default_value_t = limits::SESSIONS, value_parser = number())]
    max_sessions: usize,
    /// Sessions at one time of one IPv4 address or one IPv6 /64.
    #[arg(long, value_name = "N", default_value_t = limits::SESSIONS_PER_SOURCE,
        value_parser = number())]
    max_sessions_per_source: usize,
    /// HTTP connections at one time.
    #[arg(long, value_name = "N", default_value_t = limits::CONNECTIONS, value_parser = number())]
    max_connections: usize,
    /// HTTP connections at one time of one IPv4 address or one IPv6 /64.
    #[arg(long, value_name = "N", default_value_t = limits::CONNECTIONS_PER_SOURCE,
        value_parser = number())]
    max_connections_per_source: usize,
}

/// At least one, and not so many that looking through all of them takes long.
fn number() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=10_000)
}

pub(crate) fn run(options: Options) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime cannot be started: {error}"))?;
    runtime.block_on(serve(options))
}

async fn serve(options: Options) -> Result<(), String> {
    let listeners = listen::bind(&options.listen).await?;
    let log = Arc::new(Log::default());
    let sessions = Bounds {
        total: options.max_sessions,
        per_source: options.max_sessions_per_source,
        unsettled: limits::UNPROVEN_SESSIONS,
    };
    let sessions = Arc::new(Sessions::new(options.host_ip, sessions, Arc::clone(&log)));
    let known = Known { hosts: options.host, origins: options.allow_origin };
    let gate = Gate { known: Arc::new(known), log: Arc::clone(&log) };
    let router = gate.before(
        Router::new().merge(page::routes()).merge(signalling::routes(Arc::clone(&sessions))),
    );
    let connections = Bounds {
        total: options.max_connections,
        per_source: options.max_connections_per_source,
        unsettled: options.max_connections,
    };
    let server = Arc::new(Server::new(router, connections, log));
    println!("Lariat is at http://{}", listen::shown(&options.listen, &listeners));

    let servers: Vec<_> =
        listeners.into_iter().map(|l| tokio::spawn(Arc::clone(&server).run(l))).collect();
    interrupted().await.map_err(|error| format!("Ctrl-C cannot be caught: {error}"))?;
    for server in servers {
        server.abort();
    }
    // What is asked on connections that are open is still answered. Nobody waits for those that
    // browsers keep open without using them: they end with the program.
    sessions.close_all().await;
    Ok(())
}

/// Waits for Ctrl-C, or what a service manager sends instead.
async fn interrupted() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
