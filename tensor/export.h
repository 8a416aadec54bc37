// TAPER_API marks what libtaper.so exports; everything else stays hidden.
#pragma once

#define TAPER_API __attribute__((visibility("default")))
