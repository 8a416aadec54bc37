// Line charts side by side in one SVG file.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace examples {

/// Values at x = 1, 2, 3, ...
struct Series {
  std::string name;
  std::vector<double> values;
};

struct Panel {
  std::string title;
  std::string x_label;
  std::vector<Series> series;
  bool from_zero = false;  // whether the y axis has to start at 0
};

namespace detail {

// Sizes in pixels; the margin on the right holds the last values.
constexpr double kPanelWidth = 400, kPanelHeight = 260, kLeft = 56, kTop = 96,
                 kRight = 64, kBottom = 60;
// Told apart also by the colour-blind (Okabe and Ito, 2008).
constexpr const char* kColors[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7"};

[[gnu::format(printf, 2, 3)]] inline void add(std::string& to,
                                              const char* format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  to += text;
}

inline std::string escape(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&') {
      safe += "&amp;";
    } else if (c == '<') {
      safe += "&lt;";
    } else {
      safe += c;
    }
  }
  return safe;
}

/// An axis from a round number to a round number, with a tick at every `step`.
struct Axis {
  double low, high, step;

  /// About `count` steps of 1, 2 or 5 times a power of ten; with `whole`, of
  /// at least 1.
  static double round_step(double range, int count, bool whole) {
    const double rough = std::max(range, 1e-9) / count;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    const double factor = rough / power;
    const double step = power * (factor > 5   ? 10
                                 : factor > 2 ? 5
                                 : factor > 1 ? 2
                                              : 1);
    return whole ? std::max(step, 1.0) : step;
  }
  static Axis around(double low, double high) {
    const double step = round_step(high - low, 6, false);
    low = std::floor(low / step + 1e-9) * step;
    high = std::ceil(high / step - 1e-9) * step;
    return {low, std::max(high, low + step), step};
  }
  int decimals() const {
    return static_cast<int>(std::max(0.0, std::ceil(-std::log10(step) - 1e-9)));
  }
  double part(double value) const { return (value - low) / (high - low); }
};

inline Axis y_axis(const Panel& panel) {
  double low = panel.from_zero ? 0 : INFINITY, high = -INFINITY;
  for (const Series& series : panel.series) {
    for (const double value : series.values) {
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  return high < low ? Axis{0, 1, 0.2} : Axis::around(low, high);
}

class PanelDrawing {
 public:
  PanelDrawing(std::string& out, const Panel& panel)
      : out_(out), panel_(panel), y_(y_axis(panel)) {
    size_t count = 2;
    for (const Series& s : panel.series)
      count = std::max(count, s.values.size());
    const auto last = static_cast<double>(count);
    x_ = {1, last, Axis::round_step(last - 1, 8, true)};
  }

  void draw() {
    draw_grid();
    draw_legend();
    for (size_t i = 0; i < panel_.series.size(); ++i) draw_line(i);
    draw_last_values();
  }

 private:
  double x_at(double value) const { return kPanelWidth * x_.part(value); }
  double y_at(double value) const {
    return kPanelHeight * (1 - std::clamp(y_.part(value), 0.0, 1.0));
  }
  static const char* color(size_t i) { return kColors[i % std::size(kColors)]; }

  void draw_grid() {
    for (double y = y_.low; y < y_.high + y_.step / 2; y += y_.step) {
      add(out_,
          "<line class='grid' x2='%g' y1='%.1f' y2='%.1f'/>\n"
          "<text x='-8' y='%.1f' text-anchor='end'>%.*f</text>\n",
          kPanelWidth, y_at(y), y_at(y), y_at(y) + 4, y_.decimals(),
          std::abs(y));
    }
    for (double x = 1; x < x_.high + 0.5; x = next_tick(x)) {
      add(out_,
          "<line class='axis' x1='%.1f' x2='%.1f' y1='%g' y2='%g'/>\n"
          "<text x='%.1f' y='%g' text-anchor='middle'>%g</text>\n",
          x_at(x), x_at(x), kPanelHeight, kPanelHeight + 5, x_at(x),
          kPanelHeight + 20, x);
    }
    add(out_, "<line class='axis' x2='%g' y1='%g' y2='%g'/>\n", kPanelWidth,
        kPanelHeight, kPanelHeight);
    add(out_, "<text x='%g' y='%g' text-anchor='middle'>%s</text>\n",
        kPanelWidth / 2, kPanelHeight + 42, escape(panel_.x_label).c_str());
  }
  // 1, then multiples of the step: 1, 5, 10, 15.
  double next_tick(double x) const {
    return (std::floor(x / x_.step + 1e-9) + 1) * x_.step;
  }

  void draw_legend() {
    add(out_, "<text class='title' y='-16'>%s</text>\n",
        escape(panel_.title).c_str());
    double x = kPanelWidth;
    for (size_t i = panel_.series.size(); i-- > 0;) {
      const std::string& name = panel_.series[i].name;
      x -= 7.0 * static_cast<double>(name.size()) + 8;
      add(out_,
          "<line stroke='%s' class='line' x1='%.1f' x2='%.1f' y1='-20' "
          "y2='-20'/>\n<text x='%.1f' y='-16'>%s</text>\n",
          color(i), x - 24, x - 6, x, escape(name).c_str());
      x -= 36;
    }
  }

  void draw_line(size_t index) {
    const std::vector<double>& values = panel_.series[index].values;
    add(out_, "<polyline class='line' stroke='%s' points='", color(index));
    for (size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) continue;
      add(out_, "%.1f,%.1f ", x_at(static_cast<double>(i + 1)),
          y_at(values[i]));
    }
    out_ += "'/>\n";
  }

  // At the ends of the lines, moved apart where they would overlap.
  void draw_last_values() {
    struct Label {
      double y;
      size_t series;
    };
    std::vector<Label> labels;
    for (size_t i = 0; i < panel_.series.size(); ++i) {
      const auto& values = panel_.series[i].values;
      if (values.empty() || !std::isfinite(values.back())) continue;
      const double y = y_at(values.back());
      labels.push_back({y, i});
      add(out_, "<circle cx='%.1f' cy='%.1f' r='3.5' fill='%s'/>\n",
          x_at(static_cast<double>(values.size())), y, color(i));
    }
    std::sort(labels.begin(), labels.end(),
              [](auto& a, auto& b) { return a.y < b.y; });
    for (size_t i = 1; i < labels.size(); ++i) {
      labels[i].y = std::max(labels[i].y, labels[i - 1].y + 16);
    }
    for (const Label& label : labels) {
      const auto& values = panel_.series[label.series].values;
      add(out_,
          "<text class='value' x='%.1f' y='%.1f' style='fill: "
          "%s'>%.*f</text>\n",
          x_at(static_cast<double>(values.size())) + 9, label.y + 4,
          color(label.series), y_.decimals() + 2, values.back());
    }
  }

  std::string& out_;
  const Panel& panel_;
  Axis y_, x_{};
};

}  // namespace detail

/// The text of an SVG picture with the panels from left to right.
inline std::string svg(const std::string& title, const std::string& subtitle,
                       const std::vector<Panel>& panels) {
  using namespace detail;
  const double step = kLeft + kPanelWidth + kRight;
  const double width = step * static_cast<double>(panels.size());
  const double height = kTop + kPanelHeight + kBottom;
  std::string out;
  add(out,
      "<svg xmlns='http://www.w3.org/2000/svg' width='%g' height='%g' "
      "viewBox='0 0 %g %g'>\n",
      width, height, width, height);
  out +=
      "<style>\n"
      "text { font: 12px Helvetica, Arial, sans-serif; fill: #555; }\n"
      ".head { font-size: 18px; font-weight: bold; fill: #222; }\n"
      ".title { font-size: 14px; font-weight: bold; fill: #222; }\n"
      ".value { font-weight: bold; }\n"
      ".grid { stroke: #e6e6e6; }\n"
      ".axis { stroke: #888; }\n"
      ".line { fill: none; stroke-width: 2.2; stroke-linejoin: round; "
      "stroke-linecap: round; }\n"
      "</style>\n"
      "<rect width='100%' height='100%' fill='white'/>\n";
  add(out,
      "<text class='head' x='%g' y='32'>%s</text>\n<text x='%g' "
      "y='52'>%s</text>\n",
      kLeft, escape(title).c_str(), kLeft, escape(subtitle).c_str());
  for (size_t i = 0; i < panels.size(); ++i) {
    add(out, "<g transform='translate(%g %g)'>\n",
        kLeft + step * static_cast<double>(i), kTop);
    PanelDrawing(out, panels[i]).draw();
    out += "</g>\n";
  }
  return out + "</svg>\n";
}

}  // namespace examples
