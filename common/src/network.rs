//! Networks in CIDR notation: any IPv4 block, and the private ones that an environment may have.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is no such network; reads as the words after it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NetworkError(String);

/// Any block of IPv4 addresses, such as a subnet or another's network.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Block {
    first: u32,
    prefix: u8,
}

impl Block {
    /// The block of `prefix` bits that begins with `first`, unless it begins elsewhere.
    pub const fn new(first: Ipv4Addr, prefix: u8) -> Option<Self> {
        let first = first.to_bits();
        if prefix <= 32 && first & host_bits(prefix) == 0 { Some(Self { first, prefix }) } else { None }
    }

    /// The bits that all its addresses share.
    pub const fn prefix(self) -> u8 {
        self.prefix
    }

    /// How many addresses it has.
    pub const fn size(self) -> u64 {
        1 << (32 - self.prefix)
    }

    /// Whether an address is in both.
    pub const fn overlaps(self, other: Self) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// Whether all addresses of `other` are in this one.
    pub const fn contains(self, other: Self) -> bool {
        self.prefix <= other.prefix && other.first & !host_bits(self.prefix) == self.first
    }

    /// The part with this index of the equal parts that have `prefix` bits, if there is such a part.
    pub fn part(self, prefix: u8, index: u32) -> Option<Self> {
        let is_part = (self.prefix..=32).contains(&prefix) && u64::from(index) < 1 << (prefix - self.prefix);
        let offset = u32::try_from(u64::from(index) << (32 - u32::from(prefix.min(32)))).ok()?;
        is_part.then(|| Self { first: self.first + offset, prefix })
    }
}

/// The bits of an address that differ within a block.
const fn host_bits(prefix: u8) -> u32 {
    match u32::MAX.checked_shr(prefix as u32) {
        Some(bits) => bits,
        None => 0,
    }
}

impl FromStr for Block {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let wrong = || NetworkError("is not a network such as `10.1.0.0/16`".to_owned());
        let (address, prefix) = text.split_once('/').ok_or_else(wrong)?;
        // A sign or a leading zero is no CIDR notation, although numbers may have them.
        let is_plain = prefix.bytes().all(|b| b.is_ascii_digit()) && (prefix == "0" || !prefix.starts_with('0'));
        let address: Ipv4Addr = address.parse().map_err(|_| wrong())?;
        let prefix: u8 = prefix.parse().ok().filter(|prefix| is_plain && *prefix <= 32).ok_or_else(wrong)?;
        Self::new(address, prefix).ok_or_else(|| {
            let first = Self { first: address.to_bits() & !host_bits(prefix), prefix };
            NetworkError(format!("is not the first address of its network; write `{first}`"))
        })
    }
}

impl TryFrom<String> for Block {
    type Error = NetworkError;

    fn try_from(text: String) -> Result<Self, NetworkError> {
        text.parse()
    }
}

impl From<Block> for String {
    fn from(block: Block) -> Self {
        block.to_string()
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from_bits(self.first), self.prefix)
    }
}

/// The fewest zones of an environment: a load balancer needs two.
pub const FEWEST_ZONES: usize = 2;
/// The most zones: no region has more than six, and the same division into subnets holds up to eight.
pub const MOST_ZONES: usize = 8;

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The network of an environment: private addresses, from /16, the largest VPC, to /20.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network(Block);

/// The addresses for private networks: RFC 1918, section 3.
const PRIVATE: [Block; 3] = [
    Block { first: Ipv4Addr::new(10, 0, 0, 0).to_bits(), prefix: 8 },
    Block { first: Ipv4Addr::new(172, 16, 0, 0).to_bits(), prefix: 12 },
    Block { first: Ipv4Addr::new(192, 168, 0, 0).to_bits(), prefix: 16 },
];

impl Network {
    /// The largest network, which is the largest VPC:
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>.
    pub const LARGEST: u8 = 16;
    /// The smallest network: with eight zones its subnets are /25, where a load balancer needs /27.
    pub const SMALLEST: u8 = 20;

    /// The block as a network, if an environment may have it.
    pub fn new(block: Block) -> Result<Self, NetworkError> {
        if !PRIVATE.iter().any(|private| private.contains(block)) {
            return Err(NetworkError("is not within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16".to_owned()));
        }
        if !(Self::LARGEST..=Self::SMALLEST).contains(&block.prefix) {
            return Err(NetworkError(format!("is not from /{} to /{}", Self::LARGEST, Self::SMALLEST)));
        }
        Ok(Self(block))
    }

    /// Its addresses.
    pub const fn block(self) -> Block {
        self.0
    }

    /// Every network of the default size, in the order in which they are tried.
    pub fn candidates() -> impl Iterator<Item = Self> {
        PRIVATE.iter().flat_map(|private| {
            let parts = 1 << (Self::LARGEST - private.prefix);
            (0..parts).filter_map(|index| private.part(Self::LARGEST, index)).map(Self)
        })
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        Self::new(text.parse()?)
    }
}

impl TryFrom<String> for Network {
    type Error = NetworkError;

    fn try_from(text: String) -> Result<Self, NetworkError> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests;
