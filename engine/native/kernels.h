/* The instructions of a replay on a block of rows. This file is compiled once for each set of machine instructions, with
 * WIDTH and NAME set; every kernel is what one function of the formulas' grammar does to vectors.
 *
 * A kernel notes in `check` where a result is not finite: then some lane of it has bits besides the sign. */
#include "vector.h"

INLINE const double *operand(const Frame *frame, uint32_t place)
{
    return place & 1 ? frame->uniforms + (place >> 1) : frame->registers + (size_t)(place >> 1) * frame->rows;
}

#define UNIFORM(place) ((place) & 1)

/* An operand's vectors; a uniform one is the same on every row. */
#define OPERAND(x, i)                                                                                                  \
    const double *at_##x = operand(frame, places[i]);                                                                  \
    const int same_##x = UNIFORM(places[i]);                                                                           \
    const vec all_##x = every(same_##x ? *at_##x : 0.0)
#define VECTOR(x, i) const vec x = same_##x ? all_##x : load(at_##x + i)
#define KERNEL(name) static void name##_kernel(const Frame *frame, double *result, const uint32_t *places, uint32_t n)

/* Zeros, but for the sign, where a result is finite. Bits are gathered: a chain of additions would take longer. */
INLINE ints unfinite(vec z) { return (ints)(z * 0.0); }

INLINE void note(const Frame *frame, ints check) { store(frame->check, (vec)((ints)load(frame->check) | check)); }

#define ONE(name, call)                                                                                                \
    KERNEL(name)                                                                                                       \
    {                                                                                                                  \
        ints check = {0};                                                                                               \
        OPERAND(x, 0);                                                                                                 \
        for (long i = 0; i < frame->count; i += WIDTH) {                                                               \
            VECTOR(x, i);                                                                                              \
            const vec z = call;                                                                                        \
            check |= unfinite(z);                                                                                          \
            store(result + i, z);                                                                                      \
        }                                                                                                              \
        note(frame, check);                                                                                            \
    }

#define TWO(name, call)                                                                                                \
    KERNEL(name)                                                                                                       \
    {                                                                                                                  \
        ints check = {0};                                                                                               \
        OPERAND(x, 0);                                                                                                 \
        OPERAND(y, 1);                                                                                                 \
        for (long i = 0; i < frame->count; i += WIDTH) {                                                               \
            VECTOR(x, i);                                                                                              \
            VECTOR(y, i);                                                                                              \
            const vec z = call;                                                                                        \
            check |= unfinite(z);                                                                                          \
            store(result + i, z);                                                                                      \
        }                                                                                                              \
        note(frame, check);                                                                                            \
    }

ONE(neg,   -x)
ONE(abs,   magnitude(x))
ONE(floor, floor_of(x))
ONE(not,   truth(x == 0.0))
ONE(exp,   exp_of(x))
ONE(expm1, expm1_of(x))
ONE(log,   log_of(x))
ONE(log1p, log1p_of(x))
ONE(sqrt,  sqrt_of(x))
ONE(sin,   sin_of(x))
ONE(cos,   cos_of(x))
ONE(tan,   tan_of(x))
ONE(tanh,  tanh_of(x))
TWO(add,   x + y)
TWO(sub,   x - y)
TWO(mul,   x * y)
TWO(div,   x / y)
TWO(pow,   pow_of(x, y))
TWO(max,   choose(y > x, y, x))
TWO(min,   choose(y < x, y, x))
TWO(lt,    truth(x < y))
TWO(le,    truth(x <= y))
TWO(gt,    truth(x > y))
TWO(ge,    truth(x >= y))
TWO(eq,    truth(x == y))
TWO(ne,    truth(x != y))
TWO(and,   truth((x != 0.0) & (y != 0.0)))
TWO(or,    truth((x != 0.0) | (y != 0.0)))

KERNEL(select)
{
    OPERAND(c, 0);
    OPERAND(x, 1);
    OPERAND(y, 2);
    for (long i = 0; i < frame->count; i += WIDTH) {
        VECTOR(c, i);
        VECTOR(x, i);
        VECTOR(y, i);
        store(result + i, choose(c != 0.0, x, y));
    }
}

KERNEL(need)
{
    ints check = {0};
    OPERAND(c, 0);
    for (long i = 0; i < frame->count; i += WIDTH) {
        VECTOR(c, i);
        check |= (ints)(c == 0.0);
    }
    note(frame, check);
}

/* A sum of products over `strip` vectors of rows, which stay in registers; a factor that is uniform comes first. */
INLINE void strip_of_sums(const Frame *frame, double *result, const uint32_t *places, uint32_t n, long i, int strip)
{
    vec sums[8];
    ints check = {0};
    for (int k = 0; k < strip; k++)
        sums[k] = every(-0.0);
    for (uint32_t j = 0; j < n; j += 2) {
        const double *x = operand(frame, places[j]), *y = operand(frame, places[j + 1]);
        if (UNIFORM(places[j + 1])) {                            /* then both are */
            for (int k = 0; k < strip; k++)
                sums[k] = fused(every(*x), every(*y), sums[k]);
        } else if (UNIFORM(places[j])) {
            const vec all = every(*x);
            for (int k = 0; k < strip; k++)
                sums[k] = fused(all, load(y + i + k * WIDTH), sums[k]);
        } else
            for (int k = 0; k < strip; k++)
                sums[k] = fused(load(x + i + k * WIDTH), load(y + i + k * WIDTH), sums[k]);
    }
    for (int k = 0; k < strip; k++) {
        check |= unfinite(sums[k]);
        store(result + i + k * WIDTH, sums[k]);
    }
    note(frame, check);
}

KERNEL(dot)
{
    long i = 0;
    for (; i + 8 * WIDTH <= frame->count; i += 8 * WIDTH)
        strip_of_sums(frame, result, places, n, i, 8);
    for (; i + 2 * WIDTH <= frame->count; i += 2 * WIDTH)
        strip_of_sums(frame, result, places, n, i, 2);
    for (; i < frame->count; i += WIDTH)
        strip_of_sums(frame, result, places, n, i, 1);
}

/* The sum of all terms but the first largest. */
KERNEL(rest)
{
    ints check = {0};
    for (long i = 0; i < frame->count; i += WIDTH) {
        vec largest = {0}, which = {0}, z = {0};
        for (uint32_t j = 0; j < n; j++) {
            OPERAND(x, j);
            VECTOR(x, i);
            const ints larger = x > largest;
            if (j)
                which = choose(larger, every(j), which);
            largest = j ? choose(larger, x, largest) : x;
        }
        for (uint32_t j = 0; j < n; j++) {
            OPERAND(x, j);
            VECTOR(x, i);
            z += choose(which == (double)j, every(0.0), x);
        }
        check |= unfinite(z);
        store(result + i, z);
    }
    note(frame, check);
}

/* The sum as if exact; where three doubles do not hold it, that is noted, and others have to find it. */
KERNEL(fsum)
{
    ints check = {0};
    for (long i = 0; i < frame->count; i += WIDTH) {
        vec z = {0}, second = {0}, third = {0}, lost = {0}, error;
        for (uint32_t j = 0; j < n; j++) {
            OPERAND(x, j);
            VECTOR(x, i);
            z = exact(z, x, &error);
            second = exact(second, error, &error);
            third = exact(third, error, &error);
            lost += magnitude(error);
        }
        second = exact(second, third, &error);
        const vec sum = exact(z, second, &second) ;
        const vec result_of = sum + (second + error);
        check |= (lost > magnitude(result_of) * 0x1p-60) | unfinite(result_of);
        store(result + i, result_of);
    }
    note(frame, check);
}

/* Add g times each of the others to its sum: `places` are g, then pairs of a factor and the number of a sum. Row i goes
 * into lane i % LANE_COUNT, so that every set of machine instructions adds in the same order. */
KERNEL(reduce)
{
    enum { PARTS = LANE_COUNT / WIDTH };
    OPERAND(g, 0);
    for (uint32_t j = 1; j < n; j += 2) {
        OPERAND(x, j);
        double *sum = frame->sums + (size_t)places[j + 1] * LANE_COUNT;
        vec parts[PARTS];
        for (int k = 0; k < PARTS; k++)
            parts[k] = load(sum + k * WIDTH);
        if (same_x && *at_x == 1.0) {
            for (long i = 0; i < frame->count; i += LANE_COUNT)
                for (int k = 0; k < PARTS; k++)
                    parts[k] += load(at_g + i + k * WIDTH);
        } else if (same_x) {
            for (long i = 0; i < frame->count; i += LANE_COUNT)
                for (int k = 0; k < PARTS; k++)
                    parts[k] = fused(all_x, load(at_g + i + k * WIDTH), parts[k]);
        } else
            for (long i = 0; i < frame->count; i += LANE_COUNT)
                for (int k = 0; k < PARTS; k++) {
                    VECTOR(g, i + k * WIDTH);
                    parts[k] = fused(g, load(at_x + i + k * WIDTH), parts[k]);
                }
        for (int k = 0; k < PARTS; k++)
            store(sum + k * WIDTH, parts[k]);
    }
}

/* Add g times another to sum 0; what rounding takes away is kept. */
KERNEL(total)
{
    enum { PARTS = LANE_COUNT / WIDTH };
    OPERAND(g, 0);
    OPERAND(x, 1);
    double *sum = frame->sums, *lost = frame->lost;
    for (long i = 0; i < frame->count; i += LANE_COUNT)
        for (int k = 0; k < PARTS; k++) {
            vec error;
            VECTOR(g, i + k * WIDTH);
            VECTOR(x, i + k * WIDTH);
            store(sum + k * WIDTH, exact(load(sum + k * WIDTH), g * x, &error));
            store(lost + k * WIDTH, load(lost + k * WIDTH) + error);
        }
}

/* Move the sums of a run into those of the whole, which are pairs of doubles; leaves zeros. Whether they were finite. */
static int NAME(flush)(double *sums, double *whole, double *lost, size_t n)
{
    ints check = {0};
    vec error;
    for (size_t i = 0; i < n; i += WIDTH)
        check |= unfinite(load(sums + i));
    for (int k = 0; k < WIDTH; k++)
        if (check[k] & INT64_MAX) {
            memset(sums, 0, n * sizeof(double));
            return 0;
        }
    for (size_t i = 0; i < n; i += WIDTH) {
        store(whole + i, exact(load(whole + i), load(sums + i), &error));
        store(lost + i, load(lost + i) + error);
        store(sums + i, every(0.0));
    }
    return 1;
}

/* The sums of a segment as pairs of doubles: their lanes, added in order. */
static void NAME(gather)(const double *whole, const double *lost, double *totals, size_t n)
{
    for (size_t at = 0; at < n; at += WIDTH) {
        const size_t left = n - at < WIDTH ? n - at : WIDTH;
        vec z = {0}, rest = {0}, x = {0}, more = {0}, error;
        for (int lane = 0; lane < LANE_COUNT; lane++) {
            for (size_t k = 0; k < left; k++) {
                x[k] = whole[(at + k) * LANE_COUNT + lane];
                more[k] = lost[(at + k) * LANE_COUNT + lane];
            }
            z = exact(z, x, &error);
            rest += error + more;
        }
        for (size_t k = 0; k < left; k++) {
            totals[2 * (at + k)] = z[k];
            totals[2 * (at + k) + 1] = rest[k];
        }
    }
}

#define ENTRY(name) name##_kernel,
const Machine NAME(machine) = {TITLE, NAME(flush), NAME(gather), {INSTRUCTIONS(ENTRY)}};
