//! What the second module exports besides: the formats that most programs do without.

mod interop;
mod message;
mod message_range;
mod object;
mod object_lift;
mod passphrase;
mod record;
mod slot;
mod table;
