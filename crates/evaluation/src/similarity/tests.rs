use super::*;

const CLASSES: usize = 100;

fn entry(rows: &[[u16; 5]]) -> Predictions {
    Predictions::from_rows(rows.to_vec())
}

/// The marks on all images. The labels are the right classes.
fn marks(entry: &Predictions, labels: &[u16], baselines: &[Predictions]) -> Marks {
    let right = Bits::from_fn(labels.len(), |image| entry.rows()[image][0] == labels[image]);
    Marks::new(entry, &right, baselines, &(0..labels.len()).collect::<Vec<_>>())
}

#[test]
fn agreement_is_counted_as_by_hand() {
    let labels = [1, 1, 1, 1, 1];
    let a = entry(&[[1, 2, 3, 4, 5], [2, 1, 3, 4, 5], [3, 0, 0, 0, 0], [4, 5, 6, 0, 0], [1, 0, 0, 0, 0]]);
    let b = entry(&[[1, 5, 4, 3, 2], [2, 1, 3, 4, 6], [3, 0, 0, 0, 0], [1, 5, 6, 0, 0], [1, 0, 0, 0, 0]]);
    let found = marks(&a, &labels, &[]).compare(&marks(&b, &labels, &[]));
    // Images 0, 1 and 3 have lists; that of image 0 is in another order. Wrong are images 1 to 3.
    let wanted = Agreement { lists: 3, same_lists: 1, either_wrong: 3, both_wrong: 2, same_wrong: 2 };
    assert_eq!(found, wanted);
    // A baseline with the list of one of them at image 1, and with the label of both at image 2.
    let baseline = entry(&[[9; 5], [2, 4, 5, 3, 1], [3, 0, 0, 0, 0], [9; 5], [9; 5]]);
    let left = marks(&a, &labels, std::slice::from_ref(&baseline)).compare(&marks(&b, &labels, &[baseline]));
    assert_eq!(left, Agreement { lists: 2, same_lists: 1, either_wrong: 1, both_wrong: 0, same_wrong: 0 });
}

#[test]
fn p_values_agree_with_the_formula() {
    let p = |agreement: Agreement| agreement.ln_p(Expected::LEAST).exp();
    let labels = Agreement { lists: 0, same_lists: 0, either_wrong: 20, both_wrong: 20, same_wrong: 20 };
    assert!((p(labels) - 2.0 * 0.8_f64.powi(20)).abs() < 1e-12, "{}", p(labels));
    let lists = Agreement { lists: 10, same_lists: 9, ..Agreement::default() };
    let tail = 10.0 * 0.6_f64.powi(9) * 0.4 + 0.6_f64.powi(10);
    assert!((p(lists) - 2.0 * tail).abs() < 1e-12, "{}", p(lists));
    // Where all pairs give the same wrong label, it is no evidence that these do.
    assert!((labels.ln_p(Expected { labels: 1.0, ..Expected::LEAST })).abs() < 1e-12);
    assert!(p(Agreement::default()) >= 1.0);
}

#[test]
fn adjusted_p_values_agree_with_holms_step_down() {
    let p = [0.01_f64, 0.04, 0.03, 0.005];
    let adjusted = holm_adjusted(&p.map(f64::ln), 4.0);
    for (found, wanted) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
        assert!((found - wanted).abs() < 1e-12, "{adjusted:?}");
    }
    for level in [0.019, 0.02001, 0.031, 0.05, 0.061] {
        let significant: Vec<bool> = adjusted.iter().map(|p| *p <= level).collect();
        assert_eq!(significant, crate::holm(&p, level), "{level}");
    }
    let few = holm_adjusted(&[f64::ln(0.001)], 1000.0);
    assert!((few[0] - 1.0).abs() < 1e-9, "999 tests that are not given count: {few:?}");
    assert_eq!(holm_adjusted(&[-1e9], 1e9), [0.0]);
}

#[test]
fn constant_answers_are_no_evidence() {
    let labels: Vec<u16> = (0..1000).map(|image| image % 10 + 1).collect();
    let constant = marks(&entry(&[[1, 0, 0, 0, 0]; 1000]), &labels, &[]);
    let (agreement, chance) = (constant.compare(&constant), constant.coincidence(&constant));
    assert_eq!((agreement.same_wrong, agreement.both_wrong), (900, 900));
    assert!((chance.labels - 1.0).abs() < 1e-12);
    assert!(agreement.ln_p(chance.max(Expected::LEAST)).abs() < 1e-12);
    let lists = marks(&entry(&[[1, 2, 3, 4, 5]; 1000]), &labels, &[]);
    let p = lists.compare(&lists).ln_p(lists.coincidence(&lists).max(Expected::LEAST));
    assert!(p.abs() < 1e-12, "{p}");
}

#[test]
fn a_sample_has_images_of_all_parts_and_depends_on_the_seed() {
    assert_eq!(sample(5, 9, 1), [0, 1, 2, 3, 4]);
    let drawn = sample(100_000, 2048, 7);
    assert_eq!(drawn.len(), 2048);
    assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]) && drawn[2047] < 100_000);
    assert_ne!(drawn, sample(100_000, 2048, 8));
}

/// Latent logits: what is on the images, and what models make of it.
struct World {
    random: SplitMix64,
    labels: Vec<u16>,
    /// What all models see on an image.
    images: Vec<Vec<f64>>,
}

type Logits = Vec<Vec<f64>>;

impl World {
    /// Makes this many images of [`CLASSES`]. Models are better if `strength` is larger.
    fn new(images: usize, strength: f64, seed: u64) -> Self {
        let mut world = Self { random: SplitMix64::new(seed), labels: Vec::new(), images: Vec::new() };
        for image in 0..images {
            let mut seen: Vec<f64> = (0..CLASSES).map(|_| 0.7 * world.normal()).collect();
            seen[image % CLASSES] += strength;
            world.labels.push(u16::try_from(image % CLASSES + 1).unwrap());
            world.images.push(seen);
        }
        world
    }

    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "tests")]
    fn normal(&mut self) -> f64 {
        let mut uniform = || ((self.random.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
    }

    fn with_noise(&mut self, logits: &Logits, noise: f64) -> Logits {
        let row = |world: &mut Self, row: &Vec<f64>| row.iter().map(|it| it + noise * world.normal()).collect();
        logits.iter().map(|it| row(self, it)).collect()
    }

    /// A model of its own.
    fn model(&mut self) -> Logits {
        let images = self.images.clone();
        self.with_noise(&images, 0.7)
    }

    /// Changes a share of the lists: another first label.
    fn change(&mut self, entry: &Predictions, share: f64) -> Predictions {
        let mut rows = entry.rows().to_vec();
        for row in &mut rows {
            if f64::from(u32::try_from(self.random.below(1000)).unwrap()) < share * 1000.0 {
                row[0] = u16::try_from(self.random.below(100) + 1).unwrap();
            }
        }
        Predictions::from_rows(rows)
    }

    /// Shuffles the positions after the first.
    fn shuffle(&mut self, entry: &Predictions) -> Predictions {
        let mut rows = entry.rows().to_vec();
        for row in &mut rows {
            let by = usize::try_from(self.random.below(4)).unwrap();
            row[1..].rotate_left(by);
        }
        Predictions::from_rows(rows)
    }

    fn compared(&self, a: &Predictions, b: &Predictions, baselines: &[Predictions]) -> Agreement {
        marks(a, &self.labels, baselines).compare(&marks(b, &self.labels, baselines))
    }
}

fn best_five(logits: &Logits) -> Predictions {
    let row = |row: &Vec<f64>| {
        let mut order: Vec<usize> = (0..CLASSES).collect();
        order.sort_by(|a, b| row[*b].total_cmp(&row[*a]));
        std::array::from_fn(|place| u16::try_from(order[place] + 1).unwrap())
    };
    Predictions::from_rows(logits.iter().map(row).collect())
}

fn mixed(models: &[Logits], weights: &[f64]) -> Predictions {
    let at = |image: usize, class: usize| models.iter().zip(weights).map(|(model, w)| w * model[image][class]).sum();
    let row = |image| (0..CLASSES).map(|class| at(image, class)).collect();
    best_five(&(0..models[0].len()).map(row).collect())
}

fn first_only(entry: &Predictions) -> Predictions {
    Predictions::from_rows(entry.rows().iter().map(|row| [row[0], 0, 0, 0, 0]).collect())
}

/// The p value among a thousand pairs.
fn p(agreement: Agreement) -> f64 {
    holm_adjusted(&[agreement.ln_p(Expected::LEAST)], 1000.0)[0]
}

fn tell(what: &str, found: Agreement) {
    let lists = found.list_share();
    println!("{what:34} same lists {lists:.2}  same wrong labels {:.2}  p {:.1e}", found.label_share(), p(found));
}

/// Prints what decision 15 states.
#[test]
fn teams_that_made_models_of_one_public_model_are_never_shown_and_copies_are() {
    for (images, strength) in [(1000, 2.5), (1000, 4.0), (1000, 6.0), (100, 2.5)] {
        let mut world = World::new(images, strength, 3);
        let public = world.model();
        println!("{images} images, strength {strength}");
        let mut honest = |what: &str, noise: Option<f64>| {
            let [a, b] = std::array::from_fn(|_| match noise {
                Some(noise) => best_five(&world.with_noise(&public, noise)),
                None => best_five(&world.model()),
            });
            for (form, found) in [
                ("", world.compared(&a, &b, &[])),
                (", one label", world.compared(&first_only(&a), &first_only(&b), &[])),
            ] {
                tell(&format!("{what}{form}"), found);
                assert!(p(found) > LEVEL, "{what}{form}: {found:?}");
            }
        };
        honest("models of their own", None);
        for noise in [0.1, 0.2, 0.4] {
            honest(&format!("fine-tuned, noise {noise}"), Some(noise));
        }
        let own = best_five(&world.with_noise(&public, 0.4));
        for share in [0.0, 0.01, 0.05] {
            let copy = world.change(&own, share);
            let found = world.compared(&own, &copy, &[]);
            tell(&format!("copy, {share} changed"), found);
            assert!(p(found) <= LEVEL, "{share}: {found:?}");
            let copy = world.shuffle(&copy);
            assert!(p(world.compared(&own, &copy, &[])) <= LEVEL, "{share}, shuffled");
        }
        let models: Vec<Logits> = (0..4).map(|_| world.with_noise(&public, 0.6)).collect();
        let even = mixed(&models, &[0.25; 4]);
        for by in [0.01, 0.02, 0.05] {
            let found = world.compared(&even, &mixed(&models, &[0.25 + by, 0.25 - by, 0.25 + by, 0.25 - by]), &[]);
            tell(&format!("ensemble, weights by {by}"), found);
            assert!(p(found) <= LEVEL || by > 0.02 || images < 1000, "{by}: {found:?}");
        }
    }
}

#[test]
fn what_is_shared_with_a_baseline_explains_itself() {
    let mut world = World::new(1000, 4.0, 5);
    let public = best_five(&world.model());
    let [a, b] = [world.change(&public, 0.03), world.change(&public, 0.03)];
    assert!(p(world.compared(&a, &b, &[])) <= LEVEL, "two copies of one file");
    assert!(p(world.compared(&a, &b, std::slice::from_ref(&public))) > LEVEL, "which the organizers gave them");
    // A model of its own that stands beside it, and a copy of that, are still shown.
    let own = best_five(&world.model());
    let copy = world.change(&own, 0.02);
    assert!(p(world.compared(&own, &copy, &[public])) <= LEVEL);
}

#[test]
fn entries_at_chance_and_with_two_classes_are_not_shown() {
    let mut random = SplitMix64::new(9);
    let mut entry = |classes| {
        let row = |_| [u16::try_from(random.below(classes) + 1).unwrap(), 0, 0, 0, 0];
        Predictions::from_rows((0..1000).map(row).collect())
    };
    for classes in [2, 100] {
        let labels: Vec<u16> = entry(classes).rows().iter().map(|row| row[0]).collect();
        let [a, b] = [marks(&entry(classes), &labels, &[]), marks(&entry(classes), &labels, &[])];
        assert!(p(a.compare(&b)) > LEVEL, "{classes}");
    }
}

#[test]
fn the_screen_finds_the_group_and_expects_of_others_what_they_show() {
    let mut world = World::new(1000, 3.0, 11);
    let (public, source) = (world.model(), world.model());
    let own = best_five(&source);
    let mut entries = Vec::new();
    for team in 0..4 {
        let copy = world.change(&own, 0.02);
        entries.push((team, marks(&copy, &world.labels, &[])));
        entries.push((team, marks(&own, &world.labels, &[])));
    }
    for team in 4..12 {
        let tuned = best_five(&world.with_noise(&public, 0.2));
        entries.push((team, marks(&tuned, &world.labels, &[])));
    }
    let screened = screen(&entries);
    let mut teams: Vec<_> =
        screened.candidates.iter().map(|it| (entries[it.a].0, entries[it.b].0)).filter(|(_, b)| *b < 4).collect();
    teams.sort_unstable();
    assert_eq!(teams, [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]);
    assert_eq!(screened.candidates[0].agreement.same_lists, 1000, "the strongest pair, not the first one");
    assert!(screened.complete);
    assert_eq!(screened.pairs, 16 * 15 / 2 - 4, "all but those of one team");
    assert!((LEAST_EXPECTED..0.9).contains(&screened.expected.labels), "{:?}", screened.expected);
}
