/* A program's instructions on the rows as tasks, for a single row: what a task finds stands nowhere else, so that all which
 * wait for nothing more can run at once.
 *
 * The operands of tasks are uniforms, or values: what tasks find, the columns, 1 and 0. A layer is a task for each of its sums,
 * and one for what becomes of it. */
typedef struct {
    uint32_t code, n, results;                       /* how many operands, and how many values it finds */
    uint32_t value;                                  /* the first of these */
    uint32_t level;                                  /* how many have to run before it, one after the other */
    uint32_t shared;                                 /* of a layer's sum, the first value, which others read too; else 0 */
    uint32_t number;                                 /* in the order of the program */
    size_t first;                                    /* where its operands begin; behind: that place */
    const uint32_t *operands;
} Task;

typedef struct {
    const Program *program;
    Task *tasks;
    uint32_t count, room;
    uint32_t *current;                               /* the value that each register holds */
    uint32_t *slots;                                 /* where each value is */
    Words operands, found;                           /* of all tasks; of an instruction that is read */
    Words levels, sums;                              /* of each value; instructions that sum over the rows, as they stand */
    Words origins, list, places, words;              /* see slots.h; what a batch is told, and all words so far */
    uint32_t *table, mask;
    uint32_t start, lent, gathers;                   /* the first slot; how many are lent to a batch; how often it gathers */
    int failed;                                      /* for want of memory */
} Tasks;

static const unsigned char taken_by[] = {ROWS_TAKEN};            /* operands of a whole row */

enum { UNITY, NOUGHT, FIRST };                       /* the values 1 and 0; that of the first column */

/* An operand of a kernel as one of a task. */
static uint32_t value_at(const Tasks *all, uint32_t place)
{
    return place & 1 ? place : 2 * all->current[(place & ~MINUS) >> 1] | (place & MINUS);
}

/* A new task, of the last operands that were pushed; gives the first value that it finds. */
static uint32_t new_task(Tasks *all, uint32_t code, uint32_t n, uint32_t results, uint32_t shared)
{
    if (all->count == all->room) {
        Task *tasks = realloc(all->tasks, (2 * (size_t)all->room + 1024) * sizeof *tasks);
        if (!tasks) {
            all->failed = 1;
            return UNITY;
        }
        all->tasks = tasks;
        all->room = 2 * all->room + 1024;
    }
    if (all->operands.failed || all->levels.failed)
        return UNITY;
    const size_t first = all->operands.n - n;
    uint32_t level = 0;
    for (size_t k = first; k < first + n; k++) {
        const uint32_t p = all->operands.at[k] & ~MINUS, after = p & 1 ? 0 : all->levels.at[p >> 1] + 1;
        level = after > level ? after : level;
    }
    const uint32_t value = (uint32_t)all->levels.n;
    all->tasks[all->count] = (Task){code, n, results, value, level, shared, all->count, first, NULL};
    all->count++;
    for (uint32_t k = 0; k < results; k++)
        push(&all->levels, level);
    return value;
}

/* What becomes of a layer's sum. */
static uint32_t pass_on(Tasks *all, uint32_t sum, uint32_t word)
{
    const uint32_t kind = word % KINDS;
    if (kind == OPEN)
        return sum;
    push(&all->operands, 2 * (kind == RAMP ? sum : all->current[word / KINDS]));
    push(&all->operands, 2 * sum);
    return new_task(all, kind == TIMES ? PRODUCT : CODE_gate, 2, 1, 0);
}

static void read_layer(Tasks *all, const uint32_t *places)
{
    const uint32_t m = places[0], width = places[1], *xs = places + 2, *sums = xs + width;
    all->found.n = 0;
    for (const uint32_t *sum = sums; sum < sums + m * (width + 3); sum += width + 3) {
        const size_t before = all->operands.n;
        if (sum[2] != all->program->start) {         /* else with -0, as all sums begin */
            push(&all->operands, 2 * sum[2] + 1);
            push(&all->operands, 2 * UNITY);
        }
        for (uint32_t j = 0; j < width; j++) {
            push(&all->operands, 2 * sum[3 + j] + 1);
            push(&all->operands, 2 * all->current[xs[j]]);
        }
        const uint32_t z = new_task(all, CODE_dot, (uint32_t)(all->operands.n - before), 1, all->current[xs[0]]);
        push(&all->found, pass_on(all, z, sum[1]));
    }
    for (uint32_t t = 0; t < m && !all->found.failed; t++)       /* now that all have been read */
        all->current[sums[t * (width + 3)]] = all->found.at[t];
}

/* A sum over the rows, for which its values remain; all of these come last, in their order. */
static void read_sum(Tasks *all, uint32_t code, const uint32_t *places, uint32_t n)
{
    const uint32_t reads = code == CODE_reduce ? 2 + places[0] + places[1] : n;
    push(&all->sums, code);
    push(&all->sums, n);
    for (uint32_t k = 0; k < n; k++)
        push(&all->sums, k < reads && (code != CODE_reduce || k > 1) ? value_at(all, places[k]) : places[k]);
}

static void read_one(Tasks *all, const uint32_t *word)
{
    const uint32_t code = word[0], *places = word + 3, row = CODE_total + 1;
    const uint32_t n = code < row ? word[2] : taken_by[code - row], results = code == CODE_need ? 0 : 1 + word[2] - n;
    for (uint32_t k = 0; k < n; k++)
        push(&all->operands, value_at(all, places[k]));
    const uint32_t value = new_task(all, code, n, results, 0);
    if (results)
        all->current[word[1]] = value;
    for (uint32_t k = 1; k < results; k++)
        all->current[places[n + k - 1]] = value + k;
}

/* Read the instructions on the rows; whether there was enough memory. */
static int read_tasks(Tasks *all)
{
    const Program *program = all->program;
    all->current = calloc((size_t)program->registers, sizeof *all->current);     /* the seed's is 1, the first value */
    if (!all->current)
        return 0;
    for (long k = 0; k < FIRST + program->columns; k++)
        push(&all->levels, 0);
    for (long k = 0; k < program->columns; k++)
        if (program->column[k] != NONE)
            all->current[program->column[k]] = (uint32_t)(FIRST + k);
    for (long i = 0; i < program->lengths[1]; i++) {
        const uint32_t *word = program->stages[1][i].places - 3;
        if (word[0] == CODE_layer)
            read_layer(all, word + 3);
        else if (word[0] == CODE_reduce || word[0] == CODE_total)
            read_sum(all, word[0], word + 3, word[2]);
        else
            read_one(all, word);
    }
    for (uint32_t k = 0; k < all->count; k++)
        all->tasks[k].operands = all->operands.at + all->tasks[k].first;
    return !(all->failed || all->operands.failed || all->found.failed || all->levels.failed || all->sums.failed);
}
