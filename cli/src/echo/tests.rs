//! Sessions whose clients do nothing, in virtual time.

use std::net::SocketAddr;
use std::sync::Arc;

use super::*;
use crate::places::Bounds;
use crate::sessions::Sessions;
use crate::source::Ends;

fn sessions() -> Sessions {
    let bounds = Bounds { total: 2, per_source: 2, unsettled: 2 };
    Sessions::new(Vec::new(), bounds, Arc::default())
}

fn ends(last: u8) -> Ends {
    let remote = SocketAddr::from(([192, 0, 2, last], 5_000));
    Ends::new(remote, ([198, 51, 100, 1], 80).into())
}

#[tokio::test(start_paused = true)]
async fn who_proves_nothing_gives_the_place_up_soon() {
    let sessions = sessions();
    let session = sessions.open(ends(1)).await.unwrap();
    let ending = run(&session, Vec::new(), &sessions.log).await;
    assert!(matches!(ending, Ending::Unproven), "{ending}");
    assert_eq!(session.started.elapsed().as_secs(), limits::PROOF_TIMEOUT.as_secs());
}

#[tokio::test(start_paused = true)]
async fn whose_place_goes_to_a_newcomer_is_closed() {
    let sessions = sessions();
    let first = sessions.open(ends(1)).await.unwrap();
    let _second = sessions.open(ends(1)).await.unwrap();
    let _newcomer = sessions.open(ends(2)).await.unwrap();
    let ending = run(&first, Vec::new(), &sessions.log).await;
    assert!(matches!(ending, Ending::Replaced), "{ending}");
}

#[tokio::test(start_paused = true)]
async fn one_start_past_the_rate_is_refused() {
    let sessions = sessions();
    for _ in 0..2 {
        sessions.admit(ends(1)).unwrap();
    }
    assert_eq!(sessions.admit(ends(1)).unwrap_err().status.as_u16(), 429);
    assert!(sessions.admit(ends(2)).is_ok());
    tokio::time::advance(limits::START_INTERVAL).await;
    assert!(sessions.admit(ends(1)).is_ok());
}
