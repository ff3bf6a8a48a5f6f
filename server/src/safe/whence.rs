//! From where a request comes, as far as that can be known.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderName, header},
};
use portal::Actor;

/// The address from which a request comes: as a proxy tells it, where it is known in which header, else that of whoever
/// connects, be it a proxy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whence {
    pub(crate) address: Option<IpAddr>,
    /// Whether it says of itself that it was passed on, so that the address may be everybody's.
    pub(crate) passed_on: bool,
}

impl Whence {
    pub(crate) fn of(request: &Request, address_header: Option<&HeaderName>) -> Self {
        let headers = request.headers();
        if let Some(name) = address_header {
            return Self { address: last(headers, name), passed_on: true };
        }
        let passed_on = headers
            .keys()
            .any(|name| *name == header::FORWARDED || name.as_str().starts_with("x-forwarded-"));
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        Self { address: peer.map(|ConnectInfo(peer)| peer.ip().to_canonical()), passed_on }
    }

    /// Whoever comes from there, before it is known who they are.
    pub(crate) fn visitor(self) -> Actor {
        Actor::Visitor { address: self.address }
    }
}

/// The last of several: the ones before were written by whoever asks.
fn last(headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    let address: IpAddr = value.rsplit(',').next()?.trim().parse().ok()?;
    Some(address.to_canonical())
}
