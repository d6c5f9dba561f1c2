//! What the second module exports besides: the formats that most programs do without.

mod message;
mod record;
mod table;
