//! Operators in every spelling, and names that only look like operators.

use holdout_protocol::VerdictCode;
use holdout_torchscript::OperatorCheck;

use crate::code::{CLASS, forbidden, forward, with_code};
use crate::{accepted, refused, refused_as, try_repack};

#[test]
fn operators_are_found_in_every_spelling() {
    let spellings = [
        ("torch.from_file(\"/etc/passwd\", False, 16)", "aten::from_file"),
        ("ops.aten.from_file(\"a\", True, 16)", "aten::from_file"),
        ("torch . from_file ( \"a\" )", "aten::from_file"),
        ("y = (torch.\n      from_file)(\"a\")", "aten::from_file"),
        ("torch.save(x, \"a\")", "aten::save"),
        ("f = torch.save\nf(x, \"a\")", "aten::save"),
        ("[torch.save][0](x, \"a\")", "aten::save"),
        ("f, g = torch.relu, torch.save", "aten::save"),
        ("f = torch\nf.save(x, \"a\")", "torch"),
        ("f = ops\nf.aten.save(x, \"a\")", "ops"),
        ("f = ops.aten\nf.save(x, \"a\")", "ops"),
        ("getattr(torch, \"save\")(x, \"a\")", "torch"),
        ("getattr(x, \"resize_\")([3])", "aten::resize_"),
        ("f = getattr\nf(x, \"resize_\")([3])", "prim::GetAttr"),
        ("hasattr(self, \"a\")", "prim::HasAttr"),
        ("x.resize_([3])", "aten::resize_"),
        ("(x).resize_([3])", "aten::resize_"),
        ("torch.relu(x).resize_([3])", "aten::resize_"),
        ("f = x.resize_\nf([3])", "aten::resize_"),
        ("x [ 0 ] . set_ ( x )", "aten::set_"),
        ("x.cuda()", "aten::cuda"),
        ("\"a\".save(\"b\")", "aten::save"),
        ("torch.autograd.grad([x], [x])", "torch.autograd.grad"),
        ("torch.autograd.autograd.save(x, \"a\")", "torch.autograd.autograd"),
        ("x.backward()", "aten::backward"),
        ("if torch.eq(1, 1):\n  torch.rand([1])", "aten::rand"),
        ("if self.training:\n  y = x\nelse:\n  y = torch.rand([1])", "aten::rand"),
        ("if torch.__not__(self.training):\n  torch.rand([1])", "aten::rand"),
        ("if self.training:\n  torch.save(x, \"a\")", "aten::save"),
        ("if self.training:\n  y = x\ntorch.rand([1])", "aten::rand"),
        ("ops.prim.TimePoint()", "prim::TimePoint"),
        ("ops.prim.Print(x)", "prim::Print"),
        ("ops.c10d.broadcast_(x)", "c10d::broadcast_"),
        ("ops.torchvision.nms(x, x, 0.5)", "torchvision::nms"),
        ("ops.quantized.linear(x, x, 1., 0)", "quantized::linear"),
        ("torch.hash(x)", "aten::hash"),
        ("hash(x)", "aten::hash"),
        ("id(x)", "prim::id"),
        ("print(x)", "prim::Print"),
        ("p = print\np(x)", "prim::Print"),
        ("fork(x)", "prim::fork"),
        ("awaitable(x)", "prim::awaitable"),
        ("torch.rand([1])", "aten::rand"),
        ("torch.randn_like(x)", "aten::randn_like"),
        ("torch.manual_seed(1)", "aten::manual_seed"),
        ("torch.as_strided(x, [1], [1], 5)", "aten::as_strided"),
        ("ops.aten._index_put_impl_(x, [x], x, False, True)", "aten::_index_put_impl_"),
        ("ops.aten._reshape_alias(x, [1], [1])", "aten::_reshape_alias"),
        ("torch._sparse_coo_tensor_unsafe(x, x, [8])", "aten::_sparse_coo_tensor_unsafe"),
        ("torch.no_such_operator(x)", "aten::no_such_operator"),
        ("torch.classes.foo.Bar()", "torch.classes.foo"),
        ("__torch__.torch.classes.c10d.ProcessGroup.x()", "torch.classes.c10d.ProcessGroup.x"),
        ("y = annotate(Future[Tensor], x)", "Future"),
        ("y : RRef[Tensor] = x", "RRef"),
        ("eval(x)", "eval"),
        ("y is notprint(x)", "y"),
        ("y = x\ny is notprint(x)", "prim::Print"),
        ("y = x\nif not inprint:\n  pass", "prim::Print"),
        ("y = [print(x) for y in x]", "prim::Print"),
        ("with torch.rand([1]) as y:\n  pass", "aten::rand"),
        ("for y in torch.rand([1]):\n  pass", "aten::rand"),
        ("while bool(torch.rand([1])):\n  pass", "aten::rand"),
        ("assert x.seed(), \"a\"", "aten::seed"),
        ("raise torch.seed()", "aten::seed"),
        ("del x.seed", "aten::seed"),
        ("x.seed.y = 1", "aten::seed"),
        ("x[torch.seed()] = 1", "aten::seed"),
        ("x += torch.seed()", "aten::seed"),
        ("{\"a\": torch.seed()}", "aten::seed"),
        ("x[torch.seed():1]", "aten::seed"),
        ("torch.add(x, x, alpha=torch.seed())", "aten::seed"),
        ("self.weight.seed()", "aten::seed"),
        ("self.seed()", "aten::seed"),
        ("-torch.seed()", "aten::seed"),
        ("unchecked_cast(__torch__.Model, x).weight", "prim::unchecked_cast"),
        ("unchecked_cast(List[__torch__.Model], x)", "prim::unchecked_cast"),
        ("unchecked_cast(Tuple[Tensor, Tensor], (x,))", "prim::unchecked_cast"),
        ("unchecked_cast(List[Tuple[Tensor]], [x])", "prim::unchecked_cast"),
        ("unchecked_cast(Tuple[Tensor], x)", "prim::unchecked_cast"),
        ("torch.repeat_interleave(x, x)", "aten::repeat_interleave"),
        ("torch.repeat_interleave(x)", "aten::repeat_interleave"),
        ("x.repeat_interleave(x, 1)", "aten::repeat_interleave"),
        ("torch.repeat_interleave(x, dim=1, repeats=x)", "aten::repeat_interleave"),
        ("y = torch.repeat_interleave", "aten::repeat_interleave"),
        ("torch.repeat_interleave(*(x, x), 1)", "aten::repeat_interleave"),
        ("torch.repeat_interleave((*(x, x)), 1)", "aten::repeat_interleave"),
        ("x.repeat_interleave(*(x,), 1)", "aten::repeat_interleave"),
        ("getattr(x, \"repeat_interleave\")(x, 1)", "aten::repeat_interleave"),
        ("f = getattr(x, \"repeat_interleave\")\nf(x, 1)", "aten::repeat_interleave"),
        ("torch.native_batch_norm(x, None, None, x, x, True, 0.1, 1e-5)", "aten::native_batch_norm"),
        ("torch._weight_norm_interface(x, x, 0)", "aten::_weight_norm_interface"),
        ("u = unchecked_cast\nu(__torch__.Model, x)", "prim::unchecked_cast"),
        ("def f():\n  return x\nfork(f)", "prim::Closure"),
    ];
    for (statements, operator) in spellings {
        assert_eq!(forbidden(&forward(statements)), operator, "{statements}");
    }
}

#[test]
fn other_devices_are_refused() {
    for statement in [
        "x.to(\"cuda\")",
        "torch.to(x, \"cuda:0\")",
        "torch.to(x, torch.device(\"cuda:0\"))",
        "torch.zeros([1], device=\"meta\")",
        "torch.device(\"meta\")",
        "d = \"cuda\"\ntorch.device(d)",
        "torch.device(\"cp\" \"u\")",
        "ops.aten.to(x, \"cuda\")",
        "d = \"meta\"\nx.to(d)",
        "d = \"cuda:1\"\nx.to(d)",
        "torch.zeros([1], device=(\"meta\"))",
        "torch.arange(3, 6, 0, \"meta\", False)",
        "x.to((\"meta\"))",
        "y = [\"xpu:0\"]",
        "y = [\"cuda\"]",
        "y = [\"cuda:0\", \"cuda:1\"]",
        "y = [\"cpu\", \"meta\"]",
        "x.to((\"cuda\", 6))",
        "ops.aten.device(\"cpu\")",
    ] {
        assert_eq!(forbidden(&forward(statement)), "aten::device", "{statement}");
    }
    for statement in [
        "torch.to(x, torch.device(\"cpu\"))",
        "torch.zeros([1], device=torch.device(\"cpu\"))",
        "x.to(\"cpu\")",
        "y = torch.eq(x.device.type, \"cuda\")",
        "y = torch.__contains__(\"cuda\", str(x.device))",
        "y = \"cuda is not used\"",
        // In torch.nn.MultiheadAttention and torch.nn.TransformerEncoder.
        "y = torch.__contains__([\"cpu\", \"cuda\", \"privateuseone\"], ops.prim.type(ops.prim.device(x)))",
        "y = [\"cpu\", \"cuda\", \"xpu\", \"privateuseone\"]\nz = torch.__contains__(y, ops.prim.type(ops.prim.device(x)))",
    ] {
        accepted(&forward(statement));
    }
}

#[test]
fn a_device_is_named_with_the_way_out() {
    let message = refused_as(&forward("x.to(\"cuda:0\")"), VerdictCode::ForbiddenOperator);
    assert!(message.contains("the device `cuda:0`") && message.contains("on a CPU"), "{message}");
    // A scripted `torch.autocast("cuda")` has it as well, and its author would look for no device.
    assert!(message.contains("`torch.autocast`"), "{message}");
}

#[test]
fn names_that_only_look_like_operators_are_accepted() {
    let statements = [
        "y = \"torch.from_file('x') print(x) ops.aten.save\"",
        "y = 'a\\'torch.save(x)'",
        "# print(x), torch.save(x)",
        "y = torch.add(x, x) # torch.save(x)",
        "print0 = x\ny = print0",
        "id = x\ny = torch.add(id, id)",
        "for hash in range(3):\n  y = torch.add(x, hash)",
        "save = x\nsave = torch.relu(save)",
        "from_file, (rand, seed) = x, (x, x)",
        "y = x\nif True:\n  z = y\nelse:\n  z = x\ny = z",
        "y = [z for z in x]\nw = {v: 1 for v in x}",
        "y = x.shape, x.dtype, x.float(), x.relu(), x.T, x.ndim",
        "y = inf\nz = nan",
        "ops.prim.RaiseException(\"a\", \"builtins.ValueError\")",
        "torch.warn(\"torch.save\")",
        "y : Tensor = x\nz : Optional[List[Tuple[int, int]]] = None",
        "y = annotate(List[Optional[Tensor]], [None])\nz = unchecked_cast(Tensor, x)\nw = uninitialized(Tensor)",
        "if isinstance(x, Tensor):\n  pass\nelif True:\n  pass\nelse:\n  pass",
        "y = CONSTANTS.c0",
        "self.weight = x\n(self).weight = x\nself.weight[0] = x",
        "y = getattr(self, \"weight\")",
        "y = torch.index_put_(x, [x], x)\nz = torch.empty([1])\nw = torch.dropout(x, 0.5, False)",
        "while True:\n  break",
        "x[0] = 1\nx[0, 1:2] += 1\ndel id0",
        "assert True, \"a\"",
        "y = -1 if True else +2\nz = not True or x is not None and 1 not in [1]",
    ];
    for statements in statements.iter().filter(|statements| !statements.contains("del id0")) {
        accepted(&forward(statements));
    }
}

#[test]
fn names_that_lead_to_operators_are_no_variables() {
    for name in ["torch", "ops", "__torch__", "CONSTANTS", "self"] {
        let statements = [
            format!("{name} = x"),
            format!("y, {name} = x, x"),
            format!("(y, [{name}]) = x"),
            format!("*{name}, y = x"),
            format!("for {name} in x:\n  pass"),
            format!("with x as {name}:\n  pass"),
            format!("y = [1 for {name} in x]"),
            format!("y = {name} = x"),
            format!("def {name}():\n  pass"),
        ];
        for statements in statements {
            assert!(refused(&forward(&statements)).contains("as the name of a variable"), "{statements}");
        }
        let text = format!("{CLASS}  def forward(self, {name}: Tensor) -> Tensor:\n    return {name}\n");
        assert!(refused(&with_code(&text)).contains("as the name of a variable"), "{name}");
    }
    for name in ["print", "fork", "id"] {
        assert!(refused(&forward(&format!("y = [{name}(x) for {name} in x]"))).contains("as the name of a variable"));
    }
}

#[test]
fn without_the_check_of_operators_only_the_form_counts() {
    for statements in ["print(x)", "torch.save(x, \"a\")", "x.resize_([1])", "fork(x)", "def f():\n  return x\nfork(f)"]
    {
        let bytes = forward(statements);
        forbidden(&bytes);
        assert!(try_repack(&bytes, OperatorCheck::Unchecked).is_ok(), "{statements}");
    }
    assert!(try_repack(&forward("torch = x"), OperatorCheck::Unchecked).is_err());
    assert!(try_repack(&forward("y = (((x"), OperatorCheck::Unchecked).is_err());
}
