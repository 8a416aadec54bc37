// The transformer of Vaswani et al., "Attention Is All You Need", 2017: its
// layers, stacks of them, and both stacks together. Sequences are (length, N,
// d_model); masks are those of MultiheadAttention.
#pragma once

#include <cstdint>
#include <utility>
#include <variant>

#include "taper/nn/enum.h"
#include "taper/nn/layers/activation.h"
#include "taper/nn/layers/attention.h"
#include "taper/nn/layers/linear.h"
#include "taper/nn/layers/normalization.h"
#include "taper/nn/module/any_module.h"
#include "taper/nn/module/module_list.h"
#include "taper/tensor/closure.h"

namespace taper::nn {

/// relu, gelu, or any function of a tensor.
using activation_t =
    std::variant<enumtype::kReLU, enumtype::kGELU,
                 taper::detail::Closure<Tensor(const Tensor&)>>;

namespace detail {

/// The base of transformers, which LibTorch prints with their Impl.
class TAPER_API TransformerBase : public LayerBase {
 public:
  using LayerBase::LayerBase;
  void pretty_print(std::ostream& stream) const override;
};

/// What both kinds of layers are made from.
struct TAPER_API TransformerLayerOptions {
  TransformerLayerOptions(int64_t d_model, int64_t nhead)
      : d_model_(d_model), nhead_(nhead) {}
  TAPER_ARG(int64_t, d_model);
  TAPER_ARG(int64_t, nhead);
  TAPER_ARG(int64_t, dim_feedforward) = 2048;
  TAPER_ARG(double, dropout) = 0.1;
  TAPER_ARG(activation_t, activation) = kReLU;
};

}  // namespace detail

using TransformerEncoderLayerOptions = detail::TransformerLayerOptions;
using TransformerDecoderLayerOptions = detail::TransformerLayerOptions;

/// y = norm1(x + dropout1(self_attn(x))), then norm2(y +
/// dropout2(linear2(dropout(activation(linear1(y)))))).
struct TAPER_API TransformerEncoderLayerImpl
    : Layer<TransformerEncoderLayerImpl, TransformerEncoderLayerOptions,
            detail::TransformerBase> {
  TransformerEncoderLayerImpl(int64_t d_model, int64_t nhead)
      : TransformerEncoderLayerImpl(
            TransformerEncoderLayerOptions(d_model, nhead)) {}
  explicit TransformerEncoderLayerImpl(Options o) : Layer(std::move(o)) {
    reset();
  }
  void reset() override;
  /// Draws all parameters anew but those of self_attn->out_proj.
  void reset_parameters();
  Tensor forward(const Tensor& src, const Tensor& src_mask = {},
                 const Tensor& src_key_padding_mask = {});

 protected:
  FORWARD_HAS_DEFAULT_ARGS({1, AnyValue(Tensor())}, {2, AnyValue(Tensor())})

 public:
  MultiheadAttention self_attn = nullptr;
  Linear linear1 = nullptr;
  Dropout dropout = nullptr;
  Linear linear2 = nullptr;
  LayerNorm norm1 = nullptr;
  LayerNorm norm2 = nullptr;
  Dropout dropout1 = nullptr;
  Dropout dropout2 = nullptr;
};
using TransformerEncoderLayer = ModuleHolder<TransformerEncoderLayerImpl>;

/// The same for tgt, with attention to `memory` and a norm of its own between.
struct TAPER_API TransformerDecoderLayerImpl
    : Layer<TransformerDecoderLayerImpl, TransformerDecoderLayerOptions,
            detail::TransformerBase> {
  TransformerDecoderLayerImpl(int64_t d_model, int64_t nhead)
      : TransformerDecoderLayerImpl(
            TransformerDecoderLayerOptions(d_model, nhead)) {}
  explicit TransformerDecoderLayerImpl(Options o) : Layer(std::move(o)) {
    reset();
  }
  void reset() override;
  /// Draws all parameters anew but those of the attentions' out_proj.
  void reset_parameters();
  Tensor forward(const Tensor& tgt, const Tensor& memory,
                 const Tensor& tgt_mask = {}, const Tensor& memory_mask = {},
                 const Tensor& tgt_key_padding_mask = {},
                 const Tensor& memory_key_padding_mask = {});

 protected:
  FORWARD_HAS_DEFAULT_ARGS({2, AnyValue(Tensor())}, {3, AnyValue(Tensor())},
                           {4, AnyValue(Tensor())}, {5, AnyValue(Tensor())})

 public:
  MultiheadAttention self_attn = nullptr;
  Dropout dropout1 = nullptr;
  LayerNorm norm1 = nullptr;
  MultiheadAttention multihead_attn = nullptr;
  Dropout dropout2 = nullptr;
  LayerNorm norm2 = nullptr;
  Linear linear1 = nullptr;
  Dropout dropout = nullptr;
  Linear linear2 = nullptr;
  Dropout dropout3 = nullptr;
  LayerNorm norm3 = nullptr;
};
using TransformerDecoderLayer = ModuleHolder<TransformerDecoderLayerImpl>;

/// `num_layers` copies of the layer, which start alike; `norm`, if any, is
/// copied and comes last.
struct TAPER_API TransformerEncoderOptions {
  TransformerEncoderOptions(TransformerEncoderLayer encoder_layer,
                            int64_t num_layers)
      : encoder_layer_(std::move(encoder_layer)), num_layers_(num_layers) {}
  TransformerEncoderOptions(
      const TransformerEncoderLayerOptions& encoder_layer_options,
      int64_t num_layers)
      : TransformerEncoderOptions(
            TransformerEncoderLayer(encoder_layer_options), num_layers) {}
  TAPER_ARG(TransformerEncoderLayer, encoder_layer) = nullptr;
  TAPER_ARG(int64_t, num_layers);
  TAPER_ARG(AnyModule, norm);
};

/// The same for decoders.
struct TAPER_API TransformerDecoderOptions {
  TransformerDecoderOptions(TransformerDecoderLayer decoder_layer,
                            int64_t num_layers)
      : decoder_layer_(std::move(decoder_layer)), num_layers_(num_layers) {}
  TransformerDecoderOptions(
      const TransformerDecoderLayerOptions& decoder_layer_options,
      int64_t num_layers)
      : TransformerDecoderOptions(
            TransformerDecoderLayer(decoder_layer_options), num_layers) {}
  TAPER_ARG(TransformerDecoderLayer, decoder_layer) = nullptr;
  TAPER_ARG(int64_t, num_layers);
  TAPER_ARG(AnyModule, norm);
};

/// The layers one after the other, then the norm.
struct TAPER_API TransformerEncoderImpl
    : Layer<TransformerEncoderImpl, TransformerEncoderOptions,
            detail::TransformerBase> {
  TransformerEncoderImpl(TransformerEncoderLayer encoder_layer,
                         int64_t num_layers)
      : TransformerEncoderImpl(
            TransformerEncoderOptions(std::move(encoder_layer), num_layers)) {}
  explicit TransformerEncoderImpl(Options o) : Layer(std::move(o)) { reset(); }
  void reset() override;
  /// That of every layer, and of a norm that is a LayerNorm.
  void reset_parameters();
  Tensor forward(const Tensor& src, const Tensor& src_mask = {},
                 const Tensor& src_key_padding_mask = {});

 protected:
  FORWARD_HAS_DEFAULT_ARGS({1, AnyValue(Tensor())}, {2, AnyValue(Tensor())})

 public:
  ModuleList layers = nullptr;
  AnyModule norm;
};
using TransformerEncoder = ModuleHolder<TransformerEncoderImpl>;

/// The same; every layer looks at `memory`.
struct TAPER_API TransformerDecoderImpl
    : Layer<TransformerDecoderImpl, TransformerDecoderOptions,
            detail::TransformerBase> {
  TransformerDecoderImpl(TransformerDecoderLayer decoder_layer,
                         int64_t num_layers)
      : TransformerDecoderImpl(
            TransformerDecoderOptions(std::move(decoder_layer), num_layers)) {}
  explicit TransformerDecoderImpl(Options o) : Layer(std::move(o)) { reset(); }
  void reset() override;
  /// That of every layer, and of a norm that is a LayerNorm.
  void reset_parameters();
  Tensor forward(const Tensor& tgt, const Tensor& memory,
                 const Tensor& tgt_mask = {}, const Tensor& memory_mask = {},
                 const Tensor& tgt_key_padding_mask = {},
                 const Tensor& memory_key_padding_mask = {});

 protected:
  FORWARD_HAS_DEFAULT_ARGS({2, AnyValue(Tensor())}, {3, AnyValue(Tensor())},
                           {4, AnyValue(Tensor())}, {5, AnyValue(Tensor())})

 public:
  ModuleList layers = nullptr;
  AnyModule norm;
};
using TransformerDecoder = ModuleHolder<TransformerDecoderImpl>;

/// Custom modules, copied, stand for the stacks of layers.
struct TAPER_API TransformerOptions {
  TransformerOptions() = default;
  TransformerOptions(int64_t d_model, int64_t nhead)
      : d_model_(d_model), nhead_(nhead) {}
  TransformerOptions(int64_t d_model, int64_t nhead, int64_t num_encoder_layers,
                     int64_t num_decoder_layers)
      : d_model_(d_model),
        nhead_(nhead),
        num_encoder_layers_(num_encoder_layers),
        num_decoder_layers_(num_decoder_layers) {}
  TAPER_ARG(int64_t, d_model) = 512;
  TAPER_ARG(int64_t, nhead) = 8;
  TAPER_ARG(int64_t, num_encoder_layers) = 6;
  TAPER_ARG(int64_t, num_decoder_layers) = 6;
  TAPER_ARG(int64_t, dim_feedforward) = 2048;
  TAPER_ARG(double, dropout) = 0.1;
  TAPER_ARG(activation_t, activation) = kReLU;
  TAPER_ARG(AnyModule, custom_encoder);
  TAPER_ARG(AnyModule, custom_decoder);
};

/// decoder(tgt, encoder(src)) for src (S, N, d_model) and tgt (T, N, d_model).
struct TAPER_API TransformerImpl
    : Layer<TransformerImpl, TransformerOptions, detail::TransformerBase> {
  explicit TransformerImpl(Options o = {}) : Layer(std::move(o)) { reset(); }
  void reset() override;
  /// xavier_uniform_ of all parameters of more than one dim.
  void reset_parameters();
  Tensor forward(const Tensor& src, const Tensor& tgt,
                 const Tensor& src_mask = {}, const Tensor& tgt_mask = {},
                 const Tensor& memory_mask = {},
                 const Tensor& src_key_padding_mask = {},
                 const Tensor& tgt_key_padding_mask = {},
                 const Tensor& memory_key_padding_mask = {});
  /// (sz, sz), -inf above the diagonal and 0 elsewhere: what an attn_mask is
  /// that hides what follows.
  static Tensor generate_square_subsequent_mask(int64_t sz);

 protected:
  FORWARD_HAS_DEFAULT_ARGS({2, AnyValue(Tensor())}, {3, AnyValue(Tensor())},
                           {4, AnyValue(Tensor())}, {5, AnyValue(Tensor())},
                           {6, AnyValue(Tensor())}, {7, AnyValue(Tensor())})

 public:
  AnyModule encoder;
  AnyModule decoder;
};
using Transformer = ModuleHolder<TransformerImpl>;

}  // namespace taper::nn
