/* Where a program's numbers are: a uniform for what is the same on all rows, a register for what is not.
 *
 * A register is free again after its last use. What nobody reads goes to one register for all. */
enum { CACHE = 512 * 1024, SEVERAL = 8 };            /* bytes that a block's registers may fill; times the sums, too */

static uint32_t role_of(uint32_t word) { return word & 7u << 28; }

static int is_read(uint32_t word) { return role_of(word) != LITERAL && role_of(word) != FOUND; }

static uint32_t place_in(uint32_t word) { return word & (PLACES - 1); }

/* Find the last use of each place among the instructions on the rows; results are kept to the end. */
static void find_last_uses(Fusion *fusion, const uint32_t *words, const uint32_t *end, const uint32_t *results, size_t n)
{
    uint32_t number = 0;
    for (; words < end; words += 3 + words[2], number++)
        for (uint32_t k = 3; k < 3 + words[2]; k++)
            if (is_read(words[k]))
                fusion->places[place_in(words[k])].reader = number;
    for (size_t i = 0; i < n; i++)
        fusion->places[fusion->places[results[i]].same].reader = number;
}

/* The register for a new place. */
static uint32_t take(Fusion *fusion, uint32_t p)
{
    const int read = fusion->places[p].reader != NONE;
    if (!read && fusion->nowhere == NONE)
        fusion->nowhere = fusion->registers++;
    const uint32_t number = !read ? fusion->nowhere : fusion->idle.n ? fusion->idle.at[--fusion->idle.n] : fusion->registers++;
    fusion->places[p].place = 2 * number;
    return number;
}

/* Where a place is that an instruction reads; its register is free if this is the last time: that of a layer when it has
 * run, as it reads on while it already writes. */
static uint32_t place_of(Fusion *fusion, uint32_t p, uint32_t number, int late)
{
    Place *x = &fusion->places[p];
    fusion->wrong |= x->place == NONE;
    if (!(x->place & 1) && x->reader == number) {
        x->reader = NONE;                            /* free it once */
        push(late ? &fusion->late : &fusion->idle, x->place >> 1);
    }
    return x->place;
}

/* A word of an instruction as its kernel reads it. */
static uint32_t told(Fusion *fusion, uint32_t word, uint32_t number, int late)
{
    const uint32_t role = role_of(word), place = is_read(word) ? place_of(fusion, place_in(word), number, late) : 0;
    if (role == READ)
        return place | (word & MINUS);
    if (role == LITERAL || role == FOUND)
        return role == FOUND ? word : place_in(word);
    fusion->wrong |= (place & 1) != (role == CONSTANT);
    return role == VARYING || role == CONSTANT ? place >> 1 : (role == PASSING ? GATE : TIMES) + KINDS * (place >> 1);
}

/* Put an instruction in terms of registers and uniforms. */
static void place_instruction(Fusion *fusion, uint32_t *words, uint32_t number, int stage)
{
    uint32_t *word = words + 3, *end = word + words[2];
    for (; word < end; word++) {
        *word = told(fusion, *word, number, words[0] == CODE_layer);
        fusion->wrong |= stage != ON && !(*word & 1);
    }
    for (uint32_t k = 0; words[0] == PRODUCTS && k < words[2]; k += 2) {
        const uint32_t x = words[3 + k], y = words[4 + k];
        if (y & 1)                                   /* a factor that is uniform comes first */
            words[3 + k] = y | (x & MINUS), words[4 + k] = x & ~MINUS;
    }
    if (stage != ON)
        words[1] = words[1] == NONE ? fusion->uniforms : fusion->places[words[1]].place >> 1;
    else
        words[1] = words[1] == NONE ? 0 : take(fusion, words[1]);
    for (word = words + 3; word < end; word++)
        if (role_of(*word) == FOUND)
            *word = take(fusion, place_in(*word));
    for (size_t i = 0; i < fusion->late.n; i++)
        push(&fusion->idle, fusion->late.at[i]);
    fusion->late.n = 0;
}

/* Give each uniform its number, the seed its register, and each column that is read. */
static void place_leaves(Fusion *fusion, const uint32_t *columns, size_t n)
{
    for (uint32_t p = 0; p < fusion->count; p++)
        if (!on_rows(fusion, p))
            fusion->places[p].place = 2 * fusion->uniforms++ + 1;
    if (fusion->places[fusion->seed].reader != NONE) {
        take(fusion, fusion->seed);
        fusion->places[fusion->seed].reader = NONE;  /* its register is never free */
    }
    for (size_t i = 0; i < n; i++)
        if (fusion->places[columns[i]].reader != NONE)
            take(fusion, columns[i]);
}

/* Put three stages of instructions, which end at these words, in terms of registers and uniforms. */
static void place_all(Fusion *fusion, const size_t *ends)
{
    size_t at = 0;
    for (int stage = BEFORE; stage <= AFTER; stage++)
        for (uint32_t number = 0; at < ends[stage] && undisturbed(fusion, number); at += 3 + fusion->words.at[at + 2], number++)
            place_instruction(fusion, fusion->words.at + at, number, stage);
}

/* How many rows keep the registers in the cache, or let them take no more room than several times the sums, all of which
 * each block reads and writes: a power of 2, at least LANE_COUNT. */
static long fitting(uint32_t registers, uint32_t sums)
{
    const size_t lanes = (size_t)sums * LANE_COUNT * sizeof(double), room = SEVERAL * lanes > CACHE ? SEVERAL * lanes : CACHE;
    long rows = MOST;
    while (rows > LANE_COUNT && (size_t)registers * (size_t)rows * sizeof(double) > room)
        rows /= 2;
    return rows;
}
