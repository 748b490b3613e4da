//! Networks of IP addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::pattern::Limits;

/// All addresses that share their first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    base: IpAddr,
    mask: u32,
}

impl Network {
    /// Reads `10.0.0.0/24` or `2001:db8::/32`.
    pub(super) fn parse(text: &str, limits: &Limits) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').collect();
        let [address, mask] = parts.as_slice() else {
            return Err("Malformed CIDR, one '/' required".to_owned());
        };
        let Ok(mask) = mask.parse::<i64>() else {
            return Err("Malformed CIDR, mask bits must be an integer".to_owned());
        };
        let Ok(mask) = u64::try_from(mask) else {
            return Err("Malformed CIDR, mask bits must not be negative".to_owned());
        };
        let base: IpAddr = address.parse().map_err(|_| format!("Nonstandard IP address: {address}"))?;
        //= pattern.cidr_mask
        let (name, longest) = match base {
            IpAddr::V4(_) => ("IPv4", limits.masks.0),
            IpAddr::V6(_) => ("IPv6", limits.masks.1),
        };
        if mask > longest {
            return Err(format!("{name} mask bits must be < {}", longest + 1));
        }
        Ok(Self { base, mask: u32::try_from(mask).unwrap_or(u32::MAX) })
    }

    /// Whether a text is an address of the network.
    pub(super) fn contains(&self, text: &str) -> bool {
        match (self.base, text.parse()) {
            (IpAddr::V4(base), Ok(IpAddr::V4(address))) => {
                let host = u32::BITS.saturating_sub(self.mask);
                same(u128::from(u32::from(base)), u128::from(u32::from(address)), host)
            }
            (IpAddr::V6(base), Ok(IpAddr::V6(address))) => {
                same(u128::from(base), u128::from(address), u128::BITS.saturating_sub(self.mask))
            }
            (IpAddr::V4(_) | IpAddr::V6(_), Ok(_) | Err(_)) => false,
        }
    }

    /// One of its addresses.
    pub(super) fn sample(&self) -> String {
        match self.base {
            IpAddr::V4(base) => Ipv4Addr::from(u32::from(base)).to_string(),
            IpAddr::V6(base) => Ipv6Addr::from(u128::from(base)).to_string(),
        }
    }
}

/// Whether two addresses differ in their last bits only.
fn same(left: u128, right: u128, host: u32) -> bool {
    host >= u128::BITS || left >> host == right >> host
}
