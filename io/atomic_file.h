// Files that are written whole or not at all.
#pragma once

#include <string>

namespace taper::serialize {

/// Replaces the contents of `path`: writes a temporary file in the same folder,
/// syncs it and renames it. Throws Error, with the old file untouched, when any
/// of that fails. Something that is not a regular file is written directly.
void write_file(const std::string& path, const std::string& bytes);

/// The contents of `path`; throws when it cannot be read.
std::string read_file(const std::string& path);

}  // namespace taper::serialize
