//! Both ends of a connection, and what they are measured at.

use std::any::Any;
use std::rc::Rc;

use crate::case::Case;
use crate::dtls::parameters::Parameters;
use crate::dtls::{DATA_LEN, RECORDS};

/// A side of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Who speaks first.
    Client,
    /// Who answers.
    Server,
}

impl End {
    /// The other one.
    pub const fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// Two ends in one thread.
pub trait Pair {
    /// Hands over datagrams until both ends are connected.
    ///
    /// # Errors
    ///
    /// Whatever keeps them from it.
    fn handshake(&mut self) -> Result<(), String>;

    /// What either end exports for SRTP, once they are connected.
    fn exported(&mut self) -> [Vec<u8>; 2];

    /// Appends a record of `end` with this data to `datagram`.
    fn send(&mut self, end: End, data: &[u8], datagram: &mut Vec<u8>);

    /// Hands a datagram to `end`, and shows what data was in it.
    fn receive(&mut self, end: End, datagram: &[u8], show: &mut dyn FnMut(&[u8]));

    /// Gives up the other end; of this one, all that it had to tell is told.
    fn keep(self: Box<Self>, end: End) -> Box<dyn Any>;
}

/// What makes pairs.
pub trait Stack {
    /// A pair that has not begun, if the stack has these parameters. The certificates are those of
    /// the pair before.
    fn pair(&self, parameters: Parameters) -> Option<Box<dyn Pair>>;
}

/// Holds a pair to what a connection is for.
///
/// # Errors
///
/// What is wrong with it.
pub fn check(stack: &dyn Stack, parameters: Parameters) -> Result<(), String> {
    let Some(mut pair) = stack.pair(parameters) else { return Ok(()) };
    pair.handshake()?;
    let [ours, theirs] = pair.exported();
    if ours.is_empty() || ours.iter().all(|byte| *byte == 0) || ours != theirs {
        return Err("the ends do not export the same keys".to_owned());
    }
    for end in [End::Client, End::Server] {
        let data: Vec<u8> = (0..DATA_LEN).map(|at| (at % 251) as u8).collect();
        let mut datagram = Vec::new();
        pair.send(end, &data, &mut datagram);
        if datagram.windows(32).any(|window| data.starts_with(window)) {
            return Err(format!("what the {end:?} sends is not encrypted"));
        }
        let mut forged = datagram.clone();
        if let Some(byte) = forged.last_mut() {
            *byte ^= 1;
        }
        let mut heard = Vec::new();
        for datagram in [&forged, &datagram, &datagram] {
            pair.receive(end.peer(), datagram, &mut |data| heard.push(data.to_vec()));
        }
        if heard != [data] {
            return Err(format!("what the {end:?} sends is not heard once, unchanged"));
        }
    }
    Ok(())
}

/// Pairs that are made, and shake hands.
pub struct Handshakes {
    /// What makes them.
    pub stack: Rc<dyn Stack>,
    /// Which the stack has.
    pub parameters: Parameters,
}

impl Case for Handshakes {
    fn pass(&mut self) -> usize {
        let mut pair = self.stack.pair(self.parameters).expect("the stack has the parameters");
        pair.handshake().expect("it worked before");
        1
    }
}

/// Records that a client sends.
pub struct Sending {
    pair: Box<dyn Pair>,
    data: Vec<u8>,
    datagrams: Vec<Vec<u8>>,
}

impl Sending {
    /// Over a pair that has not begun.
    pub fn new(pair: Box<dyn Pair>) -> Self {
        let (data, datagrams) = (vec![0xa5; DATA_LEN], vec![Vec::new(); RECORDS]);
        Self { pair: connected(pair), data, datagrams }
    }
}

impl Case for Sending {
    fn pass(&mut self) -> usize {
        for datagram in &mut self.datagrams {
            datagram.clear();
            self.pair.send(End::Client, &self.data, datagram);
        }
        RECORDS
    }
}

/// The same records, that a server receives.
pub struct Receiving(Sending);

impl Receiving {
    /// Over a pair that has not begun.
    pub fn new(pair: Box<dyn Pair>) -> Self {
        Self(Sending::new(pair))
    }
}

impl Case for Receiving {
    fn prepare(&mut self) {
        self.0.pass();
    }

    fn pass(&mut self) -> usize {
        let mut heard = 0;
        for datagram in &self.0.datagrams {
            self.0.pair.receive(End::Server, datagram, &mut |data| heard += data.len());
        }
        assert_eq!(heard, RECORDS * DATA_LEN, "records were lost");
        RECORDS
    }
}

fn connected(mut pair: Box<dyn Pair>) -> Box<dyn Pair> {
    pair.handshake().expect("it worked before");
    pair
}
