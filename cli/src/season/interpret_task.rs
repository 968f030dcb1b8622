//! What a task of `season.yaml` means.

use std::ops::RangeInclusive;

use holdout_protocol::{
    InputTransform, Limits, Metric, Precision, QuotaRule, RequiredField, Slug, Split, SubmissionKind, TaskSettings,
    check_task,
};
use serde_saphyr::Spanned;

use super::document::{InputDocument, LimitsDocument, QuotaDocument, SplitDocument, TaskDocument, Written};
use super::interpret::TaskFiles;
use super::values::Reader;

const METRICS: [(&str, Metric); 2] = [("top5_error", Metric::Top5Error), ("top1_error", Metric::Top1Error)];
const PRECISIONS: [(&str, Precision); 2] = [("float32", Precision::Float32), ("tf32", Precision::Tf32)];

pub(super) const KINDS: [(&str, SubmissionKind); 2] =
    [("predictions", SubmissionKind::Predictions), ("torchscript", SubmissionKind::Torchscript)];

impl Reader {
    pub(super) fn task(&mut self, document: &TaskDocument, at: &str) -> Option<TaskFiles> {
        let task = self.parsed::<Slug>(&document.task, &format!("{at}.task"));
        let settings = self.settings(document, at);
        let classes = self.file(&document.classes, format!("{at}.classes"));
        let labels = self.file(&document.test_set.labels, format!("{at}.test_set.labels"));
        let images = document.test_set.images.as_ref();
        let images = images.map(|images| self.file(images, format!("{at}.test_set.images")));
        Some(TaskFiles { task: task?, settings: settings?, classes, labels, images })
    }

    fn settings(&mut self, document: &TaskDocument, at: &str) -> Option<TaskSettings> {
        let title = self.title(&document.title, &format!("{at}.title"));
        let metric = self.one_of(&document.metric, &format!("{at}.metric"), &METRICS);
        let accepts = self.accepts(document, at);
        let input = document.input.as_ref().map(|input| self.input(input, &format!("{at}.input")));
        let split = document.split.as_ref().map(|split| self.split(split, &format!("{at}.split")));
        let quota = document.quota.as_ref().map(|quota| self.quota(quota, &format!("{at}.quota")));
        let limits = document.limits.as_ref().map(|limits| self.limits(limits, &format!("{at}.limits")));
        let finals = document.finals.as_ref().map_or(Some(TaskSettings::default_finals()), |finals| {
            self.number(finals, &format!("{at}.finals"), &TaskSettings::FINALS)
        });
        let approval = document.approval.as_ref();
        let approval = approval.map_or(Some(false), |approval| self.truth(approval, &format!("{at}.approval")));
        let ladder = document.ladder.as_ref();
        let ladder = ladder.map_or(Some(false), |ladder| self.truth(ladder, &format!("{at}.ladder")));
        let required = self.required(document, at);
        let accepts = accepts?;
        if accepts.contains(&SubmissionKind::Torchscript) && document.input.is_none() {
            let message = "is missing; a task that accepts `torchscript` says how images are prepared";
            self.problems.add(document.task.referenced, &format!("{at}.input"), message);
        }
        let settings = TaskSettings {
            title: title?,
            metric: metric?,
            accepts,
            input: input.map_or(Some(None), |input| input.map(Some))?,
            split: split.map_or(Some(None), |split| split.map(Some))?,
            quota: quota.unwrap_or_else(|| Some(QuotaRule::default()))?,
            limits: limits.unwrap_or_else(|| Some(Limits::default()))?,
            finals: finals?,
            approval: approval?,
            ladder: ladder?,
            required: required?,
        };
        // What is left, so that the server refuses nothing once something was sent.
        if let Err(refused) = check_task(&settings)
            && self.problems.is_empty()
        {
            self.problems.add(document.task.referenced, at, refused.message);
        }
        Some(settings)
    }

    fn required(&mut self, document: &TaskDocument, at: &str) -> Option<Vec<RequiredField>> {
        let fields = RequiredField::ALL.map(|field| (field.as_str(), field));
        let named = document.required.iter().enumerate();
        let named = named.map(|(index, written)| self.one_of(written, &format!("{at}.required[{index}]"), &fields));
        // All names are read first, so that every fault is reported.
        let named: Vec<_> = named.collect();
        let named = named.into_iter().collect::<Option<Vec<_>>>()?;
        // In the order of forms, each once: a list in another order asks for the same.
        Some(RequiredField::ALL.into_iter().filter(|field| named.contains(field)).collect())
    }

    fn accepts(&mut self, document: &TaskDocument, at: &str) -> Option<Vec<SubmissionKind>> {
        let field = format!("{at}.accepts");
        if document.accepts.is_empty() {
            let message = "is empty; write `[predictions]` or `[predictions, torchscript]`";
            self.problems.add(document.task.referenced, &field, message);
            return None;
        }
        let kinds: Option<Vec<_>> = document.accepts.iter().map(|kind| self.one_of(kind, &field, &KINDS)).collect();
        let mut kinds = kinds?;
        kinds.sort_unstable();
        kinds.dedup();
        Some(kinds)
    }

    fn input(&mut self, document: &InputDocument, at: &str) -> Option<InputTransform> {
        let resize = document.resize.as_ref();
        let resize = resize.map(|resize| self.number(resize, &format!("{at}.resize"), &InputTransform::PIXELS));
        let crop = self.number(&document.crop, &format!("{at}.crop"), &InputTransform::PIXELS);
        let mean = self.channels(&document.mean, &format!("{at}.mean"), &InputTransform::MEAN);
        let std = self.channels(&document.std, &format!("{at}.std"), &InputTransform::STD);
        let precision = document.precision.as_ref();
        let precision = precision
            .map(|precision| self.one_of(precision, &format!("{at}.precision"), &PRECISIONS))
            .unwrap_or(Some(Precision::default()));
        if let (Some(Some(resize)), Some(crop)) = (resize, crop)
            && crop > resize
        {
            let message = format!("is {crop}; it cannot be larger than `resize`, {resize}");
            self.problems.add(document.crop.referenced, &format!("{at}.crop"), message);
            return None;
        }
        let resize = resize.map_or(Some(None), |resize| resize.map(Some))?;
        Some(InputTransform { resize, crop: crop?, mean: mean?, std: std?, precision: precision? })
    }

    fn channels(
        &mut self,
        values: &Spanned<Vec<Written>>,
        field: &str,
        range: &RangeInclusive<f32>,
    ) -> Option<[f32; 3]> {
        let allowed = format!("a number from {} to {}, because channels are in 0…1", range.start(), range.end());
        let numbers: Option<Vec<f32>> = values
            .value
            .iter()
            .map(|written| {
                let number = written.value.parse::<f32>().ok().filter(|number| range.contains(number));
                if number.is_none() {
                    self.problems.refuse(written, field, &allowed);
                }
                number
            })
            .collect();
        let three = numbers?.try_into();
        if three.is_err() {
            let message = format!("has {} values; write three, for red, green and blue", values.value.len());
            self.problems.add(values.referenced, field, message);
        }
        three.ok()
    }

    fn split(&mut self, document: &SplitDocument, at: &str) -> Option<Split> {
        let public = document.public.value.parse::<f64>().ok().filter(|share| *share > 0.0 && *share < 1.0);
        if public.is_none() {
            self.problems.refuse(
                &document.public,
                &format!("{at}.public"),
                "a share above 0 and below 1, such as `0.3`",
            );
        }
        let seed = match &document.seed {
            Some(seed) => self.number(seed, &format!("{at}.seed"), &(0..=u64::MAX)).map(Some),
            None => Some(None),
        };
        Some(Split { public: public?, seed: seed? })
    }

    fn quota(&mut self, document: &QuotaDocument, at: &str) -> Option<QuotaRule> {
        let submissions = self.number(&document.submissions, &format!("{at}.submissions"), &QuotaRule::SUBMISSIONS);
        let per = self.duration(&document.per, &format!("{at}.per"), &QuotaRule::PER);
        Some(QuotaRule { submissions: submissions?, per_seconds: per? })
    }

    fn limits(&mut self, document: &LimitsDocument, at: &str) -> Option<Limits> {
        let Limits { model_bytes, predictions_bytes, wall_seconds, memory_bytes } = Limits::default();
        let model = self.size(document.model.as_ref(), &format!("{at}.model"), model_bytes, Limits::MODEL);
        let predictions = self.size(
            document.predictions.as_ref(),
            &format!("{at}.predictions"),
            predictions_bytes,
            Limits::PREDICTIONS,
        );
        let memory = self.size(document.memory.as_ref(), &format!("{at}.memory"), memory_bytes, Limits::MEMORY);
        let wall = match &document.wall {
            Some(wall) => self.duration(wall, &format!("{at}.wall"), &Limits::WALL),
            None => Some(wall_seconds),
        };
        Some(Limits {
            model_bytes: model?,
            predictions_bytes: predictions?,
            wall_seconds: wall?,
            memory_bytes: memory?,
        })
    }
}
