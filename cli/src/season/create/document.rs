//! The texts of a new season: `season.yaml` and `rules.md`.

use std::path::PathBuf;

use holdout_protocol::{InputTransform, Precision, Slug, Timestamp};

use super::super::written::quoted;
use crate::show::figures::grouped;

/// The only task of a season that is made so.
pub(super) const TASK: &str = "classification";

/// The channels' mean and deviation that torchvision's networks were trained with.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const STD: [f32; 3] = [0.229, 0.224, 0.225];

/// What `season.yaml` says.
pub(super) struct Document {
    pub(super) season: Slug,
    pub(super) title: String,
    pub(super) metric: String,
    /// The archive of the images, if it is not in the folder.
    pub(super) archive: Option<PathBuf>,
    pub(super) images: usize,
    pub(super) resize: u32,
    pub(super) crop: u32,
}

impl Document {
    /// Returns how images are prepared.
    pub(super) fn input(&self) -> InputTransform {
        let precision = Precision::default();
        InputTransform { resize: Some(self.resize), crop: self.crop, mean: MEAN, std: STD, precision }
    }

    /// Returns `season.yaml`.
    pub(super) fn to_yaml(&self) -> String {
        let Self { season, metric, resize, crop, .. } = self;
        let images = match &self.archive {
            Some(path) => quoted(&path.display().to_string()),
            None => "images.tar".to_owned(),
        };
        format!(
            "season: {season}\n\
             title: {title}\n\
             rules: rules.md\n\
             opens: {opens}\n\
             # closes: 2030-01-31T23:59:59Z\n\
             draft: true                  # only organizers see it; write false and apply again to show it\n\
             tasks:\n\
             \x20 - task: {TASK}\n\
             \x20   title: Classification\n\
             \x20   metric: {metric}\n\
             \x20   accepts: [predictions, torchscript]\n\
             \x20   classes: classes.tsv\n\
             \x20   test_set:\n\
             \x20     labels: labels.csv\n\
             \x20     images: {images}\n\
             \x20   input: {{ resize: {resize}, crop: {crop}, mean: {MEAN:?}, std: {STD:?}, precision: float32 }}\n\
             \x20   # split: {{ public: 0.3 }}   # omitted: every image counts on the public board\n\
             \x20   quota: {{ submissions: 2, per: 7d }}\n\
             \x20   limits: {{ predictions: {predictions}, model: 4GiB, wall: {wall}, memory: 16GiB }}\n",
            title = quoted(&self.title),
            opens = Timestamp::now(),
            predictions = if self.images > 500_000 { "1GiB" } else { "64MiB" },
            wall = self.wall(),
        )
    }

    /// Returns the time that one run may take: a quarter of a second for each image, which a
    /// network such as ResNet-50 keeps on a few cores.
    fn wall(&self) -> String {
        let minutes = self.images.div_ceil(4).div_ceil(60);
        match minutes {
            0..=30 => "30m".to_owned(),
            _ => format!("{}h", minutes.div_ceil(60).min(168)),
        }
    }
}

/// Returns `rules.md`, for the organizer to extend.
pub(super) fn rules_text(document: &Document, classes: usize, order: &str) -> String {
    let Document { metric, resize, crop, images, .. } = document;
    let count = |number: usize| grouped(u64::try_from(number).unwrap_or(u64::MAX));
    let what = if metric == "top5_error" {
        "the class is not among the first five answers"
    } else {
        "the first answer is not the class"
    };
    format!(
        "# Rules\n\n\
         The task is to name the class of each of {images} images; there are {classes} classes. The score is the share of images for \
         which {what}: lower is better.\n\n\
         ## Models\n\n\
         Send a TorchScript archive or a program of `torch.export`. It gets images of 3 × {crop} × {crop}: the shorter side is resized \
         to {resize} pixels, the centre is cut out, and the channels are normalised with the mean {MEAN:?} and the standard \
         deviation {STD:?}, exactly as torchvision's `Resize({resize})`, `CenterCrop({crop})`, `ToTensor` and `Normalize` do. It returns \
         scores of shape [N, {classes_plain}].\n\n\
         The order of the outputs is that of the task's list of classes: {order}.\n\n\
         ## Files of predictions\n\n\
         A CSV file with the columns `image` and `labels`: for each image the file name, and up to five classes, best first, as ids of \
         the list of classes.\n",
        images = count(*images),
        classes = count(classes),
        classes_plain = classes,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(images: usize) -> Document {
        Document {
            season: "birds".parse().unwrap(),
            title: "Birds: \"the\" sea\\son".to_owned(),
            metric: "top1_error".to_owned(),
            archive: Some(PathBuf::from("/data/my \"val\".tar")),
            images,
            resize: 32,
            crop: 28,
        }
    }

    #[test]
    fn a_run_has_a_quarter_of_a_second_for_each_image_within_half_an_hour_and_a_week() {
        for (images, wall) in [
            (0, "30m"),
            (7200, "30m"),
            (7201, "1h"),
            (14_400, "1h"),
            (14_401, "2h"),
            (50_000, "4h"),
            (2_419_200, "168h"),
            (10_000_000, "168h"),
        ] {
            assert_eq!(document(images).wall(), wall, "{images}");
        }
    }

    #[test]
    fn what_is_written_is_read_again_whatever_is_in_its_texts() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("season.yaml");
        std::fs::write(&file, document(500_001).to_yaml()).unwrap();
        let read = crate::season::read_folder(&file).unwrap();
        assert_eq!((read.season.title.as_str(), read.draft), ("Birds: \"the\" sea\\son", Some(true)));
        let [task] = read.tasks.as_slice() else { panic!("{:?}", read.tasks) };
        assert_eq!(task.images.as_ref().unwrap().path, PathBuf::from("/data/my \"val\".tar"));
        assert_eq!(task.settings.input, Some(document(1).input()));
        assert_eq!(task.settings.limits.predictions_bytes, 1 << 30);
        std::fs::write(&file, document(500_000).to_yaml()).unwrap();
        assert_eq!(crate::season::read_folder(&file).unwrap().tasks[0].settings.limits.predictions_bytes, 64 << 20);
    }

    #[test]
    fn the_rules_explain_the_metric_that_counts() {
        let rules =
            |metric: &str| rules_text(&Document { metric: metric.to_owned(), ..document(1234) }, 1000, "by hand");
        let first = rules("top1_error");
        assert!(first.contains("each of 1,234 images; there are 1,000 classes"), "{first}");
        assert!(first.contains("the first answer is not the class: lower is better"), "{first}");
        assert!(first.contains("scores of shape [N, 1000]") && first.contains("list of classes: by hand."), "{first}");
        assert!(first.contains("images of 3 × 28 × 28") && first.contains("`Resize(32)`, `CenterCrop(28)`"), "{first}");
        assert!(rules("top5_error").contains("the class is not among the first five answers: lower"));
    }
}
