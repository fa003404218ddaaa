/* The kernels for AVX-512: 64-byte vectors. */
#include "blocks.h"
#if defined(__x86_64__) && defined(__GNUC__)
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,fma"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512dq,avx512vl,avx2,fma")
#endif
#define WIDTH 8
#define TITLE "avx512"
#define NAME(name) name##_avx512
#include "kernels.h"
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
