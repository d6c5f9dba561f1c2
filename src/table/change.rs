//! Changing a table: new keys, another primary key, other statuses.

use super::key::{Entry, Material, Prefix, Status};
use super::{KEYS_MAX, KeyTable};
use crate::aead::Xaes256Gcm;
use crate::error::{Error, Problem};
use crate::secret::{Secret, random, scrub_stack};

impl KeyTable {
    /// Makes a table of one key of XAES-256-GCM.
    ///
    /// # Errors
    /// `ERR_INTERNAL` if the platform gives no randomness.
    pub fn generate() -> Result<Self, Error> {
        let mut table = Self {
            primary: 0,
            entries: Vec::new(),
        };
        table.rotate()?;
        Ok(table)
    }

    /// Adds a key of XAES-256-GCM, which opens but does not seal yet, and returns its id.
    ///
    /// The first half of a rotation among several programs: when all of them have the table with
    /// the new key, it can be [made the primary one](Self::promote).
    ///
    /// # Errors
    /// `ERR_LIMIT` over [`KEYS_MAX`] keys; `ERR_INTERNAL` if the platform gives no randomness.
    pub fn add(&mut self) -> Result<u32, Error> {
        if self.entries.len() >= KEYS_MAX {
            return Err(Problem::TableTooLong.into());
        }
        let id = self.free_id()?;
        self.entries.push(Entry {
            id,
            status: Status::Enabled,
            prefix: Prefix::Tink,
            material: Material::xaes(Secret::generate()?, Xaes256Gcm::SALT_LEN),
        });
        scrub_stack();
        Ok(id)
    }

    /// Adds a key, makes it the primary one, and returns its id. The others stay enabled.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn rotate(&mut self) -> Result<u32, Error> {
        let id = self.add()?;
        self.primary = id;
        Ok(id)
    }

    /// Makes a key the one that seals.
    ///
    /// # Errors
    /// `ERR_ARGUMENT` for an id that the table does not have; `ERR_STATE` if the key is not
    /// enabled; `ERR_FORMAT_SUITE` if it is of a type that is not known here.
    pub fn promote(&mut self, id: u32) -> Result<(), Error> {
        let entry = self.entry(id)?;
        if entry.status != Status::Enabled {
            return Err(Problem::TableKeyState.into());
        }
        entry.cipher()?;
        self.primary = id;
        Ok(())
    }

    /// Lets a key open again.
    ///
    /// # Errors
    /// `ERR_ARGUMENT` for an id that the table does not have; `ERR_STATE` if the key was destroyed.
    pub fn enable(&mut self, id: u32) -> Result<(), Error> {
        let entry = self.entry(id)?;
        if entry.status == Status::Destroyed {
            return Err(Problem::TableKeyState.into());
        }
        entry.status = Status::Enabled;
        Ok(())
    }

    /// Keeps a key from opening, until it is enabled again.
    ///
    /// # Errors
    /// `ERR_ARGUMENT` for an id that the table does not have; `ERR_STATE` if it is the primary
    /// key's, or the key was destroyed.
    pub fn disable(&mut self, id: u32) -> Result<(), Error> {
        let entry = self.dispensable(id)?;
        if entry.status == Status::Destroyed {
            return Err(Problem::TableKeyState.into());
        }
        entry.status = Status::Disabled;
        Ok(())
    }

    /// Wipes a key for good. Once the table is saved, and older copies are gone, nobody can open
    /// its records again.
    ///
    /// # Errors
    /// `ERR_ARGUMENT` for an id that the table does not have; `ERR_STATE` if it is the primary
    /// key's.
    pub fn destroy(&mut self, id: u32) -> Result<(), Error> {
        let entry = self.dispensable(id)?;
        // spec: T-8
        entry.material = Material::Destroyed;
        entry.status = Status::Destroyed;
        scrub_stack();
        Ok(())
    }

    fn entry(&mut self, id: u32) -> Result<&mut Entry, Error> {
        let found = self.entries.iter_mut().find(|entry| entry.id == id);
        found.ok_or_else(|| Problem::TableKeyUnknown.into())
    }

    fn dispensable(&mut self, id: u32) -> Result<&mut Entry, Error> {
        if id == self.primary {
            return Err(Problem::TableKeyPrimary.into());
        }
        self.entry(id)
    }

    /// A random id that no key has; never 0, which other implementations take for none.
    fn free_id(&self) -> Result<u32, Error> {
        loop {
            let mut bytes = [0; 4];
            random(&mut bytes)?;
            let id = u32::from_be_bytes(bytes);
            // spec: T-7
            if id != 0 && self.find(id).is_none() {
                return Ok(id);
            }
        }
    }
}
