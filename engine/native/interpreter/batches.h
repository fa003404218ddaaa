/* Tasks side by side: those that do the same, and wait for nothing more, are one call of their kernel, in whose lanes they
 * run as rows do elsewhere: so they find the same bits.
 *
 * What they find is put in slots side by side. An operand of a batch is numbers that stand so, or one for all of it, or it is
 * gathered first. Where lanes are left the last task runs again. */
enum { FEWEST = 4, ABREAST = 2 };                    /* sums of a layer that are a batch of their own; tasks for each batch */

static uint32_t sign_of(const Task *task, uint32_t k) { return task->code == PRODUCTS ? task->operands[k] & MINUS : 0; }

/* Which of two tasks comes first; 0 where they can be one batch. */
static int compare_kinds(const Task *x, const Task *y)
{
    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    if (x->code != y->code)
        return x->code < y->code ? -1 : 1;
    if (x->n != y->n)
        return x->n < y->n ? -1 : 1;
    for (uint32_t k = 0; x->code == PRODUCTS && k < x->n; k += 2)
        if (sign_of(x, k) != sign_of(y, k))
            return sign_of(x, k) < sign_of(y, k) ? -1 : 1;
    return x->shared < y->shared ? -1 : x->shared > y->shared;
}

static int compare_tasks(const void *a, const void *b)
{
    const Task *x = a, *y = b;
    const int kinds = compare_kinds(x, y);
    return kinds ? kinds : x->number < y->number ? -1 : x->number > y->number;
}

/* The task behind the last one of a batch. */
static const Task *behind(const Tasks *all, const Task *task)
{
    const Task *end = task + 1;
    while (end < all->tasks + all->count && !compare_kinds(task, end))
        end++;
    return end;
}

static void sort_tasks(Tasks *all)
{
    qsort(all->tasks, all->count, sizeof *all->tasks, compare_tasks);
    for (Task *task = all->tasks, *end; task < all->tasks + all->count; task = end) {
        end = (Task *)behind(all, task);
        for (Task *each = task; end - task < FEWEST && each < end; each++)
            each->shared = 0;
    }
    qsort(all->tasks, all->count, sizeof *all->tasks, compare_tasks);
}

/* Where the k-th operands of some tasks are, as a kernel is told: a uniform where all are one. */
static uint32_t place_operand(Tasks *all, const Task *task, const Task *end, uint32_t k)
{
    const uint32_t slot = slot_of(all, task->operands[k]);
    uint32_t same = 1;
    all->list.n = 0;
    for (const Task *each = task; each < end; each++) {
        push(&all->list, slot_of(all, each->operands[k]));
        same &= slot_of(all, each->operands[k]) == slot;
    }
    while (all->list.n % LANE_COUNT && !all->list.failed)
        push(&all->list, slot_of(all, end[-1].operands[k]));
    if (all->list.failed || same)
        return (2 * slot + 1) | sign_of(task, k);
    return 2 * side_by_side(all, &all->list) | sign_of(task, k);
}

/* Slots for what some tasks find, the values that are so many behind their first; gives the first slot. */
static uint32_t place_results(Tasks *all, const Task *task, const Task *end, uint32_t k)
{
    const uint32_t first = next_slot(all);
    uint32_t slot = first;
    for (const Task *each = task; each < end; each++) {
        all->slots[each->value + k] = slot;
        push(&all->origins, slot++);
    }
    while (all->origins.n % LANE_COUNT && !all->origins.failed)
        push(&all->origins, slot - 1);
    return first;
}

/* Write a batch of some tasks. */
static Batch batch_of(Tasks *all, const Task *task, const Task *end)
{
    Batch batch = {.kernel = all->program->machine->kernels[task->code], .lanes = (uint32_t)padded(end - task)};
    Words *places = &all->places;
    places->n = all->gathers = all->lent = 0;
    for (uint32_t k = 0; k < task->n; k++)
        push(places, place_operand(all, task, end, k));
    for (uint32_t k = 0; task->code == PRODUCTS && k + 1 < places->n; k += 2)
        if (places->at[k + 1] & 1) {                 /* a factor that is uniform comes first */
            const uint32_t x = places->at[k];
            places->at[k] = places->at[k + 1] | (x & MINUS);
            places->at[k + 1] = x & ~MINUS;
        }
    for (uint32_t k = 0; k < task->results; k++) {
        const uint32_t slot = place_results(all, task, end, k);
        if (k)
            push(places, slot);
        else
            batch.result = slot;
    }
    batch.n = (uint32_t)places->n;
    batch.gathers = all->gathers;
    for (uint32_t k = 0; k < batch.n; k++)
        push(&all->words, places->at[k]);
    return batch;
}

/* Whether the sums that each g adds to follow each other. */
static int are_in_order(const uint32_t *targets, uint32_t m, uint32_t width)
{
    for (uint32_t k = 0; k < m * width; k++)
        if (targets[k] != targets[k - k % width] + k % width)
            return 0;
    return 1;
}

/* Write sums over the rows of each g times each x, as `outer` takes them. */
static Batch products_of(Tasks *all, const uint32_t *word)
{
    const uint32_t m = word[0], width = word[1], *xs = word + 2 + m, *targets = xs + width;
    const uint32_t ordered = (uint32_t)are_in_order(targets, m, width), step = ordered ? width : 1;
    Batch batch = {.kernel = all->program->machine->outer, .n = 4 + m + m * width / step};
    all->list.n = all->gathers = all->lent = 0;
    for (uint32_t k = 0; k < width; k++)
        push(&all->list, slot_of(all, xs[k]));
    while (all->list.n % LANE_COUNT && !all->list.failed)
        push(&all->list, all->slots[NOUGHT]);
    const uint32_t x = all->list.failed ? 0 : side_by_side(all, &all->list);
    batch.gathers = all->gathers;
    const uint32_t head[] = {m, width, ordered, x};
    for (int k = 0; k < 4; k++)
        push(&all->words, head[k]);
    for (uint32_t t = 0; t < m; t++)
        push(&all->words, slot_of(all, word[2 + t]));
    for (uint32_t k = 0; k < m * width; k += step)
        push(&all->words, targets[k]);
    return batch;
}

/* Write the sums over the rows. */
static void write_sums(Tasks *all, Abreast *to)
{
    for (const uint32_t *word = all->sums.at, *end = word + all->sums.n; word < end; word += 2 + word[1])
        if (word[0] == CODE_reduce)
            to->at[to->batches++] = products_of(all, word + 2);
        else {
            to->at[to->batches++] = (Batch){.n = 1};             /* a total, which has no kernel here */
            push(&all->words, slot_of(all, word[2]));
        }
}

/* How many numbers a batch of some tasks gathers for itself, at most: operands that are not all one, nor all uniform. */
static size_t lent_to(const Task *task, const Task *end)
{
    size_t n = 0;
    for (uint32_t k = 0; k < task->n; k++) {
        int same = 1, uniform = 1;
        for (const Task *each = task; each < end; each++) {
            same &= each->operands[k] == task->operands[k];
            uniform &= (int)(each->operands[k] & 1);
        }
        n += same || uniform ? 0 : (size_t)padded(end - task);
    }
    return n;
}

/* How many batches there are; what the largest of them gathers is lent. */
static size_t count_batches(Tasks *all)
{
    size_t n = 0;
    for (const Task *task = all->tasks, *end; task < all->tasks + all->count; task = end, n++) {
        end = behind(all, task);
        lend(all, lent_to(task, end));
    }
    return n;
}

/* The same for the sums over the rows. */
static size_t count_sums(Tasks *all)
{
    size_t n = 0;
    for (const uint32_t *word = all->sums.at, *end = word + all->sums.n; word < end; word += 2 + word[1], n++)
        if (word[0] == CODE_reduce)
            lend(all, (size_t)padded(word[3]));
    return n;
}

/* The slots of a program's results on the rows. */
static void write_results(Tasks *all)
{
    for (long k = 0; k < all->program->results; k++) {
        const uint32_t place = all->program->result[k];
        push(&all->words, slot_of(all, value_at(all, place)));
    }
}

/* What becomes of all tasks; NULL if there are too many, or not enough memory. */
static Abreast *write_batches(Tasks *all)
{
    sort_tasks(all);
    all->start = (uint32_t)padded(all->program->uniforms + all->program->results);
    const size_t n = count_batches(all), sums = count_sums(all);
    Abreast *found = n && n * ABREAST <= all->count ? malloc(sizeof *found + (n + sums) * sizeof(Batch)) : NULL;
    if (!found || !begin_slots(all)) {
        free(found);
        return NULL;
    }
    *found = (Abreast){.start = all->slots[UNITY]};
    for (const Task *task = all->tasks, *end; task < all->tasks + all->count && !all->origins.failed; task = end) {
        end = behind(all, task);
        found->at[found->batches++] = batch_of(all, task, end);
    }
    write_sums(all, found);
    write_results(all);
    if (all->words.failed || all->list.failed || all->places.failed || all->origins.failed) {
        free(found);
        return NULL;
    }
    found->size = next_slot(all);
    found->words = all->words.at;
    all->words.at = NULL;
    return found;
}

/* How a single row of a program runs; NULL if like others. */
static Abreast *abreast(const Program *program)
{
    Tasks all = {.program = program, .mask = 1023};
    Abreast *found = read_tasks(&all) ? write_batches(&all) : NULL;
    void *memory[] = {all.tasks, all.current, all.slots, all.operands.at, all.found.at, all.levels.at, all.sums.at,
                      all.origins.at, all.list.at, all.places.at, all.words.at, all.table};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
    return found;
}
