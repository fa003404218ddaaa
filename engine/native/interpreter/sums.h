/* The instructions of sums: sums of products on each row, and sums over the rows.
 *
 * Both work in tiles of several sums at once, so that each number is loaded once for all of them and no addition waits
 * for the one before. The order in which a sum is added up is the same for every tile and every block. */

#if WIDTH == 8
enum { TALL = 4, WIDE = 5 };                         /* the sums of a tile: 32 registers hold them, 16 those below */
#else
enum { TALL = 2, WIDE = 4 };
#endif
enum { DEEP = 4, PARTS = LANE_COUNT / WIDTH };       /* vectors of rows; of LANE_COUNT lanes */

/* A sum of products over `strip` vectors of rows, which stay in registers; a factor that is uniform comes first, and with
 * the first factor the sign of a product that is subtracted. */
INLINE void strip_of_sums(const Frame *frame, double *result, const uint32_t *places, uint32_t n, long i, int strip)
{
    vec sums[8];
    ints check = {0};
    UNROLLED for (int k = 0; k < strip; k++)
        sums[k] = every(-0.0);
    for (uint32_t j = 0; j < n; j += 2) {
        const uint32_t first = places[j] & ~MINUS;
        const double *x = operand(frame, first), *y = operand(frame, places[j + 1]);
        const double sign = places[j] & MINUS ? -1.0 : 1.0;
        if (UNIFORM(places[j + 1])) {                            /* then both are */
            const vec all = every(*x * sign);
            UNROLLED for (int k = 0; k < strip; k++)
                sums[k] = fused(all, every(*y), sums[k]);
        } else if (UNIFORM(first)) {
            const vec all = every(*x * sign);
            UNROLLED for (int k = 0; k < strip; k++)
                sums[k] = fused(all, load(y + i + k * WIDTH), sums[k]);
        } else if (places[j] & MINUS)
            UNROLLED for (int k = 0; k < strip; k++)
                sums[k] = fused(-load(x + i + k * WIDTH), load(y + i + k * WIDTH), sums[k]);
        else
            UNROLLED for (int k = 0; k < strip; k++)
                sums[k] = fused(load(x + i + k * WIDTH), load(y + i + k * WIDTH), sums[k]);
    }
    UNROLLED for (int k = 0; k < strip; k++) {
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
    for (; i + 4 * WIDTH <= frame->count; i += 4 * WIDTH)
        strip_of_sums(frame, result, places, n, i, 4);
    for (; i + 2 * WIDTH <= frame->count; i += 2 * WIDTH)
        strip_of_sums(frame, result, places, n, i, 2);
    for (; i < frame->count; i += WIDTH)
        strip_of_sums(frame, result, places, n, i, 1);
}

/* So many sums of a layer over `deep` vectors of rows. */
INLINE ints tile_of_layer(double *registers, size_t rows, const double *uniforms, const uint32_t *xs, uint32_t n,
                          const uint32_t *const *sum, int tall, int deep)
{
    vec sums[TALL][DEEP];
    ints check = {0};
    UNROLLED for (int t = 0; t < tall; t++)
        UNROLLED for (int k = 0; k < deep; k++)
            sums[t][k] = every(uniforms[sum[t][2]]);
    for (size_t j = 0; j < n; j++) {
        vec x[DEEP];
        UNROLLED for (int k = 0; k < deep; k++)
            x[k] = load(registers + xs[j] * rows + k * WIDTH);
        UNROLLED for (int t = 0; t < tall; t++) {
            const vec weight = every(uniforms[sum[t][3 + j]]);
            UNROLLED for (int k = 0; k < deep; k++)
                sums[t][k] = fused(weight, x[k], sums[t][k]);
        }
    }
    UNROLLED for (int t = 0; t < tall; t++) {        /* no switch: a jump to so many places takes longer */
        const double *other = registers + sum[t][1] / KINDS * rows;
        const uint32_t kind = sum[t][1] % KINDS;
        if (kind == TIMES)
            UNROLLED for (int k = 0; k < deep; k++)
                sums[t][k] *= load(other + k * WIDTH);
        UNROLLED for (int k = 0; k < deep; k++)
            check |= unfinite(sums[t][k]);
        if (kind == RAMP)
            UNROLLED for (int k = 0; k < deep; k++)
                sums[t][k] = choose(sums[t][k] > 0.0, sums[t][k], every(0.0));
        if (kind == GATE)
            UNROLLED for (int k = 0; k < deep; k++)
                sums[t][k] = choose(load(other + k * WIDTH) > 0.0, sums[t][k], every(0.0));
        UNROLLED for (int k = 0; k < deep; k++)
            store(registers + sum[t][0] * rows + k * WIDTH, sums[t][k]);
    }
    return check;
}

INLINE void sums_of_layer(const Frame *frame, const uint32_t *xs, uint32_t n, const uint32_t *first, int tall)
{
    const uint32_t *sum[TALL];
    ints check = {0};
    long i = 0;
    UNROLLED for (int t = 0; t < tall; t++)
        sum[t] = first + t * (n + 3);
#define TILE(deep)                                                                                                     \
    check |= tile_of_layer(frame->registers + i, (size_t)frame->rows, frame->uniforms, xs, n, sum, tall, deep)
    for (; i + DEEP * WIDTH <= frame->count; i += DEEP * WIDTH)
        TILE(DEEP);
    switch ((frame->count - i) / WIDTH) {
    case 3: TILE(3); break;
    case 2: TILE(2); break;
    case 1: TILE(1); break;
    }
#undef TILE
    note(frame, check);
}

/* Sums of products of the same numbers with uniform ones: `places` are how many sums and how many numbers, the registers
 * of these; then for each sum its register, what becomes of it, the uniform it begins with, and its uniform factors. Behind
 * a RAMP a sum is 0 where it is not above 0, behind a GATE where its register is not; or it is multiplied, TIMES that. */
KERNEL(layer)
{
    const uint32_t m = places[0], width = places[1], *xs = places + 2, *sum = xs + width, *end = sum + m * (width + 3);
    (void)result, (void)n;
    for (; end - sum >= TALL * (width + 3); sum += TALL * (width + 3))
        sums_of_layer(frame, xs, width, sum, TALL);
    switch ((end - sum) / (width + 3)) {
#if WIDTH == 8
    case 3: sums_of_layer(frame, xs, width, sum, 3); break;
    case 2: sums_of_layer(frame, xs, width, sum, 2); break;
#endif
    case 1: sums_of_layer(frame, xs, width, sum, 1); break;
    }
}

/* What a sum over the rows has come to in this run, and what it comes to with this block. */
INLINE vec begin(const Frame *frame, uint32_t sum, int part)
{
    return frame->begins ? every(0.0) : load(frame->sums + (size_t)sum * LANE_COUNT + part * WIDTH);
}

INLINE ints finish(const Frame *frame, uint32_t sum, int part, vec z)
{
    store(frame->sums + (size_t)sum * LANE_COUNT + part * WIDTH, z);
    return unfinite(z);
}

/* Like `load`, but just once, where registers are many: compilers would rather read the same again for each use. */
#if WIDTH == 8
typedef double loose __attribute__((vector_size(8 * WIDTH), aligned(8), may_alias));
INLINE vec load_once(const double *at) { return (vec)*(const volatile loose *)at; }
#else
INLINE vec load_once(const double *at) { return load(at); }
#endif

#define PRODUCTS(factor)                                                                                               \
    do {                                                                                                               \
        vec each[WIDE];                                                                                                \
        UNROLLED for (int k = 0; k < wide; k++)                                                                        \
            each[k] = load_once(x[k] + (k < wide - 1 ? i : i & moves));                                                \
        UNROLLED for (int t = 0; t < tall; t++) {                                                                      \
            const vec one = factor;                                                                                    \
            UNROLLED for (int k = 0; k < wide; k++)                                                                    \
                sums[t][k] = fused(one, each[k], sums[t][k]);                                                          \
        }                                                                                                              \
    } while (0)

/* For so many g and so many x, of which the last may be uniform, the sums of g · x: row i goes into lane i % LANE_COUNT,
 * of which this is one part. */
INLINE ints tile_of_products(const Frame *frame, const uint32_t *gs, const uint32_t *xs, const uint32_t *sum, uint32_t n,
                             int part, int tall, int wide)
{
    const double *g[TALL], *x[WIDE];
    double same[WIDTH];
    vec sums[TALL][WIDE];
    ints check = {0};
    long i = part * WIDTH, moves = -1;               /* those bits of i by which the last x moves */
    UNROLLED for (int k = 0; k < wide; k++)
        x[k] = operand(frame, xs[k]);
    if (UNIFORM(xs[wide - 1])) {
        store(same, every(*x[wide - 1]));
        x[wide - 1] = same;
        moves = 0;
    }
    UNROLLED for (int t = 0; t < tall; t++) {
        g[t] = operand(frame, gs[t]);
        UNROLLED for (int k = 0; k < wide; k++)
            sums[t][k] = begin(frame, sum[t * n + k], part);
    }
    for (; i < frame->full; i += LANE_COUNT)
        PRODUCTS(load_once(g[t] + i));
    if (i < frame->count)
        PRODUCTS(present(frame, part, load(g[t] + i)));
    UNROLLED for (int t = 0; t < tall; t++)
        UNROLLED for (int k = 0; k < wide; k++)
            check |= finish(frame, sum[t * n + k], part, sums[t][k]);
    return check;
}

/* The same as functions, which have all registers for themselves. */
typedef void (*Tile)(const Frame *frame, const uint32_t *gs, const uint32_t *xs, const uint32_t *sum, uint32_t n);
#define TILE(tall, wide)                                                                                               \
    static void tile_##tall##_##wide(const Frame *frame, const uint32_t *gs, const uint32_t *xs, const uint32_t *sum,  \
                                     uint32_t n)                                                                       \
    {                                                                                                                  \
        ints check = {0};                                                                                              \
        for (int part = 0; part < PARTS; part++)                                                                       \
            check |= tile_of_products(frame, gs, xs, sum, n, part, tall, wide);                                        \
        note(frame, check);                                                                                            \
    }
#define WITH_ALL(with, tall) with(tall, 1) with(tall, 2) with(tall, 3) with(tall, 4)
#define ENTRY(tall, wide) tile_##tall##_##wide,
WITH_ALL(TILE, 1)
WITH_ALL(TILE, 2)
#if WIDTH == 8
WITH_ALL(TILE, 3)
WITH_ALL(TILE, 4)
TILE(1, 5) TILE(2, 5) TILE(3, 5) TILE(4, 5)
static const Tile tiles[TALL][WIDE] = {{WITH_ALL(ENTRY, 1) ENTRY(1, 5)}, {WITH_ALL(ENTRY, 2) ENTRY(2, 5)},
                                       {WITH_ALL(ENTRY, 3) ENTRY(3, 5)}, {WITH_ALL(ENTRY, 4) ENTRY(4, 5)}};
#else
static const Tile tiles[TALL][WIDE] = {{WITH_ALL(ENTRY, 1)}, {WITH_ALL(ENTRY, 2)}};
#endif
#undef ENTRY

/* Add each g times each x to a sum over the rows: `places` are how many g and how many x, these, and the numbers of the
 * sums, for each g one by each x. */
KERNEL(reduce)
{
    const uint32_t m = places[0], width = places[1], *gs = places + 2, *xs = gs + m, *sum = xs + width;
    (void)result, (void)n;
    for (uint32_t k = 0, wide; k < width; k += wide) {
        const uint32_t most = width - k <= WIDE ? width - k : 4;
        for (wide = 1; wide < most && !UNIFORM(xs[k + wide - 1]); wide++)
            ;
        for (uint32_t t = 0, tall; t < m; t += tall) {
            tall = m - t < TALL ? m - t : TALL;
            tiles[tall - 1][wide - 1](frame, gs + t, xs + k, sum + t * width + k, width);
        }
    }
}

/* Of a single row, each g times each x go into sums: `places` are how many of both, whether the sums of each g are in order,
 * where the x are, of which 0 fill the last lanes, and all g; then of each g all sums, or the first of those in order. */
KERNEL(outer)
{
    const uint32_t m = places[0], width = places[1], *gs = places + 4, *sum = gs + m;
    const double *x = frame->registers + places[3];
    ints check = {0};
    (void)result, (void)n;
    for (uint32_t k = 0; places[2] && k < width; k += WIDTH) {
        const vec each = load(x + k);
        double *const sums = frame->sums + k;
        for (uint32_t t = 0; t < m; t++) {
            const vec z = fused(every(frame->registers[gs[t]]), each, load(sums + sum[t]));
            check |= unfinite(z);
            store(sums + sum[t], z);
        }
    }
    for (uint32_t k = 0; !places[2] && k < m * width; k++) {
        const vec z = fused(every(frame->registers[gs[k / width]]), every(x[k % width]), every(frame->sums[sum[k]]));
        check |= unfinite(z);
        frame->sums[sum[k]] = z[0];
    }
    note(frame, check);
}

/* Add a number to sum 0; what rounding takes away is kept. */
KERNEL(total)
{
    ints check = {0};
    OPERAND(x, 0);
    (void)result, (void)n;
    for (int part = 0; part < PARTS; part++) {
        vec error, z = begin(frame, 0, part), lost = frame->begins ? every(0.0) : load(frame->more + part * WIDTH);
        for (long i = part * WIDTH; i < frame->count; i += LANE_COUNT) {
            VECTOR(x, i);
            z = exact(z, i < frame->full ? x : present(frame, part, x), &error);
            lost += error;
        }
        store(frame->more + part * WIDTH, lost);
        check |= finish(frame, 0, part, z);
    }
    note(frame, check);
}
