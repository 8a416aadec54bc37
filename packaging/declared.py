"""Prints the mangled names of what headers declare and do not define.

Reads the declarations as clang writes them with -ast-dump=json. Templates are
left out: whoever uses them makes them.
"""

import json
import sys

TEMPLATES = ("ClassTemplate", "FunctionTemplate", "VarTemplate")
DEFINED = ("explicitlyDefaulted", "explicitlyDeleted", "isImplicit", "pure")


def is_definition(node):
    if node["kind"] == "VarDecl":
        return node.get("storageClass") != "extern"
    bodies = (part.get("kind") == "CompoundStmt" for part in node.get("inner", []))
    return any(bodies) or any(key in node for key in DEFINED)


def collect(node, declared, defined):
    kind = node.get("kind", "")
    if kind.startswith(TEMPLATES) or kind == "CompoundStmt":
        return
    if "mangledName" in node:
        names = defined if is_definition(node) else declared
        names.add(node["mangledName"])
    for part in node.get("inner", []):
        collect(part, declared, defined)


def main():
    text = sys.stdin.read()
    decoder = json.JSONDecoder()
    declared, defined = set(), set()
    start = text.find("{")
    while start >= 0:
        node, end = decoder.raw_decode(text, start)
        collect(node, declared, defined)
        start = text.find("{", end)
    print(*sorted(declared - defined), sep="\n")


if __name__ == "__main__":
    main()
