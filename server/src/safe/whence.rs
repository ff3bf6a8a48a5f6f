//! From where a request comes, as far as that can be known.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderName, header},
};
use portal::Actor;

/// The address from which a request comes; none where a proxy passes it on and it is not known which header tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whence(pub(crate) Option<IpAddr>);

impl Whence {
    /// The last address in the header that a proxy writes, where there is such a header, else that of whoever connects.
    pub(crate) fn of(request: &Request, address_header: Option<&HeaderName>) -> Self {
        let headers = request.headers();
        if let Some(name) = address_header {
            return Self(last(headers, name));
        }
        let passed_on = headers
            .keys()
            .any(|name| *name == header::FORWARDED || name.as_str().starts_with("x-forwarded-"));
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().filter(|_| !passed_on);
        Self(peer.map(|ConnectInfo(peer)| peer.ip().to_canonical()))
    }

    /// Whoever comes from there, before it is known who they are.
    pub(crate) fn visitor(self) -> Actor {
        Actor::Visitor { address: self.0 }
    }
}

/// The last of several: the ones before were written by whoever asks.
fn last(headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    let address: IpAddr = value.rsplit(',').next()?.trim().parse().ok()?;
    Some(address.to_canonical())
}
