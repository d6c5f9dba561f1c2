//! Where a request comes from.

use std::net::IpAddr;

/// The other end of a connection. A host puts it into the extensions of each request, so that
/// instance policies can tell networks and addresses apart.
///
/// # Example
/// ```
/// let peer = tsutsumi_service::Peer::new([127, 0, 0, 1].into(), false);
/// assert!(!peer.is_private());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    address: IpAddr,
    private: bool,
}

impl Peer {
    /// * `private` - whether it came in where only the private network reaches.
    #[must_use]
    pub const fn new(address: IpAddr, private: bool) -> Self {
        Self { address, private }
    }

    /// The address.
    #[must_use]
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// Whether it came in over the private network.
    #[must_use]
    pub const fn is_private(&self) -> bool {
        self.private
    }
}
