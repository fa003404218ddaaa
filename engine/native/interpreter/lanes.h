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

/* Four numbers of each of WIDTH rows; of eight rows, what is loaded of two, four rows apart, shares a vector. */
enum { FEW = WIDTH < 4 ? WIDTH : 4 };

#if WIDTH == 8
INLINE vec load_rows(const double *row, const double *other)
{
    return (vec)_mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_loadu_pd(row)), _mm256_loadu_pd(other), 1);
}
#else
INLINE vec load_rows(const double *row, const double *other) { return (void)other, load(row); }
#endif

/* Rows and columns exchanged: of two vectors `step` apart, lanes `step` apart change places. */
INLINE void transpose(vec *square)
{
    UNROLLED for (int step = 1; step < FEW; step *= 2)
        UNROLLED for (int k = 0; k < FEW; k++)
            if (!(k & step)) {
                const vec x = square[k], y = square[k + step];
                square[k] = lower(x, y, step);
                square[k + step] = upper(x, y, step);
            }
}

/* Put FEW numbers of each of WIDTH rows where they belong, if anywhere; n of them have to be finite. In place of rows
 * behind the last one, which may lie before all of these, that is read again. */
INLINE ints distribute(const double *rows, long width, long last, double *const *to, long n, long i)
{
    vec square[FEW];
    ints check = {0};
    UNROLLED for (long k = 0; k < FEW; k++)
        square[k] = load_rows(rows + (k < last ? k : last) * width, rows + (k + FEW < last ? k + FEW : last) * width);
    transpose(square);
    UNROLLED for (int k = 0; k < FEW; k++) {
        if (k < n)
            check |= unfinite(square[k]);
        if (to[k])
            store(to[k] + i, square[k]);
    }
    return check;
}

/* The same of m rows, from row i on, the last one repeated. Where a row has only n numbers, FEW may be more than are left. */
INLINE ints fill_few(const Frame *frame, const double *rows, long i, long m, double *const *to, long width, long n, long left)
{
    ints check = {0};
    for (; i + WIDTH <= m && (i + WIDTH - 1) * width + FEW <= left; i += WIDTH)
        check |= distribute(rows + i * width, width, WIDTH - 1, to, n, i);
    for (; i < frame->count; i += WIDTH) {
        const long last = m - 1 - i < WIDTH - 1 ? m - 1 - i : WIDTH - 1;
        if (n == FEW)
            check |= distribute(rows + i * width, width, last, to, n, i);
        else
            for (long c = 0; c < n; c++) {
                double column[WIDTH];
                UNROLLED for (long k = 0; k < WIDTH; k++)
                    column[k] = rows[(i + (k < last ? k : last)) * width + c];
                check |= unfinite(load(column));
                if (to[c])
                    store(to[c] + i, load(column));
            }
    }
    return check;
}

/* Where the numbers of a column belong; NULL if nowhere. */
INLINE double *register_of(const Frame *frame, uint32_t column)
{
    return column == UINT32_MAX ? NULL : frame->registers + (size_t)column * frame->rows;
}

#if WIDTH == 8
/* By how many vectors each lane is turned, bit by bit, in rows of an odd width; see below. */
INLINE void find_turns(ints *turned, const int width)
{
    int inverse = 1;                                 /* of WIDTH, by the width */
    while (inverse * WIDTH % width != 1 % width)
        inverse++;
    UNROLLED for (int bit = 0; bit < 3; bit++)
        UNROLLED for (int lane = 0; lane < WIDTH; lane++)
            turned[bit][lane] = -(lane * inverse % width >> bit & 1);
}

/* So many rows of an odd width, WIDTH at a time. These fill as many vectors as there are columns, and no lane has two
 * numbers of one column: when each lane has been turned by its own number of vectors, each vector is a column, out of
 * order. */
INLINE ints fill_odd(const Frame *frame, const double *rows, long m, const uint32_t *columns, const int width)
{
    ints turned[3], order[WIDTH], check = {0};
    double *to[WIDTH];
    find_turns(turned, width);
    UNROLLED for (int k = 0; k < width; k++) {
        to[k] = register_of(frame, columns[k * WIDTH % width]);
        UNROLLED for (int lane = 0; lane < WIDTH; lane++)
            order[k][lane] = (lane * width + k * WIDTH % width) % WIDTH;
    }
    for (long i = 0; i < m; i += WIDTH) {
        vec x[WIDTH], y[WIDTH];
        UNROLLED for (int k = 0; k < width; k++)
            x[k] = load_once(rows + i * width + k * WIDTH);
        UNROLLED for (int bit = 0; bit < 3; bit++)
            if (1 << bit < width) {
                UNROLLED for (int k = 0; k < width; k++) {
                    const ints before = (ints)x[(k + width - (1 << bit)) % width];
                    y[k] = (vec)((turned[bit] & before) | (~turned[bit] & (ints)x[k]));
                }
                UNROLLED for (int k = 0; k < width; k++)
                    x[k] = y[k];
            }
        UNROLLED for (int k = 0; k < width; k++) {
            check |= unfinite(x[k]);
            if (to[k])
                store(to[k] + i, (vec)_mm512_permutexvar_pd((__m512i)order[k], (__m512d)x[k]));
        }
    }
    return check;
}
#endif

/* Put the m rows of a block into its registers, the last one repeated, the last columns with some of those before;
 * whether all numbers are finite. `left` numbers may be read. */
static int NAME(fill)(const Frame *frame, const double *rows, long m, const uint32_t *columns, long width, long left)
{
    const long n = width < FEW ? width : FEW;
    long i = 0;
    ints check = {0};
#if WIDTH == 8
    if (width < WIDTH && width % 2)
        i = m / WIDTH * WIDTH;
    switch (width) {
    case 1: check = fill_odd(frame, rows, i, columns, 1); break;
    case 3: check = fill_odd(frame, rows, i, columns, 3); break;
    case 5: check = fill_odd(frame, rows, i, columns, 5); break;
    case 7: check = fill_odd(frame, rows, i, columns, 7); break;
    }
#endif
    for (long k = 0; k < width && i < frame->count; k += FEW) {
        const long first = k + n < width ? k : width - n;
        double *to[FEW];
        UNROLLED for (long c = 0; c < FEW; c++)
            to[c] = first + c >= k && c < n ? register_of(frame, columns[first + c]) : NULL;
        check |= fill_few(frame, rows + first, i, m, to, width, n, left - first);
    }
    return !any(check);
}

#if WIDTH == 8
/* What fill_odd does, backwards; gives how many rows are done. */
INLINE long spread_odd(const Frame *frame, double *to, long m, const uint32_t *places, const int width)
{
    ints turned[3], order[WIDTH];
    const double *from[WIDTH];
    long i = 0;
    find_turns(turned, width);
    UNROLLED for (int k = 0; k < width; k++) {
        from[k] = frame->registers + (size_t)(places[k * WIDTH % width] >> 1) * frame->rows;
        UNROLLED for (int lane = 0; lane < WIDTH; lane++)
            order[k][(lane * width + k * WIDTH % width) % WIDTH] = lane;
    }
    for (; i + WIDTH <= m; i += WIDTH) {
        vec x[WIDTH], y[WIDTH];
        UNROLLED for (int k = 0; k < width; k++)
            x[k] = (vec)_mm512_permutexvar_pd((__m512i)order[k], (__m512d)load(from[k] + i));
        UNROLLED for (int bit = 0; bit < 3; bit++)
            if (1 << bit < width) {
                UNROLLED for (int k = 0; k < width; k++) {
                    const ints behind = (ints)x[(k + (1 << bit)) % width];
                    y[k] = (vec)((turned[bit] & behind) | (~turned[bit] & (ints)x[k]));
                }
                UNROLLED for (int k = 0; k < width; k++)
                    x[k] = y[k];
            }
        UNROLLED for (int k = 0; k < width; k++)
            store(to + i * width + k * WIDTH, x[k]);
    }
    return i;
}
#endif

/* Put m numbers of each of n places, none of which need be a register, into rows. */
static void NAME(spread)(const Frame *frame, double *to, long m, const uint32_t *places, long n)
{
    long done = 0, same = 0;
    for (long k = 0; k < n; k++)
        same |= UNIFORM(places[k]);
#if WIDTH == 8
    switch (same ? 0 : n) {
    case 3: done = spread_odd(frame, to, m, places, 3); break;
    case 5: done = spread_odd(frame, to, m, places, 5); break;
    case 7: done = spread_odd(frame, to, m, places, 7); break;
    }
#endif
    for (long k = 0; k < n; k++) {
        const double *from = operand(frame, places[k]);
        const int one = UNIFORM(places[k]);
        for (long i = done; i < m; i++)
            to[i * n + k] = one ? *from : from[i];
    }
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

/* Numbers from some slots, a multiple of LANE_COUNT, side by side. */
static void NAME(gather)(double *to, const double *numbers, const uint32_t *from, uint32_t n)
{
    for (uint32_t k = 0; k < n; k += WIDTH) {
#if WIDTH == 8
        store(to + k, (vec)_mm512_i32gather_pd(_mm256_loadu_si256((const void *)(from + k)), numbers, 8));
#else
        vec x;
        UNROLLED for (int i = 0; i < WIDTH; i++)
            x[i] = numbers[from[k + i]];
        store(to + k, x);
#endif
    }
}
