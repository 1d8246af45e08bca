# landline: `make run` and `make test` each do everything on a fresh machine that has git and make.
#
#   make run [ARGS="KP IR"]   install what is missing, build, start        make test [SAN=address,undefined]   all tests
#   make                      ./landline                                    make install|uninstall PREFIX= DESTDIR=
#   make layers               check the arrows between the layers           make fuzz [FUZZ_S=60] [FUZZ=name]   fuzz every parser
#   make bench | eval | year  the measured promises                         make coverage | format | dist | clean
# V=1 shows the commands. CC, CFLAGS, LDFLAGS are yours; CFLAGS comes last.

NAME     := landline
VERSION  := 0.1.0
PREFIX   ?= /usr/local
BUILD    ?= build
SAN      ?=
V        ?= 0
ARGS     ?=
FUZZ_S   ?= 60
Q        := $(if $(filter 1,$(V)),,@)

# ---- folders are the architecture: a new file needs no edit here ---------------------------------------------------
BASE   := $(wildcard src/base/*.c)
CORE   := $(wildcard src/core/*.c)
SOURCE := $(wildcard src/source/*.c)
UI     := $(wildcard src/ui/*.c)
IO     := $(wildcard src/io/*.c)
APP    := $(wildcard src/app/*.c)
THEMES := $(wildcard themes/*.theme)
CASES  := $(wildcard src/app/cases/*.case)
PURE   := $(BASE) $(CORE) $(SOURCE) $(UI) $(wildcard src/app/app*.c src/app/schedule*.c)
ALL    := $(BASE) $(CORE) $(SOURCE) $(UI) $(IO) $(APP)

comma   := ,
VARIANT := $(CC)$(if $(SAN),-$(subst $(comma),-,$(SAN)))
OUT     := $(BUILD)/$(subst /,_,$(VARIANT))

# and bzip2, which has no .pc file on Debian 12: RouteViews packs its archives with it
PKGS      := ncursesw libcurl libcjson sqlite3 zlib libutf8proc libcrypto
TEST_PKGS := cmocka vterm libmicrohttpd
PKG_CFLAGS = $(filter-out -D_XOPEN_SOURCE% -D_DEFAULT_SOURCE,$(shell pkg-config --cflags $(PKGS) 2>/dev/null))
PKG_LIBS   = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lbz2
TEST_LIBS  = $(shell pkg-config --libs $(TEST_PKGS) 2>/dev/null) -lutil

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla -Wundef \
	-Wformat=2 -Werror
OPT  := $(if $(SAN),-O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=all,-O2 -g)
CPPFLAGS_ALL = -std=c11 -D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE -DLANDLINE_VERSION='"$(VERSION)"' \
	-DLANDLINE_DATADIR='"$(PREFIX)/share/landline"' -Iinclude -I$(BUILD)/gen $(PKG_CFLAGS)
CFLAGS_ALL = $(CPPFLAGS_ALL) $(WARN) $(OPT) -fstack-protector-strong $(CFLAGS)
LDFLAGS_ALL = $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)

objs  = $(patsubst src/%.c,$(OUT)/%.o,$(1))
GEN_C := $(BUILD)/gen/embedded.c
OBJ   := $(call objs,$(ALL)) $(OUT)/embedded.o

.PHONY: all run test unit e2e layers fuzz fuzz-smoke bench coverage format install uninstall dist clean deps-run deps-test
.SECONDARY:
all: $(OUT)/$(NAME)
	$(Q)cp -f $< $(NAME).tmp && mv -f $(NAME).tmp $(NAME)

# Dependencies are looked at once a build folder, and only then does anything ask to be installed.
deps-run: ; $(Q)sh .ci/deps run
deps-test: ; $(Q)sh .ci/deps test

# A second make, so that pkg-config is asked after the packages are there.
run: deps-run
	$(Q)$(MAKE) --no-print-directory all && exec ./$(NAME) $(ARGS)

$(OUT)/$(NAME): $(OBJ)
	@echo "  LD    $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(OBJ) $(PKG_LIBS) -lm

$(OUT)/%.o: src/%.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(OUT)/embedded.o: $(GEN_C)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -c -o $@ $<

# Text files that travel inside the binary (include/app/embedded.h).
$(GEN_C): $(THEMES) $(CASES) Makefile
	@mkdir -p $(@D)
	@echo "  GEN   $@"
	$(Q){ echo '#include "app/embedded.h"'; \
	for f in $(THEMES) $(CASES); do echo "static const unsigned char text_$$(basename $${f%.*} | tr - _)[] = {"; \
		od -An -v -tu1 $$f | sed 's/  */,/g; s/^,//; s/$$/,/'; echo '0};'; done; \
	rows() { for n; do t=text_$$(echo $$n | tr - _); echo "{\"$$n\", $$t, sizeof($$t) - 1},"; done; echo '{NULL, NULL, 0}};'; }; \
	echo 'const struct embedded embedded_themes[] = {'; \
	rows default $(filter-out default,$(basename $(notdir $(THEMES)))); \
	echo 'const struct embedded embedded_cases[] = {'; \
	rows $(basename $(notdir $(CASES))); } > $@.tmp && mv $@.tmp $@

# ---- tests -----------------------------------------------------------------------------------------------------------
TEST_ENV = env -i PATH="$$PATH" HOME=$(abspath $(BUILD))/home TZ=UTC LC_ALL=C.UTF-8 TERM=xterm-256color CI="$$CI" \
	LANDLINE_TESTS=$(abspath tests) LANDLINE_SHARED=$(abspath ../shared) UPDATE_GOLDEN="$(UPDATE_GOLDEN)" \
	ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
UNIT := $(patsubst tests/unit/%.c,$(OUT)/unit/%,$(wildcard tests/unit/test_*.c))

# The first line of a unit test names the objects it links: the link line proves that a module stands alone. What stands on
# everything says so with a pattern, "core/[a-z]*".
links = $(patsubst %,$(OUT)/%.o,$(foreach w,$(shell sed -n '1s|^/\* *links: *\(.*[^ ]\) *\*/.*|\1|p' $(1)),\
	$(or $(patsubst src/%.c,%,$(wildcard src/$(w).c)),$(w))))
define unit_rule
$(OUT)/unit/$(1): tests/unit/$(1).c $(call links,tests/unit/$(1).c)
	@mkdir -p $$(@D)
	@echo "  TEST  $(1)"
	$$(Q)$$(CC) $$(CFLAGS_ALL) -MMD -MP -Itests -Isrc $$(LDFLAGS_ALL) -o $$@ $$(filter %.c %.o,$$^) -lcmocka -lcjson -lutf8proc -lz -lm
endef
$(foreach t,$(wildcard tests/unit/test_*.c),$(eval $(call unit_rule,$(basename $(notdir $(t))))))

# Tests of the shell link the libraries too; end-to-end tests also link the test server and run the real binary.
define shell_rule
$(OUT)/$(1)/$(2): tests/$(1)/$(2).c $(call links,tests/$(1)/$(2).c) $(3)
	@mkdir -p $$(@D)
	@echo "  TEST  $(1)/$(2)"
	$$(Q)$$(CC) $$(CFLAGS_ALL) $$(shell pkg-config --cflags $(TEST_PKGS)) -MMD -MP -Itests -Isrc $$(LDFLAGS_ALL) -o $$@ \
		$$(filter %.c %.o,$$^) $$(PKG_LIBS) $$(TEST_LIBS) -lm
endef
IO_TESTS  := $(basename $(notdir $(wildcard tests/io/test_*.c)))
E2E_TESTS := $(basename $(notdir $(wildcard tests/e2e/test_*.c)))
SERVER_O  := $(patsubst tests/%.c,$(OUT)/tests/%.o,$(filter-out tests/server/main.c,$(wildcard tests/server/*.c)))
E2E_O     := $(SERVER_O) $(patsubst tests/%.c,$(OUT)/tests/%.o,$(filter-out tests/e2e/test_%,$(wildcard tests/e2e/*.c)))
$(foreach t,$(IO_TESTS),$(eval $(call shell_rule,io,$(t),)))
$(foreach t,$(E2E_TESTS),$(eval $(call shell_rule,e2e,$(t),$(E2E_O))))

$(OUT)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(CFLAGS_ALL) $(shell pkg-config --cflags $(TEST_PKGS)) -Itests -Isrc -MMD -MP -c -o $@ $<

# The test server by hand: `make testserver && build/*/testserver --help`.
testserver: $(OUT)/testserver
$(OUT)/testserver: $(SERVER_O) $(OUT)/tests/server/main.o $(call objs,$(BASE) $(CORE))
	@echo "  LD    $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS) $(TEST_LIBS) -lm

# A test is run by its program's name with ".run". All of them run, two at a time and the output of each in one piece, whatever
# one of them did; what the failed ones said comes once more at the end.
RUN_ARGS = $(if $(filter fuzz_%,$(<F)),2000 tests/fuzz/corpus/$(patsubst fuzz_%,%,$(<F)))
%.run: %
	@mkdir -p $(BUILD)/home
	$(Q)$(TEST_ENV) LANDLINE_BIN=$(abspath $(OUT)/$(NAME)) LANDLINE_KILLS="$(LANDLINE_KILLS)" $< $(RUN_ARGS) > $<.log 2>&1 || \
		echo $< >> $(OUT)/failed
	@cat $<.log
run_tests = rm -f $(OUT)/failed; $(MAKE) --no-print-directory -j2 --output-sync=target $(addsuffix .run,$(1)) || exit 1; \
	[ ! -f $(OUT)/failed ] || { for t in $$(cat $(OUT)/failed); do echo "== $$t"; tail -n 25 $$t.log; done; \
		echo "FAILED:" $$(cat $(OUT)/failed); exit 1; }
UNIT_PROGRAMS = $(UNIT) $(patsubst %,$(OUT)/io/%,$(IO_TESTS))
E2E_PROGRAMS  = $(patsubst %,$(OUT)/e2e/%,$(E2E_TESTS))

unit: $(UNIT_PROGRAMS)
	$(Q)$(call run_tests,$(UNIT_PROGRAMS))
e2e: $(OUT)/$(NAME) $(E2E_PROGRAMS)
	$(Q)$(call run_tests,$(E2E_PROGRAMS))
test-binaries: $(OUT)/$(NAME) $(UNIT_PROGRAMS) $(E2E_PROGRAMS) fuzz-drivers
every-test: test-binaries
	$(Q)$(call run_tests,$(E2E_PROGRAMS) $(UNIT_PROGRAMS) $(FUZZ_DRIVERS))

test: deps-test
	$(Q)$(MAKE) --no-print-directory -j2 all
	$(Q)$(MAKE) --no-print-directory layers
	$(Q)$(MAKE) --no-print-directory -j2 SAN=address,undefined test-binaries
	$(Q)$(MAKE) --no-print-directory SAN=address,undefined every-test
	@echo "make test: all passed"

# ---- layers: base <- core <- {source, ui, io} <- app ---------------------------------------------------------------------
# Once by includes, once by what the pure objects would call.
IMPURE := ^(curl_|sqlite3_|initscr|newterm|wget|wadd|endwin|time$$|clock_gettime$$|gettimeofday$$|fopen$$|open$$|getenv$$|secure_getenv$$|printf$$|fprintf$$|puts$$|rand$$|localtime|gmtime$$)
layers: $(call objs,$(PURE))
	$(Q)bad=0; \
	check() { dir=$$1; shift; for h in "$$@"; do grep -nE "#include \"$$h/" $$(ls src/$$dir/*.[ch] include/$$dir/*.h 2>/dev/null) /dev/null && \
		{ echo "layers: $$dir must not see $$h"; bad=1; }; done; }; \
	check base core source ui io app; check core source ui io app; check source ui io app; check ui source io app; check io source ui app; \
	for o in $(filter-out %/base/mem.o,$(call objs,$(PURE))); do \
		hit=$$(nm -u $$o | awk '{print $$2}' | sed 's/@.*//' | grep -E '$(IMPURE)'); \
		[ -z "$$hit" ] || { echo "layers: $$o is not pure: $$hit"; bad=1; }; done; \
	[ $$bad = 0 ] && echo "layers: all arrows point one way"

# ---- fuzzing: one target a parser, tests/fuzz/fuzz_NAME.c with seeds in tests/fuzz/corpus/NAME/ -----------------------------
# With clang: libFuzzer, for as long as you like. In `make test`: the same targets driven over the seeds and seeded mutations
# of them under the sanitizers, for a moment.
FUZZ  ?= $(patsubst fuzz_%,%,$(basename $(notdir $(wildcard tests/fuzz/fuzz_*.c))))
PURE_O = $(call objs,$(BASE) $(CORE) $(SOURCE))
FUZZ_DRIVERS := $(patsubst tests/fuzz/%.c,$(OUT)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
# The reader of recordings stands in io, and is no less a parser of strangers' bytes.
FUZZ_IO := src/io/record_read.c src/io/record_member.c src/io/record_format.c
$(OUT)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/driver.c $(PURE_O) $(call objs,$(FUZZ_IO))
	@mkdir -p $(@D)
	@echo "  FUZZ  $*"
	$(Q)$(CC) $(CFLAGS_ALL) -Isrc $(LDFLAGS_ALL) -o $@ $^ -lcjson -lutf8proc -lz -lm
fuzz-drivers: $(FUZZ_DRIVERS)
fuzz-smoke: $(FUZZ_DRIVERS)
	$(Q)$(call run_tests,$^)
fuzz:
	$(Q)for n in $(FUZZ); do mkdir -p $(BUILD)/fuzz/corpus-$$n; \
		clang $(CPPFLAGS_ALL) -Isrc -g -O1 -fsanitize=fuzzer,address,undefined -o $(BUILD)/fuzz/$$n tests/fuzz/fuzz_$$n.c $(BASE) $(CORE) $(SOURCE) $(FUZZ_IO) \
			-lcjson -lutf8proc -lz -lm && \
		$(BUILD)/fuzz/$$n -max_total_time=$(FUZZ_S) -timeout=5 -rss_limit_mb=2048 -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/corpus-$$n \
			$$(ls -d tests/fuzz/corpus/$$n 2>/dev/null) || exit 1; done

# ---- figures, coverage, installation ----------------------------------------------------------------------------------------
BENCHES := $(patsubst tests/bench/%.c,$(OUT)/bench/%,$(wildcard tests/bench/bench_*.c))
$(OUT)/bench/%: tests/bench/%.c $(filter-out $(OUT)/app/main.o,$(OBJ)) $(SERVER_O)
	@mkdir -p $(@D)
	@echo "  BENCH $*"
	$(Q)$(CC) $(CFLAGS_ALL) $(shell pkg-config --cflags $(TEST_PKGS)) -Itests -Isrc $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS) $(TEST_LIBS) -lm
bench: deps-test all testserver $(BENCHES)
	$(Q)for b in $(BENCHES); do echo "== $${b##*/}"; LANDLINE_TESTS=$(abspath tests) LANDLINE_SHARED=$(abspath ../shared) $$b || exit 1; done
	$(Q)[ ! -f tests/bench/screen.sh ] || OUT=$(abspath $(OUT)) sh tests/bench/screen.sh

# The detectors over labelled signals, beside two plain rules in the same run (tests/eval; EVAL=FOLDER for others of that shape).
EVAL_C := $(wildcard tests/eval/*.c)
$(OUT)/eval: $(EVAL_C) $(call links,tests/eval/eval.c)
	@mkdir -p $(@D)
	@echo "  EVAL"
	$(Q)$(CC) $(CFLAGS_ALL) -Isrc -Itests $(LDFLAGS_ALL) -o $@ $^ -lcjson -lutf8proc -lm
eval: deps-run
	$(Q)$(MAKE) --no-print-directory $(OUT)/eval
	$(Q)LANDLINE_SHARED=$(abspath ../shared) $(OUT)/eval $(EVAL)

# A simulated year of quiet countries and the same year with outages (tests/year), against the targets of detection.md 9.
# YEAR_ARGS: --trace (why each wrong event was called), --token (with Radar), --quiet or --outages (one of the two years only).
YEAR_ARGS ?=
YEAR_SEED ?= 1
YEAR_COUNTRIES ?= 250
YEAR_DAYS ?= 365
$(OUT)/year: $(patsubst tests/%.c,$(OUT)/tests/%.o,$(wildcard tests/year/*.c)) $(call objs,$(BASE) $(CORE))
	@echo "  YEAR"
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ -lcjson -lutf8proc -lm
year: deps-test
	$(Q)$(MAKE) --no-print-directory $(OUT)/year
	$(Q)$(OUT)/year $(YEAR_ARGS) $(YEAR_SEED) $(YEAR_COUNTRIES) $(YEAR_DAYS)

coverage: deps-test
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/cov CFLAGS="--coverage -O0" LDFLAGS=--coverage unit e2e
	$(Q)cd $(BUILD)/cov && find . -name '*.gcda' -path '*/cc/*' | xargs gcov -n 2>/dev/null | awk -F"[':% ]+" \
		'/^File .src/{f=$$2} /^Lines executed/{if (f) {printf "%6.1f%% of %5d  %s\n", $$3, $$5, f; f=""}}' | sort -u

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/landline/themes
	install -m 755 $(NAME) $(DESTDIR)$(PREFIX)/bin/$(NAME)
	install -m 644 $(THEMES) $(DESTDIR)$(PREFIX)/share/landline/themes/
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/$(NAME)
	rm -rf $(DESTDIR)$(PREFIX)/share/landline
dist:
	git archive --prefix=$(NAME)-$(VERSION)/ -o $(NAME)-$(VERSION).tar.gz HEAD
format:
	clang-format -i $$(git ls-files 'src/*.[ch]' 'include/*.h' 'tests/*.[ch]')
clean:
	rm -rf $(BUILD) $(NAME) $(NAME).tmp $(NAME)-*.tar.gz

.PHONY: eval year every-test test-binaries testserver fuzz-drivers fuzz-smoke
-include $(OBJ:.o=.d) $(wildcard $(OUT)/unit/*.d $(OUT)/io/*.d $(OUT)/e2e/*.d $(OUT)/tests/*/*.d)
