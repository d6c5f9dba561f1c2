//! A root-key service that speaks the IBM Key Protect API.
