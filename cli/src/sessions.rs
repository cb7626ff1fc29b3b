//! The sessions that run, by the names in their addresses.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use lariat::{Configuration, Loopback, PeerConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::refusal::Refusal;

/// Sessions at one time; each is a socket, a task, and what its client makes it hold.
pub(crate) const MAX_SESSIONS: usize = 64;

/// The sessions that run.
#[derive(Debug)]
pub(crate) struct Sessions {
    configuration: Configuration,
    places: Arc<Semaphore>,
    running: Mutex<BTreeMap<String, Arc<Session>>>,
}

/// One client's connection.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) connection: PeerConnection,
    /// Names the ICE session in `ETag` and `If-Match`.
    pub(crate) etag: String,
    /// The client's `a=ice-ufrag` values, once its description is known.
    pub(crate) remote_ufrags: Mutex<Vec<String>>,
    _place: OwnedSemaphorePermit,
}

impl Sessions {
    pub(crate) fn new(host_ips: Vec<IpAddr>) -> Self {
        let mut configuration = Configuration::default();
        // The browser is often on this very machine, and the machine not on a network.
        configuration.loopback = Loopback::Always;
        if !host_ips.is_empty() {
            configuration.address_filter = Some(Arc::new(move |ip| host_ips.contains(&ip)));
        }
        let places = Arc::new(Semaphore::new(MAX_SESSIONS));
        Self { configuration, places, running: Mutex::new(BTreeMap::new()) }
    }

    /// Opens a connection for a client that is not answered yet. It is not in the list before
    /// [`insert`](Self::insert), so whoever fails in between just drops it.
    pub(crate) async fn open(&self) -> Result<Session, Refusal> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                format!("All {MAX_SESSIONS} sessions are taken. Try again when one has ended."),
            )
        })?;
        let etag = format!("\"{}\"", self.unguessable()?);
        let connection = PeerConnection::new(self.configuration.clone()).await?;
        Ok(Session { connection, etag, remote_ufrags: Mutex::default(), _place: place })
    }

    /// Lists a session; returns the name that only its client knows.
    pub(crate) fn insert(&self, session: Session) -> Result<(String, Arc<Session>), Refusal> {
        let id = self.unguessable()?;
        let session = Arc::new(session);
        self.lock().insert(id.clone(), Arc::clone(&session));
        Ok((id, session))
    }

    pub(crate) fn get(&self, id: &str) -> Result<Arc<Session>, Refusal> {
        self.lock().get(id).cloned().ok_or_else(Refusal::no_such_session)
    }

    pub(crate) fn remove(&self, id: &str) -> Result<Arc<Session>, Refusal> {
        self.lock().remove(id).ok_or_else(Refusal::no_such_session)
    }

    pub(crate) async fn close_all(&self) {
        let sessions = std::mem::take(&mut *self.lock());
        for session in sessions.into_values() {
            session.connection.close().await;
        }
    }

    fn unguessable(&self) -> Result<String, Refusal> {
        let mut bytes = [0; 16];
        self.configuration.provider.random(&mut bytes).map_err(|error| {
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, format!("No randomness: {error}."))
        })?;
        Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Session>>> {
        // Nothing panics under the lock, so a poisoned one is as good as new.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
