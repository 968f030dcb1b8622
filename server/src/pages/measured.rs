//! What was measured while a model ran, on one line.

use holdout_protocol::Measures;

/// Pace, size, memory and device, as far as they were measured; empty where nothing was.
pub fn line(measures: &Measures) -> String {
    let Measures { images_per_second, peak_memory_bytes, peak_device_memory_bytes, parameters, device, .. } = measures;
    let mut parts = Vec::new();
    parts.extend(
        parameters.map(|count| format!("{} parameters", scaled(count, &[(1e9, " G"), (1e6, " M"), (1e3, " k")]))),
    );
    parts.extend(images_per_second.map(|pace| format!("{} images/s", three_digits(pace))));
    parts.extend(device.clone());
    parts.extend(peak_device_memory_bytes.map(|count| format!("{} on the device", bytes(count))));
    parts.extend(peak_memory_bytes.map(|count| format!("{} of memory", bytes(count))));
    parts.join(" · ")
}

/// The layers of the sandbox that were left out, for a sentence; none where all were there.
pub fn missing(measures: &Measures) -> Option<String> {
    (!measures.missing_layers.is_empty()).then(|| measures.missing_layers.join(", "))
}

fn bytes(count: u64) -> String {
    const GIB: f64 = 1_073_741_824.0;
    scaled(count, &[(GIB, " GiB"), (GIB / 1024.0, " MiB"), (1024.0, " KiB")])
}

/// A number in the largest unit that it reaches.
fn scaled(count: u64, units: &[(f64, &str)]) -> String {
    let value = approximate(count);
    match units.iter().find(|(unit, _)| value >= *unit) {
        Some((unit, name)) => format!("{}{name}", three_digits(value / unit)),
        None => count.to_string(),
    }
}

/// Good enough for three digits.
fn approximate(count: u64) -> f64 {
    let [low, high] = [count & 0xffff_ffff, count >> 32].map(|half| u32::try_from(half).unwrap_or(u32::MAX));
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

fn three_digits(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_what_was_measured() {
        assert_eq!(line(&Measures::default()), "");
        let measures = Measures {
            images_per_second: Some(2310.4),
            peak_memory_bytes: Some(1_288_490_188),
            peak_device_memory_bytes: Some(700 << 20),
            parameters: Some(61_100_840),
            device: Some("NVIDIA H200".to_owned()),
            ..Measures::default()
        };
        assert_eq!(
            line(&measures),
            "61.1 M parameters · 2310 images/s · NVIDIA H200 · 700 MiB on the device · 1.20 GiB of memory"
        );
        assert_eq!(line(&Measures { parameters: Some(999), ..Measures::default() }), "999 parameters");
        let missing_layers = vec!["landlock".to_owned(), "pid_namespace".to_owned()];
        let text = missing(&Measures { missing_layers, ..measures });
        assert_eq!(text.as_deref(), Some("landlock, pid_namespace"));
    }
}
