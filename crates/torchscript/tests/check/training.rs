//! Random numbers that are drawn in training only, as the whole program shows.

use holdout_torchscript::OperatorCheck;

use crate::{accepted, parts, try_repack};

/// What timm's rotary embedding does when it is scripted, cut down: functions that jitter what they
/// are given, if they are given how much, and a model that gives it in training only. `#` stands
/// for what a test puts there.
const PROGRAM: &str = "\
class Model(Module):
  __parameters__ = [\"weight\", ]
  __buffers__ = []
#hooks  weight : Tensor
  training : bool
  jitter : NoneType
  def embed(self, x: Tensor, augment: bool=False) -> Tensor:
    _0 = __torch__.embed
    if augment:
      _1 = self.jitter
    else:
      _1 = None
#embed    return _0(x, _1, None, )
  def forward(self, x: Tensor) -> Tensor:
    training = self.training
    if training:
      _2 = True
    else:
      _2 = False
#forward    return (self).embed(x, _2, )
def embed(x: Tensor,
    jitter: Optional[float]=None,
    shift: Optional[float]=None) -> Tensor:
  _3 = __torch__.move
  if torch.__isnot__(jitter, None):
    _4, jitter0 = True, unchecked_cast(float, jitter)
  else:
    _5 = torch.__isnot__(shift, None)
    _4, jitter0 = _5, jitter
  if _4:
    y = _3(x, jitter0, )
  else:
    y = x
  return y
def move(x: Tensor,
    by: Optional[float]) -> Tensor:
  by0, _6, = __torch__.limits(by, )
  if torch.__isnot__(by0, None):
    z = torch.uniform_(torch.empty([1]), 0., unchecked_cast(float, by0))
  else:
    z = x
  return z
def limits(by: Optional[float]) -> Tuple[Optional[float], int]:
  return (by, 1)
";

/// The program with lines at these places.
fn with(lines: &[(&str, &str)]) -> Vec<u8> {
    let mut text = PROGRAM.to_owned();
    for (place, line) in lines {
        let (before, behind) = text.split_once(&format!("#{place}")).unwrap();
        text = format!("{before}{line}\n{behind}");
    }
    for place in ["hooks", "embed", "forward"] {
        text = text.replace(&format!("#{place}"), "");
    }
    with_code(&text)
}

fn with_code(text: &str) -> Vec<u8> {
    let mut zip = parts();
    zip.replace("code/__torch__.py", text.as_bytes());
    let pickle = zip.find("data.pkl").bytes.clone();
    let at = pickle.len() - 3;
    if text.contains("  jitter : ") {
        zip.replace("data.pkl", &[&pickle[..at], b"X\x06\x00\x00\x00jitterN", &pickle[at..]].concat());
    }
    zip.to_bytes()
}

/// The texts whose program is not refused for the operator.
fn not_refused<'t>(programs: impl IntoIterator<Item = (&'t str, Vec<u8>)>) -> Vec<&'t str> {
    let is_refused = |bytes: &[u8]| match try_repack(bytes, OperatorCheck::Enforced) {
        Ok(_) => false,
        Err(verdict) => verdict.message.contains("aten::uniform_"),
    };
    programs.into_iter().filter(|(_, bytes)| !is_refused(bytes)).map(|(text, _)| text).collect()
}

#[test]
fn what_only_training_calls_for_is_accepted() {
    accepted(&with(&[]));
    accepted(&with(&[("forward", "    if self.training:\n      w = __torch__.move(x, 1., )\n    else:\n      w = x")]));
    accepted(&with(&[(
        "embed",
        "    flag = augment\n    if flag:\n      w = __torch__.move(x, 1., )\n    else:\n      w = x",
    )]));
    // More is given and kept than what decides.
    accepted(&with(&[("embed", "    w = _0(x, self.jitter, None)\n    w = __torch__.embed(x, )")]));
}

#[test]
fn what_may_be_called_for_otherwise_is_refused() {
    let in_embed = [
        "    w = _0(x, 1., )",
        "    w = _0(x, None, 1., )",
        "    w = _0(x, jitter=1., )",
        "    w = _0(*(x, 1.))",
        "    w = _0(x, inf, )",
        "    w = __torch__.embed(x, 1., )",
        "    w = __torch__.move(x, None, )",
        "    w = [_0(x, v) for v in [1.]]",
        "    w = [_0(x, _1) for _1 in [1.]]",
        "    f = __torch__.move\n    w = f(x, None, )",
        "    f = __torch__.move\n    w = [f]",
        "    f = _0\n    w = f(x, 1., )",
        "    w = [_0]",
        "    _0 = __torch__.limits",
        "    _1 = 1.",
        "    _1 += 1.",
        "    _1, w = 1., x",
        "    _1, w, = (1., x)",
        "    (_1, w) = (1., x)",
        "    for _1 in [1.]:\n      w = _0(x, _1, )",
        "    with x as _1:\n      w = _0(x, _1, )",
        "    while True:\n      w = _0(x, _1, )\n      _1 = 1.",
        "    w = _0(x, False, )",
        "    flag = torch.__isnot__(False, None)\n    if flag:\n      w = __torch__.move(x, None, )\n    else:\n      pass",
        "    if torch.__not__(augment):\n      w = __torch__.move(x, None, )\n    else:\n      pass",
        "    if augment:\n      pass\n    else:\n      w = __torch__.move(x, None, )",
        "    w = (self).embed(x, True, )\n    if augment:\n      w = __torch__.move(x, None, )\n    else:\n      pass",
        "    w = getattr(self, \"embed\")(x, True, )\n    if augment:\n      w = __torch__.move(x, None, )\n    else:\n      pass",
        "    f = self.embed\n    if augment:\n      w = __torch__.move(x, None, )\n    else:\n      pass",
    ];
    let programs = in_embed.into_iter().map(|line| (line, with(&[("embed", line)])));
    let hook = ("hooks", "  __forward_hooks__ = [\"embed\", ]");
    let branch = "    if augment:\n      w = __torch__.move(x, None, )\n    else:\n      pass";
    let hooked = [("a hook", with(&[hook, ("embed", branch)]))];
    let changes = [
        ("jitter: Optional[float]=None,", "jitter: Optional[float]=1.,"),
        ("shift: Optional[float]=None)", "shift: Optional[float]=inf)"),
        ("      _2 = False", "      _2 = True"),
        ("_3(x, jitter0, )\n  else:\n    y = x", "x\n  else:\n    y = _3(x, jitter0, )"),
        ("  return y", "  return _3(y, None, )"),
        (
            "  return (by, 1)",
            "  w = torch.uniform_(torch.empty([1]), 0., 1.)\n  return (by, 1)\ndef f(x: Tensor) -> Tensor:\n  w = __torch__.limits(None, )\n  return x",
        ),
        (
            "def embed(self",
            "def __len__(self) -> int:\n    w = torch.uniform_(torch.empty([1]), 0., 1.)\n    return 1\n  def embed(self",
        ),
    ];
    // A branch of `augment` as well, because the attribute alone decides nothing if it is always
    // `None`.
    let plain = PROGRAM.replace("#hooks", "").replace("#embed", &format!("{branch}\n")).replace("#forward", "");
    let changed = changes.into_iter().map(|(from, to)| {
        assert_eq!(plain.matches(from).count(), 1, "{from}");
        (to, with_code(&plain.replace(from, to)))
    });
    accepted(&with_code(&plain));
    // Whatever `augment` is, an attribute that can only be `None` is.
    let always = plain.replace("      _1 = None", "      _1 = self.jitter").replace(branch, "");
    accepted(&with_code(&always.replace("      _2 = False", "      _2 = True")));
    let of_some_type =
        [("a number or `None`", with_code(&always.replace("jitter : NoneType", "jitter : Optional[float]")))];
    let others = not_refused(programs.chain(hooked).chain(of_some_type).chain(changed));
    assert!(others.is_empty(), "{others:#?}");
}
