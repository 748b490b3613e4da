//! `Fn::Cidr`, `Fn::GetAZs` and `Fn::Base64`: seldom of interest here, but they must not be in the way.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::template::evaluate::call::Call;
use crate::template::evaluate::evaluator::{Evaluator, unknown};
use crate::template::evaluate::text::known;
use crate::template::{Node, Value};

/// The most blocks that `Fn::Cidr` gives.
const BLOCKS: u128 = 256;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Evaluator<'_> {
    /// `Fn::Cidr`: address blocks cut out of a larger one.
    pub(super) fn cidr(&mut self, call: &Call<'_>) -> Value {
        let expected = "an address block, a count from 1 to 256 and optionally the bits of a block";
        let Some([block, count, bits @ ..]) = call.argument.items() else {
            return self.malformed(call, expected);
        };
        let values =
            [Some(block), Some(count), bits.first()].map(|tree| tree.map(|tree| self.present(tree).value));
        let texts = values.each_ref().map(|value| value.as_ref().and_then(known));
        if values.iter().flatten().any(|value| known(value).is_none()) {
            return unknown("the address block is known after deployment");
        }
        let [Some(block), Some(count), bits] = texts else { return self.malformed(call, expected) };
        let blocks = cut(&block, &count, bits.as_deref());
        match blocks {
            Some(blocks) => {
                let node = |text| Node { value: Value::Text(text), place: call.place.clone() };
                Value::List(blocks.into_iter().map(node).collect())
            }
            None => self.malformed(call, expected),
        }
    }

    /// `Fn::GetAZs`: an account's availability zones are its own.
    pub(super) fn availability_zones(&mut self, call: &Call<'_>) -> Value {
        self.argument(call.argument);
        unknown("the availability zones of an account are known at deployment")
    }

    /// `Fn::Base64` of a known text.
    pub(super) fn base64(&mut self, call: &Call<'_>) -> Value {
        let Some(node) = self.argument(call.argument) else { return self.malformed(call, "text") };
        match &node.value {
            Value::List(_) | Value::Map(_) | Value::Null => self.malformed(call, "text"),
            value => match known(value) {
                Some(text) => Value::Text(encode(text.as_bytes())),
                None => unknown("the encoded text is known after deployment"),
            },
        }
    }
}

fn cut(block: &str, count: &str, bits: Option<&str>) -> Option<Vec<String>> {
    let (address, prefix) = block.split_once('/')?;
    let (prefix, count): (u32, u128) = (prefix.parse().ok()?, count.parse().ok()?);
    let (base, width): (u128, u32) = match address.parse().ok()? {
        IpAddr::V4(address) => (u32::from(address).into(), Ipv4Addr::BITS),
        IpAddr::V6(address) => (address.into(), Ipv6Addr::BITS),
    };
    let bits: u32 = match bits {
        Some(text) => text.parse().ok()?,
        None => width / 4,
    };
    let room = width.checked_sub(prefix)?.checked_sub(bits)?;
    if count == 0 || count > BLOCKS || (room < u128::BITS && count > 1 << room) || bits >= u128::BITS {
        return None;
    }
    let length = width - bits;
    let blocks = (0..count).map(|index| {
        let start = base + (index << bits);
        if width == Ipv4Addr::BITS {
            format!("{}/{length}", Ipv4Addr::from(start as u32))
        } else {
            format!("{}/{length}", Ipv6Addr::from(start))
        }
    });
    Some(blocks.collect())
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let joined =
            chunk.iter().enumerate().fold(0_u32, |sum, (at, byte)| sum | u32::from(*byte) << (16 - 8 * at));
        for at in 0..4 {
            if at <= chunk.len() {
                text.push(char::from(ALPHABET[(joined >> (18 - 6 * at)) as usize & 63]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{cut, encode};

    #[test]
    fn blocks_are_cut_as_the_documentation_shows() {
        let blocks = cut("192.168.0.0/24", "6", Some("5")).unwrap();
        assert_eq!(
            blocks.join(" "),
            "192.168.0.0/27 192.168.0.32/27 192.168.0.64/27 192.168.0.96/27 192.168.0.128/27 192.168.0.160/27"
        );
        assert_eq!(cut("10.0.0.0/16", "2", None).unwrap(), ["10.0.0.0/24", "10.0.1.0/24"]);
        assert_eq!(cut("fd00::/56", "2", Some("64")).unwrap(), ["fd00::/64", "fd00:0:0:1::/64"]);
        for (block, count, bits) in [
            ("10.0.0.0/16", "0", None),
            ("10.0.0.0/16", "257", None),
            ("10.0.0.0/24", "2", None),
            ("10.0.0.0/40", "1", Some("1")),
            ("10.0.0.0", "1", None),
            ("x/8", "1", None),
            ("::/0", "2", Some("128")),
            ("::/0", "1", Some("129")),
            ("10.0.0.0/8", "1", Some("4294967295")),
        ] {
            assert_eq!(cut(block, count, bits), None, "{block} {count} {bits:?}");
        }
    }

    #[test]
    fn base64_is_padded() {
        for (text, encoded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(encode(text.as_bytes()), encoded);
        }
    }
}
