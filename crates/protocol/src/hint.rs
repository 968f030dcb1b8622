//! What may explain a verdict or a score: a closed list that clients put into words of their own.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! hints {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $text:literal;)+) => {
        /// What may explain a verdict or a score.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum HintCode {
            $($(#[$doc])* $variant,)+
        }

        impl HintCode {
            /// Every code, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the hint in English, with its facts in braces.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

hints! {
    /// The file has the label 0.
    ZeroBased = "zero_based", "The file contains the label 0: class numbers begin at 1. If yours begin at 0 and are in the order of the class list's numbers, add 1 to each; otherwise send class ids.";
    /// Labels have a fraction.
    Fraction = "fraction", "The file contains labels with a fraction, such as pandas writes where a column has gaps; write whole numbers.";
    /// Rows look like those of a localisation task.
    Localisation = "localisation", "The rows look like those of Kaggle's localisation task, a label and the four numbers of a box for each object; send the labels alone, at most five for an image.";
    /// A character that looks like a space separates labels: `character`.
    OddSpace = "odd_space", "The labels of a line are separated by {character}, which only looks like a space; separate them by plain spaces.";
    /// The first line is a header.
    NoHeader = "no_header", "The first line is that of the first image: text with one line for each image has no header and no comments.";
    /// Commas separate labels.
    Commas = "commas", "The labels of a line are separated by spaces, not by commas.";
    /// Carriage returns within lines.
    CarriageReturns = "carriage_returns", "The file has carriage returns within its lines; end lines with LF or CRLF.";
    /// Columns are separated by semicolons.
    Semicolons = "semicolons", "The columns are separated by semicolons; separate them by commas.";
    /// Columns are separated by tabs.
    Tabs = "tabs", "The columns are separated by tabs; separate them by commas.";
    /// Columns are separated by vertical bars.
    Bars = "bars", "The columns are separated by vertical bars; separate them by commas.";
    /// Names of images differ in folder or extension only: `example`.
    ImageNames = "image_names", "The image names are right but for their folder or extension; write them as in the task's image list, such as `{example}`.";
    /// UTF-32.
    Utf32 = "utf32", "The file is UTF-32; save it as UTF-8.";
    /// UTF-16.
    Utf16 = "utf16", "The file is UTF-16, as some spreadsheets and PowerShell write it; save it as UTF-8.";
    /// Compressed twice.
    CompressedTwice = "compressed_twice", "The file is compressed twice; compress it once.";
    /// A zip archive.
    Zip = "zip", "The file is a zip archive or a spreadsheet; send the text itself, or gzip or zstd of it.";
    /// Compressed by xz.
    Xz = "xz", "The file is compressed by xz; use gzip or zstd.";
    /// Compressed by bzip2.
    Bzip2 = "bzip2", "The file is compressed by bzip2; use gzip or zstd.";
    /// A PDF document.
    Pdf = "pdf", "The file is a PDF document; send plain text.";
    /// Predictions are no better than guesses: `error` and `chance` in percent, `classes`.
    GuessedLabels = "guessed_labels", "A top-5 error of {error} % is what guessing gives with {classes} classes ({chance} %). Are the labels in the order of the task's class list? Class numbers need not follow the sorted class ids, which are the order that most frameworks use. Class ids as labels, and image names in a CSV file, exclude both mistakes.";
    /// A model is no better than guesses: `error` and `chance` in percent, `classes`.
    GuessedOutputs = "guessed_outputs", "A top-5 error of {error} % is what guessing gives with {classes} classes ({chance} %). Are the model's outputs in the order of the task's class list, from 0? Does the model expect images that are normalised as the task says (mean, std, RGB)? Are the trained weights in it?";
    /// The weights are not float32, as the input is: `weights`.
    OtherWeights = "other_weights", "the weights are {weights} and the input is float32: cast the input in `forward`, or send `model.float()`";
    /// What `forward` is given: `side`.
    ForwardInput = "forward_input", "`forward` is given float32 batches of shape [n, 3, {side}, {side}], with n from 1 up: try it with `torch.zeros(1, 3, {side}, {side})`, and with 8 images";
    /// The program takes batches of one size only: `batch`.
    FixedBatch = "fixed_batch", "the program was exported for batches of exactly {batch} images: it is run so, the last batch filled with noise, which costs time, above all if batches are small; export it with `dynamic_shapes=({0: torch.export.Dim.DYNAMIC},)`";
    /// A traced model takes batches of one size only: `batch`.
    TracedBatch = "traced_batch", "the model takes batches of exactly {batch} images, so the size of the batch was written into it when it was traced: it is run so, the last batch filled with noise, which costs time, above all if batches are small; write `x.flatten(1)` or `x.size(0)` in place of the number, and trace it again";
    /// Code in training mode.
    LeftInTraining = "left_in_training", "dropout or batch normalisation of this model is in training mode, whatever the mode of the module: call `model.eval()` before you trace it, and give `F.dropout` and `F.batch_norm` `training=self.training`";
    /// float16 is slow without a GPU.
    SlowHalf = "slow_half", "the weights are float16, which takes about thirty times as long as float32 without a GPU, unless the model casts them: send `model.float()`, or `model.bfloat16()`, which is as fast";
    /// The output looks like the values of `topk`.
    TopkValues = "topk_values", "these look like the values of `topk`: return its `indices`";
    /// The output has one class more than the task.
    BackgroundClass = "background_class", "one class more than the task has is often a background class: leave it out, for example with `scores[:, 1:]`";
    /// The output has further dimensions of size 1.
    ExtraDimensions = "extra_dimensions", "take off the dimensions of size 1 with `flatten(1)`";
    /// The output looks like that of `argmax`: `answers`.
    Argmax = "argmax", "this looks like `argmax`: return the scores, or the indices of `topk({answers})`";
    /// What a model gave: no tensor.
    OutputNotTensor = "output_not_tensor", "no tensor";
    /// What a model gave: a tensor that is not dense, `shape`.
    OutputLayout = "output_layout", "a tensor that is not dense of shape {shape}";
    /// What a model gave: a tensor on another device, `shape`.
    OutputDevice = "output_device", "a tensor on another device of shape {shape}";
    /// What a model gave: complex numbers or truth values, `shape`.
    OutputType = "output_type", "a tensor of complex numbers or truth values of shape {shape}";
    /// What a model gave: scores, `shape`.
    OutputScores = "output_scores", "scores of shape {shape}";
    /// What a model gave: whole numbers, `shape`.
    OutputIntegers = "output_integers", "whole numbers of shape {shape}";
    /// What a model gave: indices that are outside the list or repeated.
    OutputIndices = "output_indices", "class indices that are outside the list or repeated";
    /// What a model gave: not the same form for all images.
    OutputOfImages = "output_of_images", "for some images another output than for others";
    /// What a model gave: a form that depends on the batch.
    OutputOfBatch = "output_of_batch", "an output whose form depends on the batch";
    /// What a model should give: `classes`, `answers`.
    WantedOutput = "wanted_output", "scores of shape [N, {classes}], or ranked class indices of shape [N, {answers}] and type int64";
    /// The limit on the time: `limit`.
    WantedTime = "wanted_time", "at most {limit} from loading to the last answer";
    /// The limit on the time of a trial: `limit`.
    WantedTrialTime = "wanted_trial_time", "at most {limit} for loading and a few pictures";
    /// The limit on memory: `limit`.
    WantedMemory = "wanted_memory", "at most {limit}";
    /// The limit on the memory of a device.
    WantedDeviceMemory = "wanted_device_memory", "no more than the memory of the device";
    /// What a model's file should be.
    WantedArchive = "wanted_archive", "a zip archive as torch.jit.save or torch.export.save writes it";
    /// What a prediction file should be.
    WantedText = "wanted_text", "UTF-8 text, or gzip or zstd of it";
    /// A file takes too long to read: `milliseconds`.
    SlowFile = "slow_file", "a file that takes more than {milliseconds} ms to read";
    /// The scorer has less memory than the task allows, MiB: `allowed`, `available`.
    LessMemory = "less_memory", "the task allows {allowed} MiB; the scorer that ran the model has {available} MiB for it";
    /// The archive grows when it is unpacked.
    SaveUncompressed = "save_uncompressed", "Save the model with torch.jit.save, which does not compress weights.";
    /// `forward` takes something else than images.
    WrapForward = "wrap_forward", "Wrap the model in a module whose `forward` takes the images alone.";
    /// A device is written into the code.
    DeviceOfInput = "device_of_input", "Trace or script the model on a CPU, and write `x.device` for the device of a tensor. If it is the device of `torch.autocast`, trace the model: then it is not in the code.";
    /// The model is quantised.
    FloatModel = "float_model", "Quantised models are not accepted; send the float model, from before it was quantised.";
    /// The model was optimised for inference.
    BeforeInference = "before_inference", "Save the model before `torch.jit.optimize_for_inference`; the scorer optimises it by itself.";
    /// The model was optimised for mobile devices.
    BeforeMobile = "before_mobile", "Save the model before `optimize_for_mobile`.";
    /// The model chooses a device.
    MoveToInput = "move_to_input", "The model moves a tensor to a device of its own choice. Remove that, or write `.to(x.device)`: the scorer puts the model and the images on its device.";
    /// An operator is of torchvision's library.
    WithoutTorchvision = "without_torchvision", "Operators of torchvision's own library are not accepted; write the model without them.";
    /// The model draws random numbers.
    TraceInEval = "trace_in_eval", "Trace the model with torch.jit.trace after `eval()`, or put what draws random numbers behind `if self.training:`.";
    /// The file of an exported program is damaged.
    ExportAgain = "export_again", "Export and save the model again, and compare the size after copying it.";
    /// The program does not take one batch of images.
    ExportLines = "export_lines", "Export it like this: `program = torch.export.export(model.eval(), (torch.rand(2, 3, SIDE, SIDE),), dynamic_shapes=({0: torch.export.Dim.DYNAMIC},))` and `torch.export.save(program, \"model.pt2\")`, with the side of the task's images for SIDE.";
    /// The program takes images of another size.
    ExportSize = "export_size", "Export it again with an input of that size and `dynamic_shapes=({0: torch.export.Dim.DYNAMIC},)`.";
    /// The program is of another version of PyTorch.
    LaterPytorch = "later_pytorch", "Export and save the model again with PyTorch 2.9 or later.";
    /// The program was exported in training mode.
    ExportInEval = "export_in_eval", "It was exported in training mode; call `model.eval()` before `torch.export.export`.";
    /// The program changes its buffers.
    WithoutState = "without_state", "A model may not keep anything from one batch to the next; remove that, or copy the buffer before it is changed.";
    /// The program holds objects of a library.
    WithoutObjects = "without_objects", "Such objects are C++ code of a library; export the model without them.";
    /// The program returns more than scores.
    ScoresAlone = "scores_alone", "Return the scores alone: wrap the model in a module whose `forward` returns them, and export that.";
    /// The weights are no dense tensors of real numbers.
    PlainWeights = "plain_weights", "Export the model with plain float32, float16 or bfloat16 weights.";
    /// The program is quantised.
    FloatProgram = "float_program", "Quantised models are not accepted; export the float model, from before `convert_pt2e` or `quantize_`.";
    /// The program uses autocast.
    WithoutAutocast = "without_autocast", "Export the model without `torch.autocast`, or `torch.export.save(program.run_decompositions(), \"model.pt2\")`, which writes its casts out.";
    /// The program has control flow.
    WithoutControlFlow = "without_control_flow", "Replace the condition, loop or other control flow by operators that compute both ways, such as `torch.where`.";
    /// The program draws random numbers.
    WithoutChance = "without_chance", "Remove what draws random numbers, and call `model.eval()` before `torch.export.export`.";
    /// An operator is not allowed in this form of a program.
    OtherForm = "other_form", "Rewrite the model without it, or send the other form of the program: as exported, or after `run_decompositions()`.";
    /// An operator is a custom one.
    WithoutCustom = "without_custom", "Custom operators are not accepted; write the model with operators of PyTorch itself.";
}

/// A hint with its facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hint {
    /// Which of the closed list.
    pub code: HintCode,
    /// Its facts by name.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
}

impl Hint {
    /// Returns the hint on weights of this type, if a model that has them is slow on a CPU.
    #[must_use]
    pub fn on_slow_weights(weights: Option<&str>) -> Option<Self> {
        (weights == Some("float16")).then(|| HintCode::SlowHalf.into())
    }

    /// The same hint with one more fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.facts.insert(name.to_owned(), value.to_string());
        self
    }
}

impl From<HintCode> for Hint {
    fn from(code: HintCode) -> Self {
        Self { code, facts: BTreeMap::new() }
    }
}

/// The hint in English.
impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fill = |text: String, (name, value): (&String, &String)| text.replace(&format!("{{{name}}}"), value);
        f.write_str(&self.facts.iter().fold(self.code.text().to_owned(), fill))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_stand_in_their_places() {
        let hint = Hint::from(HintCode::LessMemory).with("allowed", 16).with("available", 8);
        assert_eq!(hint.to_string(), "the task allows 16 MiB; the scorer that ran the model has 8 MiB for it");
        assert_eq!(Hint::from(HintCode::Xz).to_string(), HintCode::Xz.text());
    }

    #[test]
    fn every_place_for_a_fact_has_a_name_and_is_closed() {
        for code in HintCode::ALL {
            for (place, _) in code.text().match_indices('{') {
                let rest = &code.text()[place + 1..];
                let name = rest.split('}').next().unwrap();
                let is_fact = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
                // A dictionary of Python is shown as it is typed.
                assert!(is_fact || name.starts_with("0: "), "{code:?}: {name}");
            }
        }
    }

    #[test]
    fn a_fact_is_filled_in_wherever_it_is_asked_for_and_one_that_is_not_asked_for_nowhere() {
        let hint = Hint::from(HintCode::ForwardInput).with("side", 224).with("other", "x");
        assert!(hint.to_string().contains("[n, 3, 224, 224]") && hint.to_string().contains("(1, 3, 224, 224)"));
        assert!(!hint.to_string().contains('{') && !hint.to_string().contains("x,"), "{hint}");
    }
}
