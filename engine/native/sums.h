/* The instructions of sums: sums of products on each row, and sums over the rows.
 *
 * Both work in tiles of several sums at once, so that each number is loaded once for all of them and no addition waits
 * for the one before. The order in which a sum is added up is the same for every tile and every block. */

#if WIDTH == 8
enum { TALL = 4, DEEP = 4 };                         /* sums in a tile, and vectors of rows: 32 registers hold them */
#else
enum { TALL = 2, DEEP = 4 };
#endif
enum { PARTS = LANE_COUNT / WIDTH };

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
    for (; i + 2 * WIDTH <= frame->count; i += 2 * WIDTH)
        strip_of_sums(frame, result, places, n, i, 2);
    for (; i < frame->count; i += WIDTH)
        strip_of_sums(frame, result, places, n, i, 1);
}

/* So many sums of a layer over `deep` vectors of rows. */
INLINE ints tile_of_layer(const Frame *frame, const uint32_t *xs, uint32_t n, const uint32_t *sum, long i, int tall, int deep)
{
    const double *registers = frame->registers + i, *uniforms = frame->uniforms;
    const size_t rows = (size_t)frame->rows;
    vec sums[TALL][DEEP];
    ints check = {0};
    UNROLLED for (int t = 0; t < tall; t++)
        UNROLLED for (int k = 0; k < deep; k++)
            sums[t][k] = every(uniforms[sum[t * (n + 3) + 2]]);
    for (uint32_t j = 0; j < n; j++) {
        vec x[DEEP];
        UNROLLED for (int k = 0; k < deep; k++)
            x[k] = load(registers + xs[j] * rows + k * WIDTH);
        UNROLLED for (int t = 0; t < tall; t++) {
            const vec weight = every(uniforms[sum[t * (n + 3) + 3 + j]]);
            UNROLLED for (int k = 0; k < deep; k++)
                sums[t][k] = fused(weight, x[k], sums[t][k]);
        }
    }
    UNROLLED for (int t = 0; t < tall; t++) {
        double *result = frame->registers + sum[t * (n + 3)] * rows + i;
        const uint32_t gate = sum[t * (n + 3) + 1];
        const double *open = registers + (gate < GATES ? 0 : gate - GATES) * rows;
        UNROLLED for (int k = 0; k < deep; k++) {
            vec z = sums[t][k];
            check |= unfinite(z);
            if (gate == RAMP)
                z = choose(z > 0.0, z, every(0.0));
            else if (gate >= GATES)
                z = choose(load(open + k * WIDTH) > 0.0, z, every(0.0));
            store(result + k * WIDTH, z);
        }
    }
    return check;
}

INLINE ints strip_of_layer(const Frame *frame, const uint32_t *places, uint32_t m, uint32_t n, long i, int deep)
{
    const uint32_t *xs = places + 2, *sum = xs + n;
    ints check = {0};
    uint32_t t = 0;
    for (; t + TALL <= m; t += TALL)
        check |= tile_of_layer(frame, xs, n, sum + t * (n + 3), i, TALL, deep);
#if WIDTH == 8
    if (t + 3 == m)
        return check | tile_of_layer(frame, xs, n, sum + t * (n + 3), i, 3, deep);
    if (t + 2 == m)
        return check | tile_of_layer(frame, xs, n, sum + t * (n + 3), i, 2, deep);
#endif
    for (; t < m; t++)
        check |= tile_of_layer(frame, xs, n, sum + t * (n + 3), i, 1, deep);
    return check;
}

/* Sums of products of the same numbers with uniform ones: `places` are how many sums and how many numbers, the registers
 * of these; then for each sum its register, a gate, the uniform it begins with, and its uniform factors. Behind a RAMP a
 * sum is 0 where it is not above 0; behind a register, where that is not. */
KERNEL(layer)
{
    ints check = {0};
    long i = 0;
    (void)result, (void)n;
    for (; i + DEEP * WIDTH <= frame->count; i += DEEP * WIDTH)
        check |= strip_of_layer(frame, places, places[0], places[1], i, DEEP);
    for (; i < frame->count; i += WIDTH)
        check |= strip_of_layer(frame, places, places[0], places[1], i, 1);
    note(frame, check);
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

/* For so many g and so many x the sums of g · x: row i goes into lane i % LANE_COUNT, of which this is one part. */
INLINE ints tile_of_products(const Frame *frame, const uint32_t *gs, const uint32_t *xs, const uint32_t *sum, uint32_t n,
                             int part, int tall, int wide)
{
    const double *g[TALL], *x[4];
    vec sums[TALL][4];
    ints check = {0};
    long i = part * WIDTH;
    UNROLLED for (int k = 0; k < wide; k++)
        x[k] = operand(frame, xs[k]);
    UNROLLED for (int t = 0; t < tall; t++) {
        g[t] = operand(frame, gs[t]);
        UNROLLED for (int k = 0; k < wide; k++)
            sums[t][k] = begin(frame, sum[t * n + k], part);
    }
    for (; i < frame->full; i += LANE_COUNT)
        UNROLLED for (int t = 0; t < tall; t++)
            UNROLLED for (int k = 0; k < wide; k++)
                sums[t][k] = fused(load(g[t] + i), load(x[k] + i), sums[t][k]);
    if (i < frame->count)
        UNROLLED for (int t = 0; t < tall; t++)
            UNROLLED for (int k = 0; k < wide; k++)
                sums[t][k] = fused(present(frame, part, load(g[t] + i)), load(x[k] + i), sums[t][k]);
    UNROLLED for (int t = 0; t < tall; t++)
        UNROLLED for (int k = 0; k < wide; k++)
            check |= finish(frame, sum[t * n + k], part, sums[t][k]);
    return check;
}

/* The same with one x that is uniform. */
INLINE ints tile_of_terms(const Frame *frame, const uint32_t *gs, uint32_t x, const uint32_t *sum, uint32_t n, int part,
                          int tall)
{
    const vec all = every(*operand(frame, x));
    const double *g[TALL];
    vec sums[TALL];
    ints check = {0};
    long i = part * WIDTH;
    UNROLLED for (int t = 0; t < tall; t++) {
        g[t] = operand(frame, gs[t]);
        sums[t] = begin(frame, sum[t * n], part);
    }
    for (; i < frame->full; i += LANE_COUNT)
        UNROLLED for (int t = 0; t < tall; t++)
            sums[t] = fused(all, load(g[t] + i), sums[t]);
    if (i < frame->count)
        UNROLLED for (int t = 0; t < tall; t++)
            sums[t] = fused(all, present(frame, part, load(g[t] + i)), sums[t]);
    UNROLLED for (int t = 0; t < tall; t++)
        check |= finish(frame, sum[t * n], part, sums[t]);
    return check;
}

INLINE ints row_of_tiles(const Frame *frame, const uint32_t *gs, const uint32_t *xs, const uint32_t *sum, uint32_t n,
                         int part, int tall)
{
    ints check = {0};
    for (uint32_t k = 0; k < n;)
        if (UNIFORM(xs[k])) {
            check |= tile_of_terms(frame, gs, xs[k], sum + k, n, part, tall);
            k++;
        } else if (k + 4 <= n && !UNIFORM(xs[k + 1]) && !UNIFORM(xs[k + 2]) && !UNIFORM(xs[k + 3])) {
            check |= tile_of_products(frame, gs, xs + k, sum + k, n, part, tall, 4);
            k += 4;
        } else if (k + 2 <= n && !UNIFORM(xs[k + 1])) {
            check |= tile_of_products(frame, gs, xs + k, sum + k, n, part, tall, 2);
            k += 2;
        } else {
            check |= tile_of_products(frame, gs, xs + k, sum + k, n, part, tall, 1);
            k++;
        }
    return check;
}

/* Add each g times each x to a sum over the rows: `places` are how many g and how many x, these, and the numbers of the
 * sums, for each g one by each x. */
KERNEL(reduce)
{
    const uint32_t m = places[0], width = places[1], *gs = places + 2, *xs = gs + m, *sum = xs + width;
    ints check = {0};
    (void)result, (void)n;
    for (int part = 0; part < PARTS; part++) {
        uint32_t t = 0;
        for (; t + TALL <= m; t += TALL)
            check |= row_of_tiles(frame, gs + t, xs, sum + t * width, width, part, TALL);
#if WIDTH == 8
        for (; t + 2 <= m; t += 2)
            check |= row_of_tiles(frame, gs + t, xs, sum + t * width, width, part, 2);
#endif
        for (; t < m; t++)
            check |= row_of_tiles(frame, gs + t, xs, sum + t * width, width, part, 1);
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
