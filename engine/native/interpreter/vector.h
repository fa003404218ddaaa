/* Functions on vectors of doubles: no branches, no tables, no library; at most 2 units in the last place from the
 * correctly rounded result over the whole range. WIDTH is the number of doubles. Where the result is not finite, they
 * give nan or infinity; the arguments are finite. */
#include <math.h>
#include <stdint.h>
#include <string.h>

typedef double  vec  __attribute__((vector_size(8 * WIDTH)));
typedef int64_t ints __attribute__((vector_size(8 * WIDTH)));     /* also what comparisons give: -1 or 0 */
typedef uint64_t bits __attribute__((vector_size(8 * WIDTH)));
#define INLINE static inline __attribute__((always_inline))

INLINE vec load(const double *at) { vec z; memcpy(&z, at, sizeof z); return z; }
INLINE void store(double *at, vec x) { memcpy(at, &x, sizeof x); }
INLINE vec every(double x) { return x - (vec){0}; }

/* x where something is taken, else y: as a sum, which compilers turn into one blend where comparisons give masks. */
#if defined(__AVX__) && WIDTH == 4
INLINE vec choose(ints taken, vec x, vec y) { return (vec)_mm256_blendv_pd((__m256d)y, (__m256d)x, (__m256d)taken); }
#else
INLINE vec choose(ints taken, vec x, vec y) { return (vec)((taken & (ints)x) + (~taken & (ints)y)); }
#endif

INLINE vec magnitude(vec x) { return (vec)((ints)x & INT64_MAX); }
INLINE vec with_sign(vec x, vec sign) { return (vec)((ints)x | ((ints)sign & INT64_MIN)); }
INLINE vec truth(ints taken) { return (vec)(taken & (ints)every(1.0)); }

/* Whether some lane has bits besides the sign. */
#if defined(__AVX512F__) && WIDTH == 8
INLINE int any(ints check) { return _mm512_test_epi64_mask((__m512i)check, _mm512_set1_epi64(INT64_MAX)) != 0; }
#elif defined(__AVX__) && WIDTH == 4
INLINE int any(ints check) { return !_mm256_testz_si256((__m256i)check, _mm256_set1_epi64x(INT64_MAX)); }
#else
INLINE int any(ints check)
{
    int64_t all = 0;
    for (int k = 0; k < WIDTH; k++)
        all |= check[k];
    return (all & INT64_MAX) != 0;
}
#endif

/* x · y + z with one rounding, where the machine has that. It stands where it is meant: left to the compiler, the same
 * sum would be rounded in one way here and in another there. */
#if defined(__FMA__) && WIDTH == 8
INLINE vec fused(vec x, vec y, vec z) { return (vec)_mm512_fmadd_pd((__m512d)x, (__m512d)y, (__m512d)z); }
#elif defined(__FMA__) && WIDTH == 4
INLINE vec fused(vec x, vec y, vec z) { return (vec)_mm256_fmadd_pd((__m256d)x, (__m256d)y, (__m256d)z); }
#else
INLINE vec fused(vec x, vec y, vec z) { return x * y + z; }
#endif

#define LANES(name, call)                                                                                              \
    INLINE vec name(vec x)                                                                                             \
    {                                                                                                                  \
        for (int i = 0; i < WIDTH; i++)                                                                                \
            x[i] = call(x[i]);                                                                                         \
        return x;                                                                                                      \
    }

LANES(floor_of, floor)

#if defined(__AVX512F__) && WIDTH == 8
INLINE vec sqrt_of(vec x) { return (vec)_mm512_sqrt_pd((__m512d)x); }
#elif defined(__AVX__) && WIDTH == 4
INLINE vec sqrt_of(vec x) { return (vec)_mm256_sqrt_pd((__m256d)x); }
#elif defined(__SSE2__) && WIDTH == 2
INLINE vec sqrt_of(vec x) { return (vec)_mm_sqrt_pd((__m128d)x); }
#else
LANES(sqrt_of, sqrt)
#endif

/* Adding ROUND to a small number leaves it, as a whole one, in the last bits. */
#define ROUND  0x1.8p52
#define LOG2_E 0x1.71547652b82fep0
#define LN2_HI 0x1.62e42feep-1                       /* so short that its product with an exponent is exact */
#define LN2_LO 0x1.a39ef35793c76p-33
#define ONE_BITS ((int64_t)1023 << 52)

/* x · 2^k for a whole k, to which ROUND was added: 2^k in two factors, so that neither overflows nor underflows, where no
 * instruction does it. */
#if defined(__AVX512F__) && WIDTH == 8
INLINE vec scaled(vec x, vec rounded) { return (vec)_mm512_scalef_pd((__m512d)x, (__m512d)(rounded - ROUND)); }
#else
INLINE vec scaled(vec x, vec rounded)
{
    const ints half = (ints)rounded << 51 & ~0xfffffffffffff, other = ((ints)rounded << 52) - half;
    return (vec)((ints)x + half) * (vec)(other + ONE_BITS);
}
#endif

/* The larger and the smaller one; y, if they are equal. */
#if defined(__AVX512F__) && WIDTH == 8
INLINE vec larger(vec x, vec y) { return (vec)_mm512_max_pd((__m512d)x, (__m512d)y); }
INLINE vec smaller(vec x, vec y) { return (vec)_mm512_min_pd((__m512d)x, (__m512d)y); }
#elif defined(__AVX__) && WIDTH == 4
INLINE vec larger(vec x, vec y) { return (vec)_mm256_max_pd((__m256d)x, (__m256d)y); }
INLINE vec smaller(vec x, vec y) { return (vec)_mm256_min_pd((__m256d)x, (__m256d)y); }
#else
INLINE vec larger(vec x, vec y) { return choose(x > y, x, y); }
INLINE vec smaller(vec x, vec y) { return choose(x < y, x, y); }
#endif

INLINE vec within(vec x, vec low, vec high) { return smaller(larger(x, low), high); }

/* √(x² + y²), both times a power of two, so that no square overflows, and none underflows that counts. */
INLINE vec hypot_of(vec x, vec y)
{
    const vec large = larger(magnitude(x), magnitude(y));
    const vec scale = choose(large > 0x1p500, every(0x1p-600), choose(large < 0x1p-400, every(0x1p600), every(1.0)));
    const vec a = x * scale, b = y * scale;
    return sqrt_of(fused(a, a, b * b)) / scale;
}

/* (exp(r) - 1 - r) / r² for |r| <= ln(2)/2, by Remez's exchange: r² times its error is below 2^-54 of exp(r) - 1. The
 * powers are taken apart, odd from even, so that fewer wait for each other. */
INLINE vec exp_tail(vec r, vec square)
{
    vec odd = every(0x1.ae6bab110e7a7p-26), even = every(0x1.28a2068953020p-22);
    odd  = fused(odd,  square, every(0x1.71de88257bdc1p-19));
    even = fused(even, square, every(0x1.a019a74a7bb46p-16));
    odd  = fused(odd,  square, every(0x1.a01a0174faee7p-13));
    even = fused(even, square, every(0x1.6c16c17ee7238p-10));
    odd  = fused(odd,  square, every(0x1.1111111119011p-7));
    even = fused(even, square, every(0x1.555555555228ep-5));
    odd  = fused(odd,  square, every(0x1.5555555555539p-3));
    even = fused(even, square, every(0x1.0000000000005p-1));
    return fused(odd, r, even);
}

#if defined(__AVX512F__) && WIDTH == 8
/* exp(x) = 2^⌊k⌋ · 2^(j/8) · exp(r) for a k in eighths, j of them more than a whole number. The eight powers lie in one
 * vector, from which the last bits of a number take one; of r, at most ln(2)/16, fewer powers are needed than of more. */
INLINE vec exp_of(vec x)
{
    const vec eighths = {0x1p+0, 0x1.172b83c7d517bp+0, 0x1.306fe0a31b715p+0, 0x1.4bfdad5362a27p+0,
                         0x1.6a09e667f3bcdp+0, 0x1.8ace5422aa0dbp+0, 0x1.ae89f995ad3adp+0, 0x1.d5818dcfba487p+0};
    x = (vec)_mm512_range_pd((__m512d)x, (__m512d)every(746.0), 2);          /* the smaller one, with the sign of x */
    const vec rounded = fused(x, every(LOG2_E), every(ROUND / 8)), k = rounded - ROUND / 8;
    const vec r = fused(-k, every(LN2_LO), fused(-k, every(LN2_HI), x)), square = r * r;
    vec odd = every(0x1.a01e2be4805dap-13), even = every(0x1.6c1b70fa593c7p-10);
    odd  = fused(odd,  square, every(0x1.1111110e109c3p-7));
    even = fused(even, square, every(0x1.5555554e944c0p-5));
    odd  = fused(odd,  square, every(0x1.555555555556ap-3));
    even = fused(even, square, every(0x1.000000000002ep-1));
    const vec part = fused(square, fused(odd, r, even), r);
    const vec power = (vec)_mm512_permutexvar_pd((__m512i)rounded, (__m512d)eighths);
    return (vec)_mm512_scalef_pd((__m512d)fused(power, part, power), (__m512d)k);
}
#else
/* exp(x) = 2^k · exp(r). */
INLINE vec exp_of(vec x)
{
    x = within(x, every(-746.0), every(710.0));
    const vec rounded = fused(x, every(LOG2_E), every(ROUND)), k = rounded - ROUND;
    const vec r = fused(-k, every(LN2_LO), fused(-k, every(LN2_HI), x)), square = r * r;
    return scaled(fused(square, exp_tail(r, square), r) + 1.0, rounded);
}
#endif

/* x + y and what is lost in it. */
INLINE vec exact(vec x, vec y, vec *lost)
{
    const vec z = x + y, shift = z - x;
    *lost = (x - (z - shift)) + (y - shift);
    return z;
}

/* (exp(x) - 1) / 2 = 2^(k-1) · (exp(r) - 1) + (2^(k-1) - 1/2) as a pair of doubles, the second much smaller. The half
 * keeps 2^(k-1) finite. What is lost of r, and of the first sum, whose second term is larger or 0, goes into the rest. */
INLINE vec half_expm1(vec x, vec *rest)
{
    const vec rounded = fused(x, every(LOG2_E), every(ROUND)), k = rounded - ROUND;
    const vec high = fused(-k, every(LN2_HI), x), r = fused(-k, every(LN2_LO), high), square = r * r;
    const vec tail = fused(square, exp_tail(r, square), fused(-k, every(LN2_LO), high - r));
    const vec scale = (vec)(((ints)rounded << 52) + (ONE_BITS - ((int64_t)1 << 52))), less = scale - 0.5;
    const vec most = fused(scale, r, less), more = fused(scale, tail, fused(scale, r, less - most)), z = most + more;
    *rest = more - (z - most);
    return z;
}

INLINE vec expm1_of(vec x)
{
    vec rest;
    const vec z = half_expm1(within(x, every(-50.0), every(710.0)), &rest);
    return choose(magnitude(x) < 0x1p-54, x, z + z);
}

/* log(1 + f + lost) + k·ln(2), for 1 + f between √½ and √2: f - s·(f - R), with s = f / (2 + f), R a series in s². */
INLINE vec log_sum(vec f, vec lost, vec k)
{
    const vec s = f / (f + 2.0), z = s * s, w = z * z;
    const vec odd = fused(w, fused(w, every(0x1.39a09d078c69fp-3), every(0x1.c71c51d8e78afp-3)), every(0x1.999999997fa04p-2));
    const vec even = fused(w, fused(w, fused(w, every(0x1.2f112df3e5244p-3), every(0x1.7466496cb03dep-3)),
                                    every(0x1.2492494229359p-2)), every(0x1.5555555555593p-1));
    const vec shorter = fused(-z, fused(z, odd, even), f);
    return fused(k, every(LN2_HI), f - fused(s, shorter, fused(k, every(-LN2_LO), -lost)));
}

/* Of a positive normal number x = 2^k · m, m between √½ and √2, the bits of 2^k (if that were finite), k, and m. */
INLINE ints power_below(vec x) { return ((ints)x + (ONE_BITS - 0x3fe6a09e667f3bcd)) & ~0xfffffffffffff; }
INLINE vec exponent(ints power) { return (vec)((ints)((bits)power >> 52) | 0x4330000000000000) - (0x1p52 + 1023.0); }
INLINE vec divided(vec x, ints power) { return (vec)((ints)x - (power - ONE_BITS)); }

INLINE vec log_of(vec x)
{
    const ints tiny = x < 0x1p-1022;
    const vec normal = choose(tiny, x * 0x1p54, x);
    const ints power = power_below(normal);
    const vec k = exponent(power) - choose(tiny, every(54.0), every(0.0));
    return choose(x > 0.0, log_sum(divided(normal, power) - 1.0, every(0.0), k), every(NAN));
}

/* 1 + x = 2^k · (1 + f), where f = x / 2^k + (1 / 2^k - 1); what is lost of f counts where k is 1. */
INLINE vec log1p_of(vec x)
{
    const ints power = power_below(x + 1.0);
    const vec twice = (vec)(0x7ff0000000000000 - power), less = fused(twice, every(0.5), every(-1.0));
    const vec part = divided(x, power), f = part + less, z = log_sum(f, part - (f - less), exponent(power));
    return choose(x > -1.0, with_sign(z, x), every(NAN));
}

/* 1 / x within a tenth: its exponent has the other sign, and so, about, has the rest. */
INLINE vec roughly_inverse(vec x) { return (vec)(0x7fde000000000000 - (ints)x); }

/* h / (1 + h) with h = (exp(2x) - 1) / 2 for the negative one of x and -x, and what was rounded off h and 1 + h. */
INLINE vec tanh_of(vec x)
{
    vec rest;
    const vec h = half_expm1(within(magnitude(x) * -2.0, every(-44.0), every(0.0)), &rest), below = h + 1.0;
    const vec lost = h - (below - 1.0), q = h / below;
    const vec z = fused(fused(-q, lost + rest, rest), roughly_inverse(below), q);
    return choose(magnitude(x) < 0x1p-28, x, with_sign(magnitude(z), x));
}
