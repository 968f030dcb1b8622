//! Checks one model after another as the server's door and then a scorer do, for
//! `crates/torchscript/tests/torch`.
//!
//! Each line of standard input names a model and, after a tab, the file to write its canonical
//! archive to. The answer is a line of JSON: `{"code":null}` if the model is accepted, otherwise
//! the code of the verdict, and its message and advice.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead as _, Write as _, stdin, stdout};

use holdout_evaluation::recognise_file;
use holdout_protocol::SubmissionKind;
use holdout_torchscript::{OperatorCheck, RepackError, repack};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    for line in stdin().lock().lines() {
        let line = line?;
        let (model, out) = line.split_once('\t').ok_or("usage: lines of MODEL, a tab and OUT")?;
        let mut file = File::open(model)?;
        let size = file.metadata()?.len();
        let mut out = File::create(out)?;
        let packed = match recognise_file(&mut file)?.refusal(SubmissionKind::Torchscript, size) {
            Some(at_the_door) => Err(RepackError::Refused(Box::new(at_the_door))),
            None => repack(&file, &mut out, OperatorCheck::Enforced),
        };
        let answer = match packed {
            Ok(_) => json!({ "code": Value::Null }),
            Err(RepackError::Refused(verdict)) => {
                json!({ "code": verdict.code, "message": format!("{}. {}", verdict.message, verdict.advice) })
            }
            Err(error) => return Err(error.into()),
        };
        writeln!(stdout(), "{answer}")?;
    }
    Ok(())
}
