//! Networks as an operator writes them.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// Addresses and networks: `127.0.0.1`, `10.0.0.0/8`. In a variable, with commas between.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Vec<String>")]
pub struct Networks(Vec<IpNet>);

/// As a configuration file or a variable has them.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a list of addresses and networks is wanted, or a text with commas between them")]
enum Written {
    List(Vec<String>),
    Text(String),
}

impl TryFrom<Written> for Networks {
    type Error = String;
    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Text(text) => text.parse(),
            Written::List(list) => list.iter().map(|text| network(text)).collect::<Result<_, _>>().map(Self),
        }
    }
}

impl FromStr for Networks {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let named = text.split(',').map(str::trim).filter(|text| !text.is_empty());
        named.map(network).collect::<Result<_, _>>().map(Self)
    }
}

impl From<Networks> for Vec<String> {
    fn from(networks: Networks) -> Self {
        networks.0.iter().map(ToString::to_string).collect()
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address
        .or_else(|_| text.parse())
        .map_err(|_| format!("`{text}` is no address or network; write it as `127.0.0.1`, `10.0.0.0/8` or `fd00::/8`"))
}

impl Networks {
    /// Returns true if one of the networks has this address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// Returns true if no network is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the network that has every address, if one is named.
    pub(crate) fn everything(&self) -> Option<&IpNet> {
        self.0.iter().find(|network| network.prefix_len() == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_network_is_refused_by_name() {
        for wrong in ["true", "proxy.example.org", "10.0.0.0/33"] {
            assert!(wrong.parse::<Networks>().unwrap_err().contains(wrong));
        }
    }

    #[test]
    fn a_list_and_a_text_name_the_same_networks() {
        let text: Networks = serde_json::from_str("\"127.0.0.1, fd00::/8\"").unwrap();
        let list: Networks = serde_json::from_str("[\"127.0.0.1\", \"fd00::/8\"]").unwrap();
        assert_eq!(text, list);
        for (address, contained) in
            [("127.0.0.1", true), ("::ffff:127.0.0.1", true), ("fd12::1", true), ("127.0.0.2", false)]
        {
            assert_eq!(list.contains(address.parse().unwrap()), contained, "{address}");
        }
    }
}
