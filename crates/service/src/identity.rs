//! Who is calling: API keys, signed tokens, and the endpoint that turns one into the other.

pub(crate) mod api_key;
pub(crate) mod caller;
pub(crate) mod endpoint;
pub(crate) mod manage;
pub(crate) mod service_id;
pub(crate) mod token;
pub(crate) mod token_cache;
