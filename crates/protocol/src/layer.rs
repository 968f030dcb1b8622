//! The layers of a runner's sandbox.

use serde::{Deserialize, Serialize};

macro_rules! layers {
    ($($(#[$doc:meta])* $variant:ident = $bit:literal, $name:literal;)+) => {
        /// A layer of the sandbox.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Layer {
            $($(#[$doc])* $variant,)+
        }

        impl Layer {
            /// Every layer.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the layer's bit in [`FromRunner::Hello`](crate::FromRunner::Hello).
            #[must_use]
            pub const fn bit(self) -> u32 {
                match self { $(Self::$variant => 1 << $bit,)+ }
            }

            /// Returns the name as it is written in JSON and in configurations.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

layers! {
    /// A user namespace of its own, without a way back.
    UserNamespace = 0, "user_namespace";
    /// No network device, not even loopback.
    NetworkNamespace = 1, "network_namespace";
    /// No other process can be named.
    PidNamespace = 2, "pid_namespace";
    /// No shared memory or message queue of others.
    IpcNamespace = 3, "ipc_namespace";
    /// A host name of its own.
    UtsNamespace = 4, "uts_namespace";
    /// An empty, read-only file system; mounts of its own.
    EmptyRoot = 5, "empty_root";
    /// No capability, and none to be had.
    NoCapabilities = 6, "no_capabilities";
    /// Nothing that is executed gains rights, and no core is dumped.
    NoNewPrivileges = 7, "no_new_privileges";
    /// Limits on address space, files, descriptors, processes and locked memory.
    ResourceLimits = 8, "resource_limits";
    /// The kernel denies every file, connection and signal (Landlock).
    Landlock = 9, "landlock";
    /// Only the system calls that inference needs (seccomp).
    SystemCalls = 10, "system_calls";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_in_json() {
        for layer in Layer::ALL {
            assert_eq!(serde_json::to_string(layer).unwrap(), format!("\"{}\"", layer.as_str()));
        }
    }

    #[test]
    fn each_layer_has_a_bit_of_its_own() {
        let all = Layer::ALL.iter().fold(0_u32, |all, layer| all | layer.bit());
        assert_eq!(all.count_ones(), u32::try_from(Layer::ALL.len()).unwrap());
        assert!(Layer::ALL.iter().all(|layer| layer.bit().count_ones() == 1));
    }
}
