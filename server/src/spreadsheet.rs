//! Cells of CSV files that people open in spreadsheets.

/// Returns what people wrote, made safe for spreadsheets: a cell that one would take for a formula
/// begins with an apostrophe.
pub fn guarded(text: &str) -> String {
    let formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    if text.starts_with(formula) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1"] {
            assert_eq!(guarded(text), format!("'{text}"));
        }
        for text in ["", "SuperVision", "a=b", "5 CNNs"] {
            assert_eq!(guarded(text), text);
        }
    }
}
