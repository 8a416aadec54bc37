// A log-log plot of several panels as an SVG.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace bench {

struct Panel {
  std::string title;
  std::string x_label;
  std::vector<std::pair<double, double>> points;  // x, microseconds
  double slope;             // exponent of the growth of the work
  std::string slope_label;  // of the dashed line with that slope
};

class Plot {
 public:
  static constexpr double kWidth = 440, kHeight = 320;

  explicit Plot(std::ostream& out) : out_(out) {}

  void write(const std::vector<Panel>& panels) {
    const double rows = std::ceil(static_cast<double>(panels.size()) / 2);
    out_ << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "
         << 2 * kWidth << ' ' << rows * kHeight
         << "\" font-family=\"sans-serif\" font-size=\"12\">\n"
            "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
    for (size_t i = 0; i < panels.size(); ++i) {
      out_ << "<g transform=\"translate(" << static_cast<double>(i % 2) * kWidth
           << ',' << static_cast<double>(i / 2) * kHeight << ")\">\n";
      draw(panels[i]);
      out_ << "</g>\n";
    }
    out_ << "</svg>\n";
  }

 private:
  static constexpr double kLeft = 64, kTop = 40, kBottom = 50, kRight = 24;

  struct Axis {
    double low, high;  // logarithms
    double begin, end;
    double at(double value) const {
      return begin + (std::log10(value) - low) / (high - low) * (end - begin);
    }
  };

  void draw(const Panel& panel) {
    double low = 1e30;
    double high = 0;
    for (auto [x, y] : panel.points) {
      low = std::min(low, y);
      high = std::max(high, y);
    }
    x_ = {std::log10(panel.points.front().first),
          std::log10(panel.points.back().first), kLeft, kWidth - kRight};
    y_ = {std::floor(std::log10(low)), std::ceil(std::log10(high)),
          kHeight - kBottom, kTop};
    text(kLeft, 22, "start", panel.title, "font-weight=\"bold\"");
    text((kLeft + kWidth - kRight) / 2, kHeight - 12, "middle", panel.x_label);
    draw_grid(panel);
    draw_slope(panel);
    draw_points(panel);
  }

  void draw_grid(const Panel& panel) {
    for (double power = y_.low; power <= y_.high; ++power) {
      const double value = std::pow(10, power);
      line(kLeft, y_.at(value), kWidth - kRight, y_.at(value), "#ddd");
      text(kLeft - 6, y_.at(value) + 4, "end", duration(value));
    }
    // At most eight numbers find room below the axis.
    const size_t step = (panel.points.size() + 7) / 8;
    for (size_t i = 0; i < panel.points.size(); i += step) {
      const double x = x_.at(panel.points[i].first);
      line(x, y_.begin, x, y_.begin + 4, "#888");
      text(x, y_.begin + 18, "middle", number(panel.points[i].first));
    }
    line(kLeft, y_.begin, kWidth - kRight, y_.begin, "#888");
  }

  // Through the point with the least time per unit of work, as far as it stays
  // inside: what lies above it is overhead, or memory outside the caches.
  void draw_slope(const Panel& panel) {
    double unit = 1e30;
    for (auto [x, y] : panel.points) {
      unit = std::min(unit, y / std::pow(x, panel.slope));
    }
    const double x = panel.points.back().first;
    const double y = unit * std::pow(x, panel.slope);
    const double bottom = std::pow(10, y_.low);
    const double from = std::max(panel.points.front().first,
                                 x * std::pow(bottom / y, 1 / panel.slope));
    const double from_y = y * std::pow(from / x, panel.slope);
    line(x_.at(from), y_.at(from_y), x_.at(x), y_.at(y), "#d95f02",
         "stroke-dasharray=\"5 4\"");
    text(kWidth - kRight, y_.begin - 10, "end", "- - " + panel.slope_label,
         "fill=\"#d95f02\"");
  }

  void draw_points(const Panel& panel) {
    out_ << "<polyline fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"2\" "
            "points=\"";
    for (auto [x, y] : panel.points) out_ << x_.at(x) << ',' << y_.at(y) << ' ';
    out_ << "\"/>\n";
    for (auto [x, y] : panel.points) {
      out_ << "<circle cx=\"" << x_.at(x) << "\" cy=\"" << y_.at(y)
           << "\" r=\"3.5\" fill=\"#1f5fa8\"/>\n";
    }
  }

  void line(double x1, double y1, double x2, double y2, const char* color,
            const char* more = "") {
    out_ << "<line x1=\"" << x1 << "\" y1=\"" << y1 << "\" x2=\"" << x2
         << "\" y2=\"" << y2 << "\" stroke=\"" << color << "\" " << more
         << "/>\n";
  }
  void text(double x, double y, const char* anchor, const std::string& what,
            const char* more = "") {
    out_ << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << anchor
         << "\" " << more << '>' << what << "</text>\n";
  }

  static std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof(text), "%g", value);
    return text;
  }
  static std::string duration(double us) {
    if (us >= 1e6) return number(us / 1e6) + " s";
    if (us >= 1e3) return number(us / 1e3) + " ms";
    return number(us) + " µs";
  }

  std::ostream& out_;
  Axis x_{}, y_{};
};

}  // namespace bench
