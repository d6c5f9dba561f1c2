//! What stands for version 1 of messages, and for signatures, where the core is built without them.

use super::header::{Header, read_suite};
use super::limits::Limits;
use super::reader::{Reader, Stop};
use super::suite::Commitment;
use crate::error::{Error, Problem};
use crate::secret::SecretBytes;

/// Version 1 is known well enough to say what is wrong with it.
pub(super) fn parse(
    reader: &mut Reader<'_>,
    _limits: &Limits,
    _commitment: Commitment,
) -> Result<Header, Stop> {
    if reader.u8()? != 0x80 {
        return Err(Stop::Bad(Problem::NotAMessage.into()));
    }
    read_suite(reader, 1)?;
    Err(Stop::Bad(Problem::SuiteUncommitted.into()))
}

/// There is none.
pub(super) enum Signature {}

impl Signature {
    pub(super) fn of(header: &Header) -> Result<Option<Self>, Error> {
        match header.suite.is_signed() {
            true => Err(Problem::SuiteSigned.into()),
            false => Ok(None),
        }
    }

    pub(super) fn update(&mut self, _bytes: &[u8]) {
        match *self {}
    }

    pub(super) fn held(&mut self) -> &mut SecretBytes {
        match *self {}
    }

    pub(super) fn check(
        self,
        _signature: &[u8],
        _plaintext: &mut SecretBytes,
    ) -> Result<(), Error> {
        match self {}
    }
}
