//! The code: what an archive may declare and say in it, and what is understood of it.

use holdout_protocol::VerdictCode;
use holdout_torchscript::OperatorCheck;

use crate::{accepted, parts, refused, refused_as, try_repack};

/// The model with this text as its code.
pub fn with_code(text: &str) -> Vec<u8> {
    let mut zip = parts();
    zip.replace("code/__torch__.py", text.as_bytes());
    zip.to_bytes()
}

pub const CLASS: &str = "class Model(Module):\n  __parameters__ = [\"weight\", ]\n  __buffers__ = []\n  weight : Tensor\n  training : bool\n";

/// A model whose `forward` has these statements, then returns `x`.
pub fn forward(statements: &str) -> Vec<u8> {
    let lines: String = statements.lines().map(|line| format!("    {line}\n")).collect();
    with_code(&format!("{CLASS}  def forward(self, x: Tensor) -> Tensor:\n{lines}    return x\n"))
}

pub fn forbidden(bytes: &[u8]) -> String {
    match try_repack(bytes, OperatorCheck::Enforced) {
        Ok(_) => panic!("accepted"),
        Err(verdict) => {
            assert_eq!(verdict.code, VerdictCode::ForbiddenOperator, "{}", verdict.message);
            verdict.detail.operator.unwrap()
        }
    }
}

#[test]
fn casts_take_only_the_optional_off_a_tuple() {
    let pair = |of: &str, before: &str, wanted: &str| {
        let text = format!(
            "class Pair(NamedTuple):\n  a : Tensor\nclass Model(Module):\n  __parameters__ = []\n  training : bool\n  weight : Tensor\n  \
             def pick(self, pair: {of}) -> Tensor:\n{before}    taken = unchecked_cast({wanted}, pair)\n    return (taken)[0]\n  \
             def forward(self, x: Tensor) -> Tensor:\n    return x\n"
        );
        with_code(&text)
    };
    let two = "Tuple[Tensor, Tensor]";
    accepted(&pair(&format!("Optional[{two}]"), "", two));
    for (of, before, wanted) in [
        ("Any", "", two),
        ("Optional[Tuple[Tensor]]", "", two),
        (two, "", "Tuple[Tensor]"),
        ("Optional[Tuple[Tensor, Tensor]]", "    pair = (self.weight,)\n", two),
        ("Tuple[Tensor]", "", "__torch__.Pair"),
    ] {
        assert_eq!(forbidden(&pair(of, before, wanted)), "prim::unchecked_cast", "{of} {wanted}");
    }
}

#[test]
fn a_name_is_a_variable_only_where_it_certainly_is_one() {
    assert_eq!(forbidden(&forward("if True:\n  id = x\nelse:\n  pass\nid(x)")), "prim::id");
    assert_eq!(forbidden(&forward("for y in x:\n  id = x\nid(x)")), "prim::id");
    assert_eq!(forbidden(&forward("id = x\ndel id\nid(x)")), "prim::id");
    assert_eq!(forbidden(&forward("id(x)\nid = x")), "prim::id");
    let other = "  def other(self, id: Tensor) -> Tensor:\n    return id\n";
    let text = format!("{CLASS}{other}  def forward(self, x: Tensor) -> Tensor:\n    return id(x)\n");
    assert_eq!(forbidden(&with_code(&text)), "prim::id");
    let text = format!("{CLASS}{other}  def forward(self, x: Tensor) -> Tensor:\n    return x\n");
    accepted(&with_code(&text));
}

#[test]
fn own_members_may_have_any_name_behind_self_only() {
    let class = "class Model(Module):\n  weight : Tensor\n  training : bool\n";
    let method = "  def seed(self, x: Tensor) -> Tensor:\n    return x\n";
    let with = |call: &str| {
        with_code(&format!(
            "{class}{method}  def forward(self, x: Tensor) -> Tensor:\n    y = self\n    return {call}\n"
        ))
    };
    for call in ["self.seed(x)", "(self).seed(x)", "getattr(self, \"seed\")(x)"] {
        accepted(&with(call));
    }
    for call in [
        "x.seed()",
        "y.seed()",
        "(x).seed()",
        "getattr(x, \"seed\")()",
        "f(self).seed()",
        "x.self.seed()",
        "getattr(y, \"seed\")()",
    ] {
        let operators = ["aten::seed", "f", "aten::self"];
        assert!(operators.contains(&forbidden(&with(call)).as_str()), "{call}");
    }
    // Another class's members do not count, and functions have no members.
    let text =
        format!("class Other:\n{method}{CLASS}  def forward(self, x: Tensor) -> Tensor:\n    return self.seed(x)\n");
    assert_eq!(forbidden(&with_code(&text)), "aten::seed");
    let text = format!(
        "def f(self: Tensor) -> Tensor:\n  return self.seed()\n{CLASS}{method}  def forward(self, x: Tensor) -> Tensor:\n    return x\n"
    );
    assert_eq!(forbidden(&with_code(&text)), "aten::seed");
}

#[test]
fn what_the_archive_does_not_declare_is_refused() {
    for statement in
        ["__torch__.foo(x)", "y = __torch__", "y = __torch__.torch", "y : __torch__.Foo = x", "y = __torch__.model"]
    {
        assert!(refused(&forward(statement)).contains("does not declare"), "{statement}");
    }
    for statement in
        ["CONSTANTS", "CONSTANTS.x", "CONSTANTS.c", "CONSTANTS.c0x", "CONSTANTS.c4294967296", "CONSTANTS[0]"]
    {
        assert!(refused(&forward(statement)).contains("`CONSTANTS` of an unknown form"), "{statement}");
    }
    for statement in [
        "getattr(x)",
        "getattr(x, y)",
        "getattr(x, \"a\" \"b\")",
        "getattr(x, \"a\\\"\")",
        "getattr(x, \"a\", 1)",
        "getattr(x, (\"a\"))",
    ] {
        assert!(refused(&forward(statement)).contains("`getattr` of an unknown form"), "{statement}");
    }
}

#[test]
fn what_is_not_understood_is_refused() {
    let texts = [
        "x = 1\n",
        "@torch.jit.script\ndef f():\n  pass\n",
        "from os import system\n",
        "import os, sys\n",
        "class A(B):\n  pass\n",
        "class A(Module, B):\n  pass\n",
        "class A:\n",
        "class A: pass\n",
        "def f(): pass\n",
        "def f():\n",
        "def f() -> :\n  pass\n",
        "def f(x y):\n  pass\n",
        "def f(,):\n  pass\n",
        "def f(x=):\n  pass\n",
        "def f(x:):\n  pass\n",
        "def f(**k):\n  pass\n",
        "  def f():\n    pass\n",
        "def f():\n  pass\n pass\n",
        "def f():\n    pass\n  pass\n",
        "def f():\n  class A:\n    pass\n",
        "def f():\n  global x\n",
        "def f():\n  import os\n",
        "class A:\n  x = 1 = 2\n  class B:\n    pass\n",
        "class A:\n  return 1\n",
        "class A:\n  x : int\n  x : int\n",
        "class A:\n  x : 1\n",
        "class A:\n  x : List[int\n",
        "class A:\n  x, y : int\n",
        "class A:\n  pass\nclass A:\n  pass\n",
        "def f():\n  pass\ndef f():\n  pass\n",
        "class A:\n  def f(self):\n    pass\n  def f(self):\n    pass\n",
        "def f():\n  if True: pass\n",
        "def f():\n  x = lambda: 1\n",
        "def f():\n  x := 1\n",
        "def f():\n  (x := 1)\n",
        "def f():\n  x -> y\n",
        "def f():\n  try:\n    pass\n",
        "def f():\n  else x:\n    pass\n",
        "def f():\n  for x:\n    pass\n",
        "def f():\n  return return\n",
        "def f():\n  pass x\n",
        "def f():\n  [y=1]\n",
        "def f():\n  x <=> y\n",
    ];
    let rest = format!("{CLASS}  def forward(self, x: Tensor) -> Tensor:\n    return x\n");
    accepted(&with_code(&rest));
    for text in texts {
        let code = match try_repack(&with_code(&format!("{text}{rest}")), OperatorCheck::Enforced) {
            Ok(_) => panic!("{text} is accepted"),
            Err(verdict) => verdict.code,
        };
        assert!(matches!(code, VerdictCode::NotTorchscript | VerdictCode::ForbiddenOperator), "{text}");
    }
}

#[test]
fn classes_and_functions_of_the_archive_are_accepted() {
    let text = "op_version_set = 1\nimport __torch__.foo.bar\n\
        class Pair(NamedTuple):\n  a : Tensor\n  b : Optional[int]\n\
        class Color(Enum):\n  RED = 1\n  BLUE = \"b\"\n\
        class Doer(ModuleInterface):\n  def do(self, x: Tensor) -> Tensor:\n    pass\n\
        class Model(Module):\n  __parameters__ = [\"weight\", ]\n  __buffers__ = []\n  __forward_hooks__ = [\"hook\", ]\n  __annotations__ = []\n\
          \x20 __annotations__[\"0\"] = NoneType\n  weight : Tensor\n  training : bool\n  groups : Final[int] = 1\n  size : Final[Tuple[int, int]] = (1, -1)\n\
          \x20 def forward(self: __torch__.Model,\n      x: Tensor,\n      p: float=0.5,\n      *,\n      k: Optional[List[int]]=None) -> Tensor:\n\
          \x20   _0 = __torch__.helper\n    _1 = getattr(self, \"0\")\n    y = __torch__.Pair(x, 1)\n    z = (y).a\n    c = __torch__.Color.RED.value\n\
          \x20   o = __torch__.Model.__new__(__torch__.Model)\n    return (self).hook(_0(x, 2, ), )\n\
          \x20 def hook(self: __torch__.Model, x: Tensor) -> Tensor:\n    return x\n\
        def helper(input: Tensor,\n    n: int) -> Tensor:\n  if torch.gt(n, 1):\n    _0 = torch.mul(input, n)\n  else:\n    _0 = input\n  return _0\n";
    let mut zip = parts();
    zip.replace("code/__torch__.py", text.as_bytes());
    let pickle = zip.find("data.pkl").bytes.clone();
    let at = pickle.len() - 3;
    let more = [&pickle[..at], b"X\x01\x00\x00\x000N", &pickle[at..]].concat();
    zip.replace("data.pkl", &more);
    accepted(&zip.to_bytes());
}

#[test]
fn what_libtorch_would_recurse_along_is_limited() {
    let long = [
        format!("y = x{}", " + x".repeat(1001)),
        format!("y = {}x", "-".repeat(1001)),
        format!("y = {}x", "not ".repeat(1001)),
        format!("y = x{}", ".T".repeat(1001)),
        format!("y = x{}", "[0]".repeat(1001)),
        format!("y = x{}", " if x else x".repeat(501)),
        format!("y = x{}", " ** x".repeat(1001)),
        format!("y = {}x{}", "(x + x + x + x + x + x + x + x + x + x + x + ".repeat(99), ")".repeat(99)),
        format!("if x:\n  pass\n{}", "elif x:\n  pass\n".repeat(101)),
        format!("y = {}x{}", "(".repeat(101), ")".repeat(101)),
        (0..100).map(|level| format!("{}if x:\n", "  ".repeat(level))).collect::<String>() + &"  ".repeat(100) + "pass",
    ];
    for statements in &long {
        let message = refused(&forward(statements));
        assert!(message.contains("too many") || message.contains("too deeply"), "{message}");
    }
    accepted(&forward(&format!("y = [{}]", "-1 * 2, ".repeat(50_000))));
    accepted(&forward(&format!("y = x{}", " + x".repeat(900))));
    accepted(&forward(&format!("y = {}x{}", "[".repeat(95), "]".repeat(95))));
}

#[test]
fn refusals_name_the_file_and_the_line() {
    let verdict = try_repack(&forward("y = x\n\nprint(y)\ntorch.save(y, \"a\")"), OperatorCheck::Enforced).unwrap_err();
    assert!(
        verdict.message.starts_with(
            "`code/__torch__.py` line 9: the operator `prim::Print` may not be used (and 1 more); allowed: "
        )
    );
    assert_eq!(verdict.detail.operator.as_deref(), Some("prim::Print"));
    assert_eq!(verdict.detail.faults, 2);
    let lines: Vec<_> = verdict.detail.lines.iter().map(|fault| (fault.line, fault.value.as_str())).collect();
    assert_eq!(lines, [(Some(9), "prim::Print in code/__torch__.py"), (Some(10), "aten::save in code/__torch__.py")]);
    let message = refused(&forward("y = (x;)"));
    assert!(message.starts_with("`code/__torch__.py` line 7: `;` where it has no meaning; allowed: "), "{message}");
}

#[test]
fn text_is_printable_ascii() {
    for strange in ["\0", "\t", "\r", "\u{7f}", "\u{e9}", "\u{202e}", "\u{200b}"] {
        assert!(refused(&forward(&format!("y = \"{strange}\""))).contains("printable ASCII"), "{strange:?}");
    }
    refused_as(&forward("y = f\"{x}\" + b\"a\""), VerdictCode::ForbiddenOperator);
}

#[test]
fn random_numbers_of_training_are_accepted() {
    for statements in [
        "if self.training:\n  y = torch.uniform_(torch.empty([2]), 0., 1.)",
        "training = self.training\nif training:\n  if torch.eq(1, 1):\n    y = torch.rand([1])\n  else:\n    y = torch.randn([1])",
        "if self.training:\n  y = x\nelif self.training:\n  y = x",
    ] {
        accepted(&forward(statements));
    }
}

#[test]
fn no_grad_in_a_scripted_model_is_accepted() {
    let class = "class no_grad:\n  prev : bool\n  def __enter__(self: __torch__.torch.autograd.grad_mode.no_grad) -> NoneType:\n    \
                 self.prev = torch.is_grad_enabled()\n    torch.set_grad_enabled(False)\n    return None\n  \
                 def __exit__(self: __torch__.torch.autograd.grad_mode.no_grad,\n    exc_type: Any,\n    exc_value: Any,\n    \
                 traceback: Any) -> NoneType:\n    prev = self.prev\n    torch.set_grad_enabled(prev)\n    return None\n  \
                 def __init__(self: __torch__.torch.autograd.grad_mode.no_grad) -> NoneType:\n    self.prev = False\n    \
                 return None\n";
    let name = "__torch__.torch.autograd.grad_mode.no_grad";
    let with = format!("_0 = {name}.__new__({name})\n_1 = (_0).__init__()\nwith _0:\n  y = torch.relu(x)");
    let mut zip = crate::zip::Zip::read(&forward(&with));
    zip.push("model/code/__torch__/torch/autograd/grad_mode.py", class.as_bytes());
    accepted(&zip.to_bytes());
}

#[test]
fn a_name_with_other_letters_is_to_be_renamed() {
    let text = format!("{CLASS}  \u{e9}tage : Tensor\n  def forward(self, x: Tensor) -> Tensor:\n    return x\n");
    let message = refused(&with_code(&text));
    assert!(message.contains("line 6: the byte 0xc3") && message.contains("rename attributes"), "{message}");
}

/// What torch.jit.freeze makes of a scripted `with torch.autocast("cpu", dtype=torch.bfloat16):`.
#[test]
fn a_frozen_autocast_is_accepted() {
    let text = "    y = torch._autocast_to_reduced_precision(x, False, True, 5, 15)\n    \
                z = torch._autocast_to_full_precision(y, False, True)\n    return z\n";
    accepted(&with_code(&format!("{CLASS}  def forward(self, x: Tensor) -> Tensor:\n{text}")));
}

/// What `torch.jit.script` makes of `with torch.autocast("cpu", dtype=torch.bfloat16):`.
#[test]
fn a_scripted_autocast_is_accepted() {
    let autocast = r#"class autocast:
  fast_dtype : int
  device : str
  def __enter__(self: __torch__.autocast) -> __torch__.autocast:
    return self
  def __exit__(self: __torch__.autocast,
    exc_type: Any,
    exc_val: Any,
    exc_tb: Any) -> NoneType:
    return None
  def __init__(self: __torch__.autocast,
    device_type: str,
    dtype: Optional[int]=None) -> NoneType:
    device_type0 = unchecked_cast(str, device_type)
    if torch.__is__(dtype, None):
      _1 = torch.get_autocast_dtype(device_type0)
      _0 = _1
    else:
      _0 = unchecked_cast(int, dtype)
    self.fast_dtype = _0
    self.device = device_type0
    return None
"#;
    let forward = r#"  def forward(self, x: Tensor) -> Tensor:
    _0 = __torch__.autocast.__new__(__torch__.autocast)
    _1 = (_0).__init__("cpu", 15, )
    with _0:
      y = torch.add(x, 1)
    return y
"#;
    accepted(&with_code(&format!("{autocast}{CLASS}{forward}")));
}

#[test]
fn a_forward_of_other_types_is_told_what_it_takes_and_returns() {
    let with = |signature: &str| with_code(&format!("{CLASS}  def forward(self{signature}:\n    return self.weight\n"));
    for (signature, words) in [
        (", x: Tensor, y: Tensor) -> Tensor", "`forward` takes (Tensor, Tensor)"),
        (", x: List[Tensor]) -> Tensor", "`forward` takes (List[Tensor])"),
        (") -> Tensor", "`forward` takes ()"),
        (", x: int) -> Tensor", "`forward` takes (int)"),
    ] {
        let message = refused_as(&with(signature), VerdictCode::LoadFailed);
        assert!(message.starts_with(words) && message.contains("one tensor"), "{message}");
    }
    for (signature, of, way_out) in [
        (
            ", x: Tensor) -> Dict[str, List[Tensor]]",
            "`forward` returns `Dict[str, List[Tensor]]`",
            "of a dictionary, return the entry",
        ),
        (", x: Tensor) -> List[int]", "`forward` returns `List[int]`", "of a list, return the element"),
    ] {
        let message = refused_as(&with(signature), VerdictCode::WrongOutput);
        assert!(message.starts_with(of) && message.contains("a tuple that begins with one"), "{message}");
        assert!(message.contains(way_out), "{message}");
    }
    for signature in [
        ", x: Tensor) -> Tensor",
        ", x)",
        ", x: Tensor, mask: Optional[Tensor]=None) -> Tensor",
        ", x: Tensor) -> Tuple[Tensor, int]",
        ", x: Tensor) -> Dict[str, Tensor]",
        ", x: Tensor) -> List[Tensor]",
        ", x: Optional[Tensor]=None) -> Tensor",
    ] {
        accepted(&with(signature));
    }
}
