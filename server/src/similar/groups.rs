//! Groups of teams: each agrees with another one of its group.

use std::collections::{BTreeMap, HashMap, HashSet};

use holdout_evaluation::Agreement;
use holdout_protocol::{IdenticalSubmission, SimilarGroup, SimilarPair, TeamId, TeamName};

use crate::db::similar::Compared;

/// Most pairs that are shown of a group.
const SHOWN: usize = 20;

/// Two submissions that agree too much.
#[derive(Debug)]
pub struct Found<'e> {
    pub first: &'e Compared,
    pub second: &'e Compared,
    pub agreement: Agreement,
    pub p_value: f64,
}

/// Returns the groups that pairs make, the largest first; `pairs` have the least p value first.
#[must_use]
pub fn groups(pairs: Vec<Found<'_>>) -> Vec<SimilarGroup> {
    let mut leaders = Leaders::default();
    for pair in &pairs {
        leaders.join(pair.first.team, pair.second.team);
    }
    let mut of_group: HashMap<TeamId, Vec<Found<'_>>> = HashMap::new();
    for pair in pairs {
        of_group.entry(leaders.of(pair.first.team)).or_default().push(pair);
    }
    let mut groups: Vec<SimilarGroup> = of_group.into_values().map(group).collect();
    groups.sort_by(|a, b| b.teams.len().cmp(&a.teams.len()).then_with(|| a.teams.cmp(&b.teams)));
    groups
}

fn group(pairs: Vec<Found<'_>>) -> SimilarGroup {
    let (mut teams, mut submissions) = (HashSet::new(), BTreeMap::new());
    for entry in pairs.iter().flat_map(|pair| [pair.first, pair.second]) {
        teams.insert(entry.team_name.clone());
        let Compared { submission, team_name: team, created_at, .. } = entry.clone();
        submissions.insert(submission, IdenticalSubmission { submission, team, created_at });
    }
    let mut teams: Vec<TeamName> = teams.into_iter().collect();
    teams.sort_unstable();
    let pair = |Found { first, second, agreement, p_value }| {
        let Agreement { lists, same_lists, either_wrong, both_wrong, same_wrong } = agreement;
        let (first, second) = (first.submission, second.submission);
        SimilarPair { first, second, lists, same_lists, either_wrong, both_wrong, same_wrong, p_value }
    };
    let pairs = pairs.into_iter().take(SHOWN).map(pair).collect();
    SimilarGroup { teams, submissions: submissions.into_values().collect(), pairs }
}

/// Who stands for each team: one of its group.
#[derive(Debug, Default)]
struct Leaders(HashMap<TeamId, TeamId>);

impl Leaders {
    fn of(&self, team: TeamId) -> TeamId {
        let mut found = team;
        while let Some(above) = self.0.get(&found).filter(|above| **above != found) {
            found = *above;
        }
        found
    }

    fn join(&mut self, a: TeamId, b: TeamId) {
        let (a, b) = (self.of(a), self.of(b));
        self.0.insert(a, b);
    }
}

#[cfg(test)]
mod tests {
    use holdout_protocol::SubmissionId;

    use super::*;
    use crate::samples::at;

    fn entry(name: &str) -> Compared {
        Compared {
            submission: SubmissionId::new(),
            team: TeamId::new(),
            team_name: name.parse().unwrap(),
            created_at: at(1),
            answers_of: None,
            top1: Vec::new(),
        }
    }

    #[test]
    fn teams_that_agree_with_one_another_in_a_chain_are_one_group() {
        let [a, b, c, d, e] = ["A", "B", "C", "D", "E"].map(entry);
        let found = |first, second, p_value| Found { first, second, agreement: Agreement::default(), p_value };
        let groups = groups(vec![found(&c, &b, 1e-9), found(&e, &d, 1e-8), found(&b, &a, 1e-7)]);
        let teams: Vec<Vec<&str>> =
            groups.iter().map(|group| group.teams.iter().map(TeamName::as_str).collect()).collect();
        assert_eq!(teams, [vec!["A", "B", "C"], vec!["D", "E"]]);
        let p_values: Vec<f64> = groups[0].pairs.iter().map(|pair| pair.p_value).collect();
        assert_eq!(p_values, [1e-9, 1e-7], "the strongest pair first");
        let of_first: Vec<_> = groups[0].submissions.iter().map(|it| it.submission).collect();
        assert_eq!(of_first, [a.submission, b.submission, c.submission], "oldest first");
        assert!(super::groups(Vec::new()).is_empty());
    }

    #[test]
    fn a_large_group_shows_its_strongest_pairs() {
        let entries: Vec<Compared> = (0..30).map(|number| entry(&format!("T{number:02}"))).collect();
        let pairs = entries.iter().skip(1).zip(1..).map(|(second, p)| Found {
            first: &entries[0],
            second,
            agreement: Agreement::default(),
            p_value: f64::from(p) * 1e-9,
        });
        let groups = groups(pairs.collect());
        assert_eq!((groups.len(), groups[0].teams.len(), groups[0].pairs.len()), (1, 30, SHOWN));
        assert_eq!(groups[0].submissions.len(), 30);
    }
}
