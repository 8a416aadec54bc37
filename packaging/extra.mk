# The targets beside build and test: checks, tools, measurements, installation.

deps: ## check the packages the build needs, install missing ones with apt
	@CXX='$(CXX)' packaging/deps.sh build
test-deps: deps
	@CXX='$(CXX)' packaging/deps.sh test
ci-deps: test-deps ## the same for the tools that CI uses besides
	@CXX='$(CXX)' packaging/deps.sh ci

# --- checks ---
check-layers: ## no include points to a later layer
	@! grep -rnE '^ *# *include *"' $(LAYERS) | grep -v '"taper/'
	@! grep -rnE 'include *["<]taper/(autograd|io|nn|optim|taper\.h)' tensor
	@! grep -rnE 'include *["<]taper/(io|nn|optim|taper\.h)' autograd
	@! grep -rnE 'include *["<]taper/(nn|optim|taper\.h)' io
	@! grep -rnE 'include *["<]taper/(optim|taper\.h)' nn
	@! grep -rnE 'include *["<]taper/(nn|taper\.h)' optim
	@! grep -nE 'include *["<]taper/autograd/ops' autograd/*.h autograd/*.cpp \
	  | grep -v '^autograd/ops\.h:'
	@! grep -rlE 'include *[<"]cblas\.h' $(LAYERS) | grep -v '^tensor/kernels/matmul'

check-headers: $(HEADERS:%=$(BUILD)/headers/%.ok) ## every header compiles alone
$(BUILD)/headers/%.ok: % | deps
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(CPPFLAGS) -MF $(@:.ok=.d) -MT $@ $(FLAGS) \
	  -DTAPER_ISA=baseline -Wno-unused -fsyntax-only -x c++ \
	  -include taper/$< /dev/null
	@touch $@

check-symbols: $(ISA_OBJS) $(LIB) ## what the kernels and libtaper.so export
	@! nm -AC $(ISA_OBJS) /dev/null 2>/dev/null | grep ' [WVu] '
	@# Drawing doubles has to round once on every processor: fma is meant there.
	@! nm -A $(filter %.baseline.o,$(ISA_OBJS)) | grep -E ' U fmaf?$$' | \
	  grep -v '/random.baseline.o: *U fma$$'
	@! nm -D --defined-only $(LIB) | grep -vE ' _Z(T[^N]+|GV)?N[KRO]*5taper'

install-test: lib test-deps ## build an outside program on the installed package
	@rm -rf $(BUILD)/stage
	@$(MAKE) -s install DESTDIR=$(abspath $(BUILD))/stage PREFIX=/opt/taper
	@CXX='$(CXX)' tests/install/run.sh $(BUILD)/stage/opt/taper
	@$(MAKE) -s uninstall DESTDIR=$(abspath $(BUILD))/stage PREFIX=/opt/taper
	@! find $(BUILD)/stage ! -type d | grep .

check-exports: $(LIB) ## the library has all that taper.h declares (needs clang)
	@clang++ -std=c++20 -Iinclude -fsyntax-only -Xclang -ast-dump=json \
	  -Xclang -ast-dump-filter=taper:: -x c++ -include taper/taper.h /dev/null \
	  | python3 packaging/declared.py >$(OUT)/declared.txt
	@test -s $(OUT)/declared.txt
	@nm -D --defined-only $(LIB) | awk '{print $$3}' >$(OUT)/exported.txt
	@! grep -vxFf $(OUT)/exported.txt $(OUT)/declared.txt | c++filt | grep .

clang: ## build with clang++ and run the unit tests
	@$(MAKE) CXX=clang++ BUILD=$(BUILD)/clang unit-test

cross-aarch64: ## compile the portable path for aarch64 (needs its g++)
	@if command -v aarch64-linux-gnu-g++ >/dev/null; then \
	  $(MAKE) MODE=aarch64 ARCH=aarch64 CXX=aarch64-linux-gnu-g++ \
	    OPENBLAS_INCLUDE=$(OPENBLAS_INCLUDE) objects; \
	else echo 'skipped: apt install g++-aarch64-linux-gnu'; fi
.PHONY: objects
objects: $(OBJS)

golden: ## write the reference numbers again (needs Python's PyTorch)
	@set -e; for f in tests/golden/*.py; do echo $$f; python3 $$f; done

ulp: $(OUT)/taper_tests ## print the worst ulp of every activation and loss
	@echo 'function dtype: ulp of value, gradient, recorded gradient, second'
	@TAPER_ULP_TABLE=1 $(OUT)/taper_tests --gtest_brief=1 \
	  --gtest_filter='*UlpTable*KeepsItsDigits*'
.PHONY: ulp

# --- tools ---
FORMATTED = $(shell find taper.h $(LAYERS) examples bench tests \
  -name '*.h' -o -name '*.cpp' -o -name '*.inc')
format: ## format the sources
	@clang-format -i $(FORMATTED)
format-check: ## fail when a source is not formatted
	@clang-format --dry-run -Werror $(FORMATTED)
compile-commands: ## write compile_commands.json for editors and clang's tools
	@$(MAKE) -nB V=1 CCACHE= PCH=tests/pch.h lib examples $(BENCHES) \
	  $(OUT)/taper_tests | awk -v folder='$(CURDIR)' \
	  -f packaging/compile_commands.awk >compile_commands.json
tidy: $(SRCS:%=$(BUILD)/tidy/%.ok) ## run clang-tidy on the library
# Clang borrows omp.h from g++, without an attribute that it does not know, and
# does not know the levels of x86-64 as features.
$(BUILD)/tidy/%.ok: % .clang-tidy | deps
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- -Iinclude -isystem $(OPENBLAS_INCLUDE) \
	  -std=c++20 -fopenmp -DTAPER_ISA=baseline \
	  '-D__builtin_cpu_supports(x)=0' '-D__malloc__(x)=__malloc__' \
	  -idirafter $$($(CXX) -print-file-name=include)
	@touch $@

# --- measurements ---
bench: $(BENCHES) lib ## time taper alone (1 thread), its memory, its footprint
	@OMP_NUM_THREADS=$(or $(THREADS),1) $(BUILD)/bench/workloads $(ARGS)
	@$(BUILD)/bench/memory
	@CXX='$(CXX)' OUT=$(OUT) BUILD=$(BUILD) bench/footprint.sh

bench-growth: $(BUILD)/bench/growth ## write docs/growth.svg
	@$(BUILD)/bench/growth docs/growth.svg
.PHONY: bench-growth

TORCH_CXX = $(CXX) -std=c++20 -O2 -fopenmp -DTAPER_BENCH_TORCH \
  -isystem $(TORCH)/include -isystem $(TORCH)/include/torch/csrc/api/include
bench-libtorch: $(BENCHES) ## compare with LibTorch (TORCH=<folder of the package>)
	@test -d '$(TORCH)/include' || { echo 'set TORCH=<torch package>'; exit 1; }
	@TORCH_CXX='$(TORCH_CXX)' TORCH='$(TORCH)' BUILD=$(BUILD) ARGS='$(ARGS)' \
	  bench/compare.sh

SIZE_LIMIT := 5100000
size: lib ## print the stripped sizes; libtaper.so has a limit
	@strip -s $(LIB) -o $(OUT)/stripped.so
	@strip -S $(OUT)/libtaper.a -o $(OUT)/stripped.a
	@du -b $(OUT)/stripped.so $(OUT)/stripped.a
	@echo 'limit $(SIZE_LIMIT)'
	@test $$(stat -c %s $(OUT)/stripped.so) -le $(SIZE_LIMIT)

LINES_LIMIT := 47500
lines: ## count the lines of the library, which have a limit
	@packaging/lines.sh $(LINES_LIMIT) $(LAYERS)

# --- installation ---
# Public is what taper.h reaches through its includes, and nothing else.
PUBLIC = taper.h $(patsubst include/taper/%,%,$(filter include/taper/%, \
  $(shell $(CXX) -std=c++20 -Iinclude -MM taper.h)))
DIST = $(BUILD)/dist
install: lib ## install into PREFIX (/usr/local), below DESTDIR when staging
	@rm -rf $(DIST)
	@for h in $(PUBLIC); do install -Dm644 $$h $(DIST)/include/taper/$$h; done
	@install -Dm644 $(OUT)/libtaper.a $(DIST)/lib/libtaper.a
	@install -Dm755 -s $(LIB).$(VERSION) $(DIST)/lib/libtaper.so.$(VERSION)
	@ln -s libtaper.so.$(VERSION) $(DIST)/lib/$(SONAME)
	@ln -s $(SONAME) $(DIST)/lib/libtaper.so
	@for f in pkgconfig/taper.pc cmake/taper/taperConfig.cmake \
	    cmake/taper/taperConfigVersion.cmake; do \
	  install -d $(DIST)/lib/$${f%/*} && sed -e 's|@VERSION@|$(VERSION)|g' \
	    -e 's|@OPENBLAS_LIB@|$(OPENBLAS_LIB)|g' packaging/$${f##*/}.in \
	    >$(DIST)/lib/$$f; done
	@install -Dm644 LICENSE $(DIST)/share/taper/LICENSE
	@cd $(DIST) && { find . ! -type d; echo ./share/taper/manifest; } \
	  | sort >share/taper/manifest.new; mv share/taper/manifest.new \
	  share/taper/manifest
	@install -d '$(DESTDIR)$(PREFIX)'
	@cp -dR --preserve=mode $(DIST)/. '$(DESTDIR)$(PREFIX)'
	@echo 'installed in $(DESTDIR)$(PREFIX)'

uninstall: ## remove what install wrote, and nothing else
	@cd '$(DESTDIR)$(PREFIX)' && xargs -d '\n' rm -f <share/taper/manifest \
	  && find include/taper lib/cmake/taper share/taper -depth -type d -empty \
	    -delete

clean: ## remove the build folder
	rm -rf $(BUILD)
