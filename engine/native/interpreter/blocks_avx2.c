/* The kernels for AVX2 with fused multiplication and addition: 32-byte vectors. */
#include "blocks.h"
#if defined(__x86_64__) && defined(__GNUC__)
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif
#define WIDTH 4
#define TITLE "avx2"
#define NAME(name) name##_avx2
#include "kernels.h"
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
