//! Files that make a check compare the same things again and again: the work is bounded by the size
//! of the file. Without the bounds, each of these takes minutes or hours.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::{accepted, parts, refused};

/// Longer than any of these takes on a busy machine, and far shorter than without the bounds.
const PATIENCE: Duration = Duration::from_secs(30);

/// The model with more code, one more attribute and its value.
fn with(code: &str, declared: &str, value: &[u8]) -> Vec<u8> {
    let mut zip = parts();
    let text = String::from_utf8(zip.find("code/__torch__.py").bytes.clone()).unwrap();
    let text = text.replace("  training : bool\n", &format!("  training : bool\n  more : {declared}\n"));
    zip.replace("code/__torch__.py", format!("{code}{text}").as_bytes());
    let data = zip.find("data.pkl").bytes.clone();
    // Behind the attributes there are: `ub.` ends the object and the pickle.
    let (before, end) = data.split_at(data.len() - 3);
    assert_eq!(end, b"ub.");
    zip.replace("data.pkl", &[before, text_of("more").as_slice(), value, end].concat());
    zip.to_bytes()
}

fn text_of(text: &str) -> Vec<u8> {
    [b"X".as_slice(), &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

fn put(index: u32) -> Vec<u8> {
    [b"r".as_slice(), &index.to_le_bytes()].concat()
}

fn get(index: u32) -> Vec<u8> {
    [b"j".as_slice(), &index.to_le_bytes()].concat()
}

/// Parts of a pickle, one behind the other.
fn pickle(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn an_interface_of_many_methods_in_many_places_is_compared_once() {
    let mut code = "class I(Interface):\n".to_owned();
    (0..5000).for_each(|at| write!(code, "  def m{at}(self) -> int:\n    pass\n").unwrap());
    code += "class C(Module):\n  training : bool\n";
    (0..5000).for_each(|at| write!(code, "  def m{at}(self) -> int:\n    return {at}\n").unwrap());
    let object = pickle(&[b"c__torch__\nC\n)\x81}", &text_of("training"), b"\x89sb", &put(50_000)]);
    let list = pickle(&[b"](", &object, &get(50_000).repeat(1_000_000), b"e"]);
    let model = with(&code, "List[__torch__.I]", &list);
    let begun = Instant::now();
    accepted(&model);
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

#[test]
fn a_union_of_many_classes_in_many_places_is_refused() {
    let members: Vec<String> = (0..100_000).map(|at| format!("__torch__.C{at}")).collect();
    let code = "class C99999:\n  a : int\n";
    let object = pickle(&[b"c__torch__\nC99999\n)\x81}", &text_of("a"), b"K\x01sb", &put(50_000)]);
    let list = pickle(&[b"](", &object, &get(50_000).repeat(1_000_000), b"e"]);
    let model = with(code, &format!("List[Union[{}]]", members.join(", ")), &list);
    let begun = Instant::now();
    refused(&model);
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

/// Many tensors that name the same arguments: storage, offset, sizes, strides, gradient, hooks and
/// more.
fn tensors(prepared: &[u8], arguments: &[u8]) -> Vec<u8> {
    let function = pickle(&[b"ctorch._utils\n_rebuild_tensor_v2\n", &put(60_000)]);
    let storage = pickle(&[
        b"(",
        &text_of("storage"),
        b"ctorch\nFloatStorage\n",
        &text_of("0"),
        &text_of("cpu"),
        b"K\x06tQ",
        &put(60_001),
    ]);
    let one = pickle(&[&get(60_000), b"(", &get(60_001), b"K\x00", arguments, b"tR"]);
    pickle(&[b"(", prepared, &function, &storage, &one.repeat(100_000), b"t"])
}

#[test]
fn a_dict_of_many_bits_that_many_tensors_name_is_refused() {
    let pairs = pickle(&[&get(60_002), b"\x89"]).repeat(1_000_000);
    let bits = pickle(&[&text_of("conj"), &put(60_002), b"}(", &pairs, b"u", &put(60_003)]);
    let hooks = pickle(&[b"ccollections\nOrderedDict\n)R"]);
    let arguments = pickle(&[b"K\x06\x85K\x01\x85\x89N", &get(60_003)]);
    let model = with("", "Any", &tensors(&[bits, hooks].concat(), &arguments));
    let begun = Instant::now();
    refused(&model);
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

#[test]
fn sizes_of_many_dimensions_that_many_tensors_name_are_refused() {
    let one = pickle(&[b"K\x01", &put(60_002)]);
    let sizes = pickle(&[&one, b"(", &get(60_002).repeat(1_000_000), b"t", &put(60_003)]);
    let arguments = pickle(&[&get(60_003), &get(60_003), b"\x89N"]);
    let model = with("", "Any", &tensors(&sizes, &arguments));
    let begun = Instant::now();
    refused(&model);
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}
