/* x ** y on vectors: 2 to the product of y and log2|x|, which are pairs of doubles on the way, since the product, up to
 * 1075, leaves so many digits fewer to its fraction. */
#define TWICE_LOG2_E      0x1.71547652b82fep+1       /* 2 / ln(2), a third of it, and ln(2), with what each lacks */
#define TWICE_LOG2_E_REST 0x1.777d0ffda0d24p-55
#define THIRD             0x1.ec709dc3a03fdp-1
#define THIRD_REST        0x1.d27f05548af0cp-55
#define LN2               0x1.62e42fefa39efp-1
#define LN2_REST          0x1.abc9e3b39803fp-56

/* x · y and what is lost in it: where rounding once does not tell, by halves of their digits, whose products are exact. */
INLINE vec product(vec x, vec y, vec *lost)
{
    const vec z = x * y;
#if defined(__FMA__) && WIDTH > 2
    *lost = fused(x, y, -z);
#else
    const vec x_high = (vec)((ints)x & ~0x7ffffff), x_low = x - x_high;
    const vec y_high = (vec)((ints)y & ~0x7ffffff), y_low = y - y_high;
    *lost = x_low * y_low + (x_low * y_high + (x_high * y_low + (x_high * y_high - z)));
#endif
    return z;
}

/* (log2((1 + s) / (1 - s)) · ln(2)/2 - s - s³/3) · 2/ln(2) / s⁵, a series in z = s², for s as of numbers between √½ and
 * √2: its error is below 2^-70 of the logarithm. */
INLINE vec log2_tail(vec z)
{
    const vec w = z * z, v = w * w;
    const vec first = fused(z, every(0x1.a61762a7adfa8p-2), every(0x1.2776c50ef9bfep-1));
    const vec second = fused(z, every(0x1.0c9a84bf4b885p-2), every(0x1.484b13d79c410p-2));
    const vec third = fused(z, every(0x1.89fed19a09517p-3), every(0x1.c68f2f05fc1dap-3));
    const vec fourth = fused(z, every(0x1.5a5fb73c05bdbp-3), every(0x1.59e09fb241c51p-3));
    return fused(v, fused(w, fourth, third), fused(w, second, first));
}

/* log2(x) for x > 0 as a pair: k and the series in s = f / (2 + f), itself a pair. */
INLINE vec log2_of(vec x, vec *rest)
{
    const ints tiny = x < 0x1p-1022;
    const vec normal = choose(tiny, x * 0x1p54, x);
    const ints power = power_below(normal);
    const vec k = exponent(power) - choose(tiny, every(54.0), every(0.0)), f = divided(normal, power) - 1.0;
    const vec below = f + 2.0, inverse = 1.0 / below, s = f * inverse;
    vec lost, more, again;
    const vec back = product(s, below, &lost), s_rest = ((f - back) - lost - s * (f - (below - 2.0))) * inverse;
    const vec z = product(s, s, &lost), z_rest = fused(s + s, s_rest, lost);
    const vec tail = z * log2_tail(z), u = tail + THIRD, u_rest = (THIRD - u) + tail + THIRD_REST;
    const vec t = product(z, u, &more), t_rest = fused(z, u_rest, fused(z_rest, u, more));
    const vec slope = t + TWICE_LOG2_E, slope_rest = (TWICE_LOG2_E - slope) + t + (t_rest + TWICE_LOG2_E_REST);
    const vec most = product(s, slope, &more), sum = exact(k, most, &again);
    *rest = again + fused(s, slope_rest, fused(s_rest, slope, more));
    return sum;
}

/* 2^(x + rest), where x is at most 1100 in size, and the rest is small beside 1. */
INLINE vec exp2_of(vec x, vec rest)
{
    const vec rounded = x + ROUND;
    vec lost;
    const vec part = x - (rounded - ROUND), r = product(part, every(LN2), &lost), most = r + 1.0;
    const vec more = fused(rest, every(LN2), fused(part, every(LN2_REST), lost)), square = r * r;
    const vec tail = square * exp_tail(r, square);
    return scaled(most + (((1.0 - most) + r) + fused(more, most + tail, tail)), rounded);
}

/* Of a negative x, the sign is that of (-1) ** y: adding 2^52 leaves a whole y's last digit in the last bit. */
INLINE vec pow_of(vec x, vec y)
{
    vec rest, lost;
    const vec times = magnitude(y), whole = times + 0x1p52;
    const vec log2 = choose((x == 0.0) & (y != 0.0), every(-INFINITY), log2_of(magnitude(x), &rest));
    const vec z = product(y, log2, &lost);
    const ints ordinary = magnitude(z) < 1100.0, large = times >= 0x1p52;
    const ints odd = (ints)choose(large, times, whole) & (ints)(times < 0x1p53) & 1;
    const vec size = exp2_of(within(z, every(-1100.0), every(1100.0)), choose(ordinary, fused(y, rest, lost), every(0.0)));
    const ints between = ~large & (whole - 0x1p52 != times);
    return choose((x < 0.0) & between, every(NAN), (vec)((ints)size | (odd << 63 & (ints)x)));
}
