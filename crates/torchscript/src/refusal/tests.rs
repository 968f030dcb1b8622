use super::*;

#[test]
fn values_are_escaped_and_cut() {
    assert_eq!(shown("a\u{1b}[31m\n"), "a\\u{1b}[31m\\n");
    assert_eq!(shown(&"x".repeat(200)).len(), 80);
    assert!(shown(&"\u{202e}".repeat(80)).chars().all(|letter| letter.is_ascii_graphic()));
}

#[test]
fn the_tool_that_wrote_an_operator_is_named() {
    let advice = |operator: &str| {
        let mut operators = ForbiddenOperators::default();
        operators.add("code/__torch__.py", 1, operator);
        operators.into_result().unwrap_err().advice
    };
    for (operator, words) in [
        ("aten::to_mkldnn", "optimize_for_inference"),
        ("quantized::linear_dynamic", "Quantised"),
        ("prepacked::conv2d_clamp_run", "optimize_for_mobile"),
        ("aten::rand", "torch.jit.trace"),
        ("aten::cuda", "to(x.device)"),
        ("aten::save", VerdictCode::ForbiddenOperator.advice()),
    ] {
        assert!(advice(operator).contains(words), "{}", advice(operator));
    }
}

#[test]
fn an_advice_closer_than_that_of_the_code_is_in_the_closed_list() {
    let advice = |operator: &str| {
        let mut operators = ForbiddenOperators::default();
        operators.add("code/__torch__.py", 1, operator);
        operators.into_result().unwrap_err().detail.known_advice.map(|advice| advice.code)
    };
    assert_eq!(advice("aten::to_mkldnn"), Some(HintCode::BeforeInference));
    assert_eq!(advice("aten::save"), None);
    let mut devices = ForbiddenOperators::default();
    devices.add_device("code/__torch__.py", 1, "cuda:0");
    let verdict = devices.into_result().unwrap_err();
    assert_eq!(verdict.detail.known_advice, Some(HintCode::DeviceOfInput.into()));
    assert!(!verdict.message.contains(&verdict.advice), "{}", verdict.message);
}

#[test]
fn operators_keep_only_safe_letters_and_the_first_is_named() {
    let mut operators = ForbiddenOperators::default();
    for number in 0..30 {
        operators.add("code/__torch__.py", number + 1, &format!("aten::op{number}<\n>"));
    }
    let verdict = operators.into_result().unwrap_err();
    assert_eq!(verdict.detail.operator.as_deref(), Some("aten::op0"));
    assert_eq!((verdict.detail.lines.len(), verdict.detail.faults), (20, 30));
    assert!(
        verdict
            .message
            .starts_with("`code/__torch__.py` line 1: the operator `aten::op0` may not be used (and 29 more)")
    );
}

#[test]
fn a_fault_of_the_code_names_file_and_line_in_words_and_for_programs() {
    let verdict = at_line("code/a\n.py", 7, "a tab", "spaces");
    assert_eq!(verdict.message, "`code/a\\n.py` line 7: a tab; allowed: spaces");
    let [fault] = verdict.detail.lines.as_slice() else { panic!("{verdict:?}") };
    assert_eq!((fault.line, fault.value.as_str(), fault.allowed.as_str()), (Some(7), "code/a\\n.py", "spaces"));
    assert_eq!(verdict.detail.faults, 1);
}

#[test]
fn a_forward_that_takes_something_else_can_be_wrapped_and_one_that_returns_it_cannot() {
    let takes = wrong_forward(VerdictCode::LoadFailed, "two tensors", "one");
    assert_eq!(takes.detail.known_advice, Some(HintCode::WrapForward.into()));
    let returns = wrong_forward(VerdictCode::WrongOutput, "a dict", "a tensor");
    assert_eq!((returns.detail.known_advice, returns.code), (None, VerdictCode::WrongOutput));
    assert_eq!(returns.advice, VerdictCode::WrongOutput.advice());
}

#[test]
fn a_device_is_named_only_if_it_is_the_first_fault() {
    let mut operators = ForbiddenOperators::default();
    operators.add("code/a.py", 3, "aten::save");
    operators.add_device("code/b.py", 4, "cuda:0");
    let message = operators.into_result().unwrap_err().message;
    let expected = "`code/a.py` line 3: the operator `aten::save` may not be used (and 1 more); allowed: ";
    assert!(message.starts_with(expected), "{message}");
    let mut devices = ForbiddenOperators::default();
    devices.add_device("code/b.py", 4, "cuda:\n0");
    let verdict = devices.into_result().unwrap_err();
    let expected =
        "`code/b.py` line 4: the device `cuda:\\n0` is written into the code; allowed: the device of the input";
    assert_eq!((verdict.message.as_str(), verdict.detail.operator.as_deref()), (expected, Some("aten::device")));
}

#[test]
fn nothing_forbidden_is_no_refusal() {
    assert_eq!(ForbiddenOperators::default().into_result(), Ok(()));
}
