/* Where values are: in slots behind the uniforms, the first of which are lent, to each batch anew, for what it gathers. */

/* Where a number is, counted from the first uniform. */
static uint32_t slot_of(const Tasks *all, uint32_t operand)
{
    return operand & 1 ? (operand & ~MINUS) >> 1 : all->slots[(operand & ~MINUS) >> 1];
}

/* Of slots with the same number in them the first. */
static uint32_t origin_of(const Tasks *all, uint32_t slot)
{
    return slot < all->start ? slot : all->origins.at[slot - all->start];
}

static uint32_t next_slot(const Tasks *all) { return all->start + (uint32_t)all->origins.n; }

/* Have so many slots that are lent. */
static void lend(Tasks *all, size_t n)
{
    while (all->origins.n < n && !all->origins.failed)
        push(&all->origins, next_slot(all));
}

/* Slots for the first values, behind those that are lent; whether there was enough memory. */
static int begin_slots(Tasks *all)
{
    const uint32_t n = (uint32_t)(FIRST + all->program->columns), first = next_slot(all);
    while (all->mask < 2 * (all->operands.n + all->sums.n))
        all->mask = 2 * all->mask + 1;
    all->table = calloc((size_t)all->mask + 1, sizeof *all->table);
    all->slots = calloc(all->levels.n, sizeof *all->slots);
    for (uint32_t k = 0; k < padded(n); k++)
        push(&all->origins, first + k);
    for (uint32_t k = 0; all->slots && k < n; k++)
        all->slots[k] = first + k;
    return all->table && all->slots && !all->origins.failed;
}

/* Write that numbers are gathered from these slots. */
static void write_gather(Tasks *all, uint32_t to, const Words *list)
{
    push(&all->words, to);
    push(&all->words, (uint32_t)list->n);
    for (size_t k = 0; k < list->n; k++)
        push(&all->words, list->at[k]);
    all->gathers++;
}

/* Where numbers from these slots are gathered, for one batch. */
static uint32_t gathered(Tasks *all, const Words *list)
{
    const uint32_t to = all->start + all->lent;
    all->lent += (uint32_t)list->n;
    write_gather(all, to, list);
    return to;
}

/* Where uniforms have been gathered, or are now, for all batches that need the same. */
static uint32_t gathered_once(Tasks *all, const Words *list)
{
    uint64_t hash = 0;
    for (size_t k = 0; k < list->n; k++)
        hash = (hash ^ list->at[k]) * 0x9e3779b97f4a7c15u, hash ^= hash >> 32;
    uint32_t *known = &all->table[hash & all->mask];
    if (all->words.failed)
        return all->start;
    for (; *known; known = known == all->table + all->mask ? all->table : known + 1) {
        const uint32_t *words = all->words.at + *known - 1;
        if (words[1] == list->n && !memcmp(words + 2, list->at, list->n * sizeof *words))
            return words[0];
    }
    const uint32_t to = next_slot(all);
    *known = (uint32_t)all->words.n + 1;
    write_gather(all, to, list);
    for (size_t k = 0; k < list->n; k++)
        push(&all->origins, list->at[k]);
    return to;
}

/* The first of slots in order that have the same numbers as these. */
static uint32_t side_by_side(Tasks *all, const Words *list)
{
    int ordered = 1, uniform = 1;
    for (uint32_t k = 0; k < list->n; k++) {
        const uint32_t at = list->at[0] + k;
        ordered &= at < next_slot(all) && origin_of(all, at) == origin_of(all, list->at[k]);
        uniform &= list->at[k] < all->start;
    }
    return ordered ? list->at[0] : uniform ? gathered_once(all, list) : gathered(all, list);
}
