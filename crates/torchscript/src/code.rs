//! The code of an archive: read as libtorch would read it, refused if it uses what a model may not.

mod blocks;
mod check;
mod class;
mod count;
mod expression;
mod forward;
mod header;
mod lexer;
mod member;
mod names;
mod number;
mod operators;
mod program;
mod reading;
mod scope;
mod source;
mod split;
mod statement;
mod token;
mod training;
mod types;

pub(crate) use class::{Class, ClassKind, MemberValue};
pub(crate) use forward::Forward;
pub(crate) use operators::is_allowed;
pub(crate) use program::Program;
pub(crate) use source::SourceFile;
pub(crate) use types::Type;

use crate::OperatorCheck;
use crate::refusal::Refused;

/// Checks all files, and says what they declare. What has to be plain for libtorch is written into
/// them.
///
/// A file that cannot be understood is refused before any operator is: a later line may change what
/// an earlier one means.
pub(crate) fn check(files: &mut [SourceFile], operators: OperatorCheck) -> Result<Program, Refused> {
    let program = Program::read(files)?;
    let mut found = check::check(files, &program, None, operators)?;
    if found.forbidden.has_random() {
        let training = reading::read_training(files, &program)?;
        found = check::check(files, &program, training.as_ref(), operators)?;
    }
    found.forbidden.into_result()?;
    for (file, insertions) in files.iter_mut().zip(&found.insertions) {
        file.insert(insertions);
    }
    Ok(program)
}
