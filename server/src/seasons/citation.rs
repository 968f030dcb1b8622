//! How a season is cited: for BibTeX, as a Citation File, and as metadata that data search engines
//! read.

use std::fmt::Write as _;

use holdout_protocol::{Season, Slug};
use serde_json::{Value, json};

use super::get;
use crate::app::App;
use crate::auth::Caller;
use crate::error::{Error, Result};

/// What is cited.
#[derive(Debug)]
pub struct Citation {
    season: Slug,
    title: String,
    /// The address of the season's page.
    url: String,
    /// The day on which the season opened, `YYYY-MM-DD`.
    opened: String,
    tasks: Vec<(Slug, String)>,
}

impl Citation {
    /// The citation of a season; `origin` is the server's address.
    pub fn of(season: &Season, origin: &str) -> Self {
        Self {
            season: season.season.clone(),
            title: season.title.clone(),
            url: format!("{origin}/seasons/{}", season.season),
            opened: season.opens.to_string().chars().take_while(|character| *character != 'T').collect(),
            tasks: season.tasks.iter().map(|task| (task.task.clone(), task.settings.title.clone())).collect(),
        }
    }

    fn organizers(&self) -> String {
        format!("Organizers of {}", self.title)
    }

    /// An entry of a BibTeX file.
    pub fn bibtex(&self) -> String {
        let year: String = self.opened.chars().take_while(|character| *character != '-').collect();
        format!(
            "@misc{{{},\n  title = {{{{{}}}}},\n  author = {{{{{}}}}},\n  year = {{{year}}},\n  howpublished = {{\\url{{{}}}}},\n  \
             note = {{Leaderboards on hidden test sets}}\n}}\n",
            self.season,
            latex(&self.title),
            latex(&self.organizers()),
            self.url
        )
    }

    /// A Citation File, version 1.2.0; <https://citation-file-format.github.io>. Its strings are
    /// those of JSON, which YAML reads.
    pub fn cff(&self) -> String {
        let quoted = |text: &str| Value::from(text).to_string();
        format!(
            "cff-version: 1.2.0\nmessage: \"Cite these results as below.\"\ntype: dataset\ntitle: {}\nauthors:\n  - name: {}\n\
             date-released: {}\nurl: {}\n",
            quoted(&self.title),
            quoted(&self.organizers()),
            self.opened,
            quoted(&self.url)
        )
    }

    /// A data set as <https://schema.org/Dataset> describes it: the boards, to be had as CSV.
    pub fn dataset(&self, origin: &str) -> Value {
        let board = |(task, title): &(Slug, String)| {
            json!({ "@type": "DataDownload", "name": title, "encodingFormat": "text/csv",
                "contentUrl": format!("{origin}/api/v1/seasons/{}/tasks/{task}/leaderboard.csv", self.season) })
        };
        let titles: Vec<&str> = self.tasks.iter().map(|(_, title)| title.as_str()).collect();
        let description =
            format!("Leaderboards of {}, computed on hidden test sets. Tasks: {}.", self.title, titles.join(", "));
        json!({ "@context": "https://schema.org", "@type": "Dataset", "name": self.title, "description": description,
            "url": self.url, "datePublished": self.opened, "isAccessibleForFree": true,
            "creator": { "@type": "Organization", "name": self.organizers() },
            "distribution": self.tasks.iter().map(board).collect::<Vec<_>>() })
    }
}

/// The citation of a season that everybody may see.
///
/// # Errors
/// `not_found` if there is none.
pub async fn cite(app: &App, slug: Slug, origin: &str) -> Result<Citation> {
    let season = get(app, Caller(None), slug.clone()).await?;
    if season.draft {
        return Err(Error::not_found("season", slug));
    }
    Ok(Citation::of(&season, origin))
}

/// A text in which nothing is a command of LaTeX.
fn latex(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '\\' => escaped.push_str("\\textbackslash{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            '{' | '}' | '&' | '%' | '$' | '#' | '_' => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\{character}");
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn citation(title: &str) -> Citation {
        Citation {
            season: "cats-2026".parse().unwrap(),
            title: title.to_owned(),
            url: "https://h.example/seasons/cats-2026".to_owned(),
            opened: "2026-02-03".to_owned(),
            tasks: vec![("breeds".parse().unwrap(), "Breeds".to_owned())],
        }
    }

    #[test]
    fn an_entry_for_bibtex_has_no_commands_but_its_own() {
        let expected = "@misc{cats-2026,\n  title = {{100\\% cats \\& dogs\\_2 \\{\\textbackslash{}input\\}}},\n  author = {{Organizers \
                        of 100\\% cats \\& dogs\\_2 \\{\\textbackslash{}input\\}}},\n  year = {2026},\n  howpublished = \
                        {\\url{https://h.example/seasons/cats-2026}},\n  note = {Leaderboards on hidden test sets}\n}\n";
        assert_eq!(citation("100% cats & dogs_2 {\\input}").bibtex(), expected);
    }

    #[test]
    fn a_citation_file_quotes_what_organizers_wrote() {
        let file = citation("Cats: \"the\" #1").cff();
        assert!(file.starts_with("cff-version: 1.2.0\n"), "{file}");
        assert!(
            file.contains("title: \"Cats: \\\"the\\\" #1\"\n") && file.contains("date-released: 2026-02-03\n"),
            "{file}"
        );
    }

    #[test]
    fn a_data_set_names_a_file_for_each_board() {
        let found = citation("Cats").dataset("https://h.example");
        let address = "https://h.example/api/v1/seasons/cats-2026/tasks/breeds/leaderboard.csv";
        assert_eq!(found["distribution"][0]["contentUrl"], address);
        assert_eq!((&found["@type"], &found["datePublished"]), (&json!("Dataset"), &json!("2026-02-03")));
    }
}
