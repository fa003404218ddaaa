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
INLINE vec choose(ints taken, vec x, vec y) { return (vec)((taken & (ints)x) | (~taken & (ints)y)); }
INLINE vec magnitude(vec x) { return (vec)((ints)x & INT64_MAX); }
INLINE vec with_sign(vec x, vec sign) { return (vec)((ints)x | ((ints)sign & INT64_MIN)); }
INLINE vec truth(ints taken) { return (vec)(taken & (ints)every(1.0)); }

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
LANES(sin_of,   sin)
LANES(cos_of,   cos)
LANES(tan_of,   tan)

#if defined(__AVX512F__) && WIDTH == 8
INLINE vec sqrt_of(vec x) { return (vec)_mm512_sqrt_pd((__m512d)x); }
#elif defined(__AVX__) && WIDTH == 4
INLINE vec sqrt_of(vec x) { return (vec)_mm256_sqrt_pd((__m256d)x); }
#elif defined(__SSE2__) && WIDTH == 2
INLINE vec sqrt_of(vec x) { return (vec)_mm_sqrt_pd((__m128d)x); }
#else
LANES(sqrt_of, sqrt)
#endif

INLINE vec pow_of(vec x, vec y)
{
    for (int i = 0; i < WIDTH; i++)
        x[i] = pow(x[i], y[i]);
    return x;
}

/* Adding ROUND to a small number leaves it, as a whole one, in the last bits. */
#define ROUND  0x1.8p52
#define LN2_HI 0x1.62e42feep-1                       /* so short that its product with an exponent is exact */
#define LN2_LO 0x1.a39ef35793c76p-33

INLINE vec power_of_two(vec rounded) { return (vec)(((ints)rounded << 52) + ((int64_t)1023 << 52)); }

/* (exp(r) - 1 - r) / r², for |r| <= ln(2)/2: Taylor's series, whose first missing term is below 2^-59. */
INLINE vec exp_tail(vec r)
{
    vec q = every(1.0 / 6227020800.0);
    q = fused(q, r, every(1.0 / 479001600.0));
    q = fused(q, r, every(1.0 / 39916800.0));
    q = fused(q, r, every(1.0 / 3628800.0));
    q = fused(q, r, every(1.0 / 362880.0));
    q = fused(q, r, every(1.0 / 40320.0));
    q = fused(q, r, every(1.0 / 5040.0));
    q = fused(q, r, every(1.0 / 720.0));
    q = fused(q, r, every(1.0 / 120.0));
    q = fused(q, r, every(1.0 / 24.0));
    q = fused(q, r, every(1.0 / 6.0));
    return fused(q, r, every(0.5));
}

/* x · 2^k for a whole k: 2^k in two factors, so that neither overflows nor underflows, where no instruction does it. */
#if defined(__AVX512F__) && WIDTH == 8
INLINE vec scaled(vec x, vec k) { return (vec)_mm512_scalef_pd((__m512d)x, (__m512d)k); }
INLINE vec within(vec x, double low, double high)
{
    return (vec)_mm512_min_pd(_mm512_max_pd((__m512d)x, _mm512_set1_pd(low)), _mm512_set1_pd(high));
}
#else
INLINE vec scaled(vec x, vec k)
{
    const vec half = k * 0.5 + ROUND;
    const vec other = (k - (half - ROUND)) + ROUND;
    return x * power_of_two(half) * power_of_two(other);
}
INLINE vec within(vec x, double low, double high)
{
    x = choose(x < low, every(low), x);
    return choose(x > high, every(high), x);
}
#endif

/* exp(x) = 2^k · exp(r). (exp(r) - 1 - r) / r² by Remez's exchange, to 2^-57 of exp(r). */
INLINE vec exp_of(vec x)
{
    x = within(x, -746.0, 710.0);
    const vec k = (x * 0x1.71547652b82fep0 + ROUND) - ROUND;
    const vec r = fused(-k, every(LN2_LO), fused(-k, every(LN2_HI), x));
    vec q = every(0x1.ad7f7953541acp-26);
    q = fused(q, r, every(0x1.28ad68a0d9d6dp-22));
    q = fused(q, r, every(0x1.71df253b4a66ap-19));
    q = fused(q, r, every(0x1.a0199a16e5078p-16));
    q = fused(q, r, every(0x1.a01a012a69271p-13));
    q = fused(q, r, every(0x1.6c16c184266b4p-10));
    q = fused(q, r, every(0x1.1111111127b9dp-7));
    q = fused(q, r, every(0x1.555555555088cp-5));
    q = fused(q, r, every(0x1.55555555554fap-3));
    q = fused(q, r, every(0x1.000000000000ap-1));
    return scaled(fused(r * r, q, r) + 1.0, k);
}

/* x + y and what is lost in it. */
INLINE vec exact(vec x, vec y, vec *lost)
{
    const vec z = x + y, shift = z - x;
    *lost = (x - (z - shift)) + (y - shift);
    return z;
}

/* exp(x) - 1 = 2^k · (exp(r) - 1) + (2^k - 1), as a pair of doubles: alone the first is off by more than one unit. */
INLINE vec expm1_pair(vec x, vec *rest)
{
    x = within(x, -50.0, 710.0);
    const vec k = (x * 0x1.71547652b82fep0 + ROUND) - ROUND;
    const vec high = fused(-k, every(LN2_HI), x), r = fused(-k, every(LN2_LO), high);
    const vec tail = fused(r * r, exp_tail(r), fused(-k, every(LN2_LO), high - r));
    const vec p = r + tail;
    const vec scale = power_of_two(choose(k > 60.0, every(0.0), k) + ROUND);
    const ints large = k > 60.0;
    vec lost;
    const vec z = exact(scale - 1.0, scale * p, &lost);
    *rest = choose(large, every(0.0), lost + scale * (tail - (p - r)));
    return choose(large, scaled(p + 1.0, k), z);
}

INLINE vec expm1_of(vec x)
{
    vec rest;
    const vec z = expm1_pair(x, &rest);
    return choose(x == 0.0, x, z + rest);
}

/* log(1 + f + lost) + k·ln(2), for 1 + f between √½ and √2: f - f²/2 + s·(f²/2 + R), with s = f / (2 + f), R a series
 * in s². */
INLINE vec log_sum(vec f, vec k, vec lost)
{
    const vec s = f / (f + 2.0), z = s * s, w = z * z;
    const vec odd = fused(w, fused(w, fused(w, every(0x1.2f112df3e5244p-3), every(0x1.7466496cb03dep-3)),
                                   every(0x1.2492494229359p-2)), every(0x1.5555555555593p-1)) * z;
    const vec even = fused(w, fused(w, every(0x1.39a09d078c69fp-3), every(0x1.c71c51d8e78afp-3)),
                           every(0x1.999999997fa04p-2)) * w;
    const vec square = 0.5 * f * f;
    return fused(k, every(LN2_HI), -((square - fused(s, square + (odd + even), fused(k, every(LN2_LO), lost))) - f));
}

/* The exponent of a positive normal number, and what is left: between √½ and √2. */
INLINE vec exponent(vec x, vec *left)
{
    const vec e = (vec)(((bits)x >> 52 & 2047) | 0x4330000000000000) - (0x1p52 + 1023.0);
    const vec m = (vec)(((ints)x & 0xfffffffffffff) | ((int64_t)1023 << 52));
    const ints large = m > 0x1.6a09e667f3bcdp0;
    *left = choose(large, m * 0.5, m);
    return choose(large, e + 1.0, e);
}

INLINE vec log_of(vec x)
{
    const ints tiny = x < 0x1p-1022;
    vec m;
    const vec k = exponent(choose(tiny, x * 0x1p54, x), &m) - choose(tiny, every(54.0), every(0.0));
    return choose(x > 0.0, log_sum(m - 1.0, k, every(0.0)), every(NAN));
}

INLINE vec log1p_of(vec x)
{
    vec m;
    const vec u = x + 1.0, k = exponent(choose(u > 0.0, u, every(1.0)), &m);
    const vec lost = choose(x > 1.0, 1.0 - (u - x), x - (u - 1.0)) / u;
    const ints near = k == 0.0;
    const vec z = log_sum(choose(near, x, m - 1.0), k, choose(near, every(0.0), lost));
    return choose(x > -1.0, choose(x == 0.0, x, z), every(NAN));
}

/* With t = expm1(2|x|) it is 1 - 2 / (t + 2); below 1, where that cancels, -t / (t + 2) with t = expm1(-2|x|), to which
 * what was rounded off t and t + 2 is added. */
INLINE vec tanh_of(vec x)
{
    const vec size = choose(magnitude(x) > 22.0, every(22.0), magnitude(x));
    const ints large = size >= 1.0;
    vec rest, lost;
    const vec t = expm1_pair(choose(large, size + size, -(size + size)), &rest), below = exact(every(2.0), t, &lost);
    const vec q = choose(large, every(2.0), t) / below;
    const vec near = q + (rest - q * (lost + rest)) / below;
    return choose(x == 0.0, x, with_sign(choose(large, 1.0 - q, magnitude(near)), x));
}
