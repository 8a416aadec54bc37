// What is measured and what is asked for. The floors are hand-written code
// without a library around it, measured once on a Zen 4 server with AVX-512.
#pragma once

namespace bench {

struct Goal {
  const char* name;
  const char* title;
  double limit_us;  // at most this on one thread; 0 where there is none
  double goal;      // LibTorch / taper to reach on one thread
  double stretch;
  double floor_us;  // one thread; 0 where only parts of it were measured
};

inline constexpr Goal kGoals[] = {
    {"add_1", "add, 1 element, no grad", 0.03, 25, 45, 0.0077},
    {"chain_1000", "1,000 chained scalar ops, f+b", 120, 70, 120, 31},
    {"l1_step", "l1 step: Linear(10,1), SGD, b32", 4, 30, 50, 0.98},
    {"l2_step", "l2 step: Linear(10,1), Adam, b32", 3, 30, 50, 0.61},
    {"batch_norm", "Linear-BatchNorm1d(128), b32, f+b", 0, 5, 8, 9},
    {"layer_norm", "LayerNorm cell with statistics", 0, 10, 20, 0.5},
    {"group_norm", "GroupNorm cell with statistics", 0, 10, 20, 0},
    {"dropout_f", "784-128-10 with dropout, b32, f", 0, 1.4, 2, 90},
    {"dropout_fb", "784-128-10 with dropout, b32, f+b", 0, 1.5, 2, 165},
    {"digits_step", "digits net step, Adam, b32", 0, 7, 10, 18},
    {"mlp_b32", "MLP 784-512-256-10, Adam, b32", 0, 2.3, 2.7, 1109},
    {"mlp_b256", "MLP 784-512-256-10, Adam, b256", 0, 1.3, 1.4, 6374},
    {"tanh_4m", "tanh(a*b+b).sum() of 4M, f+b", 0, 2, 2.3, 8000},
    {"add_4m", "add 4M (b + b)", 0, 1, 1.1, 680},
    {"add_ab_4m", "add 4M (a + b)", 0, 1, 1.1, 830},
    {"sum_4m", "sum 4M", 0, 1, 1.1, 203},
    {"sum_dim0", "sum over dim 0 of 2048 x 2048", 0, 2.5, 3.2, 272},
    {"softmax", "softmax of 2048 x 2048", 0, 1.15, 1.4, 1976},
    {"exp_4m", "exp of 4M", 1500, 2.2, 2.6, 1132},
    {"transpose", "transposed copy of 2048 x 2048", 0, 2.5, 3.4, 1440},
    {"randn_4m", "randn of 4M", 0, 3.5, 4.5, 2968},
    {"matmul_64", "matmul 64", 0, 1.3, 1.45, 4.6},
    {"matmul_256", "matmul 256", 0, 1, 1.1, 318},
    {"matmul_1024", "matmul 1024", 0, 1, 1.1, 21568},
    {"adam_100", "Adam over 100 x 10,000", 500, 6, 7.5, 334},
    {"lenet", "LeNet step, SGD, b64", 0, 1.7, 2.5, 0},
    {"resnet", "ResNet 16-32-64 step, SGD, b32", 0, 1.2, 1.5, 0},
    {"small_cnn", "CNN 1-8-16 on 8x8, Adam, b32", 0, 4, 8, 0},
    {"depthwise", "depthwise 3x3 + 1x1, 64 channels, f+b", 0, 1.2, 2, 0},
    {"conv1d", "Conv1d(32, 64, 5), b32, f+b", 0, 1.3, 2, 0},
    {"lstm", "LSTM(32, 64) step, Adam, b16", 0, 1.5, 1.8, 810},
    {"gru", "GRU(32, 64) step, Adam, b16", 0, 1.5, 1.8, 0},
    {"lstm_small", "LSTM(8, 16) step, Adam, b1", 0, 10, 20, 0},
    {"transformer", "transformer layer step, Adam, b8", 0, 1.8, 2, 4652},
    {"attention", "attention, 512 tokens, 8 heads, f+b", 0, 1.2, 2, 0},
    {"max_pool", "max_pool2d of 6M, f+b", 0, 1.2, 2, 0},
    {"upsample", "bilinear upsampling to 6M, f+b", 0, 1.2, 2, 0},
    {"embedding", "embedding of 10,000 x 64, f+b", 0, 1.2, 2, 0},
};

}  // namespace bench
