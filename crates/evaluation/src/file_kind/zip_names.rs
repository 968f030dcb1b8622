//! What a zip archive is by the names of its files.

use super::kind::FileKind;

/// Longest name that a message repeats, characters.
const SHOWN: usize = 60;

/// Returns what an archive with files of these names is.
pub(super) fn kind_of_names(names: &[&str]) -> FileKind {
    let has = |name: &str| names.contains(&name);
    if let Some(folder) =
        names.iter().find_map(|name| Some(name.split_once('/')?).filter(|(_, rest)| *rest == "data.pkl"))
    {
        return kind_of_torch(names, folder.0);
    }
    // Everything of an exported program lies in one folder, in old ones at the top.
    let within =
        |name: &str| names.iter().any(|found| *found == name || found.split_once('/').is_some_and(|it| it.1 == name));
    if names.iter().any(|name| name.contains("data/aotinductor/")) {
        return FileKind::CompiledProgram;
    }
    if within("serialized_exported_program.json") {
        return FileKind::OldExportedProgram;
    }
    if within("archive_format") || within("models/model.json") {
        return FileKind::ExportedProgram;
    }
    if has("model.weights.h5") {
        return FileKind::Keras;
    }
    if names.iter().any(|name| name.contains("com.apple.CoreML/")) {
        return FileKind::CoreMl;
    }
    if names.iter().any(|name| name.rsplit('/').next() == Some("saved_model.pb")) {
        return FileKind::SavedModel;
    }
    if has("[Content_Types].xml") || (has("mimetype") && has("content.xml")) {
        return FileKind::Spreadsheet;
    }
    kind_of_files(names)
}

/// Returns an archive of PyTorch: the pickle of a model or of weights lies in `folder`.
fn kind_of_torch(names: &[&str], folder: &str) -> FileKind {
    let within = |start: &str| {
        names.iter().any(|name| {
            name.strip_prefix(folder).and_then(|it| it.strip_prefix('/')).is_some_and(|it| it.starts_with(start))
        })
    };
    if !within("code/") || !within("constants.pkl") {
        return if within("bytecode.pkl") { FileKind::MobileTorchscript } else { FileKind::TorchSave };
    }
    if within("code/__torch__/torch/classes/quantized") {
        return FileKind::QuantisedTorchscript;
    }
    if within("code/__torch__/torch/classes/xnnpack") {
        return FileKind::MobileTorchscript;
    }
    FileKind::Torchscript
}

/// Returns an archive that people made by hand.
fn kind_of_files(names: &[&str]) -> FileKind {
    if let Some(name) = names.iter().find(|name| is_model_name(name)) {
        return FileKind::ZippedModel(shown(name));
    }
    let Some(first) = names.first() else { return FileKind::OtherZip(String::new()) };
    if names.iter().all(|name| ends(name, &["npy"])) {
        return FileKind::Numpy;
    }
    if names.iter().all(|name| ends(name, &["csv", "tsv", "txt"])) {
        return FileKind::ZippedTable(shown(first));
    }
    FileKind::OtherZip(shown(first))
}

/// Returns whether a file is a model by its name.
pub(super) fn is_model_name(name: &str) -> bool {
    let models = [
        "pt",
        "pth",
        "pt2",
        "ptl",
        "ts",
        "torchscript",
        "onnx",
        "safetensors",
        "h5",
        "keras",
        "tflite",
        "ckpt",
        "mlmodel",
        "gguf",
    ];
    ends(name, &models)
}

fn ends(name: &str, extensions: &[&str]) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
    extension.is_some_and(|extension| extensions.contains(&extension.as_str()))
}

/// Returns a name as a message may repeat it.
pub(super) fn shown(name: &str) -> String {
    crate::text::shown(name.as_bytes()).chars().take(SHOWN).collect()
}
