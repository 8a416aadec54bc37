// OrderedDict: keys and values in the order of insertion, with look-up by key.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "taper/tensor/error.h"

namespace taper {

/// As torch::OrderedDict. Look-ups take constant time; erase takes O(n).
template <typename Key, typename Value>
class OrderedDict {
 public:
  /// One key with its value; * and -> reach the value.
  class Item {
   public:
    Item(Key key, Value value) : pair_(std::move(key), std::move(value)) {}
    Value& operator*() { return pair_.second; }
    const Value& operator*() const { return pair_.second; }
    Value* operator->() { return &pair_.second; }
    const Value* operator->() const { return &pair_.second; }
    const Key& key() const noexcept { return pair_.first; }
    Value& value() noexcept { return pair_.second; }
    const Value& value() const noexcept { return pair_.second; }
    const std::pair<Key, Value>& pair() const noexcept { return pair_; }
    bool operator==(const Item& other) const = default;

   private:
    std::pair<Key, Value> pair_;
  };
  using Iterator = typename std::vector<Item>::iterator;
  using ConstIterator = typename std::vector<Item>::const_iterator;

  /// `key_description` is what error messages call a key.
  explicit OrderedDict(std::string key_description = "Key")
      : key_description_(std::move(key_description)) {}
  OrderedDict(std::initializer_list<Item> items) {
    for (const Item& item : items) insert(item.key(), item.value());
  }

  const std::string& key_description() const noexcept {
    return key_description_;
  }

  /// First and last item; both throw on an empty dict.
  Item& front() { return items_[checked(0)]; }
  const Item& front() const { return items_[checked(0)]; }
  Item& back() { return items_[checked(size() - 1)]; }
  const Item& back() const { return items_[checked(size() - 1)]; }
  /// The item at a position; throws IndexError when there is none.
  Item& operator[](size_t index) { return items_[checked(index)]; }
  const Item& operator[](size_t index) const { return items_[checked(index)]; }
  /// The value of a key; throws when the key is not there.
  Value& operator[](const Key& key) { return items_[required(key)].value(); }
  const Value& operator[](const Key& key) const {
    return items_[required(key)].value();
  }

  /// Pointer to the value, or null when the key is not there.
  Value* find(const Key& key) noexcept {
    const size_t i = position(key);
    return i == kNone ? nullptr : &items_[i].value();
  }
  const Value* find(const Key& key) const noexcept {
    return const_cast<OrderedDict*>(this)->find(key);
  }
  bool contains(const Key& key) const noexcept {
    return position(key) != kNone;
  }

  Iterator begin() { return items_.begin(); }
  ConstIterator begin() const { return items_.begin(); }
  Iterator end() { return items_.end(); }
  ConstIterator end() const { return items_.end(); }
  size_t size() const noexcept { return items_.size(); }
  bool is_empty() const noexcept { return items_.empty(); }
  void reserve(size_t capacity) { items_.reserve(capacity); }

  /// Appends; throws, with nothing changed, when the key is there already.
  template <typename K, typename V>
  Value& insert(K&& key, V&& value) {
    return insert(Key(std::forward<K>(key)), Value(std::forward<V>(value)));
  }
  Value& insert(Key key, Value&& value) {
    check_new(key);
    if (slots_.size() < 2 * (size() + 1)) rebuild(2 * size() + 1);
    items_.emplace_back(std::move(key), std::move(value));
    enter(size() - 1);
    return items_.back().value();
  }
  /// Appends all items of `other`; throws, with nothing changed, when one of
  /// the keys is there already.
  void update(const OrderedDict& other) { update(OrderedDict(other)); }
  void update(OrderedDict&& other) {
    for (const Item& item : other) check_new(item.key());
    reserve(size() + other.size());
    for (Item& item : other) insert(item.key(), std::move(item.value()));
  }
  /// Removes a key; throws when it is not there.
  void erase(const Key& key) {
    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(required(key)));
    rebuild(size());
  }
  void clear() {
    items_.clear();
    slots_.clear();
  }

  const std::vector<Item>& items() const noexcept { return items_; }
  std::vector<Key> keys() const {
    return collect([](const Item& item) { return item.key(); });
  }
  std::vector<Value> values() const {
    return collect([](const Item& item) { return item.value(); });
  }
  std::vector<std::pair<Key, Value>> pairs() const {
    return collect([](const Item& item) { return item.pair(); });
  }

  /// Same keys and values in the same order.
  friend bool operator==(const OrderedDict& a, const OrderedDict& b) {
    return a.items_ == b.items_;
  }

 private:
  static constexpr size_t kNone = ~size_t{0};
  static constexpr uint32_t kFree = ~uint32_t{0};

  template <typename F>
  auto collect(F part_of) const {
    std::vector<std::decay_t<std::invoke_result_t<F, const Item&>>> parts;
    parts.reserve(size());
    for (const Item& item : items_) parts.push_back(part_of(item));
    return parts;
  }
  static std::string quoted(const Key& key) {
    if constexpr (std::is_convertible_v<const Key&, std::string>) {
      return " '" + std::string(key) + "'";
    } else {
      return {};
    }
  }
  void check_new(const Key& key) const {
    if (contains(key)) {
      fail("[OrderedDict] {}{} already defined", key_description_, quoted(key));
    }
  }
  size_t checked(size_t index) const {
    check<IndexError>(index < size(),
                      "[OrderedDict] index {} is out of range of {} items",
                      index, size());
    return index;
  }
  size_t required(const Key& key) const {
    const size_t i = position(key);
    if (i == kNone) {
      fail<IndexError>("[OrderedDict] {}{} is not defined", key_description_,
                       quoted(key));
    }
    return i;
  }

  // Open addressing over positions: slots_ has a power of two of entries, at
  // most half of them used, so that a free one ends every probe. This is the
  // slot of a key, or the free one where it belongs.
  size_t slot_of(const Key& key) const {
    const size_t mask = slots_.size() - 1;
    size_t slot = (std::hash<Key>()(key) * 0x9E3779B97F4A7C15u >> 32) & mask;
    while (slots_[slot] != kFree && !(items_[slots_[slot]].key() == key)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
  size_t position(const Key& key) const noexcept {
    if (slots_.empty()) return kNone;
    const uint32_t position = slots_[slot_of(key)];
    return position == kFree ? kNone : position;
  }
  void enter(size_t position) {
    slots_[slot_of(items_[position].key())] = static_cast<uint32_t>(position);
  }
  void rebuild(size_t capacity) {
    size_t count = 8;
    while (count < 2 * capacity) count *= 2;
    slots_.assign(count, kFree);
    for (size_t i = 0; i < size(); ++i) enter(i);
  }

  std::vector<Item> items_;
  std::vector<uint32_t> slots_;
  std::string key_description_ = "Key";
};

}  // namespace taper
