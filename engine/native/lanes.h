/* Rows into lanes and lanes into sums: what is done before and after the instructions run on a block. */

#if WIDTH == 8
#define PICK(x, y, ...) (vec)_mm512_permutex2var_pd((__m512d)(x), _mm512_setr_epi64(__VA_ARGS__), (__m512d)(y))
INLINE vec lower(vec x, vec y, int step)
{
    return step == 1 ? PICK(x, y, 0, 8, 2, 10, 4, 12, 6, 14) : step == 2 ? PICK(x, y, 0, 1, 8, 9, 4, 5, 12, 13)
                                                             : PICK(x, y, 0, 1, 2, 3, 8, 9, 10, 11);
}
INLINE vec upper(vec x, vec y, int step)
{
    return step == 1 ? PICK(x, y, 1, 9, 3, 11, 5, 13, 7, 15) : step == 2 ? PICK(x, y, 2, 3, 10, 11, 6, 7, 14, 15)
                                                             : PICK(x, y, 4, 5, 6, 7, 12, 13, 14, 15);
}
#elif defined(__AVX__) && WIDTH == 4
INLINE vec lower(vec x, vec y, int step)
{
    return (vec)(step == 1 ? _mm256_unpacklo_pd((__m256d)x, (__m256d)y) : _mm256_permute2f128_pd((__m256d)x, (__m256d)y, 0x20));
}
INLINE vec upper(vec x, vec y, int step)
{
    return (vec)(step == 1 ? _mm256_unpackhi_pd((__m256d)x, (__m256d)y) : _mm256_permute2f128_pd((__m256d)x, (__m256d)y, 0x31));
}
#else
INLINE vec lower(vec x, vec y, int step) { return step == 1 ? (vec){x[0], y[0]} : x; }
INLINE vec upper(vec x, vec y, int step) { return step == 1 ? (vec){x[1], y[1]} : y; }
#endif

/* A square of numbers, its rows and columns exchanged: of two vectors `step` apart, lanes `step` apart change places. */
INLINE void transpose(vec *square)
{
    UNROLLED for (int step = 1; step < WIDTH; step *= 2)
        UNROLLED for (int k = 0; k < WIDTH; k++)
            if (!(k & step)) {
                const vec x = square[k], y = square[k + step];
                square[k] = lower(x, y, step);
                square[k + step] = upper(x, y, step);
            }
}

/* Put WIDTH rows from row i into the registers, number by number, the last row repeated. */
static __attribute__((noinline)) int NAME(few)(const Frame *frame, const double *rows, long m, const uint32_t *columns,
                                               long width, long i)
{
    ints check = {0};
    for (long k = 0; k < width; k++) {
        double x[WIDTH];
        for (int lane = 0; lane < WIDTH; lane++)
            x[lane] = rows[(i + lane < m ? i + lane : m - 1) * width + k];
        check |= unfinite(load(x));
        if (columns[k] != UINT32_MAX)
            store(frame->registers + (size_t)columns[k] * frame->rows + i, load(x));
    }
    return any(check);
}

/* Put the m rows of a block into its registers, the last one repeated; whether all numbers are finite. `left` numbers
 * may be read. */
static int NAME(fill)(const Frame *frame, const double *rows, long m, const uint32_t *columns, long width, long left)
{
    const long whole = (width + WIDTH - 1) / WIDTH * WIDTH;
    ints check = {0};
    int bad = 0;
    for (long i = 0; i < frame->count; i += WIDTH)
        if (i + WIDTH > m || (i + WIDTH - 1) * width + whole > left)
            bad |= NAME(few)(frame, rows, m, columns, width, i);
        else
            for (long column = 0; column < width; column += WIDTH) {
                vec square[WIDTH];
                UNROLLED for (int k = 0; k < WIDTH; k++)
                    square[k] = load(rows + (i + k) * width + column);
                transpose(square);
                UNROLLED for (int k = 0; k < WIDTH; k++)
                    if (column + k < width) {
                        check |= unfinite(square[k]);
                        if (columns[column + k] != UINT32_MAX)
                            store(frame->registers + (size_t)columns[column + k] * frame->rows + i, square[k]);
                    }
            }
    return !bad && !any(check);
}

/* WIDTH sums, each of its lanes, neighbours first. */
INLINE vec over_lanes(const double *sums)
{
    vec parts[PARTS];
    UNROLLED for (int part = 0; part < PARTS; part++) {
        vec lanes[WIDTH];
        UNROLLED for (int k = 0; k < WIDTH; k++)
            lanes[k] = load(sums + k * LANE_COUNT + part * WIDTH);
        UNROLLED for (int step = 1; step < WIDTH; step *= 2)
            UNROLLED for (int k = 0; k < WIDTH; k += 2 * step)
                lanes[k] = lower(lanes[k], lanes[k + step], step) + upper(lanes[k], lanes[k + step], step);
        parts[part] = lanes[0];
    }
    for (int step = 1; step < PARTS; step *= 2)
        for (int part = 0; part < PARTS; part += 2 * step)
            parts[part] += parts[part + step];
    return parts[0];
}

/* Add the n sums of a run, a multiple of LANE_COUNT, to those of the whole, which are pairs of doubles. */
static void NAME(flush)(const double *sums, double *whole, double *lost, size_t n)
{
    for (size_t i = 0; i < n; i += WIDTH) {
        vec error;
        store(whole + i, exact(load(whole + i), over_lanes(sums + i * LANE_COUNT), &error));
        store(lost + i, load(lost + i) + error);
    }
}
