use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// An address from which entries came, or a network of addresses, as `10.8.0.17` and `10.8.0.0/16` are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network(IpNet);

impl FromStr for Network {
    type Err = ipnet::AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let one = text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
        one.or_else(|_| text.parse()).map(|network| Self(plain(network).trunc()))
    }
}

/// Addresses are kept as IPv4 where they are that in the clothes of IPv6 (RFC 4291, section 2.5.5.2).
fn plain(network: IpNet) -> IpNet {
    let address = network.addr().to_canonical();
    match network.prefix_len().checked_sub(96) {
        Some(length) if address.is_ipv4() && network.addr().is_ipv6() => {
            IpNet::new(address, length).unwrap_or(network)
        }
        _ => network,
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() { self.0.addr().fmt(f) } else { self.0.fmt(f) }
    }
}

impl TryFrom<String> for Network {
    type Error = ipnet::AddrParseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn a_network_is_one_address_or_many() {
        let read = |text: &str| text.parse::<Network>().map(|network| network.to_string()).ok();
        assert_eq!(read("10.8.0.17").as_deref(), Some("10.8.0.17"));
        assert_eq!(read("10.8.0.17/16").as_deref(), Some("10.8.0.0/16"));
        assert_eq!(read("::ffff:10.8.0.17").as_deref(), Some("10.8.0.17"));
        assert_eq!(read("::ffff:10.8.0.17/112").as_deref(), Some("10.8.0.0/16"));
        assert_eq!(read("2001:DB8::1").as_deref(), Some("2001:db8::1"));
        assert_eq!(read("2001:db8::1/32").as_deref(), Some("2001:db8::/32"));
        for nonsense in ["", "10.8", "10.8.0.0/33", "10.8.0.0/", "somewhere", "10.8.0.1; drop table audit"] {
            assert_eq!(read(nonsense), None, "{nonsense:?}");
        }
    }
}
