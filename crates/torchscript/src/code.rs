//! The code of an archive: read as libtorch would read it, refused if it uses what a model may not.

mod blocks;
mod check;
mod expression;
mod header;
mod lexer;
mod names;
mod operators;
mod program;
mod scope;
mod split;
mod statement;
mod types;

pub(crate) use program::{Class, ClassKind, Forward, MemberValue, Program};
pub(crate) use types::Type;

use crate::OperatorCheck;
use crate::refusal::Refused;

/// A file of the archive's code.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// Name of its record: `code/__torch__.py`.
    pub(crate) name: String,
    /// What its definitions have in front: `__torch__`.
    pub(crate) qualifier: String,
    /// Its text.
    pub(crate) text: Vec<u8>,
}

/// Checks all files, and says what they declare.
///
/// A file that cannot be understood is refused before any operator is: a later line may change what an earlier one means.
pub(crate) fn check(files: &[SourceFile], operators: OperatorCheck) -> Result<Program, Refused> {
    let program = Program::read(files)?;
    check::check(files, &program, operators)?.into_result()?;
    Ok(program)
}
