//! The pickles: only what torch writes, and nothing that libtorch would believe without a look.

use crate::{accepted, parts, refused};

/// A pickle that is built operation by operation.
#[derive(Clone)]
struct Pickle(Vec<u8>);

impl Pickle {
    fn new() -> Self {
        Self(vec![0x80, 2])
    }

    fn ops(mut self, ops: &[u8]) -> Self {
        self.0.extend(ops);
        self
    }

    fn global(self, module: &str, name: &str) -> Self {
        self.ops(format!("c{module}\n{name}\n").as_bytes())
    }

    fn text(self, text: &str) -> Self {
        self.ops(b"X").ops(&(text.len() as u32).to_le_bytes()).ops(text.as_bytes())
    }

    fn int(self, value: i64) -> Self {
        self.ops(&[0x8a, 8]).ops(&value.to_le_bytes())
    }

    fn ints(self, values: &[i64]) -> Self {
        values.iter().fold(self.ops(b"("), |pickle, value| pickle.int(*value)).ops(b"t")
    }

    fn storage(self, kind: &str, key: &str, device: &str, elements: i64) -> Self {
        let pickle = self.ops(b"(").text("storage").global("torch", kind).text(key).text(device);
        pickle.int(elements).ops(b"tQ")
    }

    fn tensor(self, (kind, elements): (&str, i64), offset: i64, sizes: &[i64], strides: &[i64]) -> Self {
        let pickle = self.global("torch._utils", "_rebuild_tensor_v2").ops(b"(");
        let pickle = pickle.storage(kind, "0", "cpu", elements).int(offset).ints(sizes).ints(strides);
        pickle.ops(b"\x88").global("collections", "OrderedDict").ops(b")RtR")
    }

    fn model(self, attributes: impl Fn(Self) -> Self) -> Self {
        attributes(self.global("__torch__", "Model").ops(b")\x81}(")).ops(b"ub")
    }

    fn training(self) -> Self {
        self.text("training").ops(b"\x89")
    }
}

/// The model with another data.pkl.
fn with_data(pickle: &Pickle) -> Vec<u8> {
    let mut zip = parts();
    zip.replace("data.pkl", &pickle.0);
    zip.to_bytes()
}

/// The model with another constants.pkl.
fn with_constants(pickle: &Pickle) -> Vec<u8> {
    let mut zip = parts();
    zip.replace("constants.pkl", &pickle.0);
    zip.to_bytes()
}

/// The model with this weight.
fn with_weight(weight: impl Fn(Pickle) -> Pickle) -> Vec<u8> {
    with_data(&Pickle::new().model(|pickle| weight(pickle.text("weight")).training()).ops(b"."))
}

/// The model with one more attribute.
fn with_attribute(code: &str, declared: &str, value: impl Fn(Pickle) -> Pickle) -> Vec<u8> {
    let weight = |pickle: Pickle| pickle.text("weight").tensor(("FloatStorage", 6), 0, &[2, 3], &[3, 1]).training();
    let pickle = Pickle::new().model(|pickle| value(weight(pickle).text("more"))).ops(b".");
    let mut zip = parts();
    zip.replace("data.pkl", &pickle.0);
    let text = String::from_utf8(zip.find("code/__torch__.py").bytes.clone()).unwrap();
    let text = text.replace("  training : bool\n", &format!("  training : bool\n  more : {declared}\n"));
    zip.replace("code/__torch__.py", format!("{code}{text}").as_bytes());
    zip.to_bytes()
}

#[test]
fn tensors_as_torch_writes_them_are_accepted() {
    accepted(&with_weight(|pickle| pickle.tensor(("FloatStorage", 6), 0, &[2, 3], &[3, 1])));
    accepted(&with_weight(|pickle| pickle.tensor(("FloatStorage", 6), 1, &[5], &[1])));
    accepted(&with_weight(|pickle| pickle.tensor(("FloatStorage", 6), 5, &[], &[])));
    accepted(&with_weight(|pickle| pickle.tensor(("LongStorage", 3), 0, &[3, 9], &[1, 0])));
    let on_gpu = |pickle: Pickle| {
        let pickle = pickle.global("torch._utils", "_rebuild_tensor_v2").ops(b"(");
        let pickle = pickle.storage("FloatStorage", "0", "cuda:0", 6).int(0).ints(&[6]).ints(&[1]);
        pickle.ops(b"\x89").global("collections", "OrderedDict").ops(b")RtR")
    };
    accepted(&with_weight(on_gpu));
}

#[test]
fn tensors_stay_inside_their_storage() {
    let inside = [
        (6, 0, vec![2, 4], vec![3, 1]),
        (6, 1, vec![2, 3], vec![3, 1]),
        (6, 0, vec![7], vec![1]),
        (6, -1, vec![1], vec![1]),
        (6, 0, vec![-1], vec![1]),
        (6, 5, vec![2], vec![-1]),
        (6, 0, vec![2], vec![1, 1]),
        (6, 0, vec![2], vec![i64::MAX]),
        (6, i64::MAX, vec![2], vec![1]),
        (6, 6, vec![], vec![]),
        (6, 0, vec![i64::MAX, i64::MAX, 2], vec![0, 0, 0]),
    ];
    for (elements, offset, sizes, strides) in inside {
        let bytes = with_weight(|pickle| pickle.tensor(("FloatStorage", elements), offset, &sizes, &strides));
        assert!(refused(&bytes).contains("reaches outside its storage"), "{offset} {sizes:?} {strides:?}");
    }
}

#[test]
fn storages_are_as_large_as_declared() {
    for elements in [5, 7, 131_072] {
        let bytes = with_weight(|pickle| pickle.tensor(("FloatStorage", elements), 0, &[1], &[1]));
        assert!(refused(&bytes).contains("is declared with"), "{elements}");
    }
    assert!(
        refused(&with_weight(|pickle| pickle.tensor(("DoubleStorage", 6), 0, &[1], &[1]))).contains("is declared with")
    );
    refused(&with_weight(|pickle| pickle.tensor(("FloatStorage", -6), 0, &[0], &[1])));
    refused(&with_weight(|pickle| pickle.tensor(("FloatStorage", i64::MAX), 0, &[1], &[1])));
    let mut cut = parts();
    cut.replace("data/0", &[0; 4]);
    assert!(refused(&cut.to_bytes()).contains("has 4 bytes and is declared with 24"));
}

#[test]
fn storages_and_records_belong_together() {
    let mut zip = parts();
    zip.remove("data/0");
    assert!(refused(&zip.to_bytes()).contains("there is no record `data/0`"));
    let mut zip = parts();
    zip.push("model/data/1", &[0; 4]);
    assert!(refused(&zip.to_bytes()).contains("belongs to no tensor"));
    let mut zip = parts();
    zip.push("model/constants/0", &[0; 4]);
    assert!(refused(&zip.to_bytes()).contains("belongs to no tensor"));
    let one = |pickle: Pickle| pickle.tensor(("FloatStorage", 6), 0, &[6], &[1]);
    let other = |pickle: Pickle| pickle.tensor(("FloatStorage", 5), 0, &[5], &[1]);
    accepted(&with_data(&Pickle::new().model(|pickle| one(pickle.text("weight")).training()).ops(b".")));
    let pickle = Pickle::new().ops(b"(");
    assert!(refused(&with_constants(&other(one(pickle)).ops(b"t."))).contains("one size for each storage"));
}

#[test]
fn storages_are_of_known_types_and_devices() {
    for kind in ["QInt8Storage", "Storage", "UntypedStorage", "floatStorage", "FloatStorageX", "Tensor", "_C"] {
        assert!(
            refused(&with_weight(|pickle| pickle.tensor((kind, 6), 0, &[6], &[1]))).contains("a call of"),
            "{kind}"
        );
    }
    let tensor = |key: &str, device: &str| {
        with_weight(|pickle| {
            let pickle = pickle.global("torch._utils", "_rebuild_tensor_v2").ops(b"(");
            let pickle = pickle.storage("FloatStorage", key, device, 6).int(0).ints(&[6]).ints(&[1]);
            pickle.ops(b"\x89").global("collections", "OrderedDict").ops(b")RtR")
        })
    };
    for device in ["meta", "cuda:x", "cpu:0:0", "", "mkldnn", "cuda:1234", "\x1b[31m"] {
        assert!(refused(&tensor("0", device)).contains("on the device"), "{device}");
    }
    for key in ["", "../0", "a", "-1", "123456789012345678901"] {
        assert!(refused(&tensor(key, "cpu")).contains("a storage named"), "{key}");
    }
}

#[test]
fn only_known_names_are_called() {
    let names = [
        ("os", "system"),
        ("builtins", "eval"),
        ("torch._tensor", "_rebuild_from_type_v2"),
        ("torch._utils", "_rebuild_qtensor"),
        ("torch._utils", "_rebuild_sparse_tensor"),
        ("torch._utils", "_rebuild_parameter"),
        ("torch.jit._pickle", "build_tensor_from_id"),
        ("__main__", "TensorID"),
        ("torch.distributed.rpc", "rref"),
        ("torch", "per_tensor_affine"),
        ("__torch__", "Other"),
        ("__torch__.torch.classes.c10d", "ProcessGroup"),
        ("__torch__.torch.classes.quantized", "Conv2dPackedParamsBase"),
        ("", ""),
        ("__torch__", "Model("),
        ("((((", "))))"),
        ("__torch__.Model", ""),
    ];
    for (module, name) in names {
        let pickle = Pickle::new().global(module, name).ops(b")\x81}b.");
        assert!(refused(&with_data(&pickle)).contains("a call of"), "{module} {name}");
    }
}

#[test]
fn operations_are_those_of_torch() {
    for byte in (0..=255u8).filter(|byte| !b"(.JKMGXNt)]ela}dsucbRQqrhj\x80\x81\x85\x86\x87\x88\x89\x8a".contains(byte))
    {
        let pickle = Pickle::new().ops(&[b'N', byte, b'.']);
        assert!(refused(&with_constants(&pickle)).contains(&format!("the operation {byte:#04x} at byte 3")), "{byte}");
    }
    refused(&with_constants(&Pickle(b"\x80\x04).".to_vec())));
    refused(&with_constants(&Pickle(b").".to_vec())));
    refused(&with_constants(&Pickle(Vec::new())));
}

#[test]
fn malformed_pickles_are_refused() {
    let pickles: [&[u8]; 34] = [
        b".",
        b")",
        b")).",
        b").x",
        b"(.",
        b"()",
        b"(t(.",
        b"t.",
        b"\x85.",
        b")\x86.",
        b"e.",
        b"(e.",
        b"N(e.",
        b"](Ne",
        b"u.",
        b"}(Nu.",
        b"](NNu.",
        b"}(NNe.",
        b"R.",
        b")R.",
        b"))R.",
        b"K\x00)R.",
        b"b.",
        b"))b.",
        b"\x81.",
        b"))\x81.",
        b"Q.",
        b")Q.",
        b"q\x00.",
        b"h\x00.",
        b"K.",
        b"X\xff\xff\xff\xffab.",
        b"\x8a\x04\x00\x00\x00\x00.",
        b"ctorch\ndevice",
    ];
    for ops in pickles {
        assert!(refused(&with_constants(&Pickle::new().ops(ops))).contains("`constants.pkl` holds"), "{ops:?}");
    }
    // What follows a mark may not reach below it.
    assert!(refused(&with_constants(&Pickle::new().ops(b")(\x85t."))).contains("malformed"));
    assert!(refused(&with_constants(&Pickle::new().ops(b"(X\x02\x00\x00\x00\xff\xfet."))).contains("UTF-8"));
}

#[test]
fn the_memo_does_not_grow_beyond_the_file() {
    for index in [u32::MAX - 15, 1 << 20, 1000] {
        let pickle = Pickle::new().ops(b")r").ops(&index.to_le_bytes()).ops(b".");
        assert!(refused(&with_constants(&pickle)).contains(&format!("the memo index {index}")));
    }
    let pickle = Pickle::new().ops(b"(K\x01q\x00h\x00r\x05\x00\x00\x00j\x05\x00\x00\x00t.");
    accepted(&with_constants(&pickle));
}

#[test]
fn nesting_is_limited_and_without_circles() {
    let nested = |levels: usize| Pickle::new().ops(b")").ops(&b"\x85".repeat(levels)).ops(b".");
    accepted(&with_constants(&nested(199)));
    assert!(refused(&with_constants(&nested(200))).contains("nested too deeply"));
    assert!(refused(&with_constants(&nested(900_000))).contains("nested too deeply"));
    assert!(refused(&with_constants(&nested(2_000_000))).contains("too many values"));
    // Dropped on the way, but held by the memo.
    let dropped = Pickle::new().ops(b")").ops(&b"\x85".repeat(900)).ops(b"q\x00(tq\x01)R.");
    refused(&with_constants(&dropped));
    let circle = Pickle::new().ops(b"(]q\x00(h\x00et.");
    assert!(refused(&with_constants(&circle)).contains("holds itself"));
    let circle = Pickle::new().ops(b"(}q\x00X\x01\x00\x00\x00ah\x00st.");
    assert!(refused(&with_constants(&circle)).contains("holds itself"));
    // Each list is put into the one before it, which was finished first.
    let mut late = Pickle::new().ops(b"(");
    for index in 0u32..1000 {
        late = late.ops(b"]r").ops(&index.to_le_bytes());
    }
    for index in 0u32..999 {
        late = late.ops(b"j").ops(&index.to_le_bytes()).ops(b"(j").ops(&(index + 1).to_le_bytes()).ops(b"e");
    }
    assert!(refused(&with_constants(&late.ops(b"t."))).contains("nested too deeply"));
}

#[test]
fn the_model_is_an_object_with_forward() {
    assert!(refused(&with_data(&Pickle::new().ops(b")."))).contains("something else than a module"));
    assert!(refused(&with_constants(&Pickle::new().ops(b"N."))).contains("something else than a table"));
    let mut zip = parts();
    let text = String::from_utf8(zip.find("code/__torch__.py").bytes.clone()).unwrap();
    zip.replace("code/__torch__.py", text.replace("def forward", "def backwards").as_bytes());
    assert!(refused(&zip.to_bytes()).contains("without a method `forward`"));
    zip.replace("code/__torch__.py", text.replace("Model(Module)", "Model").as_bytes());
    assert!(refused(&zip.to_bytes()).contains("something else than a module"));
}

#[test]
fn attributes_are_those_of_the_class() {
    let weight = |pickle: Pickle| pickle.text("weight").tensor(("FloatStorage", 6), 0, &[6], &[1]);
    let data = |attributes: &dyn Fn(Pickle) -> Pickle| with_data(&Pickle::new().model(attributes).ops(b"."));
    assert!(refused(&data(&weight)).contains("nothing in the attribute `training`"));
    assert!(refused(&data(&|pickle| weight(weight(pickle).training()))).contains("odd attributes"));
    assert!(refused(&data(&|pickle| weight(pickle.int(1).ops(b"N")).training())).contains("odd attributes"));
    assert!(
        refused(&data(&|pickle| weight(pickle).text("training").int(1)))
            .contains("a whole number in the attribute `training`")
    );
    assert!(
        refused(&data(&|pickle| pickle.text("weight").int(5).training()))
            .contains("a whole number in the attribute `weight`")
    );
    let stateless = Pickle::new().global("__torch__", "Model").ops(b")\x81)b.");
    assert!(refused(&with_data(&stateless)).contains("without attributes"));
}

#[test]
fn attributes_have_their_declared_types() {
    let classes = "class Small:\n  a : int\nclass Pair(NamedTuple):\n  x : Tensor\n  y : int\nclass Color(Enum):\n  RED = 1\n\
        class Doer(Interface):\n  def do(self, x: Tensor) -> Tensor:\n    pass\n\
        class Able(Module):\n  def do(self, x: Tensor) -> Tensor:\n    return x\n\
        class Unable(Module):\n  def do(self, x: int) -> Tensor:\n    return torch.ones([x])\n";
    let object = |pickle: Pickle, class: &str| pickle.global("__torch__", class).ops(b")\x81}b");
    let small = |pickle: Pickle| pickle.global("__torch__", "Small").ops(b")\x81}(").text("a").int(1).ops(b"ub");
    let list = |pickle: Pickle, tag: &str| {
        let pickle = small(pickle.global("torch.jit._pickle", "restore_type_tag").ops(b"(]("));
        pickle.ops(b"e").text(tag).ops(b"tR")
    };
    let ints = |pickle: Pickle| pickle.global("torch.jit._pickle", "build_intlist").ops(b"(](K\x01K\x02etR");
    type Value<'a> = Box<dyn Fn(Pickle) -> Pickle + 'a>;
    let right: Vec<(&str, Value<'_>)> = vec![
        ("int", Box::new(|pickle| pickle.int(1))),
        ("float", Box::new(|pickle| pickle.ops(b"G\x3f\xf0\0\0\0\0\0\0"))),
        ("str", Box::new(|pickle| pickle.text("\u{e9}"))),
        ("Optional[int]", Box::new(|pickle| pickle.ops(b"N"))),
        ("Optional[__torch__.Small]", Box::new(small)),
        ("__torch__.Small", Box::new(small)),
        ("__torch__.Doer", Box::new(|pickle| object(pickle, "Able"))),
        ("__torch__.Color", Box::new(|pickle| pickle.global("__torch__", "Color").ops(b"K\x01R"))),
        ("__torch__.Pair", Box::new(|pickle| pickle.ops(b"(NK\x01t"))),
        ("List[int]", Box::new(ints)),
        ("List[__torch__.Small]", Box::new(|pickle| list(pickle, "List[__torch__.Small]"))),
        ("Tuple[int, Tuple[()]]", Box::new(|pickle| pickle.ops(b"(K\x01)t"))),
        ("Device", Box::new(|pickle| pickle.global("torch", "device").ops(b"(").text("cpu").ops(b"tR"))),
        (
            "complex",
            Box::new(|pickle| pickle.global("builtins", "complex").ops(b"(G\0\0\0\0\0\0\0\0G\0\0\0\0\0\0\0\0tR")),
        ),
        (
            "Dict[str, __torch__.Small]",
            Box::new(|pickle| {
                let pickle = pickle.global("torch.jit._pickle", "restore_type_tag").ops(b"(}(").text("k");
                small(pickle).ops(b"u").text("Dict[str, __torch__.Small]").ops(b"tR")
            }),
        ),
    ];
    for (declared, value) in &right {
        accepted(&with_attribute(classes, declared, value));
    }
    let wrong: Vec<(&str, Value<'_>)> = vec![
        ("int", Box::new(|pickle| pickle.text("1"))),
        ("Optional[int]", Box::new(small)),
        ("__torch__.Able", Box::new(small)),
        ("__torch__.Small", Box::new(|pickle| object(pickle, "Able"))),
        ("__torch__.Small", Box::new(|pickle| pickle.ops(b"N"))),
        ("__torch__.Doer", Box::new(|pickle| object(pickle, "Unable"))),
        ("__torch__.Doer", Box::new(small)),
        ("__torch__.Pair", Box::new(|pickle| pickle.ops(b"(Nt"))),
        ("__torch__.Pair", Box::new(|pickle| pickle.ops(b"(NNt"))),
        ("__torch__.Color", Box::new(|pickle| pickle.int(1))),
        ("List[__torch__.Able]", Box::new(|pickle| list(pickle, "List[__torch__.Small]"))),
        ("List[__torch__.Able]", Box::new(|pickle| list(pickle, "List[__torch__.Able]"))),
        ("Any", Box::new(|pickle| list(pickle, "List[__torch__.Able]"))),
        ("Tuple[int, int]", Box::new(|pickle| pickle.ops(b"(K\x01t"))),
        ("List[int]", Box::new(|pickle| pickle.ops(b"}"))),
    ];
    for (declared, value) in &wrong {
        assert!(
            refused(&with_attribute(classes, declared, value)).contains("values of the declared types"),
            "{declared}"
        );
    }
}

#[test]
fn types_in_pickles_are_types() {
    let tagged = |text: &str| {
        let pickle =
            Pickle::new().ops(b"(").global("torch.jit._pickle", "restore_type_tag").ops(b"(]").text(text).ops(b"tRt.");
        with_constants(&pickle)
    };
    accepted(&tagged("List[Dict[str, Tensor]]"));
    let deep = format!("List[{}int{}]", "List[".repeat(10_000), "]".repeat(10_000));
    for text in ["List[", "List[int", "os.system('x')", "((((", "Dict[str, int]", "int", "", "List[\u{e9}]", &deep] {
        refused(&tagged(text));
    }
    let twice = Pickle::new().ops(b"(").global("torch.jit._pickle", "build_intlist");
    let twice = twice.ops(b"q\x00(]q\x01tRh\x00(h\x01tRt.");
    assert!(refused(&with_constants(&twice)).contains("malformed"));
}

/// `class Kept:` with these methods, and an attribute of that class made of this state.
fn with_state(methods: &str, state: impl Fn(Pickle) -> Pickle) -> Vec<u8> {
    let classes = format!(
        "class Small:\n  a : int\nclass Big:\n  a : int\n  b : Tensor\nclass Kept:\n  big : __torch__.Big\n{methods}"
    );
    let object = |pickle: Pickle| state(pickle.global("__torch__", "Kept").ops(b")\x81")).ops(b"b");
    with_attribute(&classes, "__torch__.Kept", object)
}

#[test]
fn what_is_made_of_a_state_is_made_of_the_declared_type() {
    let small = |pickle: Pickle| pickle.global("__torch__", "Small").ops(b")\x81}(").text("a").int(1).ops(b"ub");
    let big = |pickle: Pickle| {
        let pickle = pickle.global("__torch__", "Big").ops(b")\x81}(").text("a").int(1);
        pickle.text("b").tensor(("FloatStorage", 6), 0, &[6], &[1]).ops(b"ub")
    };
    let both = |of: &str| {
        format!(
            "  def __getstate__(self) -> {of}:\n    return [1]\n  def __setstate__(self, state: {of}) -> NoneType:\n    return None\n"
        )
    };
    let only_set = "  def __setstate__(self, state: int) -> NoneType:\n    return None\n";
    accepted(&with_state(&both("Tuple[__torch__.Big, int]"), |pickle| big(pickle.ops(b"(")).ops(b"K\x01t")));
    let tuples = "List[Tuple[__torch__.Big]]";
    let tagged = |pickle: Pickle| pickle.global("torch.jit._pickle", "restore_type_tag").ops(b"(](");
    accepted(&with_state(&both(tuples), |pickle| big(tagged(pickle)).ops(b"\x85e").text(tuples).ops(b"tR")));
    // Without `__getstate__`, libtorch takes the state for the attributes.
    accepted(&with_state(only_set, |pickle| big(pickle.ops(b"}(").text("big")).ops(b"u")));
    for wrong in [
        with_state(only_set, |pickle| pickle.ops(b"K\x01")),
        with_state(only_set, |pickle| small(pickle.ops(b"}(").text("big")).ops(b"u")),
        with_state(&both("Tuple[__torch__.Big]"), |pickle| small(pickle).ops(b"\x85")),
        with_state(&both(tuples), |pickle| small(pickle.ops(b"](")).ops(b"\x85e")),
        with_state(&both("Dict[str, __torch__.Big]"), |pickle| small(pickle.ops(b"}(").text("k")).ops(b"u")),
        with_state(&both("Tuple[int, int]"), |pickle| pickle.ops(b"K\x01\x85")),
        with_state("  def __getstate__(self):\n    return 1\n  def __setstate__(self):\n    return 1\n", |pickle| {
            pickle.ops(b"K\x01")
        }),
    ] {
        refused(&wrong);
    }
}

#[test]
fn members_of_enumerations_have_declared_values() {
    let enumeration = "class Color(Enum):\n  RED = 1\n  BLUE = -2\nclass Word(Enum):\n  A = \"a\"\n";
    let member = |class: &'static str, value: fn(Pickle) -> Pickle| {
        with_attribute(enumeration, &format!("__torch__.{class}"), move |pickle| {
            value(pickle.global("__torch__", class)).ops(b"R")
        })
    };
    accepted(&member("Color", |pickle| pickle.int(1)));
    accepted(&member("Color", |pickle| pickle.int(-2)));
    accepted(&member("Word", |pickle| pickle.text("a")));
    for unknown in [
        member("Color", |pickle| pickle.int(2)),
        member("Color", |pickle| pickle.text("RED")),
        member("Color", |pickle| pickle.ops(b"G\x3f\xf0\0\0\0\0\0\0")),
        member("Word", |pickle| pickle.text("b")),
    ] {
        assert!(refused(&unknown).contains("none of its members has"));
    }
}

#[test]
fn tuples_in_lists_have_as_many_items_as_declared() {
    let of = "List[Tuple[Tensor, Tensor]]";
    let list = |pickle: Pickle, items: &[u8]| {
        let pickle = pickle.global("torch.jit._pickle", "restore_type_tag").ops(b"(](").ops(items);
        pickle.ops(b"e").text(of).ops(b"tR")
    };
    accepted(&with_attribute("", of, |pickle| list(pickle, b"NN\x86")));
    refused(&with_attribute("", of, |pickle| list(pickle, b"N\x85")));
    refused(&with_attribute("", "Dict[str, Tuple[int, int]]", |pickle| pickle.ops(b"}(").text("k").ops(b"K\x01\x85u")));
    refused(&with_attribute("", "Union[int, Tuple[int, int]]", |pickle| pickle.ops(b"K\x01\x85")));
}

#[test]
fn parameters_are_the_numbers_that_the_file_holds() {
    let count = |bytes: &[u8]| {
        let (repacked, _) = crate::try_repack(bytes, holdout_torchscript::OperatorCheck::Enforced).unwrap();
        repacked.parameters
    };
    assert_eq!(count(&with_weight(|pickle| pickle.tensor(("FloatStorage", 6), 0, &[2, 3], &[3, 1]))), 6);
    // However large a view claims to be, and however small.
    assert_eq!(count(&with_weight(|pickle| pickle.tensor(("FloatStorage", 6), 0, &[1 << 50], &[0]))), 6);
    assert_eq!(count(&with_weight(|pickle| pickle.tensor(("FloatStorage", 6), 0, &[1], &[1]))), 6);
    assert_eq!(count(&with_weight(|pickle| pickle.tensor(("ByteStorage", 24), 0, &[1], &[1]))), 24);
}
