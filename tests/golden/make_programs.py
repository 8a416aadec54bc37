"""Writes programs.txt: what the programs of tests/programs print in LibTorch.

They are compiled with the C++ library inside the torch package (2.13) by g++.
A case is
    case NAME COUNT
and COUNT lines, each after a "|". Run: python3 make_programs.py
"""

import os
import pathlib
import subprocess
import tempfile

import torch

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TORCH = pathlib.Path(torch.__file__).parent
SOURCES = sorted((ROOT / "tests/programs").glob("*.cpp"))

# One translation unit, because LibTorch's headers take half a minute.
MAIN = """
#include <cstdio>
#include <iostream>
#include <sstream>
{includes}
void show(const char* name, void (*program)(std::ostream&)) {{
  std::stringstream out;
  program(out);
  std::string text;
  int count = 0;
  for (std::string line; std::getline(out, line); ++count)
    text += "|" + line + "\\n";
  std::printf("case %s %d\\n%s", name, count, text.c_str());
}}
int main() {{
  torch::set_num_threads(1);
{calls}
}}
"""


def main():
    names = [source.stem for source in SOURCES]
    text = MAIN.format(
        includes="\n".join(f'#include "{source}"' for source in SOURCES),
        calls="\n".join(f'  show("{name}", {name});' for name in names),
    )
    with tempfile.TemporaryDirectory() as folder:
        source, program = f"{folder}/main.cpp", f"{folder}/main"
        pathlib.Path(source).write_text(text)
        api = "include/torch/csrc/api/include"
        flags = [f"-isystem{TORCH / path}" for path in ("include", api)]
        flags += ["-std=c++20", "-DTAPER_PROGRAMS_WITH_TORCH", f"-I{ROOT}"]
        libs = [f"-L{TORCH / 'lib'}", f"-Wl,-rpath,{TORCH / 'lib'}"]
        libs += ["-Wl,--no-as-needed", "-ltorch", "-ltorch_cpu", "-lc10"]
        compiler = os.environ.get("CXX", "g++")
        subprocess.run(
            [compiler, *flags, source, "-o", program, *libs], check=True
        )
        printed = subprocess.run([program], check=True, stdout=subprocess.PIPE)
    HERE.joinpath("programs.txt").write_bytes(printed.stdout)


if __name__ == "__main__":
    main()
