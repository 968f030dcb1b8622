#pragma once

namespace holdout {

// Has the arguments of attention looked at from now on, on every kind of device that libtorch has loaded.
void guard_attention();

} // namespace holdout
