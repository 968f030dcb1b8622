//! The program `holdout`.

fn main() -> std::process::ExitCode {
    holdout::run()
}
