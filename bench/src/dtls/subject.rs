//! Who is measured, and at what.

use std::fmt;
use std::rc::Rc;

use crate::case::Case;
use crate::dtls::pair::{self, Handshakes, Receiving, Sending, Stack};
use crate::dtls::parameters::{Parameters, Version};
use crate::versions::locked;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A handshake, both ends of it.
    Handshake(Parameters),
    /// To make a record of data.
    Send(Version),
    /// To read one.
    Receive(Version),
}

/// What a subject is measured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is ours.
    Lariat,
    /// It is what nobody can leave out with the same provider.
    Limit,
    /// It is a part of a limit.
    Part,
    /// It is somebody else's stack.
    Peer,
}

/// Makes the case for some work, if there is one.
type Make = dyn Fn(Work) -> Option<Box<dyn Case>>;

/// A row of the tables.
pub struct Subject {
    /// Its name.
    pub name: String,
    /// What it is made of that has a version; some have the same.
    pub versions: Vec<String>,
    /// What it is measured for.
    pub role: Role,
    /// The library behind it, if that is one of the limits': whose limit is its own.
    pub backend: Option<&'static str>,
    make: Box<Make>,
    /// What is checked, if it is a stack.
    stack: Option<Rc<dyn Stack>>,
}

impl Subject {
    /// One that is made of cases.
    pub fn new(
        name: impl Into<String>,
        role: Role,
        make: impl Fn(Work) -> Option<Box<dyn Case>> + 'static,
    ) -> Self {
        let (versions, make) = (Vec::new(), Box::new(make));
        Self { name: name.into(), versions, role, backend: None, make, stack: None }
    }

    /// A stack, at everything.
    pub fn of_stack(name: impl Into<String>, role: Role, stack: Rc<dyn Stack>) -> Self {
        let checked = stack.clone();
        let make = move |work| -> Option<Box<dyn Case>> {
            let pair = |version| stack.pair(Parameters::of(version));
            match work {
                Work::Handshake(parameters) => {
                    stack.pair(parameters)?;
                    Some(Box::new(Handshakes { stack: stack.clone(), parameters }))
                }
                Work::Send(version) => Some(Box::new(Sending::new(pair(version)?))),
                Work::Receive(version) => Some(Box::new(Receiving::new(pair(version)?))),
            }
        };
        Self { stack: Some(checked), ..Self::new(name, role, make) }
    }

    /// With the library behind it.
    pub fn on(self, backend: &'static str) -> Self {
        Self { backend: Some(backend), ..self }
    }

    /// With the versions of these packages.
    pub fn of(self, packages: &[&str]) -> Self {
        let versions = packages.iter().map(|name| format!("{name} {}", locked(name))).collect();
        Self { versions, ..self }
    }

    /// The case for some work, if there is one.
    pub fn case(&self, work: Work) -> Option<Box<dyn Case>> {
        (self.make)(work)
    }

    /// What makes pairs, if it is a stack.
    pub fn stack(&self) -> Option<&dyn Stack> {
        self.stack.as_deref()
    }

    /// Holds a stack to what it should do.
    ///
    /// # Errors
    ///
    /// What it does instead.
    pub fn check(&self, parameters: Parameters) -> Result<(), String> {
        let Some(stack) = &self.stack else { return Ok(()) };
        pair::check(&**stack, parameters)
            .map_err(|trouble| format!("{}, {parameters}: {trouble}", self.name))
    }
}

impl Work {
    /// All of it, in the order of the tables.
    pub fn all() -> impl Iterator<Item = Self> {
        let records = |version| [Self::Send(version), Self::Receive(version)];
        Parameters::all().map(Self::Handshake).chain(Version::ALL.into_iter().flat_map(records))
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handshake(parameters) => write!(f, "handshake, {parameters}"),
            Self::Send(version) => write!(f, "send, {version}"),
            Self::Receive(version) => write!(f, "receive, {version}"),
        }
    }
}
