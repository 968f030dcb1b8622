//! What an operator can set: the server's fields, and below `scorer` those of a scorer. One file
//! serves `up`, `serve` and `score`.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::LazyLock;

use holdout_protocol::Layer;
use holdout_scorer::{RunnerConfig, ScorerConfig};
use holdout_server::Config;
use holdout_server::ranges::{self, Range};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::text::visible;

/// The name of the scorer's part.
const SCORER: &str = "scorer";

/// All that can be set.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Settings {
    #[serde(flatten)]
    pub(crate) server: Config,
    pub(crate) scorer: ScorerSettings,
}

/// What can be set of a scorer. Every field has a default.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ScorerSettings {
    /// Name shown to organizers.
    pub(crate) name: String,
    /// Folder of fetched files and prepared images.
    pub(crate) cache: Option<PathBuf>,
    /// Most bytes of fetched files that are kept.
    pub(crate) cache_bytes: u64,
    /// Most bytes of prepared images that are kept.
    pub(crate) prepared_bytes: u64,
    /// How long the server keeps a request for work waiting, seconds, 0 to 30.
    pub(crate) wait_seconds: u32,
    /// Devices that models run on, `cpu` or `cuda:0` and so on; all that are found if empty.
    #[serde(deserialize_with = "list")]
    pub(crate) devices: Vec<String>,
    /// Threads of a CPU that a model computes with; one a core if omitted.
    pub(crate) threads: Option<u32>,
    /// Bytes of memory that models may use on this machine; what it has, less what the rest needs,
    /// if omitted.
    pub(crate) memory_bytes: Option<u64>,
    /// Pause before a worker that has withdrawn tests itself, seconds.
    pub(crate) self_test_seconds: u32,
    /// How many prediction files are evaluated at once; one a core, four at most, if omitted.
    pub(crate) prediction_workers: Option<u32>,
    /// Images in a batch; by device and model if omitted.
    pub(crate) batch: Option<u32>,
    /// The user and group that a runner becomes if the scorer runs as root.
    pub(crate) user: Option<u32>,
    /// Layers of the sandbox that this host lacks.
    #[serde(deserialize_with = "list")]
    pub(crate) without_layers: Vec<LayerName>,
    /// Folder of libtorch's CUDA libraries.
    pub(crate) cuda_libraries: Option<PathBuf>,
    /// Whether a runner is kept ready for the next model.
    pub(crate) warm: bool,
}

impl Default for ScorerSettings {
    fn default() -> Self {
        Self {
            name: SCORER.to_owned(),
            cache: None,
            cache_bytes: 4 << 30,
            prepared_bytes: 64 << 30,
            wait_seconds: 2,
            devices: Vec::new(),
            threads: None,
            memory_bytes: None,
            self_test_seconds: 5,
            prediction_workers: None,
            batch: None,
            user: None,
            without_layers: Vec::new(),
            cuda_libraries: None,
            warm: true,
        }
    }
}

impl ScorerSettings {
    /// Sets what a scorer is configured with; where its server is and its files are, its caller
    /// knows.
    pub(crate) fn set(&self, config: &mut ScorerConfig, runner: Option<RunnerConfig>) {
        self.name.clone_into(&mut config.name);
        config.cache_bytes = self.cache_bytes;
        config.wait_seconds = self.wait_seconds;
        config.self_test_seconds = self.self_test_seconds;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let usual = u32::try_from(cores).unwrap_or(MOST_PREDICTION_WORKERS).min(MOST_PREDICTION_WORKERS);
        config.prediction_workers = self.prediction_workers.unwrap_or(usual);
        config.runner = runner;
    }

    /// Checks values that cannot work.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    pub(crate) fn check(&self) -> Result<(), String> {
        #[derive(Serialize)]
        struct Fields<'a> {
            scorer: &'a ScorerSettings,
        }
        ranges::check_ranges(&Fields { scorer: self }, RANGES)?;
        check_devices(&self.devices)?;
        let length = self.name.chars().count();
        if !(1..=LONGEST_NAME).contains(&length) || self.name.chars().any(char::is_control) {
            let name = visible(&self.name);
            return Err(format!(
                "`scorer.name` is `{name}`; it takes 1 to {LONGEST_NAME} characters without control characters"
            ));
        }
        Ok(())
    }

    /// Returns how models are run with this program.
    #[must_use]
    pub(crate) fn runner(&self, program: PathBuf) -> RunnerConfig {
        RunnerConfig {
            devices: (!self.devices.is_empty()).then(|| self.devices.clone()),
            threads: self.threads,
            memory_bytes: self.memory_bytes,
            batch: self.batch,
            user: self.user,
            without: self.without_layers.iter().map(|layer| layer.0).collect(),
            cuda_libraries: self.cuda_libraries.clone(),
            prepared_bytes: self.prepared_bytes,
            warm: self.warm,
            ..RunnerConfig::new(program)
        }
    }
}

/// A device that is not there may come; one whose name is not that of a device never does.
fn check_devices(devices: &[String]) -> Result<(), String> {
    let is_number = |text: &str| text.parse::<u16>().is_ok_and(|number| number.to_string() == text);
    let is_device = |name: &str| name == "cpu" || name.strip_prefix("cuda:").is_some_and(is_number);
    match devices.iter().find(|name| !is_device(name)) {
        None => Ok(()),
        Some(name) if name == "none" && devices.len() == 1 => Ok(()),
        Some(name) => Err(format!(
            "`scorer.devices` has `{}`; it takes `cpu`, `cuda:0`, `cuda:1` and so on, or `none` alone",
            visible(name)
        )),
    }
}

/// The server takes names of 200 characters; the device's is added to this one.
const LONGEST_NAME: usize = 150;

/// More would only wait for the server, which hands out one evaluation at a time.
const MOST_PREDICTION_WORKERS: u32 = 4;

const BYTES: u64 = 1 << 62;

/// Every number and what it can be.
#[rustfmt::skip]
const RANGES: &[Range] = &[
    Range::new("scorer.cache_bytes", 0, BYTES),
    Range::new("scorer.prepared_bytes", 0, BYTES),
    // The server lets nobody wait longer.
    Range::new("scorer.wait_seconds", 0, 30),
    Range::new("scorer.threads", 1, 1024),
    // Less is no memory for a model; a unit is probably missing.
    Range::new("scorer.memory_bytes", 64 << 20, 16 << 40),
    Range::new("scorer.self_test_seconds", 1, 600),
    Range::new("scorer.prediction_workers", 1, 64),
    Range::new("scorer.batch", 1, 65_536),
    // 0 is root, and the last number none.
    Range::new("scorer.user", 1, 4_294_967_294),
];

/// A layer by its name; another name is refused with the list of layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct LayerName(pub Layer);

impl FromStr for LayerName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Layer::ALL.iter().find(|layer| layer.as_str() == text);
        found.map(|layer| Self(*layer)).ok_or_else(|| {
            let names: Vec<&str> = Layer::ALL.iter().map(|layer| layer.as_str()).collect();
            format!("`{text}` is no layer of the sandbox; these are: {}", names.join(", "))
        })
    }
}

impl<'de> Deserialize<'de> for LayerName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Every number that can be set, of server and scorer.
pub(crate) fn all_ranges() -> impl Iterator<Item = &'static Range> {
    Config::RANGES.iter().chain(RANGES)
}

/// The names of the fields of the top level, as the type has them.
static FIELDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let fields = serde_json::to_value(Settings::default()).unwrap_or_default();
    let names = fields.as_object().map(|fields| fields.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    // Errors name fields by texts that live as long as the program.
    names.into_iter().map(|name| &*name.leak()).collect()
});

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SettingsVisitor)
    }
}

struct SettingsVisitor;

impl<'de> Visitor<'de> for SettingsVisitor {
    type Value = Settings;
    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the fields of a configuration")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Settings, A::Error> {
        let mut scorer = None;
        let rest = WithoutScorer { map, scorer: &mut scorer };
        let server = Config::deserialize(MapAccessDeserializer::new(rest))?;
        Ok(Settings { server, scorer: scorer.unwrap_or_default() })
    }
}

/// The fields of the server; on the way the scorer's are put aside. Unlike `flatten`, this keeps
/// the places of faults.
struct WithoutScorer<'a, A> {
    map: A,
    scorer: &'a mut Option<ScorerSettings>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithoutScorer<'_, A> {
    type Error = A::Error;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(name) = self.map.next_key::<String>()? {
            if !FIELDS.contains(&name.as_str()) {
                return Err(A::Error::unknown_field(&name, &FIELDS));
            }
            if name != SCORER {
                let name: StrDeserializer<'_, A::Error> = name.as_str().into_deserializer();
                return seed.deserialize(name).map(Some);
            }
            if self.scorer.replace(self.map.next_value()?).is_some() {
                return Err(A::Error::duplicate_field(SCORER));
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// Reads a list, or the same as a text with commas, as a variable has it.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(ListVisitor(PhantomData))
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;
    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list, or a text with commas between its parts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(|part| T::deserialize(part.into_deserializer())).collect()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(part) = parts.next_element()? {
            list.push(part);
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use crate::host::configuration::{ConfigurationError, resolve};

    use super::*;

    fn from(file: &str, variables: &[(&str, &str)]) -> Result<Settings, ConfigurationError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("holdout.yaml");
        std::fs::write(&path, file).unwrap();
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        resolve(Some(&path), variables)
    }

    #[test]
    fn one_file_serves_server_and_scorer() {
        let file =
            "listen: 127.0.0.1:9\nscorer:\n  devices: [cpu]\n  without_layers: [landlock]\nqueue: { attempts: 4 }\n";
        let variables =
            [("HOLDOUT_SCORER__THREADS", "3"), ("HOLDOUT_QUEUE__ATTEMPTS", "5"), ("HOLDOUT_SCORER_TOKEN", "hs_x")];
        let settings = from(file, &variables).unwrap();
        assert_eq!((settings.server.listen.port(), settings.server.queue.attempts), (9, 5));
        let scorer = settings.scorer;
        assert_eq!((scorer.devices, scorer.threads, scorer.name.as_str()), (vec!["cpu".to_owned()], Some(3), "scorer"));
        assert_eq!(scorer.without_layers, [LayerName(Layer::Landlock)]);
    }

    #[test]
    fn every_number_has_a_range_and_is_held_to_it() {
        let scorer = ScorerSettings {
            threads: Some(1),
            memory_bytes: Some(64 << 20),
            prediction_workers: Some(1),
            batch: Some(1),
            user: Some(1),
            ..ScorerSettings::default()
        };
        assert_eq!(scorer.check(), Ok(()));
        let mut numbers: Vec<String> =
            ranges::numbers(&scorer).into_iter().map(|name| format!("scorer.{name}")).collect();
        let mut named: Vec<String> = RANGES.iter().map(|range| range.field.to_owned()).collect();
        named.sort_unstable();
        numbers.sort_unstable();
        assert_eq!(named, numbers);
        for Range { field, least, most } in RANGES {
            let with = |value: u64| {
                let mut fields = serde_json::to_value(&scorer).unwrap();
                fields[field.trim_start_matches("scorer.")] = value.into();
                // A number too large for its type is refused before.
                serde_json::from_value::<ScorerSettings>(fields).ok().map(|settings| settings.check())
            };
            for value in [least.checked_sub(1), Some(most + 1)].into_iter().flatten() {
                let refused = Err(format!("`{field}` is {value}; it can be {least} to {most}"));
                assert_eq!(with(value), Some(refused), "{field}");
            }
            assert_eq!([with(*least), with(*most)], [Some(Ok(())), Some(Ok(()))], "{field}");
        }
    }

    #[test]
    fn a_scorer_has_a_name_that_the_server_takes() {
        for name in ["", "a\nb", &"x".repeat(151)] {
            let scorer = ScorerSettings { name: name.to_owned(), ..ScorerSettings::default() };
            assert!(scorer.check().unwrap_err().contains("`scorer.name`"), "{name}");
        }
    }

    #[test]
    fn a_device_that_can_never_be_there_is_refused() {
        let check = |names: &[&str]| {
            let devices = names.iter().map(|&name| name.to_owned()).collect();
            ScorerSettings { devices, ..ScorerSettings::default() }.check()
        };
        for names in [&["cpu", "cpu", "cuda:0", "cuda:11"][..], &["none"], &[]] {
            assert_eq!(check(names), Ok(()), "{names:?}");
        }
        for wrong in ["gpu", "cuda", "cuda:", "cuda:x", "cuda:-1", "cuda:01", "CPU", "", "none"] {
            let error = check(&["cpu", wrong]).unwrap_err();
            assert!(error.contains("`scorer.devices`") && error.contains(&format!("`{wrong}`")), "{error}");
        }
    }

    #[test]
    fn a_few_prediction_files_are_evaluated_at_once() {
        let workers = |prediction_workers| {
            let mut config = ScorerConfig::new("http://127.0.0.1:1", "hs_t", "unused");
            ScorerSettings { prediction_workers, ..ScorerSettings::default() }.set(&mut config, None);
            config.prediction_workers
        };
        assert_eq!(workers(Some(9)), 9);
        assert!((1..=MOST_PREDICTION_WORKERS).contains(&workers(None)));
    }

    #[test]
    fn lists_come_with_commas_from_variables() {
        let variables = [
            ("HOLDOUT_SCORER__DEVICES", "cuda:0, cuda:1"),
            ("HOLDOUT_SCORER__WITHOUT_LAYERS", "pid_namespace,landlock"),
        ];
        let scorer = from("scorer: { devices: [cpu] }\n", &variables).unwrap().scorer;
        assert_eq!(scorer.devices, ["cuda:0", "cuda:1"]);
        assert_eq!(scorer.without_layers, [Layer::PidNamespace, Layer::Landlock].map(LayerName));
    }

    #[test]
    fn a_wrong_layer_is_refused_with_the_list() {
        let all = |message: &str| Layer::ALL.iter().all(|layer| message.contains(layer.as_str()));
        let error = from("scorer:\n  without_layers: [lndlock]\n", &[]).unwrap_err().to_string();
        assert!(error.contains("`lndlock`") && all(&error) && error.contains("line 2"), "{error}");
        let error = from("", &[("HOLDOUT_SCORER__WITHOUT_LAYERS", "landlock,x")]).unwrap_err().to_string();
        assert!(error.contains("HOLDOUT_SCORER__WITHOUT_LAYERS") && error.contains("`x`") && all(&error), "{error}");
    }

    #[test]
    fn a_value_of_another_kind_is_refused_without_names_of_types() {
        for (file, place) in [("queue:\n  attempts: many\n", "line 2"), ("scorer:\n  warm: 5\n", "line 2")] {
            let error = from(file, &[]).unwrap_err().to_string();
            assert!(
                error.contains(place) && (error.contains("whole number from") || error.contains("`true`")),
                "{error}"
            );
            assert!(!error.contains("u32") && !error.contains("bool"), "{error}");
        }
        for (value, name) in [("soon", "HOLDOUT_QUEUE__LEASE_SECONDS"), ("1.5", "HOLDOUT_SCORER__THREADS")] {
            let error = from("", &[(name, value)]).unwrap_err().to_string();
            assert!(
                error.contains(name) && error.contains(&format!("is `{value}`; it takes a whole number from ")),
                "{error}"
            );
        }
    }

    #[test]
    fn unknown_fields_are_refused_with_their_place() {
        for (file, name) in
            [("listen: 127.0.0.1:9\nscorer:\n  thraeds: 3\n", "thraeds"), ("data: x\nscorre: {}\n", "scorre")]
        {
            let error = from(file, &[]).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("line "), "{error}");
        }
        let error = from("data: x\nscorre: {}\n", &[]).unwrap_err().to_string();
        assert!(error.contains("there is no field `scorre`; did you mean `scorer`? Allowed are `"), "{error}");
        let error = from("colour: red\n", &[]).unwrap_err().to_string();
        assert!(error.contains("`listen`") && error.contains("`scorer`"), "{error}");
        assert!(from("scorer: {}\nscorer: {}\n", &[]).is_err());
        assert!(from("# nothing yet\n", &[]).is_ok());
    }
}
