/* The instructions of a replay on a block of rows. This file is compiled once for each set of machine instructions, with
 * WIDTH and NAME set; every kernel is what one function of the formulas' grammar does to vectors.
 *
 * A kernel notes where a result is not finite: then some lane of its `check` has bits besides the sign. */
#include "vector.h"
#include "circular.h"
#include "power.h"

INLINE const double *operand(const Frame *frame, uint32_t place)
{
    return place & 1 ? frame->uniforms + (place >> 1) : frame->registers + (size_t)(place >> 1) * frame->rows;
}

#define UNIFORM(place) ((place) & 1)
#define UNROLLED _Pragma("GCC unroll 8")             /* else arrays of vectors would lie in memory */

/* An operand's vectors; a uniform one is the same on every row. */
#define OPERAND(x, i)                                                                                                  \
    const double *at_##x = operand(frame, places[i]);                                                                  \
    const int same_##x = UNIFORM(places[i]);                                                                           \
    const vec all_##x = every(same_##x ? *at_##x : 0.0)
#define VECTOR(x, i) const vec x = same_##x ? all_##x : load(at_##x + i)
#define KERNEL(name) static void name##_kernel(const Frame *frame, double *result, const uint32_t *places, uint32_t n)

/* Zeros, but for the sign, where a result is finite. Bits are gathered: a chain of additions would take longer. */
INLINE ints unfinite(vec z) { return (ints)(z - z); }

/* A vector of the last rows of a block, without those that only fill it. */
INLINE vec present(const Frame *frame, int part, vec x) { return (vec)((ints)x & (ints)load(frame->mask + part * WIDTH)); }

INLINE void note(const Frame *frame, ints check)
{
    if (any(check))
        *frame->bad = 1;
}

#define ONE(name, call)                                                                                                \
    INLINE vec name##_vec(vec x) { return call; }                                                                      \
    KERNEL(name)                                                                                                       \
    {                                                                                                                  \
        ints check = {0};                                                                                              \
        OPERAND(x, 0);                                                                                                 \
        for (long i = 0; i < frame->count; i += WIDTH) {                                                               \
            VECTOR(x, i);                                                                                              \
            const vec z = name##_vec(x);                                                                               \
            check |= unfinite(z);                                                                                      \
            store(result + i, z);                                                                                      \
        }                                                                                                              \
        note(frame, check);                                                                                            \
    }

#define TWO(name, call)                                                                                                \
    INLINE vec name##_vec(vec x, vec y) { return call; }                                                               \
    KERNEL(name)                                                                                                       \
    {                                                                                                                  \
        ints check = {0};                                                                                              \
        OPERAND(x, 0);                                                                                                 \
        OPERAND(y, 1);                                                                                                 \
        for (long i = 0; i < frame->count; i += WIDTH) {                                                               \
            VECTOR(x, i);                                                                                              \
            VECTOR(y, i);                                                                                              \
            const vec z = name##_vec(x, y);                                                                            \
            check |= unfinite(z);                                                                                      \
            store(result + i, z);                                                                                      \
        }                                                                                                              \
        note(frame, check);                                                                                            \
    }

/* What vectors have no function for is found lane by lane. */
#define ONE_IN_LANES(name, call)                                                                                       \
    INLINE double name##_lane(double x) { return call; }                                                               \
    LANES(name##_lanes, name##_lane)                                                                                   \
    ONE(name, name##_lanes(x))

#define TWO_IN_LANES(name, call)                                                                                       \
    INLINE double name##_lane(double x, double y) { return call; }                                                     \
    INLINE vec name##_lanes(vec x, vec y)                                                                              \
    {                                                                                                                  \
        for (int i = 0; i < WIDTH; i++)                                                                                \
            x[i] = name##_lane(x[i], y[i]);                                                                            \
        return x;                                                                                                      \
    }                                                                                                                  \
    TWO(name, name##_lanes(x, y))

ONE(neg,  -x)
ONE(not,  truth(x == 0.0))
TWO(add,  x + y)
TWO(sub,  x - y)
TWO(mul,  x * y)
TWO(div,  x / y)
TWO(pow,  pow_of(x, y))
TWO(lt,   truth(x < y))
TWO(le,   truth(x <= y))
TWO(gt,   truth(x > y))
TWO(ge,   truth(x >= y))
TWO(eq,   truth(x == y))
TWO(ne,   truth(x != y))
TWO(and,  truth((x != 0.0) & (y != 0.0)))
TWO(gate, choose(x > 0.0, y, every(0.0)))
TWO(or,   truth((x != 0.0) | (y != 0.0)))

INLINE vec select_vec(vec c, vec x, vec y) { return choose(c != 0.0, x, y); }

KERNEL(select)
{
    OPERAND(c, 0);
    OPERAND(x, 1);
    OPERAND(y, 2);
    for (long i = 0; i < frame->count; i += WIDTH) {
        VECTOR(c, i);
        VECTOR(x, i);
        VECTOR(y, i);
        store(result + i, select_vec(c, x, y));
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

/* The sum of all terms but one largest: each time the smaller of a term and the largest so far. */
INLINE void rest_with(vec *z, vec *largest, vec x)
{
    *z += smaller(*largest, x);
    *largest = larger(x, *largest);
}

INLINE vec rest_vec(int n, const vec *terms)
{
    vec z = every(0.0), largest = terms[0];
    UNROLLED for (int j = 1; j < n; j++)
        rest_with(&z, &largest, terms[j]);
    return z;
}

KERNEL(rest)
{
    ints check = {0};
    for (long i = 0; i < frame->count; i += WIDTH) {
        OPERAND(first, 0);
        VECTOR(first, i);
        vec largest = first, z = every(0.0);
        for (uint32_t j = 1; j < n; j++) {
            OPERAND(x, j);
            VECTOR(x, i);
            rest_with(&z, &largest, x);
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

#include "sums.h"
#include "lanes.h"

/* Rows of the table work on two vectors at a time, at i and at j. What is the same on every row is read again and again,
 * from one vector. */
#define TAKE(k)                                                                                                        \
    const int same##k = UNIFORM(places[k]);                                                                            \
    const vec all##k = every(same##k ? *operand(frame, places[k]) : 0.0);                                              \
    const double *taken##k = same##k ? (const double *)&all##k : operand(frame, places[k]);                            \
    const long moves##k = same##k - 1L
#define TAKEN(k, i) load(taken##k + ((i) & moves##k))
#define GIVE(k)     double *given##k = frame->registers + (size_t)places[k] * frame->rows
#define PAIRS                                                                                                          \
    vec check_i = {0}, check_j = {0};                                                                                  \
    ints unmet = {0};                                                                                                  \
    for (long i = 0, j; j = i + WIDTH < frame->count ? i + WIDTH : i, i < frame->count; i += 2 * WIDTH)
#define CHECK(v, w) check_i = fused(v, every(0.0), check_i), check_j = fused(w, every(0.0), check_j)
#define NEED(v, w)  unmet |= (ints)(v == 0.0) | (ints)(w == 0.0)
#define NOTE        note(frame, unmet | (ints)check_i | (ints)check_j), (void)n
#include "row_kernels.h"

#define ENTRY(name) name##_kernel,
const Machine NAME(machine) = {TITLE, NAME(fill), NAME(flush), NAME(spread), NAME(gather), outer_kernel,
                               {INSTRUCTIONS(ENTRY) ROWS(ENTRY)}};
