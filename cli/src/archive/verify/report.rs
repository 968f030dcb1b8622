//! What is proved, what is open, and what is wrong.

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) proved: Vec<String>,
    pub(super) open: Vec<String>,
    pub(super) problems: Vec<String>,
}

impl Report {
    pub(super) fn prove(&mut self, sentence: impl Into<String>) {
        self.proved.push(sentence.into());
    }

    pub(super) fn leave_open(&mut self, sentence: impl Into<String>) {
        self.open.push(sentence.into());
    }

    pub(super) fn problem(&mut self, sentence: impl Into<String>) {
        self.problems.push(sentence.into());
    }

    /// Takes a result's value, or notes why there is none.
    pub(super) fn noted<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result.map_err(|problem| self.problem(problem)).ok()
    }

    /// Adds a sentence unless problems came since there were so many.
    pub(super) fn prove_unless_problems(&mut self, before: usize, sentence: impl Into<String>) {
        if self.problems.len() == before {
            self.prove(sentence);
        }
    }
}
