//! From a team's file to an archive that has only one reading.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};

use crate::archive::{self, ArchiveWriter, Copier, Part, Record, Table};
use crate::code::{self, SourceFile};
use crate::exported::{self, Translated};
use crate::pickle::{self, Storage, Storages};
use crate::refusal::{Refused, not_torchscript, shown, too_large};
use crate::write::VERSION;
use crate::{ExportedInput, OperatorCheck, RepackError, Repacked};

/// Most bytes of code. The most of an honest model seen is 0.4 MB.
const MAX_CODE: u64 = 16 << 20;
/// Most bytes of each of the two pickles.
const MAX_PICKLE: u64 = 32 << 20;
/// Most bytes of `version` and `byteorder`.
const MAX_NOTE: u64 = 64;
/// Versions of the archive that libtorch 2.11 reads.
const VERSIONS: std::ops::RangeInclusive<u32> = 1..=10;

/// Checks `model` and writes what libtorch may see of it to `out`, from where `out` stands.
///
/// `model` is read at positions, whatever its own is. If it is refused, `out` may hold a part of an
/// archive.
///
/// # Errors
/// [`RepackError::Refused`] with the verdict if the file is not one that a team may send; the other
/// two if a file cannot be read or written, which is not the team's doing.
pub fn repack(model: &File, out: &mut dyn Write, check: OperatorCheck) -> Result<Repacked, RepackError> {
    let records = archive::records(model)?;
    let mut copier = Copier::new(model);
    check_byte_order(&records, &mut copier)?;
    let canonical = if records.iter().any(|record| record.part == Part::Program) {
        from_program(&records, &mut copier, check)?
    } else {
        from_torchscript(&records, &mut copier, check)?
    };
    check_unneeded(&records, &mut copier)?;
    canonical.write(&mut copier, out)
}

/// Returns what is written of an archive of TorchScript.
fn from_torchscript<'r>(
    records: &'r [Record],
    copier: &mut Copier<'_>,
    check: OperatorCheck,
) -> Result<Canonical<'r>, RepackError> {
    let version = version(records, copier)?;
    let mut sources = sources(records, copier)?;
    let program = code::check(&mut sources, check)?;
    let mut canonical = Canonical { version, sources, ..Canonical::default() };
    for table in [Table::Data, Table::Constants] {
        let bytes = pickle_bytes(records, table, copier)?;
        let named = pickle::check(&bytes, table, &program)?;
        let storages = match_storages(records, table, &named)?;
        canonical.storages.extend(storages.into_iter().map(|record| (record.name.clone(), record)));
        canonical.add(table, bytes, &named);
    }
    Ok(canonical)
}

/// Returns what is written of an exported program. What was translated goes through the same checks
/// as what a team wrote.
fn from_program<'r>(
    records: &'r [Record],
    copier: &mut Copier<'_>,
    check: OperatorCheck,
) -> Result<Canonical<'r>, RepackError> {
    let Translated { source, model, constants, storages, input } = exported::translate(records, copier, check)?;
    let mut sources = vec![source];
    let program = code::check(&mut sources, check)?;
    let storages = storages.into_iter().enumerate();
    let storages = storages.map(|(key, record)| (format!("{}/{key}", Table::Data.folder()), record)).collect();
    let mut canonical = Canonical { version: VERSION, sources, storages, input: Some(input), ..Canonical::default() };
    for (table, bytes) in [(Table::Data, model), (Table::Constants, constants)] {
        let named = pickle::check(&bytes, table, &program)?;
        canonical.add(table, bytes, &named);
    }
    Ok(canonical)
}

/// All that is written, and what is worth knowing of it.
#[derive(Default)]
struct Canonical<'r> {
    version: u32,
    sources: Vec<SourceFile>,
    pickles: Vec<(Table, Vec<u8>)>,
    /// Each with the name that it is written under.
    storages: Vec<(String, &'r Record)>,
    parameters: u64,
    weights: Option<&'static str>,
    input: Option<ExportedInput>,
}

impl Canonical<'_> {
    /// Adds a pickle that names these storages.
    fn add(&mut self, table: Table, bytes: Vec<u8>, named: &Storages) {
        self.parameters = self.parameters.saturating_add(named.numbers());
        self.weights = self.weights.or(named.weights());
        self.pickles.push((table, bytes));
    }

    /// Writes storages, pickles, code and notes, in this order, as torch does.
    fn write(&self, copier: &mut Copier<'_>, out: &mut dyn Write) -> Result<Repacked, RepackError> {
        let mut archive = ArchiveWriter::new(BufWriter::new(out));
        for (name, record) in &self.storages {
            archive.begin(name, record.size, record.crc).map_err(RepackError::Output)?;
            copier.copy(record, &mut |piece| archive.bytes(piece).map_err(RepackError::Output))?;
        }
        let mut record = |name: &str, bytes: &[u8]| archive.record(name, bytes).map_err(RepackError::Output);
        for (table, bytes) in &self.pickles {
            record(table.pickle(), bytes)?;
        }
        for source in &self.sources {
            record(&source.name, &source.text)?;
        }
        record("version", format!("{}\n", self.version).as_bytes())?;
        record("byteorder", b"little")?;
        let bytes = archive.finish().map_err(RepackError::Output)?;
        let storages = u64::try_from(self.storages.len()).unwrap_or(u64::MAX);
        let storage_bytes = self.storages.iter().map(|(_, record)| record.size).sum();
        let (parameters, weights, input) = (self.parameters, self.weights, self.input);
        let first_sizes = self.sources.iter().flat_map(|source| source.first_sizes()).collect();
        Ok(Repacked { bytes, storages, storage_bytes, parameters, weights, input, first_sizes })
    }
}

/// The only record of a part, or none.
pub(crate) fn single<'r>(records: &'r [Record], part: &Part) -> Result<Option<&'r Record>, Refused> {
    let mut found = records.iter().filter(|record| record.part == *part);
    match (found.next(), found.next()) {
        (_, Some(second)) => {
            let name = shown(&second.name);
            Err(not_torchscript(format!("`{name}` beside another record for the same"), "one of them"))
        }
        (first, None) => Ok(first),
    }
}

/// The content of a record that must not be large.
pub(crate) fn content(record: &Record, most: u64, copier: &mut Copier<'_>) -> Result<Vec<u8>, RepackError> {
    if record.size > most {
        let found = format!("the record `{}` has {} bytes", shown(&record.name), record.size);
        return Err(too_large(found, format!("{most} bytes")).into());
    }
    copier.content(record)
}

fn version(records: &[Record], copier: &mut Copier<'_>) -> Result<u32, RepackError> {
    let record = single(records, &Part::Version)?
        .ok_or_else(|| not_torchscript("the archive has no `version`", "an archive as torch.jit.save writes it"))?;
    let bytes = content(record, MAX_NOTE, copier)?;
    let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let number = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let version = number.and_then(|text| text.parse().ok()).filter(|version| VERSIONS.contains(version));
    version.ok_or_else(|| {
        let found = format!("the archive has the version `{}`", shown(&String::from_utf8_lossy(text)));
        not_torchscript(found, format!("{} to {}", VERSIONS.start(), VERSIONS.end())).into()
    })
}

fn check_byte_order(records: &[Record], copier: &mut Copier<'_>) -> Result<(), RepackError> {
    let Some(record) = single(records, &Part::ByteOrder)? else { return Ok(()) };
    if content(record, MAX_NOTE, copier)? == b"little" {
        return Ok(());
    }
    Err(not_torchscript("the archive was saved with another order of bytes", "little-endian").into())
}

fn sources(records: &[Record], copier: &mut Copier<'_>) -> Result<Vec<SourceFile>, RepackError> {
    let is_code = |record: &&Record| matches!(record.part, Part::Code(_));
    let size = records.iter().filter(is_code).fold(0u64, |sum, record| sum.saturating_add(record.size));
    if size > MAX_CODE {
        return Err(too_large(format!("the archive has {size} bytes of code"), format!("{MAX_CODE} bytes")).into());
    }
    let mut sources = Vec::new();
    for record in records {
        if let Part::Code(qualifier) = &record.part {
            let text = copier.content(record)?;
            sources.push(SourceFile { name: record.name.clone(), qualifier: qualifier.clone(), text });
        }
    }
    if sources.is_empty() {
        return Err(not_torchscript(
            "the archive has no code: it was not saved by torch.jit.save",
            "`code/__torch__.py`",
        )
        .into());
    }
    Ok(sources)
}

fn pickle_bytes(records: &[Record], table: Table, copier: &mut Copier<'_>) -> Result<Vec<u8>, RepackError> {
    let missing = || {
        not_torchscript(format!("the archive has no `{}`", table.pickle()), "an archive as torch.jit.save writes it")
    };
    let record = single(records, &Part::Pickle(table))?.ok_or_else(missing)?;
    content(record, MAX_PICKLE, copier)
}

/// Returns the records of the storages that a pickle names. There must be one for each, of its
/// size, and no others.
fn match_storages<'r>(records: &'r [Record], table: Table, named: &Storages) -> Result<Vec<&'r Record>, Refused> {
    let folder = table.folder();
    let mut found = Vec::new();
    for record in records {
        let Part::Storage(of, key) = &record.part else { continue };
        if *of != table {
            continue;
        }
        match named.0.get(key) {
            Some(storage) if storage.bytes == record.size => found.push(record),
            Some(Storage { bytes, .. }) => {
                let what =
                    format!("the record `{folder}/{key}` has {} bytes and is declared with {bytes}", record.size);
                return Err(not_torchscript(what, "storages as large as they are declared"));
            }
            None => {
                return Err(not_torchscript(
                    format!("the record `{folder}/{key}` belongs to no tensor"),
                    "tensors' storages",
                ));
            }
        }
    }
    // libtorch does not read a storage without elements, so there may be no record for it.
    let there: HashSet<&str> = found.iter().filter_map(|record| record.name.rsplit('/').next()).collect();
    if let Some((key, _)) = named.0.iter().find(|(key, storage)| storage.bytes > 0 && !there.contains(key.as_str())) {
        return Err(not_torchscript(
            format!("there is no record `{folder}/{}`", shown(key)),
            "a record for each storage",
        ));
    }
    Ok(found)
}

/// What is left out must be whole, too, because a damaged file is told to its team.
fn check_unneeded(records: &[Record], copier: &mut Copier<'_>) -> Result<(), RepackError> {
    records.iter().filter(|record| record.part == Part::Unneeded).try_for_each(|record| copier.check(record))
}
