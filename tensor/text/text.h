// Inside the printing: numbers as text.
#pragma once

#include <string>

namespace taper::detail {

/// printf's "%.<precision><conversion>" for conversion e, f or g.
std::string number_text(double value, char conversion, int precision);
/// The fewest digits that read back as `value`; an exponent from 1e16 on and
/// below 1e-4.
std::string shortest_text(double value);
/// Appends `text`, right-aligned in `width` columns.
void append_aligned(std::string& out, const std::string& text, int width);

}  // namespace taper::detail
