// The Mersenne Twister and what becomes of its words.
#include "taper/tensor/kernels/simd/random.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace taper::kernels::TAPER_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__) && defined(__FMA__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

using Floats [[gnu::vector_size(4 * kLanes)]] = float;
using Ints [[gnu::vector_size(4 * kLanes)]] = int32_t;

template <class Vector, class T>
inline Vector load(const T* from) {
  Vector v;
  __builtin_memcpy(&v, from, sizeof(v));
  return v;
}

inline void store(float* to, Floats v) { __builtin_memcpy(to, &v, sizeof(v)); }

inline Floats splat(float value) { return value - Floats{}; }

// a * b + c with one rounding, and the square root, lane by lane.
#if defined(__AVX512F__)

inline Floats fused(Floats a, Floats b, Floats c) {
  return _mm512_fmadd_ps(a, b, c);
}
// The unmasked intrinsic warns about its own internals in GCC 12.
inline Floats square_root(Floats a) { return _mm512_maskz_sqrt_ps(-1, a); }

#elif defined(__AVX2__) && defined(__FMA__)

inline Floats fused(Floats a, Floats b, Floats c) {
  return _mm256_fmadd_ps(a, b, c);
}
inline Floats square_root(Floats a) { return _mm256_sqrt_ps(a); }

#elif defined(__SSE2__)

using Doubles [[gnu::vector_size(16)]] = double;
using Longs [[gnu::vector_size(16)]] = uint64_t;

// The product of two floats is exact in double. Rounding the sum to nearest
// and then again to float could go wrong in halfway cases, so the sum is
// rounded to odd instead, which keeps the second rounding exact (Boldo and
// Melquiond, 2008): when inexact and even, one step towards the error.
inline Doubles fused_odd(Doubles a, Doubles b, Doubles c) {
  const Doubles product = a * b;
  const Doubles sum = product + c;
  const Doubles added = sum - product;
  const Doubles error = (product - (sum - added)) + (c - added);
  const auto bits = reinterpret_cast<Longs>(sum);
  const Longs inexact =
      reinterpret_cast<Longs>(error < 0) | reinterpret_cast<Longs>(error > 0);
  const Longs even = (bits & 1) - 1;
  const Longs away = (reinterpret_cast<Longs>(error) ^ bits) >> 63;
  return reinterpret_cast<Doubles>(bits + ((1 - 2 * away) & inexact & even));
}

inline Floats fused(Floats a, Floats b, Floats c) {
  const Doubles low =
      fused_odd(_mm_cvtps_pd(a), _mm_cvtps_pd(b), _mm_cvtps_pd(c));
  const Doubles high = fused_odd(_mm_cvtps_pd(_mm_movehl_ps(a, a)),
                                 _mm_cvtps_pd(_mm_movehl_ps(b, b)),
                                 _mm_cvtps_pd(_mm_movehl_ps(c, c)));
  return _mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
}
inline Floats square_root(Floats a) { return _mm_sqrt_ps(a); }

#else

inline Floats fused(Floats a, Floats b, Floats c) {
  for (int i = 0; i < kLanes; ++i) a[i] = __builtin_fmaf(a[i], b[i], c[i]);
  return a;
}
inline Floats square_root(Floats a) {
  for (int i = 0; i < kLanes; ++i) a[i] = __builtin_sqrtf(a[i]);
  return a;
}

#endif

inline Floats fused(Floats a, Floats b, float c) {
  return fused(a, b, splat(c));
}

inline float fused(float a, float b, float c) {
#if defined(__FP_FAST_FMAF) || !defined(__SSE2__)
  return __builtin_fmaf(a, b, c);
#else
  return fused(splat(a), splat(b), splat(c))[0];
#endif
}

// Mersenne Twister.

inline uint32_t twist(uint32_t far, uint32_t now, uint32_t next) {
  const uint32_t y = (now & 0x80000000u) | (next & 0x7fffffffu);
  return far ^ (y >> 1) ^ (-(y & 1) & 0x9908b0dfu);
}

// The 16 words behind the state repeat the first new ones, so that every loop
// below covers a multiple of 16 words although 397 and 227 are odd.
void regenerate(uint32_t* state, uint32_t* __restrict words) {
  for (int i = 0; i < 16; ++i) {
    state[i] = twist(state[i + 397], state[i], state[i + 1]);
  }
  __builtin_memcpy(state + 624, state, 16 * sizeof(uint32_t));
  for (int i = 16; i < 240; ++i) {
    state[i] = twist(state[i + 397], state[i], state[i + 1]);
  }
  for (int i = 240; i < 624; ++i) {
    state[i] = twist(state[i - 227], state[i], state[i + 1]);
  }
  for (int i = 0; i < 624; ++i) words[i] = temper(state[i]);
}

// Uniform.

inline float unit24(uint32_t word) {
  return static_cast<float>(static_cast<int32_t>(word & 0xFFFFFF)) * 0x1p-24f;
}

// The 53 bits of a draw: the first word is the high half.
inline uint64_t draw53(const uint32_t* words, int64_t i) {
  return uint64_t{words[2 * i] & 0x1FFFFF} << 32 | words[2 * i + 1];
}
inline double unit53(const uint32_t* words, int64_t i) {
  return static_cast<double>(static_cast<int64_t>(draw53(words, i))) * 0x1p-53;
}

// Without an instruction for it fused() is slow, and x * width + 0 needs none.
inline bool only_scale([[maybe_unused]] double from,
                       [[maybe_unused]] double width) {
#if defined(__FP_FAST_FMAF)
  return false;
#else
  return from == 0 && width > 0;
#endif
}

void uniform_float(const uint32_t* words, float* out, int64_t n, float from,
                   float width) {
  int64_t i = 0;
  if (only_scale(from, width)) {
    for (; i < n; ++i) out[i] = unit24(words[i]) * width;
  }
  for (; i + kLanes <= n; i += kLanes) {
    const Ints bits = load<Ints>(words + i) & 0xFFFFFF;
    const Floats x = __builtin_convertvector(bits, Floats) * 0x1p-24f;
    store(out + i, fused(x, splat(width), from));
  }
  for (; i < n; ++i) out[i] = fused(unit24(words[i]), width, from);
}

void uniform_double(const uint32_t* words, double* out, int64_t n, double from,
                    double width) {
  int64_t i = 0;
  if (only_scale(from, width)) {
    for (; i < n; ++i) out[i] = unit53(words, i) * width;
  }
  for (; i < n; ++i) out[i] = __builtin_fma(unit53(words, i), width, from);
}

// Normal. The polynomials are those of Cephes (Moshier), the order of the
// operations is PyTorch's.

inline Floats logarithm(Floats u) {
  const Ints bits = reinterpret_cast<Ints>(u);
  const Ints half = (bits & 0x007FFFFF) | 0x3F000000;
  auto x = reinterpret_cast<Floats>(half);
  const Ints small = x < 0.707106781186547524f;
  Floats e = __builtin_convertvector((bits >> 23) - 126 + small, Floats);
  x = (x - 1) + reinterpret_cast<Floats>(half & small);
  const Floats z = x * x;
  Floats y = fused(splat(7.0376836292e-2f), x, -1.1514610310e-1f);
  y = fused(y, x, 1.1676998740e-1f);
  y = fused(y, x, -1.2420140846e-1f);
  y = fused(y, x, 1.4249322787e-1f);
  y = fused(y, x, -1.6668057665e-1f);
  y = fused(y, x, 2.0000714765e-1f);
  y = fused(y, x, -2.4999993993e-1f);
  y = fused(y, x, 3.3333331174e-1f);
  y = fused(y * x, z, e * -2.12194440e-4f);
  y = fused(-z, splat(0.5f), y);
  return fused(e, splat(0.693359375f), x + y);
}

struct Angle {
  Floats cosine, sine;
};

// Of an angle that is not negative.
inline Angle cosine_sine(Floats x) {
  const Ints j =
      (__builtin_convertvector(x * 1.27323954473516f, Ints) + 1) & ~1;
  const Floats y = __builtin_convertvector(j, Floats);
  x = fused(y, splat(-0.78515625f), x);
  x = fused(y, splat(-2.4187564849853515625e-4f), x);
  x = fused(y, splat(-3.77489497744594108e-8f), x);
  const Floats z = x * x;
  Floats c = fused(splat(2.443315711809948e-5f), z, -1.388731625493765e-3f);
  c = fused(c, z, 4.166664568298827e-2f) * z;
  c = fused(c, z, -(z * 0.5f)) + 1;
  Floats s = fused(splat(-1.9515295891e-4f), z, 8.3321608736e-3f);
  s = fused(s, z, -1.6666654611e-1f) * z;
  s = fused(s, x, x);
  const Ints straight = (j & 2) == 0;
  const Ints sine_sign = (j & 4) << 29;
  const Ints cosine_sign = (~(j - 2) & 4) << 29;
  const Floats sine = straight ? s : c;
  const Floats cosine = straight ? c : s;
  return {
      reinterpret_cast<Floats>(reinterpret_cast<Ints>(cosine) ^ cosine_sign),
      reinterpret_cast<Floats>(reinterpret_cast<Ints>(sine) ^ sine_sign)};
}

// Two uniforms to two normals.
inline void box_muller(Floats& first, Floats& second, float mean, float std) {
  const Floats radius = square_root(logarithm(1 - first) * -2);
  const Angle angle = cosine_sine(second * 6.283185307179586f);
  first = fused(radius * angle.cosine, splat(std), mean);
  second = fused(radius * angle.sine, splat(std), mean);
}

#if defined(__AVX512F__)

inline Floats low_halves(Floats a, Floats b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19,
                                 20, 21, 22, 23);
}
inline Floats high_halves(Floats a, Floats b) {
  return __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26,
                                 27, 28, 29, 30, 31);
}

// Two blocks at a time; an odd last block is paired with itself.
void normal_blocks(float* data, int64_t blocks, float mean, float std) {
  for (int64_t i = 0; i < blocks; i += 2, data += 32) {
    float* other = i + 1 < blocks ? data + 16 : data;
    const Floats a = load<Floats>(data), b = load<Floats>(other);
    Floats first = low_halves(a, b);
    Floats second = high_halves(a, b);
    box_muller(first, second, mean, std);
    store(data, low_halves(first, second));
    store(other, high_halves(first, second));
  }
}

#else

void normal_blocks(float* data, int64_t blocks, float mean, float std) {
  for (int64_t i = 0; i < blocks; ++i, data += 16) {
    for (int j = 0; j < 8; j += kLanes) {
      auto first = load<Floats>(data + j);
      auto second = load<Floats>(data + j + 8);
      box_muller(first, second, mean, std);
      store(data + j, first);
      store(data + j + 8, second);
    }
  }
}

#endif

// Bernoulli and dropout.

// 1 if the draw is below the threshold: the sign of their difference, because
// neither exceeds 2^53 and the older instruction sets cannot compare 64 bits.
template <class T>
inline T below(const uint32_t* words, int64_t i, uint64_t threshold) {
  const uint64_t draw = draw53(words, i);
  if constexpr (sizeof(T) == 1) return draw < threshold;
  return static_cast<T>(static_cast<int32_t>((draw - threshold) >> 63));
}

template <class T>
void bernoulli(const uint32_t* words, T* __restrict out, int64_t n,
               uint64_t threshold) {
  for (int64_t i = 0; i < n; ++i) out[i] = below<T>(words, i, threshold);
}

template <class T>
void dropout(const uint32_t* words, const T* x, T* y, T* noise, int64_t n,
             uint64_t threshold, T scale) {
  for (int64_t i = 0; i < n; ++i) {
    noise[i] = below<T>(words, i, threshold) * scale;
    y[i] = x[i] * noise[i];
  }
}

}  // namespace

constinit const RandomTable random_table = {
    .regenerate = regenerate,
    .uniform = {uniform_float, uniform_double},
    .normal_blocks = normal_blocks,
    .bernoulli = {bernoulli<float>, bernoulli<double>, bernoulli<int64_t>,
                  bernoulli<bool>},
    .dropout = {dropout<float>, dropout<double>},
};

}  // namespace taper::kernels::TAPER_ISA
