//! `lariat serve`: the demo page and the signalling, until Ctrl-C.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use tokio::sync::watch;

use crate::listen::{self, Address};
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
    let sessions = Arc::new(Sessions::new(options.host_ip));
    let router =
        Router::new().merge(page::routes()).merge(signalling::routes(Arc::clone(&sessions)));
    println!("Lariat is at http://{}", listen::shown(&options.listen, &listeners));

    let (stop, stopped) = watch::channel(false);
    let mut servers = Vec::new();
    for listener in listeners {
        let mut stopped = stopped.clone();
        let server = axum::serve(listener, router.clone()).with_graceful_shutdown(async move {
            // An error is a sender that is gone, which is the end as well.
            let _ = stopped.wait_for(|stop| *stop).await;
        });
        servers.push(tokio::spawn(server.into_future()));
    }
    interrupted().await.map_err(|error| format!("Ctrl-C cannot be caught: {error}"))?;
    sessions.close_all().await;
    // Browsers keep connections open that they do not use. They are told, but not waited for.
    let _ = stop.send(true);
    for server in servers {
        server.abort();
    }
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
