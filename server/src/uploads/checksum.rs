//! Checksums that come with a body.

use sha2::Digest as _;

/// What a body's digest has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    Sha256([u8; 32]),
    /// SHA-1: detects accidents, not malice; tus asks for it.
    Sha1([u8; 20]),
}

/// A digest in the making, with what it has to become.
pub struct Verifier {
    expected: Checksum,
    state: State,
}

enum State {
    Sha256(sha2::Sha256),
    Sha1(sha1::Sha1),
}

impl Verifier {
    pub fn new(expected: Checksum) -> Self {
        let state = match expected {
            Checksum::Sha256(_) => State::Sha256(sha2::Sha256::new()),
            Checksum::Sha1(_) => State::Sha1(sha1::Sha1::new()),
        };
        Self { expected, state }
    }

    /// Takes some bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Sha256(state) => state.update(bytes),
            State::Sha1(state) => state.update(bytes),
        }
    }

    /// Returns true if the bytes taken have the digest.
    pub fn holds(self) -> bool {
        let found = match self.state {
            State::Sha256(state) => Checksum::Sha256(state.finalize().into()),
            State::Sha1(state) => Checksum::Sha1(state.finalize().into()),
        };
        found == self.expected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_digests_hold_and_others_do_not() {
        let abc = "a9993e364706816aba3e25717850c26c9cd0d89d";
        let digest: Vec<u8> = (0..20).map(|i| u8::from_str_radix(&abc[2 * i..2 * i + 2], 16).unwrap()).collect();
        let expected = Checksum::Sha1(digest.try_into().unwrap());
        for (pieces, holds) in [(["a", "bc"], true), (["abc", ""], true), (["ab", ""], false)] {
            let mut verifier = Verifier::new(expected.clone());
            pieces.iter().for_each(|piece| verifier.update(piece.as_bytes()));
            assert_eq!(verifier.holds(), holds, "{pieces:?}");
        }
    }

    #[test]
    fn a_digest_holds_by_its_own_algorithm_only() {
        let of_empty = |expected| Verifier::new(expected).holds();
        let sha256: [u8; 32] = [
            0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae,
            0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
        ];
        assert!(of_empty(Checksum::Sha256(sha256)));
        let mut first_twenty = [0; 20];
        first_twenty.copy_from_slice(&sha256[..20]);
        assert!(!of_empty(Checksum::Sha1(first_twenty)));
    }
}
