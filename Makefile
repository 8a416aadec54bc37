# taper: build, test, install. `make` lists the targets.
# Variables: MODE=release|asan|tsan  BUILD=build  PREFIX= DESTDIR=  V=1  JOBS=
VERSION := 0.1.0
SONAME := libtaper.so.0
MODE ?= release
BUILD ?= build
PREFIX ?= /usr/local
ARCH ?= $(shell uname -m)
JOBS ?= $(shell nproc)
Q := $(if $(V),,@)
OUT := $(BUILD)/$(MODE)
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(JOBS) --no-print-directory
endif

# The OpenMP flavour of OpenBLAS, by its own folder: Debian's alternatives may
# point the generic name at the pthread flavour, at link time or at run time.
OPENBLAS_INCLUDE ?= /usr/include/$(ARCH)-linux-gnu/openblas-openmp
OPENBLAS_LIB ?= /usr/lib/$(ARCH)-linux-gnu/openblas-openmp
BLAS_LIBS := -L$(OPENBLAS_LIB) -Wl,-rpath,$(OPENBLAS_LIB) -lopenblas -fopenmp

CCACHE := $(shell command -v ccache)
export CCACHE_SLOPPINESS ?= pch_defines,time_macros
COMPILE = $(CCACHE) $(CXX)
GCC := $(if $(findstring clang,$(CXX)),,yes)
FLAGS.release := -O2
# Sanitizers make g++ take std::optional for uninitialised.
FLAGS.asan := -O1 -g1 -fno-omit-frame-pointer -fno-sanitize-recover=all \
  -fsanitize=address -fsanitize=undefined -Wno-maybe-uninitialized
FLAGS.tsan := -O1 -g1 -fno-omit-frame-pointer -fsanitize=thread \
  -Wno-maybe-uninitialized
FLAGS := -std=c++20 -fPIC -fopenmp -ffp-contract=off -ftls-model=initial-exec \
  -fvisibility=hidden -fvisibility-inlines-hidden \
  -Wall -Wextra -Wpedantic -Wshadow -Werror
LIB_FLAGS := $(FLAGS) $(or $(FLAGS.$(MODE)),-O2) -fno-semantic-interposition \
  -ffunction-sections -fdata-sections -isystem $(OPENBLAS_INCLUDE)
TEST_FLAGS := $(FLAGS) -O1 $(FLAGS.$(MODE):-O2=) -I.
CPPFLAGS += -Iinclude -MMD -MP
LINK_FLAGS := $(filter -fsanitize=%,$(FLAGS.$(MODE)))

# Kernels in simd/ are compiled once per instruction set, select.cpp once.
ISAS := $(if $(filter x86_64,$(ARCH)),baseline v3 v4,baseline)
# Neither errno nor floating-point traps are used: lets loops vectorise. Jump
# threading would turn a clamp (min, max) into a tree of masks. Clang vectorises
# fewer of them, which is no error.
SIMD_FLAGS := -fno-math-errno -fno-trapping-math \
  $(if $(GCC),-fno-thread-jumps,-Wno-pass-failed)
ISA_FLAGS.baseline := -O2
ISA_FLAGS.v3 := -march=x86-64-v3
ISA_FLAGS.v4 := -march=x86-64-v4 -mprefer-vector-width=512
LAYERS := tensor autograd io nn optim
SRCS := $(sort $(shell find $(LAYERS) -name '*.cpp'))
SIMD := $(filter-out %/select.cpp,$(filter tensor/kernels/simd/%,$(SRCS)))
ISA_OBJS := $(foreach i,$(ISAS),$(SIMD:%.cpp=$(OUT)/%.$i.o))
OBJS := $(patsubst %.cpp,$(OUT)/%.o,$(filter-out $(SIMD),$(SRCS))) $(ISA_OBJS)
TEST_SRCS := $(sort $(shell find tests -name '*.cpp' ! -path 'tests/install/*'))
TEST_OBJS := $(TEST_SRCS:%.cpp=$(OUT)/%.o)
HEADERS := $(wildcard taper.h) $(sort $(shell find $(LAYERS) -name '*.h'))
EXAMPLES := $(patsubst examples/%.cpp,$(BUILD)/%,$(wildcard examples/*.cpp))
BENCHES := $(patsubst %.cpp,$(BUILD)/%,$(wildcard bench/*.cpp))
LIB := $(OUT)/libtaper.so
PCH := $(OUT)/tests/pch.h
RUN := l1_lasso l2_weight_decay dropout batch_norm layer_norm group_norm \
  diabetes char_lstm digits digits_cnn

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help run lib examples bench bench-libtorch test unit-test install-test \
  check-layers check-headers check-symbols isa-test asan tsan clang golden size lines \
  format format-check tidy compile-commands check-exports cross-aarch64 deps test-deps ci-deps install uninstall clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][-a-z0-9]*:.*## / {printf "  make %-16s %s\n", \
	  $$1, $$2}' Makefile packaging/extra.mk

run: examples ## build and run the ten examples, digits last
	@set -e; for e in $(RUN); do printf '\n== %s\n' $$e; $(BUILD)/$$e; done

lib: $(LIB) $(OUT)/libtaper.a ## build libtaper.so and libtaper.a
examples: $(EXAMPLES) ## build the examples into build/

CHECKS := check-layers check-headers check-symbols install-test
test: unit-test $(CHECKS) ## run the unit tests and the four checks below
	@sed -nE 's/^  "tests": ([0-9]+),/\1 unit tests passed/p' $(OUT)/tests.json
	@echo 'passed: $(CHECKS)'

# The builds with sanitizers run the examples of the release build.
unit-test: $(if $(filter release,$(MODE)),examples)
unit-test: $(OUT)/taper_tests ## build and run the unit tests (ARGS= for gtest)
	@rm -f $(OUT)/tests.json
	@$(OUT)/taper_tests --gtest_brief=1 --gtest_output=json:$(OUT)/tests.json \
	  $(ARGS)

asan: examples ## build and run the unit tests under ASan and UBSan
	@$(MAKE) MODE=asan unit-test

# Waiting OpenMP threads sleep, or they would take the processors from the rest.
tsan: examples ## build and run the unit tests under ThreadSanitizer
	@OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive $(MAKE) MODE=tsan unit-test

isa-test: $(OUT)/taper_tests ## run the unit tests on each instruction set
	@set -e; for i in $(ISAS); do echo "TAPER_ISA=$$i"; \
	  TAPER_ISA=$$i $(OUT)/taper_tests --gtest_brief=1; done

# --- build ---
define compile
	@mkdir -p $(@D)
	@echo "CXX $(@:$(BUILD)/%=%)"
	$(Q)$(COMPILE) $(CPPFLAGS) $1 $(CXXFLAGS) -c $< -o $@
endef

define simd_rule
$(OUT)/tensor/kernels/simd/%.$1.o: tensor/kernels/simd/%.cpp | deps
	$$(call compile,$(LIB_FLAGS:-O2=-O3) $(SIMD_FLAGS) $(ISA_FLAGS.$1) \
	  -DTAPER_ISA=$1)
endef
$(foreach i,$(ISAS),$(eval $(call simd_rule,$i)))

$(OUT)/tests/%.o: tests/%.cpp $(PCH).gch | deps
	$(call compile,$(TEST_FLAGS) -fpch-preprocess -include $(PCH))

# clang writes the times of files into it unless told not to; one that a compiler
# cache kept from another clone would be refused.
$(PCH).gch: tests/pch.h | test-deps
	@mkdir -p $(@D) && cp $< $(PCH)
	$(call compile,$(TEST_FLAGS) $(if $(GCC),,-Xclang -fno-pch-timestamp) \
	  -x c++-header)

$(OUT)/%.o: %.cpp | deps
	$(call compile,$(LIB_FLAGS))

# Modules forward to the operations, and text, schedules and line searches are
# not what a step spends its time on: size is what counts there.
$(OUT)/io/%.o $(OUT)/nn/%.o $(OUT)/tensor/text/%.o $(OUT)/optim/schedulers/%.o \
$(OUT)/optim/lbfgs.o $(OUT)/optim/options.o $(OUT)/autograd/gradcheck.o: \
  LIB_FLAGS += $(if $(filter release,$(MODE)),-Os)

$(OUT)/libtaper.a: $(OBJS)
	@rm -f $@ && ar rcs $@ $^

$(LIB).$(VERSION): $(OBJS) packaging/taper.map
	@echo "LINK $(@:$(BUILD)/%=%)"
	$(Q)$(CXX) -shared -Wl,-soname,$(SONAME) -Wl,--gc-sections -Wl,-z,defs \
	  -Wl,-Bsymbolic-functions -Wl,--version-script=packaging/taper.map \
	  $(LDFLAGS) $(OBJS) -o $@ $(BLAS_LIBS)

$(LIB): $(LIB).$(VERSION)
	@ln -sf $(<F) $(@D)/$(SONAME) && ln -sf $(SONAME) $@

$(OUT)/taper_tests: $(TEST_OBJS) $(OUT)/libtaper.a | test-deps
	@echo "LINK $(@:$(BUILD)/%=%)"
	$(Q)$(CXX) $(LINK_FLAGS) $(LDFLAGS) $^ -o $@ -lgtest -lgtest_main $(BLAS_LIBS)

# Examples and benchmarks are ordinary users of the shared library.
$(EXAMPLES): $(BUILD)/%: $(OUT)/examples/%.o $(LIB)
	$(call link_app,$(MODE))
$(BENCHES): $(BUILD)/%: $(OUT)/%.o $(LIB)
	$(call link_app,../$(MODE))
define link_app
	@mkdir -p $(@D)
	$(Q)$(CXX) $(LDFLAGS) $< -o $@ -L$(OUT) -ltaper -fopenmp \
	  -Wl,-rpath,'$$ORIGIN/$1'
endef

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
include packaging/extra.mk
