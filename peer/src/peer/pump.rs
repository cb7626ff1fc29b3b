//! What the layers tell each other, run to a fixed point after every input.
//!
//! A child's event usually becomes something else: a state, an installed key, an association that
//! starts. So children are drained at once, here, and never by the owner's polls; data channels are
//! the exception, whose messages wait for the owner where the window counts them. Deadlines of
//! children are not stored: they are asked for when the owner asks.

use bytes::Bytes;
use lariat_base::Instant;
use lariat_dtls::{Event as DtlsEvent, Role};
use lariat_ice::{Event as IceEvent, State as IceState};
use lariat_srtp::Profile;

use super::{Peer, Secure};
use crate::ConnectionState;
use crate::error::FailureReason;
use crate::limits::MAX_PUMP_ROUNDS;
use crate::media::Keys;

impl Peer {
    pub(super) fn pump(&mut self, now: Instant) {
        for _ in 0..MAX_PUMP_ROUNDS {
            let ice = self.drain_ice(now);
            self.start_handshake(now);
            let dtls = self.drain_dtls(now);
            self.start_data(now);
            if !(ice || dtls) {
                break;
            }
        }
        self.continue_close(now);
    }

    fn drain_ice(&mut self, now: Instant) -> bool {
        let mut any = false;
        while let Some(event) = self.ice.poll_event() {
            any = true;
            match event {
                IceEvent::StateChanged(state) => self.on_ice_state(now, state),
                IceEvent::ConsentLost => self.fail_by_ice(now),
                _ => {}
            }
        }
        any
    }

    fn on_ice_state(&mut self, now: Instant, state: IceState) {
        if self.is_closed() {
            return;
        }
        match state {
            IceState::New | IceState::Closed => {}
            IceState::Checking => self.set_state(ConnectionState::Connecting),
            IceState::Connected | IceState::Completed => {
                self.expect_handshake(now);
                self.set_state(self.state_with_a_path());
            }
            IceState::Disconnected => self.set_state(ConnectionState::Disconnected),
            IceState::Failed => self.fail_by_ice(now),
            _ => {}
        }
    }

    /// From the first path on, the handshake has a deadline, whichever side has to begin it.
    fn expect_handshake(&mut self, now: Instant) {
        if self.handshake_deadline.is_none() && !self.secure.is_connected() {
            self.handshake_deadline = Some(now + self.config.handshake_timeout);
        }
    }

    fn state_with_a_path(&self) -> ConnectionState {
        if self.secure.is_connected() {
            ConnectionState::Connected
        } else {
            ConnectionState::Connecting
        }
    }

    /// A client says hello as soon as there is a path.
    fn start_handshake(&mut self, now: Instant) {
        let waiting = matches!(self.secure, Secure::Waiting { .. });
        if !waiting || self.ice.selected_pair(now).is_none() {
            return;
        }
        if let Secure::Waiting { mut dtls } = core::mem::replace(&mut self.secure, Secure::Ended) {
            if let Some(rtt) = self.ice.rtt() {
                dtls.set_rtt(rtt);
            }
            dtls.start(now);
            self.secure = Secure::Handshaking { dtls, role: Role::Client, heard: false };
        }
    }

    fn drain_dtls(&mut self, now: Instant) -> bool {
        let mut any = false;
        while let Some(event) = self.secure.dtls_mut().and_then(lariat_dtls::Connection::poll_event)
        {
            any = true;
            match event {
                DtlsEvent::Connected(info) => self.on_handshake_done(now, info),
                DtlsEvent::Data(data) => self.on_data(now, Bytes::from(data)),
                DtlsEvent::Closed => self.close_by_peer(now),
                DtlsEvent::Failed(reason) => self.fail(now, FailureReason::Dtls(reason)),
                _ => {}
            }
        }
        any
    }

    fn on_handshake_done(&mut self, now: Instant, info: lariat_dtls::ConnectedInfo) {
        let Secure::Handshaking { dtls, role, .. } =
            core::mem::replace(&mut self.secure, Secure::Ended)
        else {
            return;
        };
        let keys = match info.srtp_profile.and_then(Profile::from_id) {
            Some(profile) => Keys::derive(&self.config.provider, &dtls, role, profile)
                .map(Some)
                .ok_or(FailureReason::Keys),
            // rfc8827 §6.5: media is protected or does not flow at all.
            None if self.negotiation.has_media() => Err(FailureReason::NoSrtpProfile),
            None => Ok(None),
        };
        self.secure = Secure::Connected { dtls, role, info };
        self.handshake_deadline = None;
        match keys {
            Ok(Some(keys)) => self.media.install(now, keys),
            Ok(None) => {}
            Err(reason) => {
                if let Some(dtls) = self.secure.dtls_mut() {
                    dtls.close();
                }
                return self.fail(now, reason);
            }
        }
        if self.state == ConnectionState::Connecting {
            self.set_state(ConnectionState::Connected);
        }
    }
}
