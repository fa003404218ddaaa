/* Where a program's numbers are: a uniform for what is the same on all rows, a register for what is not.
 *
 * A register is free again after its last use. What nobody reads goes to one register for all. */
enum { CACHE = 512 * 1024 };                         /* bytes that a block's registers may fill */
#define NEVER UINT32_MAX

typedef struct {
    uint32_t *found;                                 /* for each place, where it is: as kernels are told, or NONE */
    uint32_t *last;                                  /* the number of the instruction that uses it last, or NEVER */
    uint32_t *idle, *late;                           /* free registers; those that are free after this instruction */
    size_t idle_n, late_n;
    uint32_t registers, uniforms, nowhere;
    int bad;                                         /* whether something is read before it is found */
} Registers;

static uint32_t role_of(uint32_t word) { return word & 7u << 28; }

static int is_read(uint32_t word) { return role_of(word) != LITERAL && role_of(word) != FOUND; }

static uint32_t place_in(uint32_t word) { return word & (PLACES - 1); }

/* Find the last use of each place among the instructions on the rows; results are kept to the end. */
static void find_last_uses(Registers *to, const Fusion *fusion, const uint32_t *words, const uint32_t *end,
                           const uint32_t *results, size_t n)
{
    uint32_t number = 0;
    memset(to->last, 0xff, fusion->count * sizeof *to->last);
    for (; words < end; words += 3 + words[2], number++)
        for (uint32_t k = 3; k < 3 + words[2]; k++)
            if (is_read(words[k]))
                to->last[place_in(words[k])] = number;
    for (size_t i = 0; i < n; i++)
        to->last[fusion->places[results[i]].same] = number;
}

/* The register for a new place. */
static uint32_t take(Registers *to, uint32_t p)
{
    if (to->last[p] == NEVER && to->nowhere == NONE)
        to->nowhere = to->registers++;
    const uint32_t number = to->last[p] == NEVER ? to->nowhere : to->idle_n ? to->idle[--to->idle_n] : to->registers++;
    to->found[p] = 2 * number;
    return number;
}

/* Where a place is that an instruction reads; its register is free if this is the last time: that of a layer when it has
 * run, as it reads on while it already writes. */
static uint32_t place_of(Registers *to, uint32_t p, uint32_t number, int late)
{
    const uint32_t place = to->found[p];
    to->bad |= place == NONE;
    if (!(place & 1) && to->last[p] == number) {
        to->last[p] = NEVER;                         /* free it once */
        if (late)
            to->late[to->late_n++] = place >> 1;
        else
            to->idle[to->idle_n++] = place >> 1;
    }
    return place;
}

/* A word of an instruction as its kernel reads it. */
static uint32_t told(Registers *to, uint32_t word, uint32_t number, int late)
{
    const uint32_t role = role_of(word), place = is_read(word) ? place_of(to, place_in(word), number, late) : 0;
    if (role == READ)
        return place | (word & MINUS);
    if (role == LITERAL || role == FOUND)
        return role == FOUND ? word : place_in(word);
    to->bad |= (place & 1) != (role == CONSTANT);
    return role == VARYING || role == CONSTANT ? place >> 1 : (role == PASSING ? GATE : TIMES) + KINDS * (place >> 1);
}

/* Put an instruction in terms of registers and uniforms. */
static void place_instruction(Registers *to, uint32_t *words, uint32_t number, int stage)
{
    uint32_t *word = words + 3, *end = word + words[2];
    for (; word < end; word++) {
        *word = told(to, *word, number, words[0] == CODE_layer);
        to->bad |= stage != ON && !(*word & 1);
    }
    for (uint32_t k = 0; words[0] == PRODUCTS && k < words[2]; k += 2) {
        const uint32_t x = words[3 + k], y = words[4 + k];
        if (y & 1)                                   /* a factor that is uniform comes first */
            words[3 + k] = y | (x & MINUS), words[4 + k] = x & ~MINUS;
    }
    if (stage != ON)
        words[1] = words[1] == NONE ? to->uniforms : to->found[words[1]] >> 1;
    else
        words[1] = words[1] == NONE ? 0 : take(to, words[1]);
    for (word = words + 3; word < end; word++)
        if (role_of(*word) == FOUND)
            *word = take(to, place_in(*word));
    for (size_t i = 0; i < to->late_n; i++)
        to->idle[to->idle_n++] = to->late[i];
    to->late_n = 0;
}

/* Give the seed its register, and each column that is read. */
static void place_leaves(Registers *to, const Fusion *fusion, const uint32_t *columns, size_t n)
{
    for (uint32_t p = 0; p < fusion->count; p++)
        to->found[p] = fusion->stages[p] == ON ? NONE : 2 * to->uniforms++ + 1;
    if (to->last[fusion->seed] != NEVER) {
        take(to, fusion->seed);
        to->last[fusion->seed] = NEVER;              /* its register is never free */
    }
    for (size_t i = 0; i < n; i++)
        if (to->last[columns[i]] != NEVER)
            take(to, columns[i]);
}

/* Put three stages of instructions, which end at these words, in terms of registers and uniforms. */
static void place_all(Registers *to, uint32_t *words, const size_t *ends)
{
    size_t at = 0;
    for (int stage = BEFORE; stage <= AFTER; stage++)
        for (uint32_t number = 0; at < ends[stage]; at += 3 + words[at + 2], number++)
            place_instruction(to, words + at, number, stage);
}

/* How many rows keep the registers in the cache: a power of 2, at least LANE_COUNT. */
static long fitting(uint32_t registers)
{
    long rows = MOST;
    while (rows > LANE_COUNT && (size_t)registers * (size_t)rows * sizeof(double) > CACHE)
        rows /= 2;
    return rows;
}
