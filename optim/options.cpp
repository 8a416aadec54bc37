#include "taper/optim/options.h"

namespace taper::optim {
namespace {

[[noreturn]] void fail_missing(const char* what) {
  fail<NotImplementedError>("[Optimizer] {} is not defined for this class",
                            what);
}

}  // namespace

OptimizerParamState::~OptimizerParamState() = default;
std::unique_ptr<OptimizerParamState> OptimizerParamState::clone() const {
  fail_missing("clone() of the state");
}
void OptimizerParamState::serialize(serialize::InputArchive&) {
  fail_missing("serialize() of the state");
}
void OptimizerParamState::serialize(serialize::OutputArchive&) const {
  fail_missing("serialize() of the state");
}
void OptimizerParamState::check_fits(const char*, const Tensor&) const {}

OptimizerOptions::~OptimizerOptions() = default;
std::unique_ptr<OptimizerOptions> OptimizerOptions::clone() const {
  fail_missing("clone() of the options");
}
void OptimizerOptions::serialize(serialize::InputArchive&) {
  fail_missing("serialize() of the options");
}
void OptimizerOptions::serialize(serialize::OutputArchive&) const {
  fail_missing("serialize() of the options");
}
double OptimizerOptions::get_lr() const {
  fail_missing("get_lr() of the options");
}
void OptimizerOptions::set_lr(double) {
  fail_missing("set_lr() of the options");
}
void OptimizerOptions::inherit(const OptimizerOptions&) {}
void OptimizerOptions::check_valid() const {}
const char* OptimizerOptions::optimizer_name() const {
  return "Optimizer";
}

}  // namespace taper::optim
