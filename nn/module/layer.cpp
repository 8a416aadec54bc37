// What all layers share: clone() and the printed text.
#include "taper/nn/module/layer.h"

#include "taper/autograd/grad_mode.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {
namespace detail {
void LayerBase::reset() { type_->check(*this); }

std::shared_ptr<LayerBase> LayerBase::bare_copy() const {
  std::shared_ptr<LayerBase> copy(type_->copy(*this));
  copy->unregister_all();
  return copy;
}

std::shared_ptr<Module> LayerBase::clone(
    const std::optional<Device>& device) const {
  NoGradGuard no_grad;
  const std::shared_ptr<LayerBase> copy = bare_copy();
  copy->reset();
  copy_registered_to(*copy, device);
  return copy;
}

void LayerBase::clone_(Module& other, const std::optional<Device>& device) {
  check(type_->assign(*this, *other.clone(device)),
        "[clone] reset() made a submodule of another type than {}",
        other.name());
}

std::string LayerBase::printed_name() const {
  std::string name = type_name(type_->info);
  name.erase(0, name.rfind(':') + 1);
  name.resize(name.size() - std::string_view("Impl").size());
  return module_text(name.c_str());
}

void LayerBase::pretty_print(std::ostream& stream) const {
  stream << printed_name();
  OptionPrinter printer(stream);
  type_->print(printer, *this);
  printer.close();
}

void ContainerLayer::pretty_print(std::ostream& stream) const {
  stream << printed_name();
}

}  // namespace detail

OptionPrinter& OptionPrinter::sizes(const char* name,
                                    const std::vector<int64_t>& sizes,
                                    const char* brackets) {
  start(name);
  stream_ << brackets[0];
  for (size_t i = 0; i < sizes.size(); ++i) {
    stream_ << (i > 0 ? ", " : "") << sizes[i];
  }
  stream_ << brackets[1];
  return *this;
}

void OptionPrinter::close() {
  if (parentheses_) stream_ << (started_ ? ")" : "()");
}

void OptionPrinter::start(const char* name) {
  stream_ << (started_ ? ", " : "(");
  started_ = true;
  if (name != nullptr) stream_ << name << '=';
}

void OptionPrinter::write(bool value) { stream_ << (value ? "true" : "false"); }

void OptionPrinter::write(const std::optional<double>& value) {
  value ? write(*value) : void(stream_ << "None");
}

}  // namespace taper::nn
