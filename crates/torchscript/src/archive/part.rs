//! The parts that an archive may have: of TorchScript, and of an exported program.

/// Longest name of the bytes of a tensor of an exported program.
const MAX_RAW_NAME: usize = 200;

/// Which of the two pickles a storage belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Table {
    /// `data.pkl` and `data/`: the module.
    Data,
    /// `constants.pkl` and `constants/`: tensors that the code names.
    Constants,
}

impl Table {
    /// Returns the name of the pickle.
    pub(crate) const fn pickle(self) -> &'static str {
        match self {
            Self::Data => "data.pkl",
            Self::Constants => "constants.pkl",
        }
    }

    /// Returns the name of the folder of storages.
    pub(crate) const fn folder(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Constants => "constants",
        }
    }
}

/// What an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// An archive of `torch.jit.save`.
    TorchScript,
    /// An archive of `torch.export.save`.
    ExportedProgram,
}

impl Format {
    /// The format of an archive whose records have these names below the root folder.
    pub(super) fn of<'n>(mut names: impl Iterator<Item = &'n str>) -> Self {
        let is_exported = names.any(|name| name == "archive_format" || name.starts_with("models/"));
        if is_exported { Self::ExportedProgram } else { Self::TorchScript }
    }

    /// Returns what it is called.
    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::TorchScript => "a TorchScript archive",
            Self::ExportedProgram => "an archive of torch.export.save",
        }
    }

    /// What the record with this name, below the root folder, is. Returns `None` if it does not
    /// belong into the archive.
    pub(super) fn part(self, name: &str) -> Option<Part> {
        match self {
            Self::TorchScript => Part::of(name),
            Self::ExportedProgram => Part::of_program(name),
        }
    }
}

/// Which tensors of an exported program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// `data/weights/`: parameters and buffers.
    Weights,
    /// `data/constants/`: constants, and buffers that a state dict leaves out.
    Constants,
}

/// What a record is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// `models/model.json`: the graph of an exported program.
    Program,
    /// The description of the tensors of a section.
    Tensors(Section),
    /// The bytes of a tensor of a section, and their name in its folder.
    Raw(Section, String),
    /// `data.pkl` or `constants.pkl`.
    Pickle(Table),
    /// `data/N` or `constants/N`; N is the key.
    Storage(Table, String),
    /// `code/….py`; the name that its definitions have in front, `__torch__.torch.nn`.
    Code(String),
    /// `version`, or `.data/version` of newer files.
    Version,
    /// `byteorder`.
    ByteOrder,
    /// Known, and not needed to run the model: debugging information, extra files, inputs that were
    /// traced, code for the mobile interpreter.
    Unneeded,
}

/// Returns what a record says of the file: what the file is, and what to send instead, if it
/// belongs to a kind that is not accepted.
pub(super) fn other_kind(name: &str) -> Option<&'static str> {
    let is_native =
        |class: &str| name.strip_prefix("code/__torch__/torch/classes/").is_some_and(|rest| rest.starts_with(class));
    if is_native("quantized") || is_native("rnn") {
        Some("the model is quantised; send the float model, from before it was quantised")
    } else if is_native("xnnpack") || is_native("metal") || is_native("vulkan") {
        Some("the model was rewritten by `optimize_for_mobile`; send the model from before that")
    } else if is_native("tensorrt") {
        Some("the model was compiled by Torch-TensorRT for one GPU; send the model from before that")
    } else if is_native("profiler") {
        Some(
            "the model measures itself with `torch.profiler`; remove `record_function`, and of `nn.DataParallel` send the model in \
             it, `model.module`",
        )
    } else if is_native("") {
        Some("the model holds objects of `torch.classes`, which are C++ code of a library; send the model without them")
    } else if name.starts_with("data/aotinductor/") {
        Some("the file is compiled code of AOTInductor; send the exported program that it was compiled from")
    } else if name.starts_with("models/") {
        Some("the archive has several programs; send one with a single program, as torch.export.save writes it")
    } else {
        None
    }
}

impl Part {
    /// Returns what the record with this name, below the root folder, is. `None`: nothing that
    /// belongs into an archive.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let is_safe_path = |path: &str| !path.split('/').any(|step| matches!(step, "" | "." | ".."));
        // Teams name extra files as they like. Their names and contents go no further than this
        // check. A control character, such as NUL, is where readers of zip archives differ.
        if !name.contains(char::is_control) && name.strip_prefix("extra/").is_some_and(is_safe_path) {
            return Some(Self::Unneeded);
        }
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_./-".contains(letter);
        if !name.chars().all(is_plain) || !is_safe_path(name) {
            return None;
        }
        match name {
            "data.pkl" => Some(Self::Pickle(Table::Data)),
            "constants.pkl" => Some(Self::Pickle(Table::Constants)),
            "version" | ".data/version" => Some(Self::Version),
            "byteorder" => Some(Self::ByteOrder),
            ".data/serialization_id"
            | ".format_version"
            | ".storage_alignment"
            | "traced_inputs.pkl"
            | "bytecode.pkl"
            | "mobile_debug_handles.pkl" => Some(Self::Unneeded),
            _ => name.split_once('/').and_then(|(folder, rest)| Self::in_folder(folder, rest)),
        }
    }

    /// What a record of an exported program is. The inputs that it was exported with lie in it as a
    /// pickle, which nobody reads.
    fn of_program(name: &str) -> Option<Self> {
        match name {
            "models/model.json" => return Some(Self::Program),
            "data/weights/model_weights_config.json" => return Some(Self::Tensors(Section::Weights)),
            "data/constants/model_constants_config.json" => return Some(Self::Tensors(Section::Constants)),
            "archive_format" | "archive_version" => return Some(Self::Unneeded),
            _ => {}
        }
        let is_plain = |text: &str| {
            (1..=MAX_RAW_NAME).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        let raw = |folder: &str| name.strip_prefix(folder).filter(|rest| is_plain(rest)).map(str::to_owned);
        if let Some(raw) = raw("data/weights/") {
            return Some(Self::Raw(Section::Weights, raw));
        }
        if let Some(raw) = raw("data/constants/") {
            return Some(Self::Raw(Section::Constants, raw));
        }
        if name.strip_prefix("data/sample_inputs/").is_some_and(|rest| rest.strip_suffix(".pt").is_some_and(is_plain)) {
            return Some(Self::Unneeded);
        }
        // All else is named as in any archive of torch.
        Self::of(name).filter(|part| matches!(part, Self::Unneeded | Self::Version | Self::ByteOrder))
    }

    fn in_folder(folder: &str, rest: &str) -> Option<Self> {
        match folder {
            "data" => key(rest).map(|key| Self::Storage(Table::Data, key)),
            "constants" => key(rest).map(|key| Self::Storage(Table::Constants, key)),
            "traced_inputs" | "bytecode" => key(rest).map(|_| Self::Unneeded),
            "code" => match rest.strip_suffix(".debug_pkl") {
                Some(source) => qualifier(source).map(|_| Self::Unneeded),
                None => qualifier(rest).map(Self::Code),
            },
            _ => None,
        }
    }
}

/// Returns the key of a storage: a number.
fn key(text: &str) -> Option<String> {
    let is_key = !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_key.then(|| text.to_owned())
}

/// `__torch__.a.b` of `__torch__/a/b.py`. Other names than these cannot be referred to by what
/// torch writes.
fn qualifier(path: &str) -> Option<String> {
    let path = path.strip_suffix(".py")?;
    let is_name = |step: &str| {
        step.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && step.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let is_ours = path.split('/').next() == Some("__torch__") && path.split('/').all(is_name);
    // libtorch's own classes have such names, and go before those of an archive.
    let is_native = path.to_ascii_lowercase().starts_with("__torch__/torch/classes");
    (is_ours && !is_native).then(|| path.replace('/', "."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_told_apart() {
        assert_eq!(Part::of("data.pkl"), Some(Part::Pickle(Table::Data)));
        assert_eq!(Part::of("constants/12"), Some(Part::Storage(Table::Constants, "12".to_owned())));
        assert_eq!(Part::of(".data/version"), Some(Part::Version));
        assert_eq!(Part::of("code/__torch__.py"), Some(Part::Code("__torch__".to_owned())));
        assert_eq!(Part::of("code/__torch__/torch/nn.py"), Some(Part::Code("__torch__.torch.nn".to_owned())));
        for unneeded in [
            "code/__torch__/a.py.debug_pkl",
            "extra/a.b-c/d",
            "extra/a b",
            "extra/gr\u{f6}\u{df}e.txt",
            "traced_inputs/0",
            ".data/serialization_id",
        ] {
            assert_eq!(Part::of(unneeded), Some(Part::Unneeded), "{unneeded}");
        }
    }

    #[test]
    fn other_kinds_of_files_are_told_by_a_record() {
        let told = |name: &str| other_kind(name).unwrap_or_default();
        assert!(told("code/__torch__/torch/classes/quantized.py").contains("quantised"));
        assert!(told("code/__torch__/torch/classes/xnnpack.py").contains("optimize_for_mobile"));
        assert!(told("models/other.json").contains("torch.export"));
        assert!(told("data/aotinductor/model/a.so").contains("compiled code"));
        assert!(told("code/__torch__/torch/classes/other.py").contains("C++ code"));
        assert_eq!(told("code/__torch__/torch/nn.py"), "");
        assert_eq!(told("data/0"), "");
    }

    #[test]
    fn other_names_are_not_parts() {
        let names = [
            "",
            "model.json",
            "data",
            "data/",
            "data/x",
            "data/0/1",
            "data/-1",
            "Data.pkl",
            "code/evil.py",
            "code/__torch__",
            "code/__torch__/../x.py",
            "code//__torch__.py",
            "code/__torch__/1.py",
            "code/__torch__x.py",
            "CODE/__TORCH__.PY",
            "../data.pkl",
            "/data.pkl",
            "extra",
            "extra/",
            "extra/../x",
            "extra/a\0b",
            "extra/a\nb",
            "tensors/0",
            "code/__torch__.py.debug_pkl.x",
            "code/__torch__/torch/classes.py",
            "code/__torch__/torch/Classes/rnn.py",
            "data/123456789012345678901",
        ];
        for name in names {
            assert_eq!(Part::of(name), None, "{name}");
        }
    }

    #[test]
    fn the_parts_of_an_exported_program_are_told_apart() {
        let part = |name| Format::ExportedProgram.part(name);
        assert_eq!(part("models/model.json"), Some(Part::Program));
        assert_eq!(part("data/weights/model_weights_config.json"), Some(Part::Tensors(Section::Weights)));
        assert_eq!(part("data/constants/tensor_0"), Some(Part::Raw(Section::Constants, "tensor_0".to_owned())));
        assert_eq!(part("byteorder"), Some(Part::ByteOrder));
        for unneeded in ["data/sample_inputs/model.pt", "archive_format", "extra/a b", ".data/serialization_id"] {
            assert_eq!(part(unneeded), Some(Part::Unneeded), "{unneeded}");
        }
        let others =
            ["models/b.json", "data.pkl", "data/0", "code/__torch__.py", "data/weights/../x", "data/weights/a/b"];
        for other in others {
            assert_eq!(part(other), None, "{other}");
        }
    }

    #[test]
    fn an_archive_is_a_program_if_it_has_a_model() {
        let of = |names: &[&'static str]| Format::of(names.iter().copied());
        assert_eq!(of(&["data.pkl", "version", "code/__torch__.py"]), Format::TorchScript);
        assert_eq!(of(&["data/weights/weight_0", "models/model.json"]), Format::ExportedProgram);
        assert_eq!(of(&["data/0", "archive_format"]), Format::ExportedProgram);
    }
}
