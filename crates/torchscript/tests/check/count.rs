//! The count of `repeat_interleave`: one number is accepted, and is one for libtorch as well; a
//! tensor of counts is not.

use holdout_torchscript::OperatorCheck;

use crate::zip::Zip;
use crate::{accepted, parts, try_repack};

/// A model whose `forward` has these statements. It has a method that takes more.
fn with(statements: &str) -> Vec<u8> {
    let lines: String = statements.lines().map(|line| format!("    {line}\n")).collect();
    let class = "class Model(Module):\n  __parameters__ = [\"weight\", ]\n  __buffers__ = []\n  weight : Tensor\n  training : bool\n  \
                 groups : int\n  ratio : float\n";
    let method = "  def other(self, x: Tensor, n: int, m: Optional[int], c: Tensor, a: Any) -> Tensor:\n";
    let forward = "  def forward(self, x: Tensor) -> Tensor:\n    return x\n";
    let mut zip = parts();
    zip.replace("code/__torch__.py", format!("{class}{method}{lines}    return x\n{forward}").as_bytes());
    let pickle = zip.find("data.pkl").bytes.clone();
    let at = pickle.len() - 3;
    let more = b"X\x06\x00\x00\x00groupsK\x02X\x05\x00\x00\x00ratioG\x3f\xe0\x00\x00\x00\x00\x00\x00";
    zip.replace("data.pkl", &[&pickle[..at], more, &pickle[at..]].concat());
    zip.to_bytes()
}

/// Returns what the check writes of the statements.
fn written(statements: &str) -> String {
    let archive = accepted(&with(statements));
    assert_eq!(accepted(&archive), archive, "{statements}");
    let text = String::from_utf8(Zip::read(&archive).find("code/__torch__.py").bytes.clone()).unwrap();
    let (_, body) = text.split_once("-> Tensor:\n").unwrap();
    let (body, _) = body.split_once("    return x\n").unwrap();
    body.lines().map(|line| line.strip_prefix("    ").unwrap()).collect::<Vec<_>>().join("\n")
}

#[test]
fn one_number_is_accepted_and_made_an_int() {
    for (statements, count) in [
        // timm's ConViT, scripted.
        ("k = int(torch.pow(n, 0.5))\ny = torch.repeat_interleave(x, @, 0)", "k"),
        // Its GCViT, scripted and traced.
        (
            "B, N, C, = torch.size(x)\n_4 = torch.floordiv(B, (torch.size(c))[0])\ny = torch.repeat_interleave(x, @, 0)",
            "_4",
        ),
        // And frozen: the sizes are in variables.
        (
            "_12 = torch.size(x)\nB, N, C, = _12\n_14 = torch.size(c)\ny = torch.repeat_interleave(x, @, 0)",
            "torch.floordiv(B, _14[0])",
        ),
        ("_51 = torch.size(c)\n_54 = _51[-1]\ny = torch.repeat_interleave(x, @, 0)", "torch.floordiv(n, _54)"),
        (
            "B = ops.prim.NumToTensor(torch.size(x, 0))\no = ops.prim.NumToTensor(torch.size(c, 0))\n\
             y = torch.repeat_interleave(x, @, 0)",
            "torch.floor_divide(B, o)",
        ),
        ("y = torch.repeat_interleave(x, @, 1)", "n"),
        ("y = x.repeat_interleave(@, 1)", "n"),
        ("y = torch.repeat_interleave(x, repeats=@, dim=1)", "n"),
        ("y = torch.repeat_interleave(x, @)", "self.groups"),
        ("k = self.groups\ny = torch.repeat_interleave(x, @, 1, output_size=n)", "k"),
        ("y = torch.repeat_interleave(x, @, 0)", "torch.len(x)"),
        ("y = torch.repeat_interleave(x, @, 0)", "torch.size(x)[-1]"),
        ("k, z = torch.add(n, 1), c\ny = torch.repeat_interleave(x, @, 0)", "k"),
        ("k : int = 3\ny = torch.repeat_interleave(x, @, 0)", "k"),
        ("y = torch.repeat_interleave(x, # a comment\n      @ # another\n      , 0)", "torch.mul(n, 2)"),
        ("y = torch.repeat_interleave(torch.repeat_interleave(x, @, 0), 2, 1)", "n"),
    ] {
        let expected = statements.replace('@', &format!("int({count})"));
        assert_eq!(written(&statements.replace('@', count)), expected, "{statements}");
    }
}

#[test]
fn what_is_an_int_already_stays_as_it_is() {
    for statements in [
        "y = torch.repeat_interleave(x, 2, 1)",
        "y = torch.repeat_interleave(x, repeats=2)",
        "y = torch.repeat_interleave(x, int(c), 1)",
        "y = x.repeat_interleave(int(torch.sum(c)))",
    ] {
        assert_eq!(written(statements), statements);
    }
    let nested = "y = torch.repeat_interleave(x, torch.len(torch.repeat_interleave(x, n, 0)), 0)";
    let expected = "y = torch.repeat_interleave(x, int(torch.len(torch.repeat_interleave(x, int(n), 0))), 0)";
    assert_eq!(written(nested), expected);
}

#[test]
fn counts_that_may_be_a_tensor_are_refused() {
    let hostile = [
        "y = torch.repeat_interleave(x, c, 1)",
        "y = torch.repeat_interleave(c)",
        "y = torch.repeat_interleave(x, torch.neg(c), 1)",
        "y = [torch.repeat_interleave(x, n, 1) for int in x]",
        "y = torch.repeat_interleave(c, output_size=2)",
        "y = torch.repeat_interleave(x, self.weight, 1)",
        "y = torch.repeat_interleave(x, CONSTANTS.c0, 1)",
        "y = torch.repeat_interleave(x, self.ratio, 1)",
        "y = torch.repeat_interleave(x, torch.floordiv(c, 2), 1)",
        "y = torch.repeat_interleave(x, torch.floor_divide(c, n), 1)",
        "y = torch.repeat_interleave(x, torch.size(x), 1)",
        "y = torch.repeat_interleave(x, (n, c), 1)",
        "y = torch.repeat_interleave(x, n if True else c, 1)",
        "y = torch.repeat_interleave(x, m, 1)",
        // A type that the code claims.
        "y = torch.repeat_interleave(x, unchecked_cast(int, a), 1)",
        "k = unchecked_cast(Tensor, a)\ny = torch.repeat_interleave(x, k, 1)",
        "y = torch.repeat_interleave(x, annotate(Tensor, c), 1)",
        "k : Tensor = c\ny = torch.repeat_interleave(x, k, 1)",
        // A number's name for something else as well.
        "k = 2\nk = c\ny = torch.repeat_interleave(x, k, 1)",
        "k = c\nif True:\n  k = 2\nelse:\n  pass\ny = torch.repeat_interleave(x, k, 1)",
        "if True:\n  k = 2\nelse:\n  k = c\ny = torch.repeat_interleave(x, k, 1)",
        "n = c\ny = torch.repeat_interleave(x, n, 1)",
        "n += c\ny = torch.repeat_interleave(x, n, 1)",
        "n, z = c, n\ny = torch.repeat_interleave(x, n, 1)",
        "k, k, = c, 2\ny = torch.repeat_interleave(x, k, 1)",
        "for n in c:\n  y = torch.repeat_interleave(x, n, 1)",
        "with c as n:\n  y = torch.repeat_interleave(x, n, 1)",
        "y = [torch.repeat_interleave(x, n, 1) for n in c]",
        "k, = [c]\ny = torch.repeat_interleave(x, k, 1)",
        // Sizes' name for something else as well.
        "s = torch.size(x)\ns = [c]\ny = torch.repeat_interleave(x, s[0], 1)",
        "s = [c]\nif True:\n  s = torch.size(x)\nelse:\n  pass\nk, = s\ny = torch.repeat_interleave(x, k, 1)",
        "s = torch.size(x)\ny = torch.repeat_interleave(x, s, 1)",
        "for s in [[c]]:\n  y = torch.repeat_interleave(x, s[0], 1)",
        "*k, z = torch.size(x)\ny = torch.repeat_interleave(x, k, 1)",
        // `int` for something else.
        "int = torch.neg\ny = torch.repeat_interleave(x, int(c), 1)",
        "int = torch.neg\ny = torch.repeat_interleave(x, n, 1)",
        "for int in x:\n  y = torch.repeat_interleave(x, int(c), 1)",
        "y = [torch.repeat_interleave(x, int(c), 1) for int in x]",
        "y = torch.repeat_interleave(x, x.int(), 1)",
        "y = torch.repeat_interleave(x, int, 1)",
        // A number that is not what libtorch takes for the count.
        "y = torch.repeat_interleave(*(x, c), 1)",
        "y = torch.repeat_interleave((*(x, c)), n)",
        "y = torch.repeat_interleave(*(x, c), int(n))",
        "y = x.repeat_interleave(*(c, ), 1)",
        "y = torch.repeat_interleave(x, dim=n, repeats=c)",
        "y = torch.repeat_interleave(self=x, dim=1, repeats=c)",
        "y = torch.repeat_interleave(x, output_size=n, repeats=c)",
        // Other ways to the operator.
        "y = getattr(x, \"repeat_interleave\")(c, 1)",
        "f = getattr(x, \"repeat_interleave\")\ny = f(c, 1)",
        "y = ops.aten.repeat_interleave(x, n)",
        "f = torch.repeat_interleave\ny = f(x, n)",
        "y = (x.repeat_interleave)(n)",
    ];
    let is_refused = |statements: &&str| match try_repack(&with(statements), OperatorCheck::Enforced) {
        Ok(_) => false,
        Err(verdict) => verdict.message.contains("aten::repeat_interleave"),
    };
    let others: Vec<_> = hostile.into_iter().filter(|statements| !is_refused(statements)).collect();
    assert!(others.is_empty(), "{others:#?}");
}
