//! The sessions that run, by the names in their addresses.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::http::StatusCode;
use lariat::{Configuration, FailureReason, Loopback, PeerConnection};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::limits;
use crate::log::Log;
use crate::nearby::Filter;
use crate::places::{Bounds, Full, Place, Places};
use crate::rate::{Buckets, Rate};
use crate::refusal::Refusal;
use crate::source::Ends;

/// The sessions that run.
#[derive(Debug)]
pub(crate) struct Sessions {
    configuration: Configuration,
    bounds: Bounds,
    places: Places<Arc<End>>,
    starts: Mutex<Buckets>,
    running: Mutex<BTreeMap<String, Arc<Session>>>,
    /// How many there have been.
    count: AtomicU64,
    pub(crate) log: Arc<Log>,
}

/// One client's connection.
#[derive(Debug)]
pub(crate) struct Session {
    /// Its name in the log, which nobody can do anything with.
    pub(crate) number: u64,
    pub(crate) connection: PeerConnection,
    /// Names the ICE session in `ETag` and `If-Match`.
    pub(crate) etag: String,
    /// The client's `a=ice-ufrag` values, once its description is known.
    pub(crate) remote_ufrags: Mutex<Vec<String>>,
    /// What is taken of the client's candidates.
    pub(crate) filter: Mutex<Filter>,
    pub(crate) started: Instant,
    pub(crate) end: Arc<End>,
    pub(crate) place: Place<Arc<End>>,
}

/// Whether a session is to end, and why.
#[derive(Debug, Default)]
pub(crate) struct End {
    why: OnceLock<Ending>,
    told: Notify,
}

/// Why a session ends.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    Closed,
    Deleted,
    Unproven,
    Unconnected,
    Replaced,
    Failed(FailureReason),
    Stopped,
}

impl End {
    /// Ends the session, unless it ends already for another reason.
    pub(crate) fn set(&self, why: Ending) {
        let _ = self.why.set(why);
        self.told.notify_one();
    }

    pub(crate) fn why(&self) -> Option<&Ending> {
        self.why.get()
    }

    /// Waits until the session is to end. One task may wait.
    pub(crate) async fn wait(&self) -> Ending {
        loop {
            if let Some(why) = self.why.get() {
                return why.clone();
            }
            self.told.notified().await;
        }
    }
}

impl Sessions {
    pub(crate) fn new(host_ips: Vec<IpAddr>, bounds: Bounds, log: Arc<Log>) -> Self {
        let mut configuration = Configuration::default();
        // The browser is often on this very machine, and the machine not on a network.
        configuration.loopback = Loopback::Always;
        configuration.max_incoming_channels = limits::CHANNELS;
        configuration.close_timeout = limits::CLOSE_TIMEOUT;
        if !host_ips.is_empty() {
            configuration.address_filter = Some(Arc::new(move |ip| host_ips.contains(&ip)));
        }
        let at_once = u32::try_from(bounds.per_source).unwrap_or(u32::MAX);
        let starts = Buckets::new(Rate { at_once, interval: limits::START_INTERVAL });
        Self {
            configuration,
            bounds,
            places: Places::new(bounds),
            starts: Mutex::new(starts),
            running: Mutex::default(),
            count: AtomicU64::new(0),
            log,
        }
    }

    /// Counts an attempt to start a session, before anything is done for it.
    pub(crate) fn admit(&self, ends: Ends) -> Result<(), Refusal> {
        lock(&self.starts).spend(ends.source(), Instant::now()).map_err(|wait| {
            Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                format!(
                    "{} starts sessions too fast. One a second is taken, and up to {} at once.",
                    ends.source(),
                    self.bounds.per_source,
                ),
            )
            .retry_after(wait)
        })
    }

    /// Opens a connection for a client that is not answered yet. It is not in the list before
    /// [`insert`](Self::insert), so whoever fails in between just drops it.
    pub(crate) async fn open(&self, ends: Ends) -> Result<Session, Refusal> {
        let end = Arc::new(End::default());
        let taken = self.places.take(ends.source(), Arc::clone(&end));
        let (place, loser) = taken.map_err(|full| self.full(full, ends))?;
        if let Some(loser) = loser {
            loser.set(Ending::Replaced);
        }
        let etag = format!("\"{}\"", self.unguessable()?);
        let connection = PeerConnection::new(self.configuration.clone()).await?;
        let filter = Filter::new(ends.remote.ip(), ends.local.ip(), limits::CANDIDATES);
        Ok(Session {
            number: self.count.fetch_add(1, Ordering::Relaxed) + 1,
            connection,
            etag,
            remote_ufrags: Mutex::default(),
            filter: Mutex::new(filter),
            started: Instant::now(),
            end,
            place,
        })
    }

    fn full(&self, full: Full, ends: Ends) -> Refusal {
        let sentence = match full {
            Full::Source => format!(
                "{} has {} sessions, which is as many as one address may have. Try again when \
                 one has ended.",
                ends.source(),
                self.bounds.per_source,
            ),
            Full::Everywhere => format!(
                "All {} sessions are taken. Try again when one has ended.",
                self.bounds.total,
            ),
        };
        // rfc9725 §4.5: a refusal for load says when to come again.
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, sentence).retry_after(limits::PROOF_TIMEOUT)
    }

    /// Lists a session; returns the name that only its client knows.
    pub(crate) fn insert(&self, session: Session) -> Result<(String, Arc<Session>), Refusal> {
        let id = self.unguessable()?;
        let session = Arc::new(session);
        lock(&self.running).insert(id.clone(), Arc::clone(&session));
        Ok((id, session))
    }

    pub(crate) fn get(&self, id: &str) -> Result<Arc<Session>, Refusal> {
        lock(&self.running).get(id).cloned().ok_or_else(Refusal::no_such_session)
    }

    pub(crate) fn remove(&self, id: &str) -> Result<Arc<Session>, Refusal> {
        lock(&self.running).remove(id).ok_or_else(Refusal::no_such_session)
    }

    pub(crate) async fn close_all(&self) {
        let sessions = std::mem::take(&mut *lock(&self.running));
        let mut closing = JoinSet::new();
        for session in sessions.into_values() {
            session.end.set(Ending::Stopped);
            closing.spawn(async move { session.connection.close().await });
        }
        closing.join_all().await;
    }

    fn unguessable(&self) -> Result<String, Refusal> {
        let mut bytes = [0; 16];
        self.configuration.provider.random(&mut bytes).map_err(|error| {
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, format!("No randomness: {error}."))
        })?;
        Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("its client closed it"),
            Self::Deleted => f.write_str("its client deleted it"),
            Self::Unproven => write!(
                f,
                "no path to its client was found within {} s",
                limits::PROOF_TIMEOUT.as_secs()
            ),
            Self::Unconnected => write!(
                f,
                "its client was not connected within {} s",
                limits::CONNECT_TIMEOUT.as_secs()
            ),
            Self::Replaced => f.write_str("its place went to a newcomer before it was connected"),
            Self::Failed(reason) => write!(f, "it failed, {reason}"),
            Self::Stopped => f.write_str("the server stops"),
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics under these locks, so a poisoned one is as good as new.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
