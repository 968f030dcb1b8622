//! Arguments of `up` and `score` that take the place of settings.

use std::path::PathBuf;

use clap::Args;

use crate::host::settings::{LayerName, ScorerSettings};
use crate::season::{SIZE_ALLOWED, parse_size};

/// How a scorer runs models.
#[derive(Debug, Args)]
pub(crate) struct ModelArguments {
    /// How a runner works.
    #[command(flatten)]
    pub(crate) runner: RunnerArguments,
    /// Most bytes of prepared images that are kept, such as 64GiB [default: 64GiB].
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) prepared_cap: Option<u64>,
}

impl ModelArguments {
    /// What is given goes before what is set elsewhere.
    pub(super) fn apply(self, settings: &mut ScorerSettings) {
        self.runner.apply(settings);
        settings.prepared_bytes = self.prepared_cap.unwrap_or(settings.prepared_bytes);
    }
}

/// How a runner works.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RunnerArguments {
    /// Device that models run on, `cpu` or `cuda:0` and so on; can be repeated; `none` for no
    /// models [default: every GPU, else the CPU].
    #[arg(long = "device", value_name = "DEVICE")]
    pub(crate) devices: Vec<String>,
    /// Threads of a CPU that a model computes with [default: the cores, shared by the runners].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) threads: Option<u32>,
    /// Layer of the sandbox that this host lacks; can be repeated. Without one that is not named no
    /// model is run.
    #[arg(long = "without-layer", value_name = "LAYER")]
    pub(crate) without_layers: Vec<LayerName>,
    /// Folder of libtorch's CUDA libraries.
    #[arg(long, value_name = "DIR")]
    pub(crate) cuda_libraries: Option<PathBuf>,
}

impl RunnerArguments {
    /// What is given goes before what is set elsewhere.
    pub(crate) fn apply(self, settings: &mut ScorerSettings) {
        if !self.devices.is_empty() {
            settings.devices = self.devices;
        }
        if !self.without_layers.is_empty() {
            settings.without_layers = self.without_layers;
        }
        settings.threads = self.threads.or(settings.threads);
        settings.cuda_libraries = self.cuda_libraries.or(settings.cuda_libraries.take());
    }
}

fn size(text: &str) -> Result<u64, String> {
    parse_size(text).ok_or_else(|| format!("write {SIZE_ALLOWED}"))
}

#[cfg(test)]
mod tests {
    use holdout_protocol::Layer;

    use super::*;

    #[test]
    fn what_is_given_goes_before_what_is_set_and_the_rest_stays() {
        let set = || ScorerSettings {
            devices: vec!["cpu".to_owned()],
            threads: Some(2),
            without_layers: vec![LayerName(Layer::Landlock)],
            cuda_libraries: Some(PathBuf::from("/set")),
            prepared_bytes: 5,
            ..ScorerSettings::default()
        };
        let mut kept = set();
        ModelArguments { runner: RunnerArguments::default(), prepared_cap: None }.apply(&mut kept);
        assert_eq!((kept.devices, kept.threads, kept.prepared_bytes), (vec!["cpu".to_owned()], Some(2), 5));
        assert_eq!(kept.without_layers, [LayerName(Layer::Landlock)]);
        assert_eq!(kept.cuda_libraries, Some(PathBuf::from("/set")));
        let runner = RunnerArguments {
            devices: vec!["cuda:0".to_owned()],
            threads: Some(7),
            without_layers: vec![LayerName(Layer::PidNamespace)],
            cuda_libraries: Some(PathBuf::from("/given")),
        };
        let mut changed = set();
        ModelArguments { runner, prepared_cap: Some(9) }.apply(&mut changed);
        assert_eq!((changed.devices, changed.threads, changed.prepared_bytes), (vec!["cuda:0".to_owned()], Some(7), 9));
        assert_eq!(changed.without_layers, [LayerName(Layer::PidNamespace)]);
        assert_eq!(changed.cuda_libraries, Some(PathBuf::from("/given")));
    }

    #[test]
    fn a_size_is_written_with_its_unit() {
        assert_eq!(size("64GiB"), Ok(64 << 30));
        assert_eq!(size("much"), Err(format!("write {SIZE_ALLOWED}")));
    }
}
