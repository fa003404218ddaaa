/* sin, cos and tan on vectors: the argument less a multiple of π/2, as a pair of doubles, then series. Beyond LARGE the
 * lanes ask the C library, one by one. */
#define LARGE  0x1p20
#define TWO_PI 0x1.45f306dc9c883p-1                  /* 2/π */
#define QUARTER(_) _(0x1.921fb544p+0) _(0x1.0b4611a6p-34) _(0x1.3198a2ep-69)
#define QUARTER_REST 0x1.b839a252049c1p-104          /* π/2 is the sum of these four; the first have 33 bits */

/* x - k · π/2 for the nearest k, and what is lost in it. Products of k with 33 bits are exact. */
INLINE vec reduced(vec x, vec k, vec *rest)
{
    vec r = x, error, lost = -(k * QUARTER_REST);
#define LESS(part) r = exact(r, -(k * (part)), &error); lost += error;
    QUARTER(LESS)
#undef LESS
    const vec z = r + lost;
    *rest = (r - z) + lost;
    return z;
}

/* sin(r + rest) for |r| <= π/4, and what rounding takes from it. */
INLINE vec sin_near(vec r, vec rest, vec *lost)
{
    const vec z = r * r, w = z * z;
    const vec odd = fused(w, fused(w, every(0x1.5e0af186af739p-33), every(0x1.71de37961e4c6p-19)), every(0x1.1111111110bb1p-7));
    const vec even = fused(w, fused(w, every(-0x1.ae600a926c89ap-26), every(-0x1.a01a019e8357dp-13)),
                           every(-0x1.5555555555555p-3));
    const vec more = fused(z * r, fused(z, odd, even), fused(rest * z, every(-0.5), rest)), s = r + more;
    *lost = (r - s) + more;
    return s;
}

/* cos(r + rest) likewise. */
INLINE vec cos_near(vec r, vec rest, vec *lost)
{
    const vec z = r * r, w = z * z, half = 0.5 * z, most = 1.0 - half;
    const vec odd = fused(w, fused(w, every(-0x1.907d7aebd5e3dp-37), every(-0x1.27e4fa17a41b4p-22)),
                          every(-0x1.6c16c16c16966p-10));
    const vec even = fused(w, fused(w, every(0x1.1eeb68b109173p-29), every(0x1.a01a019f4e867p-16)),
                           every(0x1.5555555555555p-5));
    const vec more = fused(w, fused(z, odd, even), fused(-r, rest, (1.0 - most) - half)), c = most + more;
    *lost = (most - c) + more;
    return c;
}

#define BEYOND(call)                                                                                                   \
    if (any((ints)(magnitude(x) > LARGE)))                                                                             \
        for (int i = 0; i < WIDTH; i++)                                                                                \
            z[i] = fabs(x[i]) > LARGE ? call(x[i]) : z[i]

/* sin(x + turns · π/2). */
INLINE vec turned(vec x, int64_t turns)
{
    vec rest, lost;
    const vec rounded = fused(x, every(TWO_PI), every(ROUND)), r = reduced(x, rounded - ROUND, &rest);
    const ints quarter = (ints)rounded + turns;
    const vec z = choose(-(quarter & 1), cos_near(r, rest, &lost), sin_near(r, rest, &lost));
    return (vec)((ints)z ^ (quarter & 2) << 62);
}

INLINE vec sin_of(vec x)
{
    vec z = choose((ints)(x == 0.0), x, turned(x, 0));
    BEYOND(sin);
    return z;
}

INLINE vec cos_of(vec x)
{
    vec z = turned(x, 1);
    BEYOND(cos);
    return z;
}

/* sin / cos, or -cos / sin after an odd number of quarters; what was rounded off both is added. */
INLINE vec tan_of(vec x)
{
    vec rest, lost_s, lost_c;
    const vec rounded = fused(x, every(TWO_PI), every(ROUND)), r = reduced(x, rounded - ROUND, &rest);
    const vec s = sin_near(r, rest, &lost_s), c = cos_near(r, rest, &lost_c);
    const ints odd = -((ints)rounded & 1);
    const vec below = choose(odd, -s, c), q = choose(odd, c, s) / below;
    vec z = q + (choose(odd, lost_c, lost_s) - q * choose(odd, -lost_s, lost_c)) / below;
    z = choose((ints)(x == 0.0), x, z);
    BEYOND(tan);
    return z;
}
